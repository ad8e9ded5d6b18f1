/*
 * Sums over the threads of a block that have the same threadIdx.x. The order is fixed: halves are added, as in a tree, so the
 * same input gives the same bits and an error of rounding grows with the logarithm of the threads only.
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_REDUCE_H
#define FLOPCLOCK_CUDA_KERNEL_REDUCE_H

#include "kernel_pack.h"

/*
 * Every thread of the column gets the sums of `width` values. `shared` holds width * blockDim.x * blockDim.y floats; all
 * threads of the block call it.
 */
DEVICE void column_total(struct pack *p, const int width, float *shared)
{
	const int row = (int)threadIdx.y, columns = (int)blockDim.x, threads = columns * (int)blockDim.y;
	const int thread = row * columns + (int)threadIdx.x;

	for (int rows = (int)blockDim.y; rows > 1;) {
		const int half = (rows + 1) / 2;

		UNROLL
		for (int k = 0; k < width; k++)
			if (row >= half && row < rows)
				shared[k * threads + thread] = p->v[k];
		__syncthreads();
		UNROLL
		for (int k = 0; k < width; k++)
			if (row < rows - half)
				p->v[k] += shared[k * threads + thread + half * columns];
		rows = half;
	}
	UNROLL
	for (int k = 0; k < width; k++)
		if (row == 0)
			shared[k * threads + thread] = p->v[k];
	__syncthreads();
	UNROLL
	for (int k = 0; k < width; k++)
		p->v[k] = shared[k * threads + (int)threadIdx.x];
	__syncthreads();
}

/* The thread's share of partial[chunk][channel], chunks threadIdx.y, threadIdx.y + blockDim.y ...; several loads under way. */
DEVICE float chunk_total(const float *partial, int chunks, int channels, int channel)
{
	float sum = 0;

	UNROLL_FOUR
	for (int i = (int)threadIdx.y; i < chunks; i += (int)blockDim.y)
		sum += partial[(int64_t)i * channels + channel];
	return sum;
}

#endif
