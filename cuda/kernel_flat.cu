/* Element by element over whole tensors: what a tensor's shape is does not matter here. */
#include "kernel_flat.h"

enum flat { FLAT_RELU, FLAT_RELU_BACKWARD, FLAT_SIGMOID, FLAT_SIGMOID_BACKWARD, FLAT_GIVE };

/* Backward: a is dy, b is y. A NaN passes the ReLU: a training that has gone wrong shall show it. */
DEVICE float flat_value(const enum flat op, float a, float b)
{
	switch (op) {
	case FLAT_RELU:
		return a < 0 ? 0 : a;
	case FLAT_RELU_BACKWARD:
		return b > 0 ? a : 0;
	case FLAT_SIGMOID:
		return 1 / (1 + expf(-a));
	case FLAT_SIGMOID_BACKWARD:
		return a * b * (1 - b);
	default:
		return a;
	}
}

DEVICE int flat_reads_b(const enum flat op)
{
	return op == FLAT_RELU_BACKWARD || op == FLAT_SIGMOID_BACKWARD;
}

DEVICE void flat_packs(const struct flat_args *a, const enum gpu_type type, const enum flat op)
{
	const int width = pack_width(type);
	uint4 x[FLAT_PACKS], y[FLAT_PACKS], old[FLAT_PACKS];

	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++) {
		const int64_t at = flat_pack(j, width);

		x[j] = pack_fetch(a->a, at, type, width);
		y[j] = pack_fetch_if(flat_reads_b(op), a->b, at, type, width);
		old[j] = pack_fetch_if(a->accumulate, a->out, at, type, width);
	}
	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++) {
		const struct pack b = pack_open(y[j], type), before = pack_open(old[j], type);
		struct pack p = pack_open(x[j], type);

		UNROLL
		for (int k = 0; k < width; k++)
			p.v[k] = given(a->accumulate, before.v[k], flat_value(op, p.v[k], b.v[k]));
		pack_store(a->out, flat_pack(j, width), type, width, &p);
	}
}

DEVICE void flat(const struct flat_args *a, const enum gpu_type type, const enum flat op)
{
	const int width = pack_width(type);

	if (flat_whole(a->count, a->vector, width)) {
		flat_packs(a, type, op);
		return;
	}
	ROLLED
	for (int64_t i = flat_first(width); i < flat_end(a->count, width); i += BLOCK_THREADS) {
		const float b = flat_reads_b(op) ? value_load(a->b, i, type) : 0;
		const float old = a->accumulate ? value_load(a->out, i, type) : 0;

		value_store(a->out, i, type, given(a->accumulate, old, flat_value(op, value_load(a->a, i, type), b)));
	}
}

DEVICE void relu(const struct flat_args *a, const enum gpu_type type)
{
	flat(a, type, FLAT_RELU);
}

DEVICE void relu_backward(const struct flat_args *a, const enum gpu_type type)
{
	flat(a, type, FLAT_RELU_BACKWARD);
}

DEVICE void sigmoid(const struct flat_args *a, const enum gpu_type type)
{
	flat(a, type, FLAT_SIGMOID);
}

DEVICE void sigmoid_backward(const struct flat_args *a, const enum gpu_type type)
{
	flat(a, type, FLAT_SIGMOID_BACKWARD);
}

DEVICE void give(const struct flat_args *a, const enum gpu_type type)
{
	flat(a, type, FLAT_GIVE);
}

TYPED_KERNEL(relu, flat_args, BLOCK_THREADS, relu)
TYPED_KERNEL(relu_backward, flat_args, BLOCK_THREADS, relu_backward)
TYPED_KERNEL(sigmoid, flat_args, BLOCK_THREADS, sigmoid)
TYPED_KERNEL(sigmoid_backward, flat_args, BLOCK_THREADS, sigmoid_backward)
TYPED_KERNEL(give, flat_args, BLOCK_THREADS, give)
