/*
 * A convolution goes from a fine image to a coarse one, a transposed convolution the other way. With h = p * stride - pad +
 * r * dilation, v likewise of q and s, and o, i channels of one group, all six steps of the two are these three sums:
 *
 *	coarse[n,o,p,q] = sum over i,r,s of w[o,i,r,s] * fine[n,i,h,v]		(zeros outside the image)
 *	fine[n,i,h,v]   = sum over o,p,r,q,s of w[o,i,r,s] * coarse[n,o,p,q]
 *	w[o,i,r,s]      = sum over n,p,q of coarse[n,o,p,q] * fine[n,i,h,v]
 */
#include <string.h>

#include "reference.h"

/* The positions p of the coarse side whose tap lies on the fine side, at p * stride + offset there. */
struct span {
	int64_t first, end, offset; /* end: the first that does not */
};

struct images {
	struct fc_shape fine, coarse, w; /* w.c is the number of fine channels in a group */
	int64_t group; /* coarse channels in a group */
	int64_t step_h, step_w;
	const float *weight, *bias; /* bias: NULL where there is none */
	struct span *rows, *columns; /* of each tap */
	double *plane; /* for the sums of one plane */
};

static struct span span(int64_t offset, int64_t stride, int64_t fine, int64_t coarse)
{
	const int64_t first = offset < 0 ? (stride - 1 - offset) / stride : 0;
	const int64_t end = offset < fine ? (fine - 1 - offset) / stride + 1 : 0;

	return (struct span){ first, end < coarse ? end : coarse, offset };
}

static void prepare(struct fc_layer *layer)
{
	const struct fc_shape x = layer->x[0]->shape, y = layer->y->shape, w = layer->param[0]->shape;
	const int64_t plane = x.h * x.w > y.h * y.w ? x.h * x.w : y.h * y.w;

	layer->scratch_bytes = (uint64_t)(w.h + w.w) * sizeof(struct span) + (uint64_t)plane * sizeof(double);
}

static struct images images(const struct fc_layer *layer, bool transposed)
{
	const struct fc_shape x = layer->x[0]->shape, y = layer->y->shape, w = layer->param[0]->shape;
	const struct fc_attributes a = layer->node->attributes;
	struct span *const spans = layer->scratch;
	struct images g = {
		.fine = transposed ? y : x,
		.coarse = transposed ? x : y,
		.w = w,
		.group = (transposed ? x : y).c / a.groups,
		.step_h = a.stride_h,
		.step_w = a.stride_w,
		.weight = layer->param[0]->data,
		.bias = a.bias ? layer->param[1]->data : NULL,
		.rows = spans,
		.columns = spans + w.h,
		.plane = (double *)(void *)(spans + w.h + w.w),
	};

	for (int64_t r = 0; r < w.h; r++)
		g.rows[r] = span(r * a.dilation_h - a.pad_h, a.stride_h, g.fine.h, g.coarse.h);
	for (int64_t s = 0; s < w.w; s++)
		g.columns[s] = span(s * a.dilation_w - a.pad_w, a.stride_w, g.fine.w, g.coarse.w);
	return g;
}

/* Where, in a fine plane, the tap of row p and column 0 of the coarse one lies. */
static int64_t row_at(const struct images *g, int64_t r, int64_t s, int64_t p)
{
	return (p * g->step_h + g->rows[r].offset) * g->fine.w + g->columns[s].offset;
}

/* Adds to the plane, a coarse one, what tap (r, s) sees of a fine image. */
static void gather_tap(const struct images *g, int64_t r, int64_t s, double weight, const float *fine)
{
	const int64_t first = g->columns[s].first, end = g->columns[s].end;

	for (int64_t p = g->rows[r].first; p < g->rows[r].end; p++) {
		const int64_t at = row_at(g, r, s, p);
		double *const to = g->plane + p * g->coarse.w;

		for (int64_t q = first; q < end; q++)
			to[q] += (double)fine[at + q * g->step_w] * weight;
	}
}

/* Adds to the plane, a fine one, what a coarse image sends to it through tap (r, s). */
static void scatter_tap(const struct images *g, int64_t r, int64_t s, double weight, const float *coarse)
{
	const int64_t first = g->columns[s].first, end = g->columns[s].end;

	for (int64_t p = g->rows[r].first; p < g->rows[r].end; p++) {
		const int64_t at = row_at(g, r, s, p);
		const float *const from = coarse + p * g->coarse.w;

		for (int64_t q = first; q < end; q++)
			g->plane[at + q * g->step_w] += (double)from[q] * weight;
	}
}

/* The product of a coarse plane with what tap (r, s) sees of a fine one, added to `sum`. */
static double multiply_tap(const struct images *g, int64_t r, int64_t s, const float *coarse, const float *fine, double sum)
{
	const int64_t first = g->columns[s].first, end = g->columns[s].end;

	for (int64_t p = g->rows[r].first; p < g->rows[r].end; p++) {
		const int64_t at = row_at(g, r, s, p);
		const float *const from = coarse + p * g->coarse.w;

		for (int64_t q = first; q < end; q++)
			sum += (double)from[q] * fine[at + q * g->step_w];
	}
	return sum;
}

