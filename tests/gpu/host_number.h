/* Tensors as arrays of float, whatever their type in memory; products' inputs rounded as their precision wants. */
#ifndef FLOPCLOCK_TESTS_HOST_NUMBER_H
#define FLOPCLOCK_TESTS_HOST_NUMBER_H

#include <stdlib.h>

#include "flopclock/arena.h"
#include "kernel_pack.h"

/* A tensor core reads 10 bits behind the point: the nearest, ties away from zero. */
static inline float host_tf32(float value)
{
	const uint32_t bits = bits_of_float(value);

	return isfinite(value) ? float_of_bits((bits + 0x1000) & ~(uint32_t)0x1fff) : value;
}

static inline float host_operand(float value, enum fc_precision precision)
{
	return precision == FC_PRECISION_TF32	? host_tf32(value)
	       : precision == FC_PRECISION_BF16 ? float_of_bits(bf16_bits(value) << 16)
						: value;
}

/* free() it. */
static inline float *host_floats(const void *data, int64_t count, enum gpu_type type, enum fc_precision precision)
{
	float *values = fc_calloc((size_t)count + 1, sizeof(*values));

	for (int64_t i = 0; i < count; i++)
		values[i] = host_operand(value_load(data, i, type), precision);
	return values;
}

#endif
