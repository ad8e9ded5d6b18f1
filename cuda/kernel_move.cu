/* Values from one place to another: slices with steps, shuffled channels, axes in another order. Up to five sides. */
#include "kernel_pack.h"

DEVICE void move(const struct move_args *a, const enum gpu_type type)
{
	int64_t i = (int64_t)blockIdx.x * BLOCK_THREADS + threadIdx.x, from = a->from_offset, to = a->to_offset;

	if (i >= a->count)
		return;
	UNROLL
	for (int d = MOVE_SIDES - 1; d >= 0; d--) {
		const int64_t at = i % a->side[d];

		from += at * a->from_stride[d];
		to += at * a->to_stride[d];
		i /= a->side[d];
	}
	value_store(a->to, to, type,
		    given(a->accumulate, a->accumulate ? value_load(a->to, to, type) : 0, value_load(a->from, from, type)));
}

TYPED_KERNEL(move, move_args, BLOCK_THREADS, move)
