/* sum[c] = sum of dy over all rows, in two steps; with y, dy is first set to zero where y is not positive (ReLU's backward). */
#include "kernel_reduce.h"
#include "kernel_tile.h"

/* One turn: adds its rows, which wait for each other only in registers, and writes them back where they were masked. */
DEVICE void column_sum_rows(const struct column_sum_args *a, const enum gpu_type type, const int width, int64_t row,
			    int64_t end, int channel, struct pack *sum)
{
	uint4 dy[TILE_ROWS], y[TILE_ROWS];

	UNROLL
	for (int j = 0; j < TILE_ROWS; j++) {
		const int64_t at = tile_row(row, j, end) * a->tile.channels + channel;

		dy[j] = pack_fetch(a->dy, at, type, width);
		y[j] = pack_fetch_mask(a->y, at, type, width);
	}
	UNROLL
	for (int j = 0; j < TILE_ROWS; j++) {
		const int has = tile_has(row, j, end);
		const struct pack mask = pack_open(y[j], type);
		struct pack p = pack_open(dy[j], type);

		UNROLL
		for (int k = 0; k < width; k++) {
			p.v[k] = mask.v[k] > 0 ? p.v[k] : 0;
			sum->v[k] += has ? p.v[k] : 0;
		}
		if (has && a->y)
			pack_store(a->dy, tile_row(row, j, end) * a->tile.channels + channel, type, width, &p);
	}
}

DEVICE void column_sum_tile(const struct column_sum_args *a, const enum gpu_type type, const int width)
{
	const int channel = tile_channel(width), inside = channel < a->tile.channels;
	const int64_t end = tile_end(&a->tile);
	struct pack sum = pack_zero();

	for (int64_t row = tile_first(&a->tile); inside && row < end; row += tile_step())
		column_sum_rows(a, type, width, row, end, channel, &sum);
	if (!a->partial)
		return;
	column_total(&sum, width, shared_memory());
	if (inside && threadIdx.y == 0)
		pack_store_floats(a->partial, (int64_t)blockIdx.x * a->tile.channels + channel, width, &sum);
}

DEVICE void column_sum(const struct column_sum_args *a, const enum gpu_type type)
{
	if (a->tile.vector)
		column_sum_tile(a, type, pack_width(type));
	else
		column_sum_tile(a, type, 1);
}

DEVICE void column_sum_end(const struct column_sum_finish_args *a)
{
	const int channel = (int)(blockIdx.x * blockDim.x + threadIdx.x), inside = channel < a->channels;
	struct pack sum = pack_zero();

	if (inside)
		sum.v[0] = chunk_total(a->partial, a->chunks, a->channels, channel);
	column_total(&sum, 1, shared_memory());
	if (inside && threadIdx.y == 0)
		a->sum[channel] = sum.v[0];
}

TYPED_KERNEL(column_sum, column_sum_args, BLOCK_THREADS, column_sum)
PLAIN_KERNEL(column_sum_finish, column_sum_finish_args, FINISH_THREADS, column_sum_end)
