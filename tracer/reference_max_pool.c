/* The largest value of each window, padding never wins; the gradient goes to the first largest in reading order. */
#include <math.h>

#include "reference.h"

/* Saved: for every output the index of its maximum within the input plane. */
static void pool_prepare(struct fc_layer *layer)
{
	if (layer->pass == FC_PASS_TRAIN)
		layer->saved_bytes = (uint64_t)fc_shape_elements(layer->y->shape) * sizeof(int32_t);
}

static int32_t largest(const struct fc_layer *layer, const float *plane, int64_t p, int64_t q)
{
	const struct fc_shape x = layer->x[0]->shape;
	const struct fc_attributes *a = &layer->node->attributes;
	int32_t best = -1;

	for (int64_t r = 0; r < a->kernel_h; r++)
		for (int64_t s = 0; s < a->kernel_w; s++) {
			const int64_t h = p * a->stride_h - a->pad_h + r, w = q * a->stride_w - a->pad_w + s;
			const int32_t at = (int32_t)(h * x.w + w);

			if (h < 0 || h >= x.h || w < 0 || w >= x.w)
				continue;
			if (best < 0 || plane[at] > plane[best] || isnan(plane[at]))
				best = at;
		}
	return best;
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
					const int32_t best = largest(layer, plane, p, q);

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
