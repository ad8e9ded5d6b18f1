#include "kernel_launch.h"

#include <assert.h>

static const char *const names[KERNEL_COUNT][GPU_TYPE_COUNT] = {
#define NAMES_true(lower)      { #lower "_f32", #lower "_bf16" },
#define NAMES_false(lower)     { #lower, #lower },
#define X(upper, lower, typed) NAMES_##typed(lower)
	KERNELS(X)
#undef X
};

const char *kernel_name(enum kernel_id kernel, enum gpu_type type)
{
	return names[kernel][type];
}

struct gpu_launch kernel_launch(enum kernel_id kernel, enum gpu_type type, const void *args, size_t args_bytes)
{
	return (struct gpu_launch){ .kernel = (int)kernel,
				    .type = type,
				    .grid = { 1, 1, 1 },
				    .block = { 1, 1, 1 },
				    .args = args,
				    .args_bytes = args_bytes };
}

static void list(struct gpu_launch *launch, const void *data, int64_t bytes, bool write)
{
	if (!data || !bytes)
		return;
	assert(launch->access_count < GPU_MAX_ACCESS);
	launch->access[launch->access_count++] = (struct gpu_access){ data, (uint64_t)bytes, write };
}

void kernel_reads(struct gpu_launch *launch, const void *data, int64_t bytes)
{
	list(launch, data, bytes, false);
}

void kernel_writes(struct gpu_launch *launch, const void *data, int64_t bytes)
{
	list(launch, data, bytes, true);
}

void kernel_gives(struct gpu_launch *launch, const void *data, int64_t bytes, bool accumulate)
{
	if (accumulate)
		kernel_reads(launch, data, bytes);
	kernel_writes(launch, data, bytes);
}

int kernel_run(struct gpu *gpu, struct gpu_launch *launch, int64_t blocks, int64_t threads, struct fc_error *err)
{
	if (!blocks)
		return 0;
	if (blocks > INT32_MAX)
		return fc_fail(err, "kernel %s: a tensor of %lld blocks is too large",
			       kernel_name((enum kernel_id)launch->kernel, launch->type), (long long)blocks);
	launch->grid[0] = (uint32_t)blocks;
	launch->block[0] = (uint32_t)threads;
	return gpu->ops->launch(gpu, launch, err);
}

int kernel_run_flat(struct gpu *gpu, struct gpu_launch *launch, int64_t count, int width, struct fc_error *err)
{
	const int64_t block = (int64_t)FLAT_PACKS * BLOCK_THREADS * width;

	return kernel_run(gpu, launch, (count + block - 1) / block, BLOCK_THREADS, err);
}

int kernel_width(enum gpu_type type)
{
	return type == GPU_BF16 ? 8 : 4;
}

bool kernel_aligned(const void *pointer)
{
	return (uintptr_t)pointer % 16 == 0;
}

/* Shift and multiplier of n / d = (high(n * multiply) + n) >> shift: Granlund and Montgomery, PLDI 1994, for n < 2^31. */
struct kernel_divisor kernel_divisor(int64_t d)
{
	struct kernel_divisor divisor = { 0, 0 };

	assert(d >= 1 && d <= INT32_MAX);
	while ((int64_t)1 << divisor.shift < d)
		divisor.shift++;
	divisor.multiply =
		(uint32_t)((((uint64_t)1 << divisor.shift) - (uint64_t)d) * ((uint64_t)1 << 32) / (uint64_t)d + 1);
	return divisor;
}
