/* Launches of what goes element by element, or channel by channel. */
#include "kernel_launch.h"

KERNEL_ARGS_FIT(flat_args);
KERNEL_ARGS_FIT(add_args);
KERNEL_ARGS_FIT(noise_args);
KERNEL_ARGS_FIT(dropout_args);
KERNEL_ARGS_FIT(slice_args);

static int flat(struct gpu *gpu, enum kernel_id kernel, enum gpu_type type, const void *a, const void *b, void *out,
		bool accumulate, int64_t count, struct fc_error *err)
{
	const struct flat_args args = { .a = a,
					.b = b,
					.out = out,
					.count = count,
					.accumulate = accumulate,
					.vector = kernel_aligned(a) && kernel_aligned(b) && kernel_aligned(out) };
	struct gpu_launch launch = kernel_launch(kernel, type, &args, sizeof(args));
	const int64_t bytes = count * (int64_t)gpu_type_bytes(type);

	kernel_reads(&launch, a, bytes);
	kernel_reads(&launch, b, bytes);
	kernel_gives(&launch, out, bytes, accumulate);
	return kernel_run_flat(gpu, &launch, count, kernel_width(type), err);
}

int kernel_relu(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t count, struct fc_error *err)
{
	return flat(gpu, KERNEL_RELU, type, x, NULL, y, false, count, err);
}

int kernel_relu_backward(struct gpu *gpu, enum gpu_type type, const void *y, const void *dy, void *dx,
			 bool accumulate, int64_t count, struct fc_error *err)
{
	return flat(gpu, KERNEL_RELU_BACKWARD, type, dy, y, dx, accumulate, count, err);
}

int kernel_sigmoid(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t count, struct fc_error *err)
{
	return flat(gpu, KERNEL_SIGMOID, type, x, NULL, y, false, count, err);
}

int kernel_sigmoid_backward(struct gpu *gpu, enum gpu_type type, const void *y, const void *dy, void *dx,
			    bool accumulate, int64_t count, struct fc_error *err)
{
	return flat(gpu, KERNEL_SIGMOID_BACKWARD, type, dy, y, dx, accumulate, count, err);
}

int kernel_give(struct gpu *gpu, enum gpu_type type, const void *dy, void *dx, bool accumulate, int64_t count,
		struct fc_error *err)
{
	return flat(gpu, KERNEL_GIVE, type, dy, NULL, dx, accumulate, count, err);
}

static int convert(struct gpu *gpu, enum kernel_id kernel, const void *a, int64_t a_bytes, void *out,
		   int64_t out_bytes, int64_t count, struct fc_error *err)
{
	const struct flat_args args = {
		.a = a, .out = out, .count = count, .vector = kernel_aligned(a) && kernel_aligned(out)
	};
	struct gpu_launch launch = kernel_launch(kernel, GPU_F32, &args, sizeof(args));

	kernel_reads(&launch, a, a_bytes);
	kernel_writes(&launch, out, out_bytes);
	return kernel_run_flat(gpu, &launch, count, PACK_MOST, err);
}

int kernel_shadow(struct gpu *gpu, const float *master, void *shadow, int64_t count, struct fc_error *err)
{
	return convert(gpu, KERNEL_SHADOW, master, 4 * count, shadow, 2 * count, count, err);
}

int kernel_widen(struct gpu *gpu, const void *x, float *y, int64_t count, struct fc_error *err)
{
	return convert(gpu, KERNEL_WIDEN, x, 2 * count, y, 4 * count, count, err);
}

