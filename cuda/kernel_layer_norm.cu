/*
 * Layer norm: every row by itself. With u = (x - mean) * factor, g = scale * dy and M values in a row
 *   y = scale * u + shift,  dx = factor * (g - sum g / M - u * sum(g u) / M),
 * and over all rows, column by column, dshift = sum dy, dscale = sum dy * u.
 */
#include "kernel_reduce.h"
#include "kernel_row.h"
#include "kernel_tile.h"

/* -------- forward -------- */

/* Twice over the row, so that nothing is lost where the mean is large beside the deviation. */
DEVICE float layer_norm_mean(const struct layer_norm_args *a, const enum gpu_type type, const int width, int64_t begin)
{
	float sum = 0;

	UNROLL_FOUR
	for (int i = row_lane(a->lanes) * width; i < a->width; i += a->lanes * width) {
		const struct pack x = pack_load(a->x, begin + i, type, width);

		UNROLL
		for (int k = 0; k < width; k++)
			sum += x.v[k];
	}
	return row_total(sum, a->lanes, shared_memory()) / (float)a->width;
}

DEVICE float layer_norm_factor(const struct layer_norm_args *a, const enum gpu_type type, const int width, int64_t begin,
			       float mean)
{
	float squares = 0;

	UNROLL_FOUR
	for (int i = row_lane(a->lanes) * width; i < a->width; i += a->lanes * width) {
		const struct pack x = pack_load(a->x, begin + i, type, width);

		UNROLL
		for (int k = 0; k < width; k++)
			squares += (x.v[k] - mean) * (x.v[k] - mean);
	}
	return 1 / sqrtf(row_total(squares, a->lanes, shared_memory()) / (float)a->width + a->epsilon);
}

DEVICE void layer_norm_row(const struct layer_norm_args *a, const enum gpu_type type, const int width)
{
	const int64_t own = row_own(a->lanes), begin = least(own, a->rows - 1) * a->width;
	const float mean = layer_norm_mean(a, type, width, begin);
	const float factor = layer_norm_factor(a, type, width, begin, mean);

	if (own >= a->rows)
		return;
	if (a->mean && row_lane(a->lanes) == 0) {
		a->mean[own] = mean;
		a->factor[own] = factor;
	}
	for (int i = row_lane(a->lanes) * width; i < a->width; i += a->lanes * width) {
		const struct pack scale = pack_floats(a->scale, i, width), shift = pack_floats(a->shift, i, width);
		struct pack p = pack_load(a->x, begin + i, type, width);

		UNROLL
		for (int k = 0; k < width; k++)
			p.v[k] = scale.v[k] * ((p.v[k] - mean) * factor) + shift.v[k];
		pack_store(a->y, begin + i, type, width, &p);
	}
}

DEVICE void layer_norm(const struct layer_norm_args *a, const enum gpu_type type)
{
	if (a->vector)
		layer_norm_row(a, type, pack_width(type));
	else
		layer_norm_row(a, type, 1);
}

/* -------- backward: the rows -------- */

struct layer_norm_sums {
	float sum, along; /* of g, of g * (x - mean) */
};

DEVICE struct layer_norm_sums layer_norm_sums(const struct layer_norm_backward_args *a, const enum gpu_type type,
					      const int width, int64_t begin, float mean)
{
	struct layer_norm_sums s = { 0, 0 };

	UNROLL_FOUR
	for (int i = row_lane(a->lanes) * width; i < a->width; i += a->lanes * width) {
		const struct pack x = pack_load(a->x, begin + i, type, width),
				  dy = pack_load(a->dy, begin + i, type, width), scale = pack_floats(a->scale, i, width);

		UNROLL
		for (int k = 0; k < width; k++) {
			s.sum += scale.v[k] * dy.v[k];
			s.along += scale.v[k] * dy.v[k] * (x.v[k] - mean);
		}
	}
	s.sum = row_total(s.sum, a->lanes, shared_memory());
	s.along = row_total(s.along, a->lanes, shared_memory());
	return s;
}

