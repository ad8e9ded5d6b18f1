/* The launch of the update of all parameters. */
#include "kernel_launch.h"

KERNEL_ARGS_FIT(sgd_args);

int kernel_sgd(struct gpu *gpu, const struct fc_flat *flat, struct fc_error *err)
{
	const int64_t bytes = (int64_t)flat->bytes;
	const struct sgd_args args = { .params = flat->params,
				       .momentum = flat->momentum,
				       .gradients = flat->gradients,
				       .shadows = flat->shadows,
				       .count = bytes / (int64_t)sizeof(float),
				       .rate = (float)flat->sgd.rate,
				       .inertia = (float)flat->sgd.momentum,
				       .decay = (float)flat->sgd.weight_decay,
				       .vector = kernel_aligned(flat->params) && kernel_aligned(flat->momentum) &&
						 kernel_aligned(flat->gradients) && kernel_aligned(flat->shadows) };
	struct gpu_launch launch = kernel_launch(KERNEL_SGD, GPU_F32, &args, sizeof(args));

	kernel_reads(&launch, flat->gradients, bytes);
	kernel_gives(&launch, flat->params, bytes, true);
	kernel_gives(&launch, flat->momentum, bytes, true);
	kernel_writes(&launch, flat->shadows, bytes / 2);
	return kernel_run_flat(gpu, &launch, args.count, kernel_width(GPU_F32), err);
}
