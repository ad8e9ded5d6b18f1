/*
 * Batch norm, backward. With u = (x - mean) * factor and M rows:
 *   dshift = sum dy,  dscale = sum dy * u,  dx = scale * factor * (dy - dshift / M - u * dscale / M)
 * where dy counts only where y is positive, if a ReLU lies behind (y given).
 */
#include "kernel_reduce.h"
#include "kernel_tile.h"

struct norm_sums {
	struct pack dshift, dscale;
};

/* dy of a pack, zero where the ReLU was. */
DEVICE void norm_mask(struct pack *dy, const struct pack *y, const int width)
{
	UNROLL
	for (int k = 0; k < width; k++)
		dy->v[k] = y->v[k] > 0 ? dy->v[k] : 0;
}

DEVICE void norm_sums_add(struct norm_sums *s, const struct pack *x, const struct pack *dy, const struct pack *mean,
			  const int width)
{
	UNROLL
	for (int k = 0; k < width; k++) {
		s->dshift.v[k] += dy->v[k];
		s->dscale.v[k] += dy->v[k] * (x->v[k] - mean->v[k]);
	}
}

DEVICE struct norm_sums norm_backward_thread(const struct norm_backward_sum_args *a, const enum gpu_type type,
					     const int width, int channel)
{
	const struct pack mean = pack_floats(a->mean, channel, width);
	const int64_t end = tile_end(&a->tile);
	struct norm_sums s = { pack_zero(), pack_zero() };

	for (int64_t row = tile_first(&a->tile); row < end; row += tile_step()) {
		uint4 x[TILE_ROWS], dy[TILE_ROWS], y[TILE_ROWS];

		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			const int64_t at = tile_row(row, j, end) * a->tile.channels + channel;

			x[j] = pack_fetch(a->x, at, type, width);
			dy[j] = pack_fetch(a->dy, at, type, width);
			y[j] = pack_fetch_mask(a->y, at, type, width);
		}
		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			const struct pack value = pack_open(x[j], type), mask = pack_open(y[j], type);
			struct pack gradient = pack_open(dy[j], type);

			norm_mask(&gradient, &mask, width);
			if (tile_has(row, j, end))
				norm_sums_add(&s, &value, &gradient, &mean, width);
		}
	}
	return s;
}

DEVICE void norm_backward_sum_tile(const struct norm_backward_sum_args *a, const enum gpu_type type, const int width)
{
	const int channel = tile_channel(width), inside = channel < a->tile.channels;
	const int64_t at = (int64_t)blockIdx.x * a->tile.channels + channel;
	struct norm_sums s = { pack_zero(), pack_zero() };

	if (inside)
		s = norm_backward_thread(a, type, width, channel);
	column_total(&s.dshift, width, shared_memory());
	column_total(&s.dscale, width, shared_memory());
	if (!inside || threadIdx.y > 0)
		return;
	pack_store_floats(a->dshift, at, width, &s.dshift);
	pack_store_floats(a->dscale, at, width, &s.dscale);
}

DEVICE void norm_backward_sum(const struct norm_backward_sum_args *a, const enum gpu_type type)
{
	if (a->tile.vector)
		norm_backward_sum_tile(a, type, pack_width(type));
	else
		norm_backward_sum_tile(a, type, 1);
}

DEVICE void norm_backward_end(const struct norm_backward_finish_args *a)
{
	const int channel = (int)(blockIdx.x * blockDim.x + threadIdx.x), inside = channel < a->channels;
	struct pack dshift = pack_zero(), dscale = pack_zero();

	if (inside) {
		dshift.v[0] = chunk_total(a->partial_dshift, a->chunks, a->channels, channel);
		dscale.v[0] = chunk_total(a->partial_dscale, a->chunks, a->channels, channel);
	}
	column_total(&dshift, 1, shared_memory());
	column_total(&dscale, 1, shared_memory());
	if (!inside || threadIdx.y > 0)
		return;
	a->dshift[channel] = dshift.v[0];
	a->dscale[channel] = dscale.v[0] * a->factor[channel];
}

/* dx = slope * (dy - level - (x - mean) * tilt) */
struct norm_gradient {
	struct pack mean, slope, level, tilt;
};

DEVICE struct norm_gradient norm_gradient(const struct norm_backward_apply_args *a, int channel, const int width)
{
	const struct pack factor = pack_floats(a->factor, channel, width),
			  scale = pack_floats(a->scale, channel, width);
	struct norm_gradient g = { pack_floats(a->mean, channel, width), pack_zero(),
				   pack_floats(a->dshift, channel, width), pack_floats(a->dscale, channel, width) };

	UNROLL
	for (int k = 0; k < width; k++) {
		g.slope.v[k] = scale.v[k] * factor.v[k];
		g.level.v[k] /= a->count;
		g.tilt.v[k] *= factor.v[k] / a->count;
	}
	return g;
}

DEVICE void norm_backward_apply_tile(const struct norm_backward_apply_args *a, const enum gpu_type type,
				     const int width)
{
	const int channel = tile_channel(width);
	const int64_t end = tile_end(&a->tile);
	struct norm_gradient g;

	if (channel >= a->tile.channels)
		return;
	g = norm_gradient(a, channel, width);
	for (int64_t row = tile_first(&a->tile); row < end; row += tile_step()) {
		uint4 x[TILE_ROWS], dy[TILE_ROWS], y[TILE_ROWS], old[TILE_ROWS];

		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			const int64_t at = tile_row(row, j, end) * a->tile.channels + channel;

			x[j] = pack_fetch(a->x, at, type, width);
			dy[j] = pack_fetch(a->dy, at, type, width);
			y[j] = pack_fetch_mask(a->y, at, type, width);
			old[j] = pack_fetch_if(a->accumulate, a->dx, at, type, width);
		}
		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			const struct pack before = pack_open(old[j], type), mask = pack_open(y[j], type);
			struct pack gradient = pack_open(dy[j], type), p = pack_open(x[j], type);

			norm_mask(&gradient, &mask, width);
			UNROLL
			for (int k = 0; k < width; k++) {
				const float u = (p.v[k] - g.mean.v[k]) * g.tilt.v[k];

				p.v[k] = given(a->accumulate, before.v[k],
					       g.slope.v[k] * (gradient.v[k] - g.level.v[k] - u));
			}
			if (tile_has(row, j, end))
				pack_store(a->dx, tile_row(row, j, end) * a->tile.channels + channel, type, width,
					   &p);
		}
	}
}

DEVICE void norm_backward_apply(const struct norm_backward_apply_args *a, const enum gpu_type type)
{
	if (a->tile.vector)
		norm_backward_apply_tile(a, type, pack_width(type));
	else
		norm_backward_apply_tile(a, type, 1);
}

TYPED_KERNEL(norm_backward_sum, norm_backward_sum_args, BLOCK_THREADS, norm_backward_sum)
PLAIN_KERNEL(norm_backward_finish, norm_backward_finish_args, FINISH_THREADS, norm_backward_end)
TYPED_KERNEL(norm_backward_apply, norm_backward_apply_args, BLOCK_THREADS, norm_backward_apply)