DEVICE void layer_norm_backward_row(const struct layer_norm_backward_args *a, const enum gpu_type type, const int width)
{
	const int64_t own = row_own(a->lanes), row = least(own, a->rows - 1), begin = row * a->width;
	const float mean = a->mean[row], factor = a->factor[row];
	const struct layer_norm_sums s = layer_norm_sums(a, type, width, begin, mean);
	const float level = s.sum / (float)a->width, tilt = s.along * factor * factor / (float)a->width;

	for (int i = row_lane(a->lanes) * width; own < a->rows && i < a->width; i += a->lanes * width) {
		const struct pack x = pack_load(a->x, begin + i, type, width),
				  dy = pack_load(a->dy, begin + i, type, width), scale = pack_floats(a->scale, i, width);
		struct pack p = a->accumulate ? pack_load(a->dx, begin + i, type, width) : pack_zero();

		UNROLL
		for (int k = 0; k < width; k++)
			p.v[k] = given(a->accumulate, p.v[k],
				       factor * (scale.v[k] * dy.v[k] - level - (x.v[k] - mean) * tilt));
		pack_store(a->dx, begin + i, type, width, &p);
	}
}

DEVICE void layer_norm_backward(const struct layer_norm_backward_args *a, const enum gpu_type type)
{
	if (a->vector)
		layer_norm_backward_row(a, type, pack_width(type));
	else
		layer_norm_backward_row(a, type, 1);
}

/* -------- backward: the columns -------- */

struct layer_norm_columns {
	struct pack dshift, dscale;
};

DEVICE struct layer_norm_columns layer_norm_columns(const struct layer_norm_sum_args *a, const enum gpu_type type,
						    const int width, int channel)
{
	const int64_t end = tile_end(&a->tile);
	struct layer_norm_columns s = { pack_zero(), pack_zero() };

	for (int64_t row = tile_first(&a->tile); row < end; row += tile_step()) {
		uint4 x[TILE_ROWS], dy[TILE_ROWS];

		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			const int64_t at = tile_row(row, j, end) * a->tile.channels + channel;

			x[j] = pack_fetch(a->x, at, type, width);
			dy[j] = pack_fetch(a->dy, at, type, width);
		}
		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			const int64_t at = tile_row(row, j, end);
			const struct pack value = pack_open(x[j], type), gradient = pack_open(dy[j], type);
			const float mean = a->mean[at], factor = tile_has(row, j, end) ? a->factor[at] : 0;

			UNROLL
			for (int k = 0; k < width; k++) {
				s.dshift.v[k] += tile_has(row, j, end) ? gradient.v[k] : 0;
				s.dscale.v[k] += gradient.v[k] * ((value.v[k] - mean) * factor);
			}
		}
	}
	return s;
}

DEVICE void layer_norm_sum_tile(const struct layer_norm_sum_args *a, const enum gpu_type type, const int width)
{
	const int channel = tile_channel(width), inside = channel < a->tile.channels;
	const int64_t at = (int64_t)blockIdx.x * a->tile.channels + channel;
	struct layer_norm_columns s = { pack_zero(), pack_zero() };

	if (inside)
		s = layer_norm_columns(a, type, width, channel);
	column_total(&s.dshift, width, shared_memory());
	column_total(&s.dscale, width, shared_memory());
	if (!inside || threadIdx.y > 0)
		return;
	pack_store_floats(a->dshift, at, width, &s.dshift);
	pack_store_floats(a->dscale, at, width, &s.dscale);
}

DEVICE void layer_norm_sum(const struct layer_norm_sum_args *a, const enum gpu_type type)
{
	if (a->tile.vector)
		layer_norm_sum_tile(a, type, pack_width(type));
	else
		layer_norm_sum_tile(a, type, 1);
}

TYPED_KERNEL(layer_norm, layer_norm_args, BLOCK_THREADS, layer_norm)
TYPED_KERNEL(layer_norm_backward, layer_norm_backward_args, BLOCK_THREADS, layer_norm_backward)
TYPED_KERNEL(layer_norm_sum, layer_norm_sum_args, BLOCK_THREADS, layer_norm_sum)
