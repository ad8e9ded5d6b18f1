/* The update in one pass over weight, gradient and momentum: five streams of memory and nothing else. */
#include "onednn.h"

struct update {
	float *weight, *momentum;
	const float *gradient;
	float rate, decay, inertia;
};

ONEDNN_SIMD static void with_momentum(const void *context, int64_t first, int64_t end)
{
	const struct update u = *(const struct update *)context;

#pragma omp simd
	for (int64_t i = first; i < end; i++) {
		const float step = u.inertia * u.momentum[i] + (u.gradient[i] + u.decay * u.weight[i]);

		u.momentum[i] = step;
		u.weight[i] -= u.rate * step;
	}
}

ONEDNN_SIMD static void without_momentum(const void *context, int64_t first, int64_t end)
{
	const struct update u = *(const struct update *)context;

#pragma omp simd
	for (int64_t i = first; i < end; i++)
		u.weight[i] -= u.rate * (u.gradient[i] + u.decay * u.weight[i]);
}

void onednn_update(const struct fc_device *device, const struct fc_layer *layer)
{
	const struct fc_sgd sgd = layer->iteration->sgd;

	for (int k = 0; k < layer->node->param_count; k++) {
		const struct update u = {
			.weight = layer->param[k]->data,
			.momentum = layer->momentum[k] ? layer->momentum[k]->data : NULL,
			.gradient = layer->param_gradient[k]->data,
			.rate = (float)sgd.rate,
			.decay = (float)sgd.weight_decay,
			.inertia = (float)sgd.momentum,
		};

		/* Physical channels come along: zero gradient, zero weight, zero they stay. */
		onednn_parallel(device, (int64_t)onednn_floats(layer->param[k]), 5 * layer->param[k]->bytes,
				u.momentum ? with_momentum : without_momentum, &u);
	}
}
