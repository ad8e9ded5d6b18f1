/*
 * Means of boxes. A window is cut at the end of the padding, and what lies on the padding counts as zeros and in the divisor.
 * An adaptive pool's bin j of O over I pixels is floor(j * I / O) ... ceil((j + 1) * I / O) - 1, which also works for O > I.
 * Backward gathers: the outputs whose bins hold pixel i of I are those of bin i when I pixels are made from O.
 */
#include "kernel_pool.h"

/* One direction of a box: the pixels inside the image, and by how many to divide. */
struct pool_extent {
	int first, end, divisor;
};

DEVICE struct pool_extent avg_window(int size, int kernel, int stride, int pad, int position)
{
	const int first = position * stride - pad, end = (int)least(first + kernel, size + pad);
	struct pool_extent extent;

	extent.first = (int)most(first, 0);
	extent.end = (int)least(end, size);
	extent.divisor = end - first;
	return extent;
}

DEVICE struct pool_extent avg_bin(int size, int bins, int position)
{
	struct pool_extent extent;

	extent.first = (int)((uint32_t)(position * size) / (uint32_t)bins);
	extent.end = (int)((uint32_t)((position + 1) * size + bins - 1) / (uint32_t)bins);
	extent.divisor = extent.end - extent.first;
	return extent;
}

DEVICE struct pool_extent avg_rows(const struct pool_args *a, int p)
{
	return a->adaptive ? avg_bin(a->h, a->p, p) : avg_window(a->h, a->r, a->stride_h, a->pad_h, p);
}

DEVICE struct pool_extent avg_columns(const struct pool_args *a, int q)
{
	return a->adaptive ? avg_bin(a->w, a->q, q) : avg_window(a->w, a->s, a->stride_w, a->pad_w, q);
}

DEVICE void avg_pool_pack(const struct pool_args *a, const enum gpu_type type, const int width)
{
	const struct pool_place to = pool_place(a, a->q, a->p, width);
	const struct pool_extent rows = avg_rows(a, to.row), columns = avg_columns(a, to.column);
	const float divisor = (float)(rows.divisor * columns.divisor);
	struct pack sum = pack_zero();

	if (!to.inside)
		return;
	for (int row = rows.first; row < rows.end; row++) {
		UNROLL_FOUR
		for (int column = columns.first; column < columns.end; column++) {
			const struct pack x =
				pack_load(a->from, pool_at(a, &to, a->h, a->w, row, column), type, width);

			UNROLL
			for (int k = 0; k < width; k++)
				sum.v[k] += x.v[k];
		}
	}
	UNROLL
	for (int k = 0; k < width; k++)
		sum.v[k] /= divisor;
	pack_store(a->to, to.at, type, width, &sum);
}

DEVICE void avg_pool(const struct pool_args *a, const enum gpu_type type)
{
	if (a->vector)
		avg_pool_pack(a, type, pack_width(type));
	else
		avg_pool_pack(a, type, 1);
}

DEVICE struct pool_span avg_reached_rows(const struct pool_args *a, int h)
{
	const struct pool_extent bin = avg_bin(a->p, a->h, h);
	struct pool_span span = { bin.first, bin.end };

	return a->adaptive ? span : pool_windows(h, a->pad_h, a->r, a->by_stride_h, a->p);
}

DEVICE struct pool_span avg_reached_columns(const struct pool_args *a, int w)
{
	const struct pool_extent bin = avg_bin(a->q, a->w, w);
	struct pool_span span = { bin.first, bin.end };

	return a->adaptive ? span : pool_windows(w, a->pad_w, a->s, a->by_stride_w, a->q);
}

DEVICE void avg_pool_backward_pack(const struct pool_args *a, const enum gpu_type type, const int width)
{
	const struct pool_place to = pool_place(a, a->w, a->h, width);
	const struct pool_span p = avg_reached_rows(a, to.row), q = avg_reached_columns(a, to.column);
	struct pack sum = pack_zero();

	if (!to.inside)
		return;
	if (a->accumulate)
		sum = pack_load(a->to, to.at, type, width);
	for (int row = p.first; row < p.end; row++) {
		const int rows = avg_rows(a, row).divisor;

		for (int column = q.first; column < q.end; column++) {
			const float share = 1 / (float)(rows * avg_columns(a, column).divisor);
			const struct pack dy =
				pack_load(a->from, pool_at(a, &to, a->p, a->q, row, column), type, width);

			UNROLL
			for (int k = 0; k < width; k++)
				sum.v[k] += dy.v[k] * share;
		}
	}
	pack_store(a->to, to.at, type, width, &sum);
}

DEVICE void avg_pool_backward(const struct pool_args *a, const enum gpu_type type)
{
	if (a->vector)
		avg_pool_backward_pack(a, type, pack_width(type));
	else
		avg_pool_backward_pack(a, type, 1);
}

SHARED_KERNEL(avg_pool, pool_args, BLOCK_THREADS, 4, avg_pool)
SHARED_KERNEL(avg_pool_backward, pool_args, BLOCK_THREADS, 4, avg_pool_backward)
