/*
 * Two values become one, element by element, where a side of 1 is repeated along the other's: squeeze-and-excitation multiplies
 * maps by one number per channel. The gradient of what is repeated is a sum, which one thread makes in a fixed order; its
 * neighbours have the neighbouring channels.
 */
#include "kernel_pack.h"

/* Index of an operand for a place of the output: a side of 1 has the stride 0. */
DEVICE int64_t operand_at(const int32_t stride[4], int64_t n, int64_t h, int64_t w, int64_t c)
{
	return n * stride[0] + h * stride[1] + w * stride[2] + c * stride[3];
}

DEVICE float combined(int op, float left, float right)
{
	switch (op) {
	case FC_OP_SUBTRACT:
		return left - right;
	case FC_OP_MULTIPLY:
		return left * right;
	case FC_OP_DIVIDE:
		return left / right;
	case FC_OP_MAXIMUM:
		return left >= right ? left : right;
	case FC_OP_MINIMUM:
		return left <= right ? left : right;
	default:
		return left + right;
	}
}

/* The chosen one has the whole gradient; of two alike each has half. */
DEVICE float chosen(float own, float other, int largest)
{
	return own == other ? 0.5f : (float)((own > other) == largest);
}

/* The derivative by the left (which 0) or the right operand. */
DEVICE float slope(int op, int which, float left, float right)
{
	switch (op) {
	case FC_OP_SUBTRACT:
		return which ? -1 : 1;
	case FC_OP_MULTIPLY:
		return which ? left : right;
	case FC_OP_DIVIDE:
		return which ? -left / (right * right) : 1 / right;
	case FC_OP_MAXIMUM:
	case FC_OP_MINIMUM:
		return which ? chosen(right, left, op == FC_OP_MAXIMUM) : chosen(left, right, op == FC_OP_MAXIMUM);
	default:
		return 1;
	}
}

DEVICE void broadcast(const struct broadcast_args *a, const enum gpu_type type)
{
	const int64_t i = (int64_t)blockIdx.x * BLOCK_THREADS + threadIdx.x;
	const int64_t c = i % a->side[3], w = i / a->side[3] % a->side[2], h = i / a->side[3] / a->side[2] % a->side[1],
		      n = i / a->side[3] / a->side[2] / a->side[1];

	if (n >= a->side[0])
		return;
	value_store(a->out, i, type,
		    combined(a->op, value_load(a->left, operand_at(a->left_stride, n, h, w, c), type),
			     value_load(a->right, operand_at(a->right_stride, n, h, w, c), type)));
}

DEVICE float broadcast_term(const struct broadcast_args *a, const enum gpu_type type, int64_t n, int64_t h, int64_t w,
			    int64_t c)
{
	const int64_t at = ((n * a->side[1] + h) * a->side[2] + w) * a->side[3] + c;
	const float dy = value_load(a->dy, at, type);

	if (a->op == FC_OP_ADD)
		return dy;
	return dy * slope(a->op, a->which, value_load(a->left, operand_at(a->left_stride, n, h, w, c), type),
			  value_load(a->right, operand_at(a->right_stride, n, h, w, c), type));
}

/* One thread per element of the operand: it adds up all places of the output that read it. */
DEVICE void broadcast_backward(const struct broadcast_args *a, const enum gpu_type type)
{
	const int64_t i = (int64_t)blockIdx.x * BLOCK_THREADS + threadIdx.x;
	const int64_t c = i % a->own[3], w = i / a->own[3] % a->own[2], h = i / a->own[3] / a->own[2] % a->own[1],
		      n = i / a->own[3] / a->own[2] / a->own[1];
	const int64_t times[4] = { a->side[0] / a->own[0], a->side[1] / a->own[1], a->side[2] / a->own[2],
				   a->side[3] / a->own[3] };
	float sum = 0;

	if (n >= a->own[0])
		return;
	for (int64_t dn = 0; dn < times[0]; dn++)
		for (int64_t dh = 0; dh < times[1]; dh++)
			for (int64_t dw = 0; dw < times[2]; dw++)
				for (int64_t dc = 0; dc < times[3]; dc++)
					sum += broadcast_term(a, type, n + dn, h + dh, w + dw, c + dc);
	value_store(a->out, i, type, given(a->accumulate, a->accumulate ? value_load(a->out, i, type) : 0, sum));
}

TYPED_KERNEL(broadcast, broadcast_args, BLOCK_THREADS, broadcast)
TYPED_KERNEL(broadcast_backward, broadcast_args, BLOCK_THREADS, broadcast_backward)
