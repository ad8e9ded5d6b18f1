/* Launches of batch norm. */
#include "kernel_launch.h"

KERNEL_ARGS_FIT(norm_sum_args);
KERNEL_ARGS_FIT(norm_finish_args);
KERNEL_ARGS_FIT(norm_apply_args);
KERNEL_ARGS_FIT(norm_backward_sum_args);
KERNEL_ARGS_FIT(norm_backward_finish_args);
KERNEL_ARGS_FIT(norm_backward_apply_args);

int kernel_norm_statistics(struct gpu *gpu, enum gpu_type type, const void *x, int64_t rows, int64_t channels,
			   double epsilon, double momentum, float *mean, float *factor, float *running_mean,
			   float *running_variance, void *scratch, struct fc_error *err)
{
	const struct kernel_matrix m =
		kernel_matrix(type, rows, channels, kernel_aligned(x) && kernel_aligned(scratch), true);
	const struct norm_sum_args args = { .tile = m.tile,
					    .x = x,
					    .mean = kernel_partial(&m, scratch, 0),
					    .squares = kernel_partial(&m, scratch, 1),
					    .origin = kernel_partial(&m, scratch, 2) };
	const struct norm_finish_args finish = { .origin = args.origin,
						 .partial_mean = args.mean,
						 .partial_squares = args.squares,
						 .mean = mean,
						 .factor = factor,
						 .running_mean = running_mean,
						 .running_variance = running_variance,
						 .rows = rows,
						 .chunk = m.tile.chunk,
						 .chunks = (int32_t)m.chunks,
						 .channels = m.tile.channels,
						 .epsilon = (float)epsilon,
						 .momentum = (float)momentum };
	struct gpu_launch first = kernel_launch(KERNEL_NORM_SUM, type, &args, sizeof(args));
	struct gpu_launch second = kernel_launch(KERNEL_NORM_FINISH, GPU_F32, &finish, sizeof(finish));

	kernel_reads(&first, x, m.bytes);
	kernel_writes(&first, scratch, (2 * m.chunks + 1) * m.line);
	kernel_reads(&second, scratch, (2 * m.chunks + 1) * m.line);
	kernel_writes(&second, mean, m.line);
	kernel_writes(&second, factor, m.line);
	kernel_gives(&second, running_mean, m.line, true);
	kernel_gives(&second, running_variance, m.line, true);
	return kernel_run_sum(gpu, &first, &m, err) || kernel_run_finish(gpu, &second, channels, err) ? -1 : 0;
}

int kernel_norm_apply(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t rows, int64_t channels,
		      const float *mean, const float *factor, const float *variance, double epsilon,
		      const float *scale, const float *shift, bool relu, struct fc_error *err)
{
	const float *const second = variance ? variance : factor;
	const bool aligned = kernel_aligned(x) && kernel_aligned(y) && kernel_aligned(mean) &&
			     kernel_aligned(second) && kernel_aligned(scale) && kernel_aligned(shift);
	const struct kernel_matrix m = kernel_matrix(type, rows, channels, aligned, false);
	const struct norm_apply_args args = { .tile = m.tile,
					      .x = x,
					      .y = y,
					      .mean = mean,
					      .factor = factor,
					      .variance = variance,
					      .scale = scale,
					      .shift = shift,
					      .epsilon = (float)epsilon,
					      .relu = relu };
	struct gpu_launch launch = kernel_launch(KERNEL_NORM_APPLY, type, &args, sizeof(args));

	kernel_reads(&launch, x, m.bytes);
	kernel_reads(&launch, mean, m.line);
	kernel_reads(&launch, second, m.line);
	kernel_reads(&launch, scale, m.line);
	kernel_reads(&launch, shift, m.line);
	kernel_writes(&launch, y, m.bytes);
	return kernel_run_tile(gpu, &launch, &m.tile, err);
}

/* What the three launches of a norm's backward work on. */
struct norm_backward {
	const void *x, *dy, *y;
	void *dx;
	bool accumulate;
	const float *mean, *factor, *scale;
	float *dscale, *dshift;
};

