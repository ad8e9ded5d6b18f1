/* Between fp32 and bf16: parameters and their shadows, gradients that come out of a product. */
#include "kernel_flat.h"

/* A pack of eight is 32 bytes on the fp32 side. */
#define CONVERT_WIDTH 8

DEVICE struct pack convert_load(const struct flat_args *a, int64_t at, const enum gpu_type from)
{
	return from == GPU_F32 ? pack_floats((const float *)a->a, at, CONVERT_WIDTH)
			       : pack_load(a->a, at, from, CONVERT_WIDTH);
}

DEVICE void convert_store(const struct flat_args *a, int64_t at, const enum gpu_type to, const struct pack *p)
{
	if (to == GPU_F32)
		pack_store_floats((float *)a->out, at, CONVERT_WIDTH, p);
	else
		pack_store(a->out, at, to, CONVERT_WIDTH, p);
}

DEVICE void convert(const struct flat_args *a, const enum gpu_type from, const enum gpu_type to)
{
	struct pack p[FLAT_PACKS];

	if (!flat_whole(a->count, a->vector, CONVERT_WIDTH)) {
		ROLLED
		for (int64_t i = flat_first(CONVERT_WIDTH); i < flat_end(a->count, CONVERT_WIDTH); i += BLOCK_THREADS)
			value_store(a->out, i, to, value_load(a->a, i, from));
		return;
	}
	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++)
		p[j] = convert_load(a, flat_pack(j, CONVERT_WIDTH), from);
	UNROLL
	for (int j = 0; j < FLAT_PACKS; j++)
		convert_store(a, flat_pack(j, CONVERT_WIDTH), to, &p[j]);
}

DEVICE void shadow_values(const struct flat_args *a)
{
	convert(a, GPU_F32, GPU_BF16);
}

DEVICE void widen_values(const struct flat_args *a)
{
	convert(a, GPU_BF16, GPU_F32);
}

PLAIN_KERNEL(shadow, flat_args, BLOCK_THREADS, shadow_values)
PLAIN_KERNEL(widen, flat_args, BLOCK_THREADS, widen_values)
