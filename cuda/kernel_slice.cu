/* Channels of one tensor from or to channels of another: concat, and its backward. */
#include "kernel_tile.h"

DEVICE void slice_tile(const struct slice_args *a, const enum gpu_type type, const int width)
{
	const int channel = tile_channel(width);
	const int64_t end = tile_end(&a->tile);

	if (channel >= a->tile.channels)
		return;
	for (int64_t row = tile_first(&a->tile); row < end; row += tile_step()) {
		uint4 from[TILE_ROWS], old[TILE_ROWS];

		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			const int64_t r = tile_row(row, j, end);

			from[j] = pack_fetch(a->from, r * a->from_channels + channel, type, width);
			old[j] = pack_fetch_if(a->accumulate, a->to, r * a->to_channels + channel, type, width);
		}
		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			const struct pack before = pack_open(old[j], type);
			struct pack p = pack_open(from[j], type);

			UNROLL
			for (int k = 0; k < width; k++)
				p.v[k] = given(a->accumulate, before.v[k], p.v[k]);
			if (tile_has(row, j, end))
				pack_store(a->to, tile_row(row, j, end) * a->to_channels + channel, type, width, &p);
		}
	}
}

DEVICE void slice(const struct slice_args *a, const enum gpu_type type)
{
	if (a->tile.vector)
		slice_tile(a, type, pack_width(type));
	else
		slice_tile(a, type, 1);
}

TYPED_KERNEL(slice, slice_args, BLOCK_THREADS, slice)