int kernel_add(struct gpu *gpu, enum gpu_type type, const void *const *x, int inputs, void *y, bool relu,
	       int64_t count, struct fc_error *err)
{
	struct add_args args = {
		.y = y, .count = count, .inputs = inputs, .relu = relu, .vector = kernel_aligned(y)
	};
	struct gpu_launch launch = kernel_launch(KERNEL_ADD, type, &args, sizeof(args));
	const int64_t bytes = count * (int64_t)gpu_type_bytes(type);

	for (int i = 0; i < inputs; i++) {
		args.x[i] = x[i];
		args.vector = args.vector && kernel_aligned(x[i]);
		kernel_reads(&launch, x[i], bytes);
	}
	kernel_writes(&launch, y, bytes);
	return kernel_run_flat(gpu, &launch, count, kernel_width(type), err);
}

int kernel_noise(struct gpu *gpu, enum gpu_type type, void *y, int64_t count, uint64_t seed, struct fc_error *err)
{
	const struct noise_args args = { .y = y, .count = count, .seed = seed };
	struct gpu_launch launch = kernel_launch(KERNEL_NOISE, type, &args, sizeof(args));

	kernel_writes(&launch, y, count * (int64_t)gpu_type_bytes(type));
	return kernel_run_flat(gpu, &launch, count, kernel_width(type), err);
}

int kernel_dropout(struct gpu *gpu, enum gpu_type type, const void *in, void *out, bool accumulate,
		   struct fc_shape shape, int64_t channels, double probability, uint64_t seed, uint32_t node,
		   const struct gpu_control *control, struct fc_error *err)
{
	const int64_t rows = shape.n * shape.h * shape.w, bytes = rows * channels * (int64_t)gpu_type_bytes(type);
	const bool vector = channels % kernel_width(type) == 0 && kernel_aligned(in) && kernel_aligned(out);
	const struct dropout_args args = { .tile = kernel_tile(type, vector, rows, channels, false),
					   .in = in,
					   .out = out,
					   .control = control,
					   .seed = seed,
					   .node = node,
					   .image = kernel_divisor(shape.h * shape.w),
					   .channels = (int32_t)shape.c,
					   .places = (int32_t)(shape.h * shape.w),
					   .accumulate = accumulate,
					   .probability = (float)probability,
					   .keep = (float)(1 / (1 - probability)) };
	struct gpu_launch launch = kernel_launch(KERNEL_DROPOUT, type, &args, sizeof(args));

	if (rows > INT32_MAX)
		return fc_fail(err, "dropout: a tensor of %lld places is too large", (long long)rows);
	kernel_reads(&launch, in, bytes);
	kernel_gives(&launch, out, bytes, accumulate);
	kernel_reads(&launch, control, sizeof(*control));
	return kernel_run_tile(gpu, &launch, &args.tile, err);
}

/* From the first value of a slice to behind its last. */
static int64_t slice_bytes(enum gpu_type type, int64_t rows, int64_t channels, int64_t width)
{
	return ((rows - 1) * channels + width) * (int64_t)gpu_type_bytes(type);
}

int kernel_slice(struct gpu *gpu, enum gpu_type type, const void *from, int64_t from_channels, int64_t from_offset,
		 void *to, int64_t to_channels, int64_t to_offset, int64_t width, int64_t rows, bool accumulate,
		 struct fc_error *err)
{
	const int64_t size = (int64_t)gpu_type_bytes(type), pack = kernel_width(type);
	const char *source = (const char *)from + from_offset * size;
	char *target = (char *)to + to_offset * size;
	const bool vector = from_channels % pack == 0 && to_channels % pack == 0 && width % pack == 0 &&
			    kernel_aligned(source) && kernel_aligned(target);
	const struct slice_args args = { .tile = kernel_tile(type, vector, rows, width, false),
					 .from = source,
					 .to = target,
					 .from_channels = from_channels,
					 .to_channels = to_channels,
					 .accumulate = accumulate };
	struct gpu_launch launch = kernel_launch(KERNEL_SLICE, type, &args, sizeof(args));

	kernel_reads(&launch, source, slice_bytes(type, rows, from_channels, width));
	kernel_gives(&launch, target, slice_bytes(type, rows, to_channels, width), accumulate);
	return kernel_run_tile(gpu, &launch, &args.tile, err);
}
