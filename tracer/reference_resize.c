/*
 * Bilinear: output pixel j lies at (j + 1/2) i / o - 1/2 of the input, not below 0, or with align_corners at
 * j (i - 1) / (o - 1); its value is that between its neighbours, of which the last has none behind it.
 */
#include "reference.h"

struct neighbours {
	int64_t first, second;
	double weight;		/* of the second */
};

static struct neighbours between(const struct fc_layer *layer, int64_t position, int64_t in, int64_t out)
{
	struct neighbours n;
	double place = ((double)position + 0.5) * (double)in / (double)out - 0.5;

	if (layer->node->attributes.align_corners)
		place = out > 1 ? (double)position * (double)(in - 1) / (double)(out - 1) : 0;
	if (place < 0)
		place = 0;
	n.first = (int64_t)place;
	if (n.first > in - 1)
		n.first = in - 1;
	n.second = n.first + 1 < in ? n.first + 1 : n.first;
	n.weight = place - (double)n.first;
	return n;
}

static void bilinear_forward(const struct fc_layer *layer)
{
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	float *y = layer->y->data;

	for (int64_t plane = 0; plane < out.n * out.c; plane++) {
		const float *const x = (const float *)layer->x[0]->data + plane * in.h * in.w;

		for (int64_t p = 0; p < out.h; p++)
			for (int64_t q = 0; q < out.w; q++) {
				const struct neighbours r = between(layer, p, in.h, out.h), s = between(layer, q, in.w, out.w);
				const double above = (1 - s.weight) * x[r.first * in.w + s.first] +
						     s.weight * x[r.first * in.w + s.second];
				const double below = (1 - s.weight) * x[r.second * in.w + s.first] +
						     s.weight * x[r.second * in.w + s.second];

				y[(plane * out.h + p) * out.w + q] = (float)((1 - r.weight) * above + r.weight * below);
			}
	}
}

/* What the gradient of one output pixel gives to its four neighbours. */
static void scatter(double *plane, int64_t width, struct neighbours r, struct neighbours s, double gradient)
{
	plane[r.first * width + s.first] += (1 - r.weight) * (1 - s.weight) * gradient;
	plane[r.first * width + s.second] += (1 - r.weight) * s.weight * gradient;
	plane[r.second * width + s.first] += r.weight * (1 - s.weight) * gradient;
	plane[r.second * width + s.second] += r.weight * s.weight * gradient;
}

static void bilinear_backward(const struct fc_layer *layer)
{
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	const float *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);
	double *sum = layer->scratch;

	for (int64_t plane = 0; dx && plane < out.n * out.c; plane++) {
		for (int64_t i = 0; i < in.h * in.w; i++)
			sum[i] = 0;
		for (int64_t p = 0; p < out.h; p++)
			for (int64_t q = 0; q < out.w; q++)
				scatter(sum, in.w, between(layer, p, in.h, out.h), between(layer, q, in.w, out.w),
					dy[(plane * out.h + p) * out.w + q]);
		for (int64_t i = 0; i < in.h * in.w; i++)
			reference_give(dx + plane * in.h * in.w + i, layer->accumulate[0], sum[i]);
	}
}

static void prepare(struct fc_layer *layer)
{
	layer->scratch_bytes = (uint64_t)(layer->x[0]->shape.h * layer->x[0]->shape.w) * sizeof(double);
}

/* The nearest pixel is a copy. */
static void forward(const struct fc_layer *layer)
{
	if (layer->node->attributes.bilinear)
		bilinear_forward(layer);
	else
		reference_copy.forward(layer);
}

static void backward(const struct fc_layer *layer)
{
	if (layer->node->attributes.bilinear)
		bilinear_backward(layer);
	else
		reference_copy.backward_data(layer);
}

const struct reference_leaf reference_resize = { prepare, forward, backward, NULL };
