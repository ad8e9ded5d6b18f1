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

/* Loops of a constant length within longer ones are made into vectors by every compiler, without further asking. */
#define HOST_LANES 8

/* sum += factor * row */
static inline void host_add_row(float *restrict sum, const float *restrict row, float factor, int64_t n)
{
	int64_t i = 0;

	for (; i + HOST_LANES <= n; i += HOST_LANES)
		for (int64_t k = 0; k < HOST_LANES; k++)
			sum[i + k] += factor * row[i + k];
	for (; i < n; i++)
		sum[i] += factor * row[i];
}

static inline float host_dot(const float *restrict a, const float *restrict b, int64_t n)
{
	float lane[HOST_LANES] = { 0 }, sum = 0;
	int64_t i = 0;

	for (; i + HOST_LANES <= n; i += HOST_LANES)
		for (int64_t k = 0; k < HOST_LANES; k++)
			lane[k] += a[i + k] * b[i + k];
	for (; i < n; i++)
		sum += a[i] * b[i];
	for (int64_t k = 0; k < HOST_LANES; k++)
		sum += lane[k];
	return sum;
}

#endif
