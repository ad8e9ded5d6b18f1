/*
 * Means of boxes. An average pool's window is cut at the end of the padding, and what lies on the padding counts as
 * zeros and in the divisor, unless padding is excluded from both. An adaptive pool's bin j of O over I pixels is
 * floor(j*I/O) ... ceil((j+1)*I/O) - 1, which also works for O > I: values repeat.
 */
#include "reference.h"

/* One direction of a box: the pixels inside the image, and by how many to divide. */
struct extent {
	int64_t first, end, divisor;
};

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static struct extent window(int64_t size, int64_t kernel, int64_t stride, int64_t pad, int64_t position, bool exclude_pad)
{
	const int64_t first = position * stride - pad, end = smaller(first + kernel, exclude_pad ? size : size + pad);
	const int64_t inside = first < 0 ? 0 : first;

	return (struct extent){ inside, smaller(end, size), end - (exclude_pad ? inside : first) };
}

static struct extent bin(int64_t size, int64_t bins, int64_t position)
{
	const int64_t first = position * size / bins, end = ((position + 1) * size + bins - 1) / bins;

	return (struct extent){ first, end, end - first };
}

static struct extent rows(const struct fc_layer *layer, int64_t p)
{
	const struct fc_attributes *a = &layer->node->attributes;
	const int64_t height = layer->x[0]->shape.h;

	return layer->node->op == FC_OP_AVG_POOL ? window(height, a->kernel_h, a->stride_h, a->pad_h, p, a->exclude_pad) :
						   bin(height, layer->y->shape.h, p);
}

static struct extent columns(const struct fc_layer *layer, int64_t q)
{
	const struct fc_attributes *a = &layer->node->attributes;
	const int64_t width = layer->x[0]->shape.w;

	return layer->node->op == FC_OP_AVG_POOL ? window(width, a->kernel_w, a->stride_w, a->pad_w, q, a->exclude_pad) :
						   bin(width, layer->y->shape.w, q);
}

static void pool_forward(const struct fc_layer *layer)
{
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	for (int64_t plane = 0; plane < out.n * out.c; plane++)
		for (int64_t p = 0; p < out.h; p++)
			for (int64_t q = 0; q < out.w; q++) {
				const struct extent r = rows(layer, p), s = columns(layer, q);
				double sum = 0;

				for (int64_t h = r.first; h < r.end; h++)
					for (int64_t w = s.first; w < s.end; w++)
						sum += x[(plane * in.h + h) * in.w + w];
				y[(plane * out.h + p) * out.w + q] = (float)(sum / (double)(r.divisor * s.divisor));
			}
}

static void pool_backward(const struct fc_layer *layer)
{
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	const float *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);

	if (!dx)
		return;
	for (int64_t i = 0; !layer->accumulate[0] && i < fc_shape_elements(in); i++)
		dx[i] = 0;
	for (int64_t plane = 0; plane < out.n * out.c; plane++)
		for (int64_t p = 0; p < out.h; p++)
			for (int64_t q = 0; q < out.w; q++) {
				const struct extent r = rows(layer, p), s = columns(layer, q);
				const double share =
					dy[(plane * out.h + p) * out.w + q] / (double)(r.divisor * s.divisor);

				for (int64_t h = r.first; h < r.end; h++)
					for (int64_t w = s.first; w < s.end; w++)
						reference_give(dx + (plane * in.h + h) * in.w + w, true, share);
			}
}

const struct reference_leaf reference_avg_pool = { NULL, pool_forward, pool_backward, NULL };
const struct reference_leaf reference_adaptive_avg_pool = { NULL, pool_forward, pool_backward, NULL };
