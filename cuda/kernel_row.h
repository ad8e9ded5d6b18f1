/*
 * Rows that threads work on by themselves. `lanes` neighbouring threads of a block share a row: a power of two up to the 32 of a
 * warp, or the whole block. Totals are made in a fixed order and are the same bits in all lanes. Threads behind the last row
 * take part, as that row's, and store nothing.
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_ROW_H
#define FLOPCLOCK_CUDA_KERNEL_ROW_H

#include "kernel_pack.h"

#define ROW_WARP  32
#define ROW_WARPS (BLOCK_THREADS / ROW_WARP)

DEVICE int row_lane(int lanes)
{
	return (int)threadIdx.x % lanes;
}

/* The thread's row; it may lie behind the last. */
DEVICE int64_t row_own(int lanes)
{
	return (int64_t)blockIdx.x * (BLOCK_THREADS / lanes) + (int)threadIdx.x / lanes;
}

/* What the warps of a block have, once each lane has its warp's; `shared` holds a float per warp. */
DEVICE void row_publish(float value, float *shared)
{
	if (threadIdx.x % ROW_WARP == 0)
		shared[threadIdx.x / ROW_WARP] = value;
	__syncthreads();
}

DEVICE float row_total(float value, int lanes, float *shared)
{
	for (int mask = (int)least(lanes, ROW_WARP) / 2; mask > 0; mask /= 2)
		value += warp_float(value, mask);
	if (lanes <= ROW_WARP)
		return value;
	row_publish(value, shared);
	value = 0;
	UNROLL
	for (int i = 0; i < ROW_WARPS; i++)
		value += shared[i];
	__syncthreads();
	return value;
}

DEVICE float row_largest(float value, int lanes, float *shared)
{
	for (int mask = (int)least(lanes, ROW_WARP) / 2; mask > 0; mask /= 2)
		value = fmaxf(value, warp_float(value, mask));
	if (lanes <= ROW_WARP)
		return value;
	row_publish(value, shared);
	UNROLL
	for (int i = 0; i < ROW_WARPS; i++)
		value = fmaxf(value, shared[i]);
	__syncthreads();
	return value;
}

#endif
