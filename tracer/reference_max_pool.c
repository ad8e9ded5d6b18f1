/*
 * The largest value of each window, padding never wins; the gradient goes to the first largest in reading order. An adaptive
 * pool's window is bin j of O over I pixels, floor(j*I/O) ... ceil((j+1)*I/O) - 1.
 */
#include <math.h>

#include "reference.h"

/* Saved: for every output the index of its maximum within the input plane. */
static void pool_prepare(struct fc_layer *layer)
{
	if (layer->pass == FC_PASS_TRAIN)
		layer->saved_bytes = (uint64_t)fc_shape_elements(layer->y->shape) * sizeof(int32_t);
}

/* One direction of a window, cut at the border of the image. */
struct extent {
	int64_t first, end;
};

static struct extent window(int64_t size, int64_t kernel, int64_t stride, int64_t pad, int64_t position)
{
	const int64_t first = position * stride - pad, end = first + kernel;

	return (struct extent){ first < 0 ? 0 : first, end < size ? end : size };
}

static struct extent bin(int64_t size, int64_t bins, int64_t position)
{
	return (struct extent){ position * size / bins, ((position + 1) * size + bins - 1) / bins };
}

static int32_t largest(const float *plane, int64_t width, struct extent r, struct extent s)
{
	int32_t best = -1;

	for (int64_t h = r.first; h < r.end; h++)
		for (int64_t w = s.first; w < s.end; w++) {
			const int32_t at = (int32_t)(h * width + w);

			if (best < 0 || plane[at] > plane[best] || isnan(plane[at]))
				best = at;
		}
	return best;
}

static int32_t largest_at(const struct fc_layer *layer, const float *plane, int64_t p, int64_t q)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;

	if (layer->node->op == FC_OP_ADAPTIVE_MAX_POOL)
		return largest(plane, in.w, bin(in.h, out.h, p), bin(in.w, out.w, q));
	return largest(plane, in.w, window(in.h, a->kernel_h, a->stride_h, a->pad_h, p),
		       window(in.w, a->kernel_w, a->stride_w, a->pad_w, q));
}

static void pool_forward(const struct fc_layer *layer)
{
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;
	int32_t *saved = layer->pass == FC_PASS_TRAIN ? layer->saved : NULL;

	for (int64_t n = 0; n < out.n; n++)
		for (int64_t c = 0; c < out.c; c++) {
			const float *plane = x + reference_at(in, n, c, 0, 0);

			for (int64_t p = 0; p < out.h; p++)
				for (int64_t q = 0; q < out.w; q++) {
					const size_t at = reference_at(out, n, c, p, q);
					const int32_t best = largest_at(layer, plane, p, q);

					y[at] = plane[best];
					if (saved)
						saved[at] = best;
				}
		}
}

static void pool_backward(const struct fc_layer *layer)
{
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	const int64_t pixels = out.h * out.w;
	const float *dy = layer->dy->data;
	const int32_t *saved = layer->saved;
	float *dx = reference_dx(layer, 0);

	if (!dx)
		return;
	for (int64_t i = 0; !layer->accumulate[0] && i < fc_shape_elements(in); i++)
		dx[i] = 0;
	for (int64_t plane = 0; plane < out.n * out.c; plane++)
		for (int64_t k = 0; k < pixels; k++)
			dx[plane * in.h * in.w + saved[plane * pixels + k]] += dy[plane * pixels + k];
}

const struct reference_leaf reference_max_pool = { pool_prepare, pool_forward, pool_backward, NULL };
const struct reference_leaf reference_adaptive_max_pool = { pool_prepare, pool_forward, pool_backward, NULL };
