/* Element by element: y may lie where x lies, dx where dy lies. */
#include <math.h>

#include "flopclock/random.h"
#include "reference.h"

static void relu_forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	/* Written so that a NaN stays one: a training that has gone wrong shall show it. */
	for (int64_t i = 0; i < count; i++)
		y[i] = x[i] < 0 ? 0 : x[i];
}

static void relu_backward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *y = layer->y->data, *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);

	for (int64_t i = 0; dx && i < count; i++)
		reference_give(dx + i, layer->accumulate[0], y[i] > 0 ? dy[i] : 0);
}

static void sigmoid_forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	for (int64_t i = 0; i < count; i++)
		y[i] = (float)(1 / (1 + exp(-(double)x[i])));
}

static void sigmoid_backward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *y = layer->y->data, *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);

	for (int64_t i = 0; dx && i < count; i++)
		reference_give(dx + i, layer->accumulate[0], (double)dy[i] * y[i] * (1 - (double)y[i]));
}

/* What an element is multiplied with: 0 with the layer's probability, else 1 / (1 - probability). */
static float dropout_factor(const struct fc_layer *layer, int64_t index)
{
	const double p = layer->node->attributes.probability;
	const uint64_t stream = fc_stream(FC_STREAM_DROPOUT, (uint32_t)layer->node->index, layer->iteration->index);

	return fc_uniform_at(layer->iteration->seed, stream, (uint64_t)index) < (float)p ? 0 : (float)(1 / (1 - p));
}

static void dropout_forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	for (int64_t i = 0; i < count; i++)
		y[i] = layer->pass == FC_PASS_TRAIN ? x[i] * dropout_factor(layer, i) : x[i];
}

static void dropout_backward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);

	for (int64_t i = 0; dx && i < count; i++)
		reference_give(dx + i, layer->accumulate[0], dy[i] * dropout_factor(layer, i));
}

const struct reference_leaf reference_relu = { NULL, relu_forward, relu_backward, NULL };
const struct reference_leaf reference_sigmoid = { NULL, sigmoid_forward, sigmoid_backward, NULL };
const struct reference_leaf reference_dropout = { NULL, dropout_forward, dropout_backward, NULL };
