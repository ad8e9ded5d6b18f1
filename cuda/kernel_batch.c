/* Launches that follow the batch of a pass: its images, its loss, the step to the next one. */
#include "kernel_launch.h"

KERNEL_ARGS_FIT(feed_args);
KERNEL_ARGS_FIT(loss_args);
KERNEL_ARGS_FIT(advance_args);

#define WARP 32

/* Logits up to which one block writes all gradients of a batch. */
#define LOGITS_OF_A_BLOCK 16384

/* Largest side of an image, of the data set's and of the network's: products of two sides stay below 2^31. */
#define SIDE_MOST 16384

int kernel_feed(struct gpu *gpu, enum gpu_type type, const struct gpu_images *images,
		const struct gpu_control *control, struct fc_shape shape, int64_t channels, void *y,
		struct fc_error *err)
{
	const int64_t pixels = shape.n * shape.h * shape.w;
	const struct feed_args args = { .images = *images,
					.control = control,
					.y = y,
					.pixels = pixels,
					.n = (uint32_t)shape.n,
					.h = (uint32_t)shape.h,
					.w = (uint32_t)shape.w,
					.channels = (int32_t)channels,
					.filled = (int32_t)shape.c,
					.vector = kernel_aligned(y),
					.by_w = kernel_divisor(shape.w),
					.by_h = kernel_divisor(shape.h),
					.by_channels = kernel_divisor(channels),
					.by_2w = kernel_divisor(2 * shape.w),
					.by_2h = kernel_divisor(2 * shape.h) };
	struct gpu_launch launch = kernel_launch(KERNEL_FEED, type, &args, sizeof(args));

	if (pixels > INT32_MAX || shape.h > SIDE_MOST || shape.w > SIDE_MOST || images->height > SIDE_MOST ||
	    images->width > SIDE_MOST)
		return fc_fail(err, "kernel feed: a batch of %lld x %lld x %lld pixels is too large",
			       (long long)shape.n, (long long)shape.h, (long long)shape.w);
	kernel_reads(&launch, images->pixels, images->count * images->height * images->width);
	kernel_reads(&launch, images->order, images->count * (int64_t)sizeof(*images->order));
	kernel_reads(&launch, control, sizeof(*control));
	kernel_writes(&launch, y, pixels * channels * (int64_t)gpu_type_bytes(type));
	launch.shared_bytes = FEED_PIXELS * sizeof(float);
	return kernel_run(gpu, &launch, (pixels + FEED_PIXELS - 1) / FEED_PIXELS, BLOCK_THREADS, err);
}

/* As many threads share a row as keep one block busy, and not many more than the row has classes. */
static int32_t lanes_of(int64_t n, int64_t classes)
{
	int32_t lanes = 1;

	while (lanes < WARP && lanes < classes && n * lanes < FINISH_THREADS)
		lanes *= 2;
	return lanes;
}

int kernel_loss(struct gpu *gpu, enum gpu_type type, const struct gpu_images *images,
		const struct gpu_control *control, int64_t n, int64_t k, const void *logits, void *dlogits,
		double weight, int head, struct gpu_result *ring, struct fc_error *err)
{
	const int64_t bytes = n * k * (int64_t)gpu_type_bytes(type);
	const int64_t rows = !dlogits || n * k <= LOGITS_OF_A_BLOCK ? n : (LOGITS_OF_A_BLOCK + k - 1) / k;
	const struct loss_args args = { .labels = images->labels,
					.order = images->order,
					.control = control,
					.logits = logits,
					.dlogits = dlogits,
					.ring = ring,
					.weight = weight,
					.n = (int32_t)n,
					.classes = (int32_t)k,
					.head = head,
					.lanes = lanes_of(n, k),
					.rows = (int32_t)rows };
	struct gpu_launch launch = kernel_launch(KERNEL_LOSS, type, &args, sizeof(args));

	if (n > INT32_MAX || k > INT32_MAX)
		return fc_fail(err, "kernel loss: logits of %lld x %lld are too large", (long long)n, (long long)k);
	kernel_reads(&launch, images->labels, images->count);
	kernel_reads(&launch, images->order, images->count * (int64_t)sizeof(*images->order));
	kernel_reads(&launch, control, sizeof(*control));
	kernel_reads(&launch, logits, bytes);
	kernel_writes(&launch, dlogits, bytes);
	kernel_writes(&launch, ring, GPU_RESULTS * sizeof(*ring));
	launch.shared_bytes = FINISH_THREADS * (sizeof(double) + sizeof(int));
	return kernel_run(gpu, &launch, (n + rows - 1) / rows, FINISH_THREADS, err);
}

int kernel_advance(struct gpu *gpu, struct gpu_control *control, struct gpu_result *ring, int64_t n,
		   struct fc_error *err)
{
	const struct advance_args args = { .control = control, .ring = ring, .n = (uint32_t)n };
	struct gpu_launch launch = kernel_launch(KERNEL_ADVANCE, GPU_F32, &args, sizeof(args));

	kernel_gives(&launch, control, sizeof(*control), true);
	kernel_writes(&launch, ring, GPU_RESULTS * sizeof(*ring));
	return kernel_run(gpu, &launch, 1, 1, err);
}
