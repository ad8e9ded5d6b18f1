/* y[n,o] = bias[o] + sum over i of w[o,i] * x[n,i]; i runs over all C*H*W values of an image. */
#include "reference.h"

static int64_t features(const struct fc_layer *layer)
{
	const struct fc_shape x = layer->x[0]->shape;

	return x.c * x.h * x.w;
}

static void dense_forward(const struct fc_layer *layer)
{
	const int64_t in = features(layer), out = layer->y->shape.c;
	const float *x = layer->x[0]->data, *w = layer->param[0]->data;
	const float *bias = layer->node->attributes.bias ? layer->param[1]->data : NULL;
	float *y = layer->y->data;

	for (int64_t n = 0; n < layer->y->shape.n; n++)
		for (int64_t o = 0; o < out; o++) {
			double sum = bias ? bias[o] : 0;

			for (int64_t i = 0; i < in; i++)
				sum += (double)w[o * in + i] * x[n * in + i];
			y[n * out + o] = (float)sum;
		}
}

static void dense_backward_data(const struct fc_layer *layer)
{
	const int64_t in = features(layer), out = layer->y->shape.c;
	const float *dy = layer->dy->data, *w = layer->param[0]->data;
	float *dx = reference_dx(layer, 0);
	double *sum = layer->scratch;

	for (int64_t n = 0; dx && n < layer->y->shape.n; n++) {
		for (int64_t i = 0; i < in; i++)
			sum[i] = 0;
		for (int64_t o = 0; o < out; o++)
			for (int64_t i = 0; i < in; i++)
				sum[i] += (double)w[o * in + i] * dy[n * out + o];
		for (int64_t i = 0; i < in; i++)
			reference_give(dx + n * in + i, layer->accumulate[0], sum[i]);
	}
}

static void dense_backward_weights(const struct fc_layer *layer)
{
	const int64_t in = features(layer), out = layer->y->shape.c, images = layer->y->shape.n;
	const float *x = layer->x[0]->data, *dy = layer->dy->data;
	float *dw = layer->param_gradient[0]->data;
	double *sum = layer->scratch;

	for (int64_t o = 0; o < out; o++) {
		double bias = 0;

		for (int64_t i = 0; i < in; i++)
			sum[i] = 0;
		for (int64_t n = 0; n < images; n++) {
			for (int64_t i = 0; i < in; i++)
				sum[i] += (double)dy[n * out + o] * x[n * in + i];
			bias += dy[n * out + o];
		}
		for (int64_t i = 0; i < in; i++)
			dw[o * in + i] = (float)sum[i];
		if (layer->node->attributes.bias)
			((float *)layer->param_gradient[1]->data)[o] = (float)bias;
	}
}

static void dense_prepare(struct fc_layer *layer)
{
	layer->scratch_bytes = (uint64_t)features(layer) * sizeof(double);
}

const struct reference_leaf reference_dense = { dense_prepare, dense_forward, dense_backward_data,
						dense_backward_weights };
