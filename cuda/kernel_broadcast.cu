/*
 * Two values become one, element by element, where a side of 1 is repeated along the other's: squeeze-and-excitation multiplies
 * maps by one number per channel. The gradient of what is repeated is a sum, which one thread makes in a fixed order; its
 * neighbours have the neighbouring channels.
 */
#include "kernel_pack.h"

struct broadcast_place {
	int32_t n, h, w, c;
};

/* Of value `i` of `out`. */
DEVICE struct broadcast_place broadcast_place(const struct broadcast_args *a, const int32_t side[4], uint32_t i)
{
	const uint32_t row = quotient(i, a->by_side[3]), line = quotient(row, a->by_side[2]);
	struct broadcast_place at;

	at.n = (int32_t)quotient(line, a->by_side[1]);
	at.h = (int32_t)line - at.n * side[1];
	at.w = (int32_t)row - (int32_t)line * side[2];
	at.c = (int32_t)i - (int32_t)row * side[3];
	return at;
}

/* Index of an operand for a place of the output: a side of 1 has the stride 0. */
DEVICE int32_t operand_at(const int32_t stride[4], const struct broadcast_place *at)
{
	return at->n * stride[0] + at->h * stride[1] + at->w * stride[2] + at->c * stride[3];
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
	struct broadcast_place at;

	if (i >= a->count)
		return;
	at = broadcast_place(a, a->side, (uint32_t)i);
	value_store(a->out, i, type,
		    combined(a->op, value_load(a->left, operand_at(a->left_stride, &at), type),
			     value_load(a->right, operand_at(a->right_stride, &at), type)));
}

/* What is added at a place of the output. */
DEVICE float broadcast_term(const struct broadcast_args *a, const enum gpu_type type, const struct broadcast_place *at)
{
	const int32_t i = ((at->n * a->side[1] + at->h) * a->side[2] + at->w) * a->side[3] + at->c;
	const float dy = value_load(a->dy, i, type);

	if (a->op == FC_OP_ADD)
		return dy;
	return dy * slope(a->op, a->which,
			  value_load(a->left, operand_at(a->left_stride, at), type),
			  value_load(a->right, operand_at(a->right_stride, at), type));
}

/* The end of what reads an element along one side. */
DEVICE int32_t broadcast_end(const struct broadcast_args *a, const int d, int32_t own)
{
	return own + (a->own[d] == 1 ? a->side[d] : 1);
}

/* One thread per element of the operand: it adds up all places of the output that read it. */
DEVICE void broadcast_backward(const struct broadcast_args *a, const enum gpu_type type)
{
	const int64_t i = (int64_t)blockIdx.x * BLOCK_THREADS + threadIdx.x;
	struct broadcast_place own, at;
	float sum = 0;

	if (i >= a->count)
		return;
	own = broadcast_place(a, a->own, (uint32_t)i);
	ROLLED
	for (at.n = own.n; at.n < broadcast_end(a, 0, own.n); at.n++)
		ROLLED
		for (at.h = own.h; at.h < broadcast_end(a, 1, own.h); at.h++)
			ROLLED
			for (at.w = own.w; at.w < broadcast_end(a, 2, own.w); at.w++)
				ROLLED
				for (at.c = own.c; at.c < broadcast_end(a, 3, own.c); at.c++)
					sum += broadcast_term(a, type, &at);
	value_store(a->out, i, type, given(a->accumulate, a->accumulate ? value_load(a->out, i, type) : 0, sum));
}

TYPED_KERNEL(broadcast, broadcast_args, BLOCK_THREADS, broadcast)
SHARED_KERNEL(broadcast_backward, broadcast_args, BLOCK_THREADS, 4, broadcast_backward)
