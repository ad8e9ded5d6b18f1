/*
 * How a flat kernel shares its elements: a block has FLAT_PACKS * BLOCK_THREADS packs, thread t those at t, t + BLOCK_THREADS ...
 * The last block, and every block of tensors that are not aligned, goes value by value in the same way.
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_FLAT_H
#define FLOPCLOCK_CUDA_KERNEL_FLAT_H

#include "kernel_pack.h"

/* Values of a block. */
DEVICE int64_t flat_block(const int width)
{
	return (int64_t)FLAT_PACKS * BLOCK_THREADS * width;
}

/* Whether all packs of this block can be moved whole. */
DEVICE int flat_whole(int64_t count, int vector, const int width)
{
	return vector && ((int64_t)blockIdx.x + 1) * flat_block(width) <= count;
}

/* Where the thread's j-th pack begins. */
DEVICE int64_t flat_pack(const int j, const int width)
{
	return ((int64_t)blockIdx.x * FLAT_PACKS + j) * BLOCK_THREADS * width + (int64_t)threadIdx.x * width;
}

/* Where the thread begins value by value, and where its block ends. */
DEVICE int64_t flat_first(const int width)
{
	return (int64_t)blockIdx.x * flat_block(width) + threadIdx.x;
}

DEVICE int64_t flat_end(int64_t count, const int width)
{
	return least(((int64_t)blockIdx.x + 1) * flat_block(width), count);
}

#endif
