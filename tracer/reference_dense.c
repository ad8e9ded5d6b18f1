/*
 * y[r,o] = bias[o] + sum over i of w[o,i] * x[r,i]. A dense layer has one row per image, of all its C*H*W values; a linear layer
 * has N*C*H rows of W values.
 */
#include <string.h>

#include "reference.h"

struct rows {
	int64_t count, in, out;
};

static struct rows rows(const struct fc_layer *layer)
{
	const struct fc_shape x = layer->x[0]->shape, w = layer->param[0]->shape;

	return (struct rows){ fc_shape_elements(x) / w.c, w.c, w.n };
}

static void prepare(struct fc_layer *layer)
{
	layer->scratch_bytes = (uint64_t)rows(layer).in * sizeof(double);
}

static void forward(const struct fc_layer *layer)
{
	const struct rows g = rows(layer);
	const float *x = layer->x[0]->data, *w = layer->param[0]->data;
	const float *bias = layer->node->attributes.bias ? layer->param[1]->data : NULL;
	float *y = layer->y->data;

	for (int64_t r = 0; r < g.count; r++)
		for (int64_t o = 0; o < g.out; o++) {
			double sum = bias ? bias[o] : 0;

			for (int64_t i = 0; i < g.in; i++)
				sum += (double)w[o * g.in + i] * x[r * g.in + i];
			y[r * g.out + o] = (float)sum;
		}
}

/* sum[i] += factor * row[i] */
static void add_row(double *sum, const float *row, int64_t count, double factor)
{
	for (int64_t i = 0; i < count; i++)
		sum[i] += factor * row[i];
}

static void backward_data(const struct fc_layer *layer)
{
	const struct rows g = rows(layer);
	const float *dy = layer->dy->data, *w = layer->param[0]->data;
	float *dx = reference_dx(layer, 0);
	double *sum = layer->scratch;

	for (int64_t r = 0; dx && r < g.count; r++) {
		memset(sum, 0, (size_t)g.in * sizeof(*sum));
		for (int64_t o = 0; o < g.out; o++)
			add_row(sum, w + o * g.in, g.in, dy[r * g.out + o]);
		for (int64_t i = 0; i < g.in; i++)
			reference_give(dx + r * g.in + i, layer->accumulate[0], sum[i]);
	}
}

static void backward_weights(const struct fc_layer *layer)
{
	const struct rows g = rows(layer);
	const float *x = layer->x[0]->data, *dy = layer->dy->data;
	float *dw = layer->param_gradient[0]->data;
	double *sum = layer->scratch;

	for (int64_t o = 0; o < g.out; o++) {
		double bias = 0;

		memset(sum, 0, (size_t)g.in * sizeof(*sum));
		for (int64_t r = 0; r < g.count; r++) {
			add_row(sum, x + r * g.in, g.in, dy[r * g.out + o]);
			bias += dy[r * g.out + o];
		}
		for (int64_t i = 0; i < g.in; i++)
			dw[o * g.in + i] = (float)sum[i];
		if (layer->node->attributes.bias)
			((float *)layer->param_gradient[1]->data)[o] = (float)bias;
	}
}

const struct reference_leaf reference_dense = { prepare, forward, backward_data, backward_weights };
