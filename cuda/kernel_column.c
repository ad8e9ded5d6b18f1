/* Sums over the rows of a matrix, column by column: what they are cut into, and the plainest of them. */
#include "kernel_launch.h"

KERNEL_ARGS_FIT(column_sum_args);
KERNEL_ARGS_FIT(column_sum_finish_args);

/* A block that finishes has a row of threads per so many chunks, and this many channels. */
#define FINISH_COLUMNS 32

struct kernel_matrix kernel_matrix(enum gpu_type type, int64_t rows, int64_t channels, bool aligned, bool sums)
{
	struct kernel_matrix m = { .type = type,
				   .bytes = rows * channels * (int64_t)gpu_type_bytes(type),
				   .line = channels * (int64_t)sizeof(float) };

	m.tile = kernel_tile(type, aligned && channels % kernel_width(type) == 0, rows, channels, sums);
	m.chunks = kernel_tile_chunks(&m.tile);
	return m;
}

float *kernel_partial(const struct kernel_matrix *m, void *scratch, int k)
{
	return (float *)scratch + k * m->chunks * m->tile.channels;
}

/* What a norm's statistics need: two arrays of partial sums and a line. Which tile will be used depends on the type. */
uint64_t kernel_column_scratch(int64_t rows, int64_t channels)
{
	int64_t most = 0;

	for (int way = 0; way < 2 * GPU_TYPE_COUNT; way++) {
		const enum gpu_type type = (enum gpu_type)(way / 2);
		const bool vector = way % 2 && channels % kernel_width(type) == 0;
		const struct kernel_tile tile = kernel_tile(type, vector, rows, channels, true);
		const int64_t floats = (2 * kernel_tile_chunks(&tile) + 1) * channels;

		most = floats > most ? floats : most;
	}
	return (uint64_t)most * sizeof(float);
}

/* Its shared memory holds a float per thread. */
int kernel_run_finish(struct gpu *gpu, struct gpu_launch *launch, int64_t channels, struct fc_error *err)
{
	launch->block[1] = FINISH_THREADS / FINISH_COLUMNS;
	launch->shared_bytes = FINISH_THREADS * sizeof(float);
	return kernel_run(gpu, launch, (channels + FINISH_COLUMNS - 1) / FINISH_COLUMNS, FINISH_COLUMNS, err);
}

/* Its shared memory holds a pack per thread. */
int kernel_run_sum(struct gpu *gpu, struct gpu_launch *launch, const struct kernel_matrix *m, struct fc_error *err)
{
	launch->shared_bytes =
		(uint32_t)(BLOCK_THREADS * sizeof(float)) * (uint32_t)(m->tile.vector ? kernel_width(m->type) : 1);
	return kernel_run_tile(gpu, launch, &m->tile, err);
}

int kernel_run_total(struct gpu *gpu, const struct kernel_matrix *m, const float *partial, float *sum,
		     struct fc_error *err)
{
	const struct column_sum_finish_args args = {
		.partial = partial, .sum = sum, .chunks = (int32_t)m->chunks, .channels = m->tile.channels
	};
	struct gpu_launch launch = kernel_launch(KERNEL_COLUMN_SUM_FINISH, GPU_F32, &args, sizeof(args));

	kernel_reads(&launch, partial, m->chunks * m->line);
	kernel_writes(&launch, sum, m->line);
	return kernel_run_finish(gpu, &launch, m->tile.channels, err);
}

int kernel_column_sum(struct gpu *gpu, enum gpu_type type, void *dy, const void *y, int64_t rows, int64_t channels,
		      float *sum, void *scratch, struct fc_error *err)
{
	const struct kernel_matrix m =
		kernel_matrix(type, rows, channels,
			      kernel_aligned(dy) && kernel_aligned(y) && kernel_aligned(scratch), sum != NULL);
	const struct column_sum_args args = { .tile = m.tile, .dy = dy, .y = y, .partial = sum ? scratch : NULL };
	struct gpu_launch launch = kernel_launch(KERNEL_COLUMN_SUM, type, &args, sizeof(args));

	kernel_reads(&launch, dy, m.bytes);
	kernel_reads(&launch, y, m.bytes);
	if (y)
		kernel_writes(&launch, dy, m.bytes);
	kernel_writes(&launch, args.partial, m.chunks * m.line);
	if (kernel_run_sum(gpu, &launch, &m, err))
		return -1;
	return sum ? kernel_run_total(gpu, &m, scratch, sum, err) : 0;
}
