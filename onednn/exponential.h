/* exp for vectors. */
#ifndef FLOPCLOCK_ONEDNN_EXPONENTIAL_H
#define FLOPCLOCK_ONEDNN_EXPONENTIAL_H

#include "onednn.h"

/*
 * x = n * ln 2 + r, exp(x) = 2^n * exp(r), exp(r) for |r| <= ln 2 / 2 by its Taylor series to the 7th power (error below
 * 1e-8). ln 2 is split in two so that n * ln 2 is exact enough.
 */
ONEDNN_INLINE float onednn_exponential(float x)
{
	const float magic = 12582912.0f; /* 1.5 * 2^23: adding and taking it away rounds to an integer */
	union {
		int32_t i;
		float f;
	} scale;
	float n, r, sum;

	x = x > 88 ? 88 : x < -87 ? -87 : x;
	n = x * 1.44269504f + magic - magic;
	r = x - n * 0.693359375f - n * -2.12194440e-4f;
	sum = 1.0f / 5040;
	sum = sum * r + 1.0f / 720;
	sum = sum * r + 1.0f / 120;
	sum = sum * r + 1.0f / 24;
	sum = sum * r + 1.0f / 6;
	sum = sum * r + 0.5f;
	sum = sum * r + 1;
	sum = sum * r + 1;
	scale.i = ((int32_t)n + 127) << 23;
	return sum * scale.f;
}

#endif
