/*
 * Batch norm, forward: the statistics of a batch in two steps, and y = scale * (x - mean) * factor + shift.
 *
 * Sums of squares would lose what a variance is when the mean is large beside the deviation. So every value is first
 * counted from a typical one of its channel; a thread keeps mean and sum of squared distances from it, moved on by TILE_ROWS rows
 * at a time as Chan, Golub and LeVeque combine samples; and blocks are joined by the mean of their means.
 */
#include "kernel_reduce.h"
#include "kernel_tile.h"

/* Of the values seen: how many, and per channel their mean and the sum of squared distances from it. */
struct norm_sample {
	float count;
	struct pack mean, squares;
};

/* Adds a turn's rows, the first `rows` of them. */
DEVICE void norm_add(struct norm_sample *s, const uint4 x[TILE_ROWS], const struct pack *origin, int rows,
		     const enum gpu_type type, const int width)
{
	const float count = s->count + (float)rows, share = (float)rows / count, apart = s->count * share;
	const float each = 1 / (float)rows;

	UNROLL
	for (int k = 0; k < width; k++) {
		float value[TILE_ROWS], sum = 0, squares = 0, mean, distance;

		UNROLL
		for (int j = 0; j < TILE_ROWS; j++) {
			value[j] = pack_open(x[j], type).v[k] - origin->v[k];
			sum += j < rows ? value[j] : 0;
		}
		mean = sum * each;
		UNROLL
		for (int j = 0; j < TILE_ROWS; j++)
			squares += j < rows ? (value[j] - mean) * (value[j] - mean) : 0;
		distance = mean - s->mean.v[k];
		s->mean.v[k] += distance * share;
		s->squares.v[k] += squares + distance * distance * apart;
	}
	s->count = count;
}

/* Of the first, the middle and the last value the one between the others: a single outlier is not taken. */
DEVICE struct pack norm_origin(const struct norm_sum_args *a, const enum gpu_type type, const int width, int channel)
{
	const int64_t rows = a->tile.rows, channels = a->tile.channels;
	const struct pack first = pack_load(a->x, channel, type, width);
	const struct pack middle = pack_load(a->x, rows / 2 * channels + channel, type, width);
	const struct pack last = pack_load(a->x, (rows - 1) * channels + channel, type, width);
	struct pack origin = pack_zero();

	UNROLL
	for (int k = 0; k < width; k++)
		origin.v[k] = fmaxf(fminf(first.v[k], middle.v[k]), fminf(fmaxf(first.v[k], middle.v[k]), last.v[k]));
	return origin;
}

DEVICE struct norm_sample norm_thread(const struct norm_sum_args *a, const enum gpu_type type, const int width,
				      int channel, const struct pack *origin)
{
	const int64_t end = tile_end(&a->tile);
	struct norm_sample s = { 0, pack_zero(), pack_zero() };

	for (int64_t row = tile_first(&a->tile); row < end; row += tile_step()) {
		uint4 x[TILE_ROWS];

		UNROLL
		for (int j = 0; j < TILE_ROWS; j++)
			x[j] = pack_fetch(a->x, tile_row(row, j, end) * a->tile.channels + channel, type, width);
		/* All of them but at the end of a chunk: a constant number needs no choices. */
		if (tile_has(row, TILE_ROWS - 1, end))
			norm_add(&s, x, origin, TILE_ROWS, type, width);
		else
			norm_add(&s, x, origin, tile_rows(row, end), type, width);
	}
	return s;
}

/* Mean and squares of the block's chunk in all its threads. */
DEVICE void norm_join(struct norm_sample *s, float count, const int width)
{
	struct pack mean = pack_zero();

	UNROLL
	for (int k = 0; k < width; k++)
		mean.v[k] = s->count * s->mean.v[k];
	column_total(&mean, width, shared_memory());
	UNROLL
	for (int k = 0; k < width; k++) {
		const float distance = s->mean.v[k] - mean.v[k] / count;

		s->squares.v[k] += s->count * distance * distance;
		s->mean.v[k] = mean.v[k] / count;
	}
	column_total(&s->squares, width, shared_memory());
}

