/*
 * Multiplies by 0 with the layer's probability, else by 1 / (1 - probability): each value by a draw of its own (dropout), or
 * all values of an image by one (stochastic depth). y may lie where x lies, dx where dy lies.
 */
#include "flopclock/random.h"
#include "reference.h"

static float factor(const struct fc_layer *layer, int64_t index)
{
	const double p = layer->node->attributes.probability;
	const uint64_t stream = fc_stream(FC_STREAM_DROPOUT, (uint32_t)layer->node->index, layer->iteration->index);

	return fc_uniform_at(layer->iteration->seed, stream, (uint64_t)index) < (float)p ? 0 : (float)(1 / (1 - p));
}

/* How many values share a draw. */
static int64_t shared(const struct fc_layer *layer)
{
	const struct fc_shape s = layer->y->shape;

	return layer->node->op == FC_OP_DROPOUT ? 1 : s.c * s.h * s.w;
}

static void forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape), each = shared(layer);
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	for (int64_t i = 0; i < count; i++)
		y[i] = layer->pass == FC_PASS_TRAIN ? x[i] * factor(layer, i / each) : x[i];
}

static void backward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape), each = shared(layer);
	const float *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);

	for (int64_t i = 0; dx && i < count; i++)
		reference_give(dx + i, layer->accumulate[0], dy[i] * factor(layer, i / each));
}

const struct reference_leaf reference_dropout = { NULL, forward, backward, NULL };
