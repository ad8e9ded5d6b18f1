/* Batch norm, forward: y = scale * (x - mean) * factor + shift, then ReLU where asked for. */
#include "kernel_tile.h"

/* What the thread's channels are taken from, multiplied with, and moved to. */
struct norm_line {
	struct pack mean, slope, shift;
};

DEVICE struct norm_line norm_line(const struct norm_apply_args *a, int channel, const int width)
{
	const struct pack scale = pack_floats(a->scale, channel, width);
	struct norm_line line = { pack_floats(a->mean, channel, width), pack_zero(),
				  pack_floats(a->shift, channel, width) };

	if (a->variance) {
		line.slope = pack_floats(a->variance, channel, width);
		UNROLL
		for (int k = 0; k < width; k++)
			line.slope.v[k] = 1 / sqrtf(line.slope.v[k] + a->epsilon);
	} else {
		line.slope = pack_floats(a->factor, channel, width);
	}
	UNROLL
	for (int k = 0; k < width; k++)
		line.slope.v[k] *= scale.v[k];
	return line;
}

DEVICE void norm_apply_tile(const struct norm_apply_args *a, const enum gpu_type type, const int width)
{
	const int channel = tile_channel(width);
	const int64_t end = tile_end(&a->tile);
	struct norm_line line;

	if (channel >= a->tile.channels)
		return;
	line = norm_line(a, channel, width);
	for (int64_t row = tile_first(&a->tile); row < end; row += tile_step()) {
		uint4 x[TILE_ROWS];

		UNROLL
		for (int j = 0; j < TILE_ROWS; j++)
			x[j] = pack_fetch(a->x, tile_row(row, j, end) * a->tile.channels + channel, type, width);
		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			struct pack p = pack_open(x[j], type);

			UNROLL
			for (int k = 0; k < width; k++) {
				p.v[k] = (p.v[k] - line.mean.v[k]) * line.slope.v[k] + line.shift.v[k];
				p.v[k] = a->relu && p.v[k] < 0 ? 0 : p.v[k];
			}
			if (tile_has(row, j, end))
				pack_store(a->y, tile_row(row, j, end) * a->tile.channels + channel, type, width, &p);
		}
	}
}

DEVICE void norm_apply(const struct norm_apply_args *a, const enum gpu_type type)
{
	if (a->tile.vector)
		norm_apply_tile(a, type, pack_width(type));
	else
		norm_apply_tile(a, type, 1);
}

TYPED_KERNEL(norm_apply, norm_apply_args, BLOCK_THREADS, norm_apply)
