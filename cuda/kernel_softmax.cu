/*
 * Softmax along lines of values, which need not be neighbours: y = e / sum e with e = exp(x - largest), and back
 * dx = y * (dy - sum of dy * y). What a thread reads it alone writes, so that y may lie on x and dx on dy.
 */
#include "kernel_row.h"

/* Where the thread's line begins; threads behind the last line have the last one. */
DEVICE int64_t softmax_begin(const struct softmax_args *a)
{
	const int64_t line = least(row_own(a->lanes), a->lines - 1);

	return line / a->stride * a->size * a->stride + line % a->stride;
}

DEVICE void softmax(const struct softmax_args *a, const enum gpu_type type)
{
	const int64_t begin = softmax_begin(a);
	float largest = -INFINITY, sum = 0;

	UNROLL_FOUR
	for (int j = row_lane(a->lanes); j < a->size; j += a->lanes)
		largest = fmaxf(largest, value_load(a->x, begin + j * a->stride, type));
	largest = row_largest(largest, a->lanes, shared_memory());
	UNROLL_FOUR
	for (int j = row_lane(a->lanes); j < a->size; j += a->lanes)
		sum += expf(value_load(a->x, begin + j * a->stride, type) - largest);
	sum = row_total(sum, a->lanes, shared_memory());
	for (int j = row_lane(a->lanes); row_own(a->lanes) < a->lines && j < a->size; j += a->lanes) {
		const int64_t at = begin + j * a->stride;

		value_store(a->out, at, type, expf(value_load(a->x, at, type) - largest) / sum);
	}
}

DEVICE void softmax_backward(const struct softmax_args *a, const enum gpu_type type)
{
	const int64_t begin = softmax_begin(a);
	float sum = 0;

	UNROLL_FOUR
	for (int j = row_lane(a->lanes); j < a->size; j += a->lanes) {
		const int64_t at = begin + j * a->stride;

		sum += value_load(a->dy, at, type) * value_load(a->x, at, type);
	}
	sum = row_total(sum, a->lanes, shared_memory());
	for (int j = row_lane(a->lanes); row_own(a->lanes) < a->lines && j < a->size; j += a->lanes) {
		const int64_t at = begin + j * a->stride;
		const float old = a->accumulate ? value_load(a->out, at, type) : 0;
		const float dx = value_load(a->x, at, type) * (value_load(a->dy, at, type) - sum);

		value_store(a->out, at, type, given(a->accumulate, old, dx));
	}
}

TYPED_KERNEL(softmax, softmax_args, BLOCK_THREADS, softmax)
TYPED_KERNEL(softmax_backward, softmax_args, BLOCK_THREADS, softmax_backward)