DEVICE void norm_sum_tile(const struct norm_sum_args *a, const enum gpu_type type, const int width)
{
	const int channel = tile_channel(width), inside = channel < a->tile.channels;
	const int64_t at = (int64_t)blockIdx.x * a->tile.channels + channel;
	struct norm_sample s = { 0, pack_zero(), pack_zero() };
	struct pack origin = pack_zero();

	if (inside) {
		origin = norm_origin(a, type, width, channel);
		s = norm_thread(a, type, width, channel, &origin);
	}
	norm_join(&s, (float)(tile_end(&a->tile) - blockIdx.x * a->tile.chunk), width);
	if (!inside || threadIdx.y > 0)
		return;
	pack_store_floats(a->mean, at, width, &s.mean);
	pack_store_floats(a->squares, at, width, &s.squares);
	if (blockIdx.x == 0)
		pack_store_floats(a->origin, channel, width, &origin);
}

DEVICE void norm_sum(const struct norm_sum_args *a, const enum gpu_type type)
{
	if (a->tile.vector)
		norm_sum_tile(a, type, pack_width(type));
	else
		norm_sum_tile(a, type, 1);
}

/* Rows of a chunk: the last may be short. */
DEVICE float norm_chunk(const struct norm_finish_args *a, int chunk)
{
	return (float)least(a->chunk, a->rows - chunk * a->chunk);
}

/* The channel's mean, counted from its origin, in all threads of its column. */
DEVICE float norm_mean(const struct norm_finish_args *a, int channel)
{
	struct pack sum = pack_zero();

	UNROLL_FOUR
	for (int i = (int)threadIdx.y; i < a->chunks; i += (int)blockDim.y)
		sum.v[0] += norm_chunk(a, i) * a->partial_mean[(int64_t)i * a->channels + channel];
	column_total(&sum, 1, shared_memory());
	return sum.v[0] / (float)a->rows;
}

DEVICE float norm_variance(const struct norm_finish_args *a, int channel, float mean)
{
	struct pack sum = pack_zero();

	UNROLL_FOUR
	for (int i = (int)threadIdx.y; i < a->chunks; i += (int)blockDim.y) {
		const int64_t at = (int64_t)i * a->channels + channel;
		const float distance = a->partial_mean[at] - mean;

		sum.v[0] += a->partial_squares[at] + norm_chunk(a, i) * distance * distance;
	}
	column_total(&sum, 1, shared_memory());
	return sum.v[0] / (float)a->rows;
}

/* A single value per channel has no unbiased variance; its biased one (zero) is taken. */
DEVICE void norm_end(const struct norm_finish_args *a)
{
	const int channel = (int)(blockIdx.x * blockDim.x + threadIdx.x);
	/* Threads beyond the last channel help in no sum but meet the others at its barriers. */
	const int read = (int)least(channel, a->channels - 1);
	const float distance = norm_mean(a, read), variance = norm_variance(a, read, distance);
	const float mean = a->origin[read] + distance, m = a->momentum;
	const float unbiased = a->rows > 1 ? variance * ((float)a->rows / (float)(a->rows - 1)) : variance;

	if (channel >= a->channels || threadIdx.y > 0)
		return;
	a->mean[channel] = mean;
	a->factor[channel] = 1 / sqrtf(variance + a->epsilon);
	a->running_mean[channel] = (1 - m) * a->running_mean[channel] + m * mean;
	a->running_variance[channel] = (1 - m) * a->running_variance[channel] + m * unbiased;
}

TYPED_KERNEL(norm_sum, norm_sum_args, BLOCK_THREADS, norm_sum)
PLAIN_KERNEL(norm_finish, norm_finish_args, FINISH_THREADS, norm_end)
