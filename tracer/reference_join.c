/* Several inputs become one output: add element by element, concat along the channels. */
#include <string.h>

#include "reference.h"

static void add_forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	float *y = layer->y->data;

	/* Every input's element is read before the output's is written: the output may lie on any of them. */
	for (int64_t i = 0; i < count; i++) {
		double sum = 0;

		for (int k = 0; k < layer->node->input_count; k++)
			sum += ((const float *)layer->x[k]->data)[i];
		y[i] = (float)sum;
	}
}

static void add_backward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *dy = layer->dy->data;

	for (int k = 0; k < layer->node->input_count; k++) {
		float *dx = reference_dx(layer, k);

		for (int64_t i = 0; dx && i < count; i++)
			reference_give(dx + i, layer->accumulate[k], dy[i]);
	}
}

static void concat_forward(const struct fc_layer *layer)
{
	const struct fc_shape whole = layer->y->shape;
	int64_t channel = 0;

	for (int k = 0; k < layer->node->input_count; k++) {
		const struct fc_shape part = layer->x[k]->shape;
		const float *x = layer->x[k]->data;
		float *y = layer->y->data;

		for (int64_t n = 0; n < whole.n; n++)
			memcpy(y + reference_at(whole, n, channel, 0, 0), x + reference_at(part, n, 0, 0, 0),
			       (size_t)(part.c * part.h * part.w) * sizeof(float));
		channel += part.c;
	}
}

static void concat_backward(const struct fc_layer *layer)
{
	const struct fc_shape whole = layer->y->shape;
	const float *dy = layer->dy->data;
	int64_t channel = 0;

	for (int k = 0; k < layer->node->input_count; k++) {
		const struct fc_shape part = layer->x[k]->shape;
		float *dx = reference_dx(layer, k);

		for (int64_t n = 0; dx && n < whole.n; n++)
			for (int64_t i = 0; i < part.c * part.h * part.w; i++)
				reference_give(dx + reference_at(part, n, 0, 0, 0) + i, layer->accumulate[k],
					       dy[reference_at(whole, n, channel, 0, 0) + (size_t)i]);
		channel += part.c;
	}
}

const struct reference_leaf reference_add = { NULL, add_forward, add_backward, NULL };
const struct reference_leaf reference_concat = { NULL, concat_forward, concat_backward, NULL };
