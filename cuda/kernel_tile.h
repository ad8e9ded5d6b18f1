/*
 * What a thread of a tile (struct kernel_tile) has: one pack of channels and every blockDim.y-th row of a chunk, TILE_ROWS of
 * them under way at a time. Rows beyond the chunk are read as its last one, so that no load waits for a branch, and left out
 * of sums and stores by tile_has().
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_TILE_H
#define FLOPCLOCK_CUDA_KERNEL_TILE_H

#include "kernel_pack.h"

DEVICE int tile_width(const struct kernel_tile *t, const enum gpu_type type)
{
	return t->vector ? pack_width(type) : 1;
}

/* The thread's first channel; it may lie beyond the last. */
DEVICE int tile_channel(const int width)
{
	return (int)(blockIdx.y * blockDim.x + threadIdx.x) * width;
}

DEVICE int64_t tile_first(const struct kernel_tile *t)
{
	return blockIdx.x * t->chunk + threadIdx.y;
}

DEVICE int64_t tile_end(const struct kernel_tile *t)
{
	return least((blockIdx.x + 1) * t->chunk, t->rows);
}

/* From one turn of the thread's loop to the next. */
DEVICE int64_t tile_step(void)
{
	return (int64_t)TILE_ROWS * blockDim.y;
}

/* The j-th row of the turn that begins at `row`. */
DEVICE int64_t tile_row(int64_t row, const int j, int64_t end)
{
	return least(row + j * (int64_t)blockDim.y, end - 1);
}

DEVICE int tile_has(int64_t row, const int j, int64_t end)
{
	return row + j * (int64_t)blockDim.y < end;
}

/* How many rows of the turn there are. */
DEVICE int tile_rows(int64_t row, int64_t end)
{
	int rows = 0;

	UNROLL
	for (int j = 0; j < TILE_ROWS; j++)
		rows += tile_has(row, j, end);
	return rows;
}

#endif
