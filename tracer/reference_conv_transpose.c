/*
 * y[n,o,h,v] = bias[o] + sum of w[i,o,r,s] * x[n,i,p,q] over all i of the group and all p, r with h = p*stride - pad +
 * r*dilation, q, s likewise. The gradients follow by the chain rule: that of the input is a convolution.
 */
#include "reference.h"

struct geometry {
	struct fc_shape x, w, y; /* w.c is the number of output channels in a group */
	struct fc_attributes a;
	int64_t group_in;
};

static struct geometry geometry(const struct fc_layer *layer)
{
	const struct fc_attributes a = layer->node->attributes;

	return (struct geometry){ layer->x[0]->shape, layer->param[0]->shape, layer->y->shape, a,
				  layer->x[0]->shape.c / a.groups };
}

/* Where tap (r, s) of input pixel (p, q) lies in the output plane; -1: cut off by the padding. */
static int64_t tap(const struct geometry *g, int64_t p, int64_t q, int64_t r, int64_t s)
{
	const int64_t h = p * g->a.stride_h - g->a.pad_h + r * g->a.dilation_h;
	const int64_t w = q * g->a.stride_w - g->a.pad_w + s * g->a.dilation_w;

	return h >= 0 && h < g->y.h && w >= 0 && w < g->y.w ? h * g->y.w + w : -1;
}

/* Adds to an output plane what an input plane of its group sends to it. */
static void scatter_plane(const struct geometry *g, const float *x, const float *w, double *plane)
{
	for (int64_t p = 0; p < g->x.h; p++)
		for (int64_t q = 0; q < g->x.w; q++)
			for (int64_t r = 0; r < g->w.h; r++)
				for (int64_t s = 0; s < g->w.w; s++) {
					const int64_t at = tap(g, p, q, r, s);

					if (at >= 0)
						plane[at] += (double)x[p * g->x.w + q] * w[r * g->w.w + s];
				}
}

static void forward(const struct fc_layer *layer)
{
	const struct geometry g = geometry(layer);
	const float *x = layer->x[0]->data, *w = layer->param[0]->data;
	const float *bias = g.a.bias ? layer->param[1]->data : NULL;
	const int64_t pixels = g.y.h * g.y.w;
	double *plane = layer->scratch;
	float *y = layer->y->data;

	for (int64_t n = 0; n < g.y.n; n++)
		for (int64_t o = 0; o < g.y.c; o++) {
			const int64_t first = o / g.w.c * g.group_in;

			for (int64_t k = 0; k < pixels; k++)
				plane[k] = bias ? bias[o] : 0;
			for (int64_t i = first; i < first + g.group_in; i++)
				scatter_plane(&g, x + reference_at(g.x, n, i, 0, 0),
					      w + reference_at(g.w, i, o % g.w.c, 0, 0), plane);
			for (int64_t k = 0; k < pixels; k++)
				y[reference_at(g.y, n, o, 0, 0) + (size_t)k] = (float)plane[k];
		}
}

/* What input pixel (p, q) of channel i has sent out, weighted with the gradients of where it went. */
static double gather_pixel(const struct geometry *g, const float *dy, const float *w, int64_t p, int64_t q)
{
	double sum = 0;

	for (int64_t o = 0; o < g->w.c; o++)
		for (int64_t r = 0; r < g->w.h; r++)
			for (int64_t s = 0; s < g->w.w; s++) {
				const int64_t at = tap(g, p, q, r, s);

				if (at >= 0)
					sum += (double)dy[o * g->y.h * g->y.w + at] * w[(o * g->w.h + r) * g->w.w + s];
			}
	return sum;
}

static void backward_data(const struct fc_layer *layer)
{
	const struct geometry g = geometry(layer);
	const float *dy = layer->dy->data, *w = layer->param[0]->data;
	float *dx = reference_dx(layer, 0);

	for (int64_t n = 0; dx && n < g.x.n; n++)
		for (int64_t i = 0; i < g.x.c; i++) {
			const float *const from = dy + reference_at(g.y, n, i / g.group_in * g.w.c, 0, 0);

			for (int64_t p = 0; p < g.x.h; p++)
				for (int64_t q = 0; q < g.x.w; q++)
					reference_give(dx + reference_at(g.x, n, i, p, q), layer->accumulate[0],
						       gather_pixel(&g, from, w + reference_at(g.w, i, 0, 0, 0), p, q));
		}
}

static double weight_gradient(const struct geometry *g, const float *x, const float *dy, int64_t i, int64_t o, int64_t r,
			      int64_t s)
{
	const int64_t c = i / g->group_in * g->w.c + o;
	double sum = 0;

	for (int64_t n = 0; n < g->x.n; n++) {
		const float *const plane = dy + reference_at(g->y, n, c, 0, 0);

		for (int64_t p = 0; p < g->x.h; p++)
			for (int64_t q = 0; q < g->x.w; q++) {
				const int64_t at = tap(g, p, q, r, s);

				if (at >= 0)
					sum += (double)x[reference_at(g->x, n, i, p, q)] * plane[at];
			}
	}
	return sum;
}

static void backward_weights(const struct fc_layer *layer)
{
	const struct geometry g = geometry(layer);
	const float *x = layer->x[0]->data, *dy = layer->dy->data;
	float *dw = layer->param_gradient[0]->data;

	for (int64_t i = 0; i < g.w.n; i++)
		for (int64_t o = 0; o < g.w.c; o++)
			for (int64_t r = 0; r < g.w.h; r++)
				for (int64_t s = 0; s < g.w.w; s++)
					dw[reference_at(g.w, i, o, r, s)] = (float)weight_gradient(&g, x, dy, i, o, r, s);
	if (g.a.bias)
		reference_channel_sums(layer->dy, layer->param_gradient[1]->data);
}

static void prepare(struct fc_layer *layer)
{
	layer->scratch_bytes = (uint64_t)(layer->y->shape.h * layer->y->shape.w) * sizeof(double);
}

const struct reference_leaf reference_conv_transpose = { prepare, forward, backward_data, backward_weights };
