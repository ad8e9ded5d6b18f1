/*
 * y[n,o,p,q] = bias[o] + sum over i,r,s of w[o,i,r,s] * x[n,i,h,v] with h = p*stride - pad + r*dilation, v likewise,
 * zeros outside the image; o sees only the input channels of its group. The gradients follow by the chain rule.
 */
#include "reference.h"

struct geometry {
	struct fc_shape x, w, y; /* w.c is the number of input channels in a group */
	struct fc_attributes a;
	int64_t group_out;
};

static struct geometry geometry(const struct fc_layer *layer)
{
	const struct fc_attributes a = layer->node->attributes;

	return (struct geometry){ layer->x[0]->shape, layer->param[0]->shape, layer->y->shape, a, a.out / a.groups };
}

/* Where tap (r, s) of output pixel (p, q) lies in the input plane; -1: on the padding. */
static int64_t tap(const struct geometry *g, int64_t p, int64_t q, int64_t r, int64_t s)
{
	const int64_t h = p * g->a.stride_h - g->a.pad_h + r * g->a.dilation_h;
	const int64_t w = q * g->a.stride_w - g->a.pad_w + s * g->a.dilation_w;

	return h >= 0 && h < g->x.h && w >= 0 && w < g->x.w ? h * g->x.w + w : -1;
}

static double forward_pixel(const struct geometry *g, const float *x, const float *w, int64_t p, int64_t q)
{
	double sum = 0;

	for (int64_t i = 0; i < g->w.c; i++)
		for (int64_t r = 0; r < g->w.h; r++)
			for (int64_t s = 0; s < g->w.w; s++) {
				const int64_t at = tap(g, p, q, r, s);

				if (at >= 0)
					sum += (double)x[i * g->x.h * g->x.w + at] * w[(i * g->w.h + r) * g->w.w + s];
			}
	return sum;
}

static void conv_forward(const struct fc_layer *layer)
{
	const struct geometry g = geometry(layer);
	const float *x = layer->x[0]->data, *w = layer->param[0]->data;
	const float *bias = g.a.bias ? layer->param[1]->data : NULL;
	float *y = layer->y->data;

	for (int64_t n = 0; n < g.y.n; n++)
		for (int64_t o = 0; o < g.y.c; o++) {
			const float *from = x + reference_at(g.x, n, o / g.group_out * g.w.c, 0, 0);

			for (int64_t p = 0; p < g.y.h; p++)
				for (int64_t q = 0; q < g.y.w; q++)
					y[reference_at(g.y, n, o, p, q)] =
						(float)(forward_pixel(&g, from, w + reference_at(g.w, o, 0, 0, 0), p,
								      q) +
							(bias ? bias[o] : 0));
		}
}

/* Adds to a plane of the input's gradient what one output plane of the same group sends back to it. */
static void scatter_plane(const struct geometry *g, const float *dy, const float *w, double *plane)
{
	for (int64_t p = 0; p < g->y.h; p++)
		for (int64_t q = 0; q < g->y.w; q++)
			for (int64_t r = 0; r < g->w.h; r++)
				for (int64_t s = 0; s < g->w.w; s++) {
					const int64_t at = tap(g, p, q, r, s);

					if (at >= 0)
						plane[at] += (double)dy[p * g->y.w + q] * w[r * g->w.w + s];
				}
}

static void conv_backward_data(const struct fc_layer *layer)
{
	const struct geometry g = geometry(layer);
	const float *dy = layer->dy->data, *w = layer->param[0]->data;
	const int64_t pixels = g.x.h * g.x.w;
	double *plane = layer->scratch;
	float *dx = reference_dx(layer, 0);

	if (!dx)
		return;
	for (int64_t n = 0; n < g.x.n; n++)
		for (int64_t c = 0; c < g.x.c; c++) {
			const int64_t first = c / g.w.c * g.group_out;

			for (int64_t k = 0; k < pixels; k++)
				plane[k] = 0;
			for (int64_t o = first; o < first + g.group_out; o++)
				scatter_plane(&g, dy + reference_at(g.y, n, o, 0, 0),
					      w + reference_at(g.w, o, c % g.w.c, 0, 0), plane);
			for (int64_t k = 0; k < pixels; k++)
				reference_give(dx + reference_at(g.x, n, c, 0, 0) + k, layer->accumulate[0],
					       plane[k]);
		}
}

static double weight_gradient(const struct geometry *g, const float *x, const float *dy, int64_t o, int64_t i,
			      int64_t r, int64_t s)
{
	const int64_t c = o / g->group_out * g->w.c + i;
	double sum = 0;

	for (int64_t n = 0; n < g->y.n; n++) {
		const float *plane = x + reference_at(g->x, n, c, 0, 0);

		for (int64_t p = 0; p < g->y.h; p++)
			for (int64_t q = 0; q < g->y.w; q++) {
				const int64_t at = tap(g, p, q, r, s);

				if (at >= 0)
					sum += (double)dy[reference_at(g->y, n, o, p, q)] * plane[at];
			}
	}
	return sum;
}

void reference_channel_sums(const struct fc_tensor *tensor, float *sums)
{
	const struct fc_shape s = tensor->shape;
	const float *const values = tensor->data;

	for (int64_t c = 0; c < s.c; c++) {
		double sum = 0;

		for (int64_t n = 0; n < s.n; n++)
			for (int64_t k = 0; k < s.h * s.w; k++)
				sum += values[reference_at(s, n, c, 0, 0) + (size_t)k];
		sums[c] = (float)sum;
	}
}

static void conv_backward_weights(const struct fc_layer *layer)
{
	const struct geometry g = geometry(layer);
	const float *x = layer->x[0]->data, *dy = layer->dy->data;
	float *dw = layer->param_gradient[0]->data;

	for (int64_t o = 0; o < g.w.n; o++)
		for (int64_t i = 0; i < g.w.c; i++)
			for (int64_t r = 0; r < g.w.h; r++)
				for (int64_t s = 0; s < g.w.w; s++)
					dw[reference_at(g.w, o, i, r, s)] =
						(float)weight_gradient(&g, x, dy, o, i, r, s);
	if (g.a.bias)
		reference_channel_sums(layer->dy, layer->param_gradient[1]->data);
}

static void conv_prepare(struct fc_layer *layer)
{
	layer->scratch_bytes = (uint64_t)(layer->x[0]->shape.h * layer->x[0]->shape.w) * sizeof(double);
}

const struct reference_leaf reference_conv = { conv_prepare, conv_forward, conv_backward_data,
					       conv_backward_weights };
