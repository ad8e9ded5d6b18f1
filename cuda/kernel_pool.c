/* Launches of pools: one thread per pack of channels of the tensor that is written. */
#include "kernel_launch.h"

KERNEL_ARGS_FIT(pool_args);

/* Places that a window may have for each of its saved places to be one byte, or two. */
#define PLACES_OF_A_BYTE 256
#define PLACES_OF_TWO	 65536

struct tensors {
	const void *from;
	void *to, *saved;
	bool backward, accumulate;
};

static int64_t places(const struct kernel_pool *pool)
{
	return pool->r * pool->s;
}

static int64_t outputs(const struct kernel_pool *pool)
{
	return pool->n * pool->c * pool->p * pool->q;
}

static int64_t inputs(const struct kernel_pool *pool)
{
	return pool->n * pool->c * pool->h * pool->w;
}

uint64_t kernel_max_pool_saved(const struct kernel_pool *pool)
{
	return (uint64_t)outputs(pool) * (places(pool) > PLACES_OF_A_BYTE ? 2 : 1);
}

static struct pool_args pool_args(enum gpu_type type, const struct kernel_pool *pool, const struct tensors *t)
{
	const bool vector = pool->c % kernel_width(type) == 0 && kernel_aligned(t->from) && kernel_aligned(t->to) &&
			    kernel_aligned(t->saved);
	const int64_t packs = vector ? pool->c / kernel_width(type) : pool->c;
	const int64_t rows = t->backward ? pool->h : pool->p, columns = t->backward ? pool->w : pool->q;

	return (struct pool_args){
		.from = t->from,
		.to = t->to,
		.saved = t->saved,
		.packs = pool->n * rows * columns * packs,
		.c = (int32_t)pool->c,
		.h = (int32_t)pool->h,
		.w = (int32_t)pool->w,
		.p = (int32_t)pool->p,
		.q = (int32_t)pool->q,
		.r = (int32_t)pool->r,
		.s = (int32_t)pool->s,
		.stride_h = (int32_t)pool->stride_h,
		.stride_w = (int32_t)pool->stride_w,
		.pad_h = (int32_t)pool->pad_h,
		.pad_w = (int32_t)pool->pad_w,
		.adaptive = pool->adaptive,
		.accumulate = t->accumulate,
		.vector = vector,
		.wide = places(pool) > PLACES_OF_A_BYTE,
		.by_packs = kernel_divisor(packs),
		.by_columns = kernel_divisor(columns),
		.by_rows = kernel_divisor(rows),
		.by_stride_h = kernel_divisor(pool->adaptive ? 1 : pool->stride_h),
		.by_stride_w = kernel_divisor(pool->adaptive ? 1 : pool->stride_w),
	};
}

static int run(struct gpu *gpu, enum kernel_id kernel, enum gpu_type type, const struct kernel_pool *pool,
	       const struct tensors *t, struct fc_error *err)
{
	const struct pool_args args = pool_args(type, pool, t);
	struct gpu_launch launch = kernel_launch(kernel, type, &args, sizeof(args));
	const int64_t size = (int64_t)gpu_type_bytes(type), saved = (int64_t)kernel_max_pool_saved(pool);

	if (args.packs > INT32_MAX)
		return fc_fail(err, "kernel %s: a tensor of %lld packs is too large", kernel_name(kernel, type),
			       (long long)args.packs);
	kernel_reads(&launch, t->from, size * (t->backward ? outputs(pool) : inputs(pool)));
	if (t->backward)
		kernel_reads(&launch, t->saved, saved);
	else
		kernel_writes(&launch, t->saved, t->saved ? saved : 0);
	kernel_gives(&launch, t->to, size * (t->backward ? inputs(pool) : outputs(pool)), t->accumulate);
	return kernel_run(gpu, &launch, (args.packs + BLOCK_THREADS - 1) / BLOCK_THREADS, BLOCK_THREADS, err);
}

int kernel_max_pool(struct gpu *gpu, enum gpu_type type, const struct kernel_pool *pool, const void *x, void *y,
		    void *saved, struct fc_error *err)
{
	if (places(pool) > PLACES_OF_TWO)
		return fc_fail(err, "max pool: a window of %lld x %lld is too large", (long long)pool->r,
			       (long long)pool->s);
	return run(gpu, KERNEL_MAX_POOL, type, pool, &(struct tensors){ .from = x, .to = y, .saved = saved }, err);
}

int kernel_max_pool_backward(struct gpu *gpu, enum gpu_type type, const struct kernel_pool *pool, const void *dy,
			     const void *saved, void *dx, bool accumulate, struct fc_error *err)
{
	return run(gpu, KERNEL_MAX_POOL_BACKWARD, type, pool,
		   &(struct tensors){ .from = dy,
				      .to = dx,
				      .saved = (void *)(uintptr_t)saved,
				      .backward = true,
				      .accumulate = accumulate },
		   err);
}

int kernel_avg_pool(struct gpu *gpu, enum gpu_type type, const struct kernel_pool *pool, const void *x, void *y,
		    struct fc_error *err)
{
	return run(gpu, KERNEL_AVG_POOL, type, pool, &(struct tensors){ .from = x, .to = y }, err);
}

int kernel_avg_pool_backward(struct gpu *gpu, enum gpu_type type, const struct kernel_pool *pool, const void *dy,
			     void *dx, bool accumulate, struct fc_error *err)
{
	return run(gpu, KERNEL_AVG_POOL_BACKWARD, type, pool,
		   &(struct tensors){ .from = dy, .to = dx, .backward = true, .accumulate = accumulate }, err);
}
