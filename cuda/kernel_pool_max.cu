/*
 * The largest value of each window, padding never wins. Forward saves where in its window the first largest is, r * S + s, in
 * one byte (two for windows of more than 256 places); backward gathers: an input adds the gradients of those windows that
 * point at it, in reading order.
 */
#include "kernel_pool.h"

/* A pack's places; the channels of a pack are neighbours in `saved` as everywhere. */
struct pool_saved {
	int v[PACK_MOST];
};

DEVICE uint32_t saved_word(const struct pool_saved *s, const int first, int wide)
{
	const int *v = s->v + first;

	return wide ? (uint32_t)v[0] | (uint32_t)v[1] << 16
		    : (uint32_t)v[0] | (uint32_t)v[1] << 8 | (uint32_t)v[2] << 16 | (uint32_t)v[3] << 24;
}

/* 4 or 8 places of one byte, or of two: 4, 8 or 16 bytes. */
DEVICE void saved_store(const struct pool_args *a, int64_t at, const int width, const struct pool_saved *s)
{
	bits32 *to = (bits32 *)((char *)a->saved + (a->wide ? 2 * at : at));

	if (width == 1 && a->wide) {
		((uint16_t *)a->saved)[at] = (uint16_t)s->v[0];
	} else if (width == 1) {
		((uint8_t *)a->saved)[at] = (uint8_t)s->v[0];
	} else if (a->wide) {
		UNROLL
		for (int k = 0; k < width; k += 2)
			to[k / 2] = saved_word(s, k, 1);
	} else {
		UNROLL
		for (int k = 0; k < width; k += 4)
			to[k / 4] = saved_word(s, k, 0);
	}
}

DEVICE struct pool_saved saved_load(const struct pool_args *a, int64_t at, const int width)
{
	const bits32 *from = (const bits32 *)((const char *)a->saved + (a->wide ? 2 * at : at));
	struct pool_saved s;

	if (width == 1) {
		s.v[0] = a->wide ? ((const uint16_t *)a->saved)[at] : ((const uint8_t *)a->saved)[at];
	} else if (a->wide) {
		UNROLL
		for (int k = 0; k < width; k++)
			s.v[k] = (int)(from[k / 2] >> 16 * (k % 2) & 0xffff);
	} else {
		UNROLL
		for (int k = 0; k < width; k++)
			s.v[k] = (int)(from[k / 4] >> 8 * (k % 4) & 0xff);
	}
	return s;
}

struct pool_best {
	struct pack value;
	struct pool_saved place;
};

/* A NaN is larger than anything: a training that has gone wrong shall show it. */
DEVICE void pool_compare(struct pool_best *best, const struct pack *x, int place, const int width)
{
	UNROLL
	for (int k = 0; k < width; k++)
		if (best->place.v[k] < 0 || x->v[k] > best->value.v[k] || x->v[k] != x->v[k]) {
			best->value.v[k] = x->v[k];
			best->place.v[k] = place;
		}
}

DEVICE int pool_within(int at, int size)
{
	return (uint32_t)at < (uint32_t)size;
}

/* Windows of a constant size: all of their loads are under way at once. */
DEVICE void pool_best_of_few(const struct pool_args *a, const struct pool_place *to, int top, int left, const int r,
			     const int s, const enum gpu_type type, const int width, struct pool_best *best)
{
	uint4 x[9];

	UNROLL
	for (int i = 0; i < r * s; i++) {
		const int row = top + i / s, column = left + i % s;

		x[i] = pack_fetch_if(pool_within(row, a->h) && pool_within(column, a->w), a->from,
				     pool_at(a, to, a->h, a->w, row, column), type, width);
	}
	UNROLL
	for (int i = 0; i < r * s; i++) {
		const struct pack value = pack_open(x[i], type);

		if (pool_within(top + i / s, a->h) && pool_within(left + i % s, a->w))
			pool_compare(best, &value, i, width);
	}
}

DEVICE void pool_best_of_many(const struct pool_args *a, const struct pool_place *to, int top, int left,
			      const enum gpu_type type, const int width, struct pool_best *best)
{
	for (int r = 0; r < a->r; r++)
		for (int s = 0; s < a->s; s++)
			if (pool_within(top + r, a->h) && pool_within(left + s, a->w)) {
				const struct pack value = pack_load(
					a->from, pool_at(a, to, a->h, a->w, top + r, left + s), type, width);

				pool_compare(best, &value, r * a->s + s, width);
			}
}

DEVICE void max_pool_pack(const struct pool_args *a, const enum gpu_type type, const int width)
{
	const struct pool_place to = pool_place(a, a->q, a->p, width);
	const int top = to.row * a->stride_h - a->pad_h, left = to.column * a->stride_w - a->pad_w;
	struct pool_best best;

	best.value = pack_zero();
	UNROLL
	for (int k = 0; k < PACK_MOST; k++)
		best.place.v[k] = -1;
	if (!to.inside)
		return;
	if (a->r == 2 && a->s == 2)
		pool_best_of_few(a, &to, top, left, 2, 2, type, width, &best);
	else if (a->r == 3 && a->s == 3)
		pool_best_of_few(a, &to, top, left, 3, 3, type, width, &best);
	else
		pool_best_of_many(a, &to, top, left, type, width, &best);
	pack_store(a->to, to.at, type, width, &best.value);
	if (a->saved)
		saved_store(a, to.at, width, &best.place);
}

DEVICE void max_pool(const struct pool_args *a, const enum gpu_type type)
{
	if (a->vector)
		max_pool_pack(a, type, pack_width(type));
	else
		max_pool_pack(a, type, 1);
}

DEVICE void max_pool_backward_pack(const struct pool_args *a, const enum gpu_type type, const int width)
{
	const struct pool_place to = pool_place(a, a->w, a->h, width);
	const struct pool_span p = pool_windows(to.row, a->pad_h, a->r, a->by_stride_h, a->p);
	const struct pool_span q = pool_windows(to.column, a->pad_w, a->s, a->by_stride_w, a->q);
	struct pack sum = pack_zero();

	if (!to.inside)
		return;
	if (a->accumulate)
		sum = pack_load(a->to, to.at, type, width);
	for (int row = p.first; row < p.end; row++)
		for (int column = q.first; column < q.end; column++) {
			const int64_t at = pool_at(a, &to, a->p, a->q, row, column);
			const int place = (to.row + a->pad_h - row * a->stride_h) * a->s + to.column + a->pad_w -
					  column * a->stride_w;
			const struct pool_saved saved = saved_load(a, at, width);
			const struct pack dy = pack_load(a->from, at, type, width);

			UNROLL
			for (int k = 0; k < width; k++)
				sum.v[k] += saved.v[k] == place ? dy.v[k] : 0;
		}
	pack_store(a->to, to.at, type, width, &sum);
}

DEVICE void max_pool_backward(const struct pool_args *a, const enum gpu_type type)
{
	if (a->vector)
		max_pool_backward_pack(a, type, pack_width(type));
	else
		max_pool_backward_pack(a, type, 1);
}

SHARED_KERNEL(max_pool, pool_args, BLOCK_THREADS, 4, max_pool)
SHARED_KERNEL(max_pool_backward, pool_args, BLOCK_THREADS, 3, max_pool_backward)