/* -------- the three sums, each in double precision before it is rounded -------- */

static void give_plane(const struct images *g, int64_t pixels, double bias, bool accumulate, float *to)
{
	for (int64_t k = 0; k < pixels; k++)
		reference_give(to + k, accumulate, g->plane[k] + bias);
}

static void to_coarse(const struct images *g, const float *fine, const float *bias, bool accumulate, float *coarse)
{
	const int64_t pixels = g->coarse.h * g->coarse.w;

	for (int64_t n = 0; n < g->coarse.n; n++)
		for (int64_t o = 0; o < g->coarse.c; o++) {
			const float *const from = fine + reference_at(g->fine, n, o / g->group * g->w.c, 0, 0);

			memset(g->plane, 0, (size_t)pixels * sizeof(*g->plane));
			for (int64_t i = 0; i < g->w.c; i++)
				for (int64_t r = 0; r < g->w.h; r++)
					for (int64_t s = 0; s < g->w.w; s++)
						gather_tap(g, r, s, g->weight[reference_at(g->w, o, i, r, s)],
							   from + i * g->fine.h * g->fine.w);
			give_plane(g, pixels, bias ? bias[o] : 0, accumulate, coarse + reference_at(g->coarse, n, o, 0, 0));
		}
}

static void to_fine(const struct images *g, const float *coarse, const float *bias, bool accumulate, float *fine)
{
	const int64_t pixels = g->fine.h * g->fine.w;

	for (int64_t n = 0; n < g->fine.n; n++)
		for (int64_t c = 0; c < g->fine.c; c++) {
			const int64_t first = c / g->w.c * g->group;

			memset(g->plane, 0, (size_t)pixels * sizeof(*g->plane));
			for (int64_t o = first; o < first + g->group; o++)
				for (int64_t r = 0; r < g->w.h; r++)
					for (int64_t s = 0; s < g->w.w; s++)
						scatter_tap(g, r, s, g->weight[reference_at(g->w, o, c % g->w.c, r, s)],
							    coarse + reference_at(g->coarse, n, o, 0, 0));
			give_plane(g, pixels, bias ? bias[c] : 0, accumulate, fine + reference_at(g->fine, n, c, 0, 0));
		}
}

static void channel_sums(const struct fc_tensor *tensor, float *sums)
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

static double weight_gradient(const struct images *g, const float *coarse, const float *fine, int64_t o, int64_t i, int64_t r,
			      int64_t s)
{
	const int64_t c = o / g->group * g->w.c + i;
	double sum = 0;

	for (int64_t n = 0; n < g->coarse.n; n++)
		sum = multiply_tap(g, r, s, coarse + reference_at(g->coarse, n, o, 0, 0),
				   fine + reference_at(g->fine, n, c, 0, 0), sum);
	return sum;
}

/* The gradients of weight and bias; `dy` is one of the two sides. */
static void to_weight(const struct fc_layer *layer, const struct images *g, const float *coarse, const float *fine)
{
	float *const dw = layer->param_gradient[0]->data;

	for (int64_t o = 0; o < g->w.n; o++)
		for (int64_t i = 0; i < g->w.c; i++)
			for (int64_t r = 0; r < g->w.h; r++)
				for (int64_t s = 0; s < g->w.w; s++)
					dw[reference_at(g->w, o, i, r, s)] = (float)weight_gradient(g, coarse, fine, o, i, r, s);
	if (g->bias)
		channel_sums(layer->dy, layer->param_gradient[1]->data);
}

/* -------- the two layers -------- */

static void conv_forward(const struct fc_layer *layer)
{
	const struct images g = images(layer, false);

	to_coarse(&g, layer->x[0]->data, g.bias, false, layer->y->data);
}

static void conv_backward_data(const struct fc_layer *layer)
{
	const struct images g = images(layer, false);
	float *const dx = reference_dx(layer, 0);

	if (dx)
		to_fine(&g, layer->dy->data, NULL, layer->accumulate[0], dx);
}

static void conv_backward_weights(const struct fc_layer *layer)
{
	const struct images g = images(layer, false);

	to_weight(layer, &g, layer->dy->data, layer->x[0]->data);
}

static void transpose_forward(const struct fc_layer *layer)
{
	const struct images g = images(layer, true);

	to_fine(&g, layer->x[0]->data, g.bias, false, layer->y->data);
}

static void transpose_backward_data(const struct fc_layer *layer)
{
	const struct images g = images(layer, true);
	float *const dx = reference_dx(layer, 0);

	if (dx)
		to_coarse(&g, layer->dy->data, NULL, layer->accumulate[0], dx);
}

static void transpose_backward_weights(const struct fc_layer *layer)
{
	const struct images g = images(layer, true);

	to_weight(layer, &g, layer->x[0]->data, layer->dy->data);
}

const struct reference_leaf reference_conv = { prepare, conv_forward, conv_backward_data, conv_backward_weights };
const struct reference_leaf reference_conv_transpose = { prepare, transpose_forward, transpose_backward_data,
							 transpose_backward_weights };
