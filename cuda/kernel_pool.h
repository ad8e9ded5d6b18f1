/* Where a thread of a pool works: one pack of channels of one pixel of the tensor that it writes. */
#ifndef FLOPCLOCK_CUDA_KERNEL_POOL_H
#define FLOPCLOCK_CUDA_KERNEL_POOL_H

#include "kernel_pack.h"

struct pool_place {
	int image, row, column, channel;
	int64_t at; /* of the first value */
	int inside;
};

DEVICE struct pool_place pool_place(const struct pool_args *a, int columns, int rows, const int width)
{
	const int64_t pack = (int64_t)blockIdx.x * BLOCK_THREADS + threadIdx.x;
	const uint32_t i = (uint32_t)least(pack, a->packs - 1);
	const uint32_t pixel = quotient(i, a->by_packs), line = quotient(pixel, a->by_columns);
	const uint32_t image = quotient(line, a->by_rows);
	const int per_pixel = a->c / width;
	struct pool_place place;

	place.inside = pack < a->packs;
	place.channel = (int)(i - pixel * (uint32_t)per_pixel) * width;
	place.column = (int)(pixel - line * (uint32_t)columns);
	place.row = (int)(line - image * (uint32_t)rows);
	place.image = (int)image;
	place.at = (int64_t)i * width;
	return place;
}

/* First value of the place's channels at pixel (row, column) of its image in a tensor of rows * columns pixels. */
DEVICE int64_t pool_at(const struct pool_args *a, const struct pool_place *place, int rows, int columns, int row,
		       int column)
{
	return (((int64_t)place->image * rows + row) * columns + column) * a->c + place->channel;
}

/* The outputs whose windows reach an input: first ... end - 1. */
struct pool_span {
	int first, end;
};

DEVICE struct pool_span pool_windows(int at, int pad, int kernel, struct kernel_divisor by_stride, int outputs)
{
	const int from = at + pad - kernel;
	struct pool_span span;

	span.first = from < 0 ? 0 : (int)quotient((uint32_t)from, by_stride) + 1;
	span.end = (int)least((int)quotient((uint32_t)(at + pad), by_stride) + 1, outputs);
	return span;
}

#endif
