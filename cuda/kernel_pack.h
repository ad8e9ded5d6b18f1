/*
 * Up to eight neighbouring values in registers, in fp32 whatever their type in memory. `width` is a constant at every call:
 * pack_width(type) moves 16 bytes at once and wants that alignment, 1 moves a single value.
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_PACK_H
#define FLOPCLOCK_CUDA_KERNEL_PACK_H

#include "kernel_runtime.h"

struct pack {
	float v[PACK_MOST];
};

DEVICE int pack_width(const enum gpu_type type)
{
	return type == GPU_BF16 ? 8 : 4;
}

DEVICE float value_load(const void *from, int64_t at, const enum gpu_type type)
{
	return type == GPU_BF16 ? float_of_bits((uint32_t)((const uint16_t *)from)[at] << 16)
				: ((const float *)from)[at];
}

DEVICE void value_store(void *to, int64_t at, const enum gpu_type type, float value)
{
	if (type == GPU_BF16)
		((uint16_t *)to)[at] = (uint16_t)bf16_pair(value, 0);
	else
		((float *)to)[at] = value;
}

DEVICE struct pack pack_zero(void)
{
	struct pack p;

	UNROLL
	for (int k = 0; k < PACK_MOST; k++)
		p.v[k] = 0;
	return p;
}

DEVICE uint4 pack_nothing(void)
{
	uint4 raw;

	raw.x = raw.y = raw.z = raw.w = 0;
	return raw;
}

/*
 * The bits of the values from index `at` of a tensor of `type` on: what is under way is kept like this, and opened where it is
 * used, because values take up to twice as many registers.
 */
DEVICE uint4 pack_fetch(const void *from, int64_t at, const enum gpu_type type, const int width)
{
	uint4 raw = pack_nothing();

	if (width > 1)
		raw = type == GPU_BF16 ? *(const uint4 *)((const uint16_t *)from + at)
				       : *(const uint4 *)((const float *)from + at);
	else
		raw.x = type == GPU_BF16 ? ((const uint16_t *)from)[at] : bits_of_float(((const float *)from)[at]);
	return raw;
}

/* The same where it is wanted at all. */
DEVICE uint4 pack_fetch_if(int wanted, const void *from, int64_t at, const enum gpu_type type, const int width)
{
	uint4 raw = pack_nothing();

	if (wanted)
		raw = pack_fetch(from, at, type, width);
	return raw;
}

/* A ReLU's output, of which only the signs matter; positive everywhere where there is no ReLU. */
DEVICE uint4 pack_fetch_mask(const void *y, int64_t at, const enum gpu_type type, const int width)
{
	uint4 raw;

	raw.x = raw.y = raw.z = raw.w = 0x3f803f80;
	if (y)
		raw = pack_fetch(y, at, type, width);
	return raw;
}

DEVICE float low_half(uint32_t pair)
{
	return float_of_bits(pair << 16);
}

DEVICE float high_half(uint32_t pair)
{
	return float_of_bits(pair & 0xffff0000u);
}

DEVICE struct pack pack_open(uint4 raw, const enum gpu_type type)
{
	struct pack p = pack_zero();

	if (type == GPU_BF16) {
		p.v[0] = low_half(raw.x);
		p.v[1] = high_half(raw.x);
		p.v[2] = low_half(raw.y);
		p.v[3] = high_half(raw.y);
		p.v[4] = low_half(raw.z);
		p.v[5] = high_half(raw.z);
		p.v[6] = low_half(raw.w);
		p.v[7] = high_half(raw.w);
	} else {
		p.v[0] = float_of_bits(raw.x);
		p.v[1] = float_of_bits(raw.y);
		p.v[2] = float_of_bits(raw.z);
		p.v[3] = float_of_bits(raw.w);
	}
	return p;
}

DEVICE struct pack pack_load(const void *from, int64_t at, const enum gpu_type type, const int width)
{
	return pack_open(pack_fetch(from, at, type, width), type);
}

DEVICE void pack_store(void *to, int64_t at, const enum gpu_type type, const int width, const struct pack *p)
{
	uint4 raw;

	if (width == 1) {
		value_store(to, at, type, p->v[0]);
	} else if (type == GPU_BF16) {
		raw.x = bf16_pair(p->v[0], p->v[1]);
		raw.y = bf16_pair(p->v[2], p->v[3]);
		raw.z = bf16_pair(p->v[4], p->v[5]);
		raw.w = bf16_pair(p->v[6], p->v[7]);
		*(uint4 *)((uint16_t *)to + at) = raw;
	} else {
		raw.x = bits_of_float(p->v[0]);
		raw.y = bits_of_float(p->v[1]);
		raw.z = bits_of_float(p->v[2]);
		raw.w = bits_of_float(p->v[3]);
		*(uint4 *)((float *)to + at) = raw;
	}
}

/* A gradient with several contributions is written by the first and added to by the others. */
DEVICE float given(int accumulate, float old, float value)
{
	return accumulate ? old + value : value;
}

/* `width` floats of a row of parameters; a pack of bf16 values has twice 16 bytes of them. */
DEVICE struct pack pack_floats(const float *from, int64_t at, const int width)
{
	struct pack p = pack_load(from, at, GPU_F32, width == 1 ? 1 : 4);

	if (width == 8) {
		const struct pack upper = pack_load(from, at + 4, GPU_F32, 4);

		UNROLL
		for (int k = 0; k < 4; k++)
			p.v[4 + k] = upper.v[k];
	}
	return p;
}

DEVICE void pack_store_floats(float *to, int64_t at, const int width, const struct pack *p)
{
	struct pack upper = pack_zero();

	pack_store(to, at, GPU_F32, width == 1 ? 1 : 4, p);
	if (width == 8) {
		UNROLL
		for (int k = 0; k < 4; k++)
			upper.v[k] = p->v[4 + k];
		pack_store(to, at + 4, GPU_F32, 4, &upper);
	}
}

#endif
