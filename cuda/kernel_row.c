/* Launches of what works on each row by itself: layer norm, softmax. */
#include "kernel_launch.h"

KERNEL_ARGS_FIT(layer_norm_args);
KERNEL_ARGS_FIT(layer_norm_backward_args);
KERNEL_ARGS_FIT(layer_norm_sum_args);
KERNEL_ARGS_FIT(softmax_args);

#define WARP 32

/* Turns of a lane's loop in a warp, at most: longer rows have a block of their own. */
#define TURNS_OF_A_WARP 32

/* How many threads share a row of `items` loads: no more than there are, and all lanes of a block or of a part of a warp. */
static int32_t lanes_of(int64_t items)
{
	int32_t lanes = 1;

	if (items > (int64_t)TURNS_OF_A_WARP * WARP)
		return BLOCK_THREADS;
	while (lanes < WARP && lanes < items)
		lanes *= 2;
	return lanes;
}

/* Shared memory: a float per warp. */
static int run_rows(struct gpu *gpu, struct gpu_launch *launch, int64_t rows, int64_t size, int32_t lanes,
		    struct fc_error *err)
{
	const int64_t each = BLOCK_THREADS / lanes;

	if (size > INT32_MAX / 2)
		return fc_fail(err, "kernel %s: rows of %lld values are too large",
			       kernel_name((enum kernel_id)launch->kernel, launch->type), (long long)size);
	launch->shared_bytes = BLOCK_THREADS / WARP * sizeof(float);
	return kernel_run(gpu, launch, (rows + each - 1) / each, BLOCK_THREADS, err);
}

static int64_t bytes_of(enum gpu_type type, int64_t count)
{
	return count * (int64_t)gpu_type_bytes(type);
}

/* -------- layer norm -------- */

static bool whole_packs(enum gpu_type type, int64_t width)
{
	return width % kernel_width(type) == 0;
}

static int64_t loads(enum gpu_type type, int64_t width, bool vector)
{
	return vector ? width / kernel_width(type) : width;
}

int kernel_layer_norm(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t rows, int64_t width,
		      double epsilon, const float *scale, const float *shift, float *mean, float *factor,
		      struct fc_error *err)
{
	const bool vector = whole_packs(type, width) && kernel_aligned(x) && kernel_aligned(y) &&
			    kernel_aligned(scale) && kernel_aligned(shift);
	const struct layer_norm_args args = { .x = x,
					      .y = y,
					      .scale = scale,
					      .shift = shift,
					      .mean = mean,
					      .factor = factor,
					      .rows = rows,
					      .width = (int32_t)width,
					      .lanes = lanes_of(loads(type, width, vector)),
					      .vector = vector,
					      .epsilon = (float)epsilon };
	struct gpu_launch launch = kernel_launch(KERNEL_LAYER_NORM, type, &args, sizeof(args));

	kernel_reads(&launch, x, bytes_of(type, rows * width));
	kernel_reads(&launch, scale, bytes_of(GPU_F32, width));
	kernel_reads(&launch, shift, bytes_of(GPU_F32, width));
	kernel_writes(&launch, y, bytes_of(type, rows * width));
	kernel_writes(&launch, mean, bytes_of(GPU_F32, rows));
	kernel_writes(&launch, factor, bytes_of(GPU_F32, rows));
	return run_rows(gpu, &launch, rows, width, args.lanes, err);
}

/* dshift and dscale: partial sums of each, then their totals. */
static int column_gradients(struct gpu *gpu, const struct kernel_matrix *m, struct layer_norm_sum_args args,
			    float *dscale, float *dshift, void *scratch, struct fc_error *err)
{
	struct gpu_launch launch = kernel_launch(KERNEL_LAYER_NORM_SUM, m->type, &args, sizeof(args));

	args.dshift = kernel_partial(m, scratch, 0);
	args.dscale = kernel_partial(m, scratch, 1);
	kernel_reads(&launch, args.x, m->bytes);
	kernel_reads(&launch, args.dy, m->bytes);
	kernel_reads(&launch, args.mean, bytes_of(GPU_F32, m->tile.rows));
	kernel_reads(&launch, args.factor, bytes_of(GPU_F32, m->tile.rows));
	kernel_writes(&launch, scratch, 2 * m->chunks * m->line);
	if (kernel_run_sum(gpu, &launch, m, err) || kernel_run_total(gpu, m, args.dshift, dshift, err))
		return -1;
	return kernel_run_total(gpu, m, args.dscale, dscale, err);
}

