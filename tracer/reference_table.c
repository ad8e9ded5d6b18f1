/*
 * Values that are looked up: an embedding gives row number x (rounded, kept within the table) of its weight; learned values
 * are the same for every image. What is read several times has the sum of the gradients.
 */
#include <math.h>

#include "reference.h"

static int64_t row_number(const struct fc_layer *layer, int64_t i)
{
	const int64_t rows = layer->param[0]->shape.n;
	const double number = nearbyint(((const float *)layer->x[0]->data)[i]);

	return number > 0 ? number < (double)rows ? (int64_t)number : rows - 1 : 0;
}

static void embedding_forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->x[0]->shape), width = layer->y->shape.w;
	const float *w = layer->param[0]->data;
	float *y = layer->y->data;

	for (int64_t i = 0; i < count; i++)
		for (int64_t j = 0; j < width; j++)
			y[i * width + j] = w[row_number(layer, i) * width + j];
}

static void embedding_backward_weights(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->x[0]->shape), width = layer->y->shape.w;
	const float *dy = layer->dy->data;
	float *dw = layer->param_gradient[0]->data;

	for (int64_t i = 0; i < fc_shape_elements(layer->param[0]->shape); i++)
		dw[i] = 0;
	for (int64_t i = 0; i < count; i++)
		for (int64_t j = 0; j < width; j++)
			reference_give(dw + row_number(layer, i) * width + j, true, dy[i * width + j]);
}

static void learned_forward(const struct fc_layer *layer)
{
	const int64_t size = fc_shape_elements(layer->param[0]->shape);
	const float *w = layer->param[0]->data;
	float *y = layer->y->data;

	for (int64_t i = 0; i < fc_shape_elements(layer->y->shape); i++)
		y[i] = w[i % size];
}

static void learned_backward_weights(const struct fc_layer *layer)
{
	const int64_t size = fc_shape_elements(layer->param[0]->shape);
	const float *dy = layer->dy->data;
	float *dw = layer->param_gradient[0]->data;

	for (int64_t i = 0; i < size; i++) {
		double sum = 0;

		for (int64_t n = 0; n < layer->y->shape.n; n++)
			sum += dy[n * size + i];
		dw[i] = (float)sum;
	}
}

const struct reference_leaf reference_embedding = { NULL, embedding_forward, NULL, embedding_backward_weights };
const struct reference_leaf reference_learned = { NULL, learned_forward, NULL, learned_backward_weights };
