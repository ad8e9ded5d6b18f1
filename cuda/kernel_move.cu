/*
 * Values from one place to another: slices with steps, shuffled channels, axes in another order, the same values for every image.
 * Up to five sides; a thread moves a value, or a pack where values stay together.
 */
#include "kernel_pack.h"

struct move_place {
	int64_t from, to;
};

DEVICE struct move_place move_place(const struct move_args *a, int64_t i)
{
	struct move_place place = { a->from_offset, a->to_offset };

	UNROLL
	for (int d = MOVE_SIDES - 1; d >= 0; d--) {
		const int64_t rest = a->small ? (int64_t)quotient((uint32_t)i, a->by_side[d]) : i / a->side[d];
		const int64_t at = i - rest * a->side[d];

		place.from += at * a->from_stride[d];
		place.to += at * a->to_stride[d];
		i = rest;
	}
	return place;
}

DEVICE void move_values(const struct move_args *a, const enum gpu_type type, const int width, int64_t i)
{
	const struct move_place place = move_place(a, i);
	const struct pack old = a->accumulate ? pack_load(a->to, place.to, type, width) : pack_zero();
	struct pack p = pack_load(a->from, place.from, type, width);

	UNROLL
	for (int k = 0; k < width; k++)
		p.v[k] = given(a->accumulate, old.v[k], p.v[k]);
	pack_store(a->to, place.to, type, width, &p);
}

DEVICE void move(const struct move_args *a, const enum gpu_type type)
{
	const int64_t i = (int64_t)blockIdx.x * BLOCK_THREADS + threadIdx.x;

	if (i >= a->count)
		return;
	if (a->vector)
		move_values(a, type, pack_width(type), i);
	else
		move_values(a, type, 1, i);
}

TYPED_KERNEL(move, move_args, BLOCK_THREADS, move)