/* dx comes last: it may lie where dy does. */
int kernel_layer_norm_backward(struct gpu *gpu, enum gpu_type type, const void *x, const void *dy, void *dx,
			       bool accumulate, int64_t rows, int64_t width, const float *mean, const float *factor,
			       const float *scale, float *dscale, float *dshift, void *scratch, struct fc_error *err)
{
	const bool aligned = kernel_aligned(x) && kernel_aligned(dy) && kernel_aligned(scratch);
	const bool vector = whole_packs(type, width) && kernel_aligned(x) && kernel_aligned(dy) &&
			    kernel_aligned(dx) && kernel_aligned(scale);
	const struct kernel_matrix m = kernel_matrix(type, rows, width, aligned, true);
	const struct layer_norm_sum_args sums = { .tile = m.tile, .x = x, .dy = dy, .mean = mean, .factor = factor };
	const struct layer_norm_backward_args args = { .x = x,
						       .dy = dy,
						       .dx = dx,
						       .mean = mean,
						       .factor = factor,
						       .scale = scale,
						       .rows = rows,
						       .width = (int32_t)width,
						       .lanes = lanes_of(loads(type, width, vector)),
						       .vector = vector,
						       .accumulate = accumulate };
	struct gpu_launch launch = kernel_launch(KERNEL_LAYER_NORM_BACKWARD, type, &args, sizeof(args));

	if (column_gradients(gpu, &m, sums, dscale, dshift, scratch, err))
		return -1;
	if (!dx)
		return 0;
	kernel_reads(&launch, x, bytes_of(type, rows * width));
	kernel_reads(&launch, dy, bytes_of(type, rows * width));
	kernel_reads(&launch, mean, bytes_of(GPU_F32, rows));
	kernel_reads(&launch, factor, bytes_of(GPU_F32, rows));
	kernel_reads(&launch, scale, bytes_of(GPU_F32, width));
	kernel_gives(&launch, dx, bytes_of(type, rows * width), accumulate);
	return run_rows(gpu, &launch, rows, width, args.lanes, err);
}

/* -------- softmax -------- */

/* Lines whose values lie apart have a thread each: neighbouring threads then read neighbouring lines. */
static struct softmax_args softmax_of(const struct kernel_lines *lines)
{
	return (struct softmax_args){ .lines = lines->count,
				      .stride = lines->stride,
				      .size = (int32_t)lines->size,
				      .lanes = lines->stride > 1 ? 1 : lanes_of(lines->size) };
}

int kernel_softmax(struct gpu *gpu, enum gpu_type type, const void *x, void *y, const struct kernel_lines *lines,
		   struct fc_error *err)
{
	const int64_t bytes = bytes_of(type, lines->count * lines->size);
	struct softmax_args args = softmax_of(lines);
	struct gpu_launch launch = kernel_launch(KERNEL_SOFTMAX, type, &args, sizeof(args));

	args.x = x;
	args.out = y;
	kernel_reads(&launch, x, bytes);
	kernel_writes(&launch, y, bytes);
	return run_rows(gpu, &launch, lines->count, lines->size, args.lanes, err);
}

int kernel_softmax_backward(struct gpu *gpu, enum gpu_type type, const void *y, const void *dy, void *dx,
			    bool accumulate, const struct kernel_lines *lines, struct fc_error *err)
{
	const int64_t bytes = bytes_of(type, lines->count * lines->size);
	struct softmax_args args = softmax_of(lines);
	struct gpu_launch launch = kernel_launch(KERNEL_SOFTMAX_BACKWARD, type, &args, sizeof(args));

	args.x = y;
	args.dy = dy;
	args.out = dx;
	args.accumulate = accumulate;
	kernel_reads(&launch, y, bytes);
	kernel_reads(&launch, dy, bytes);
	kernel_gives(&launch, dx, bytes, accumulate);
	return run_rows(gpu, &launch, lines->count, lines->size, args.lanes, err);
}
