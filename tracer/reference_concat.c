/* Several values behind each other along the channels. */
#include <string.h>

#include "reference.h"

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

const struct reference_leaf reference_concat = { NULL, concat_forward, concat_backward, NULL };