static int backward_sums(struct gpu *gpu, const struct norm_backward *n, const struct kernel_matrix *m, void *scratch,
			 struct fc_error *err)
{
	const struct norm_backward_sum_args args = { .tile = m->tile,
						     .x = n->x,
						     .dy = n->dy,
						     .y = n->y,
						     .mean = n->mean,
						     .dshift = kernel_partial(m, scratch, 0),
						     .dscale = kernel_partial(m, scratch, 1) };
	const struct norm_backward_finish_args finish = { .partial_dshift = args.dshift,
							  .partial_dscale = args.dscale,
							  .factor = n->factor,
							  .dshift = n->dshift,
							  .dscale = n->dscale,
							  .chunks = (int32_t)m->chunks,
							  .channels = m->tile.channels };
	struct gpu_launch first = kernel_launch(KERNEL_NORM_BACKWARD_SUM, m->type, &args, sizeof(args));
	struct gpu_launch second = kernel_launch(KERNEL_NORM_BACKWARD_FINISH, GPU_F32, &finish, sizeof(finish));

	kernel_reads(&first, n->x, m->bytes);
	kernel_reads(&first, n->dy, m->bytes);
	kernel_reads(&first, n->y, m->bytes);
	kernel_reads(&first, n->mean, m->line);
	kernel_writes(&first, scratch, 2 * m->chunks * m->line);
	kernel_reads(&second, scratch, 2 * m->chunks * m->line);
	kernel_reads(&second, n->factor, m->line);
	kernel_writes(&second, n->dshift, m->line);
	kernel_writes(&second, n->dscale, m->line);
	return kernel_run_sum(gpu, &first, m, err) || kernel_run_finish(gpu, &second, m->tile.channels, err) ? -1 : 0;
}

static int backward_apply(struct gpu *gpu, const struct norm_backward *n, const struct kernel_matrix *m,
			  struct fc_error *err)
{
	const struct norm_backward_apply_args args = { .tile = m->tile,
						       .x = n->x,
						       .dy = n->dy,
						       .y = n->y,
						       .dx = n->dx,
						       .mean = n->mean,
						       .factor = n->factor,
						       .scale = n->scale,
						       .dscale = n->dscale,
						       .dshift = n->dshift,
						       .count = (float)m->tile.rows,
						       .accumulate = n->accumulate };
	struct gpu_launch launch = kernel_launch(KERNEL_NORM_BACKWARD_APPLY, m->type, &args, sizeof(args));
	const float *const lines[] = { n->mean, n->factor, n->scale, n->dscale, n->dshift };

	kernel_reads(&launch, n->x, m->bytes);
	kernel_reads(&launch, n->dy, m->bytes);
	kernel_reads(&launch, n->y, m->bytes);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		kernel_reads(&launch, lines[i], m->line);
	kernel_gives(&launch, n->dx, m->bytes, n->accumulate);
	return kernel_run_tile(gpu, &launch, &m->tile, err);
}

int kernel_norm_backward(struct gpu *gpu, enum gpu_type type, const void *x, const void *dy, const void *y, void *dx,
			 bool accumulate, int64_t rows, int64_t channels, const float *mean, const float *factor,
			 const float *scale, float *dscale, float *dshift, void *scratch, struct fc_error *err)
{
	const struct norm_backward n = { x, dy, y, dx, accumulate, mean, factor, scale, dscale, dshift };
	const bool tensors = kernel_aligned(x) && kernel_aligned(dy) && kernel_aligned(y) && kernel_aligned(dx);
	const bool lines = kernel_aligned(mean) && kernel_aligned(factor) && kernel_aligned(scale) &&
			   kernel_aligned(dscale) && kernel_aligned(dshift) && kernel_aligned(scratch);
	const struct kernel_matrix sums = kernel_matrix(type, rows, channels, tensors && lines, true);
	const struct kernel_matrix apply = kernel_matrix(type, rows, channels, tensors && lines, false);

	if (backward_sums(gpu, &n, &sums, scratch, err))
		return -1;
	return dx ? backward_apply(gpu, &n, &apply, err) : 0;
}
