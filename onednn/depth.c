/* Stochastic depth: an image is multiplied by 0 with the layer's probability, else by 1 / (1 - probability). */
#include "flopclock/random.h"
#include "onednn.h"

struct depth {
	const struct fc_layer *layer;
	const float *from;
	float *to;
	bool add;
};

static float factor(const struct fc_layer *layer, int64_t image)
{
	const double p = layer->node->attributes.probability;
	const uint64_t stream = fc_stream(FC_STREAM_DROPOUT, (uint32_t)layer->node->index, layer->iteration->index);

	if (layer->pass == FC_PASS_VALIDATE)
		return 1;
	return fc_uniform_at(layer->iteration->seed, stream, (uint64_t)image) < (float)p ? 0 : (float)(1 / (1 - p));
}

ONEDNN_SIMD static void depth_images(const void *context, int64_t first, int64_t end)
{
	const struct depth *const d = context;
	const int64_t each = (int64_t)onednn_floats(d->layer->y) / d->layer->y->shape.n;

	for (int64_t n = first; n < end; n++) {
		const float *const from = d->from + n * each, f = factor(d->layer, n);
		float *const to = d->to + n * each;

		if (d->add)
#pragma omp simd
			for (int64_t i = 0; i < each; i++)
				to[i] += from[i] * f;
		else
#pragma omp simd
			for (int64_t i = 0; i < each; i++)
				to[i] = from[i] * f;
	}
}

static int depth_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)err;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	return 0;
}

static int depth_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	struct depth d = { .layer = layer };

	(void)err;
	if (phase == FC_PHASE_FORWARD) {
		d.from = layer->x[0]->data, d.to = layer->y->data;
	} else if (phase == FC_PHASE_BACKWARD_DATA && layer->dx[0]) {
		d.from = layer->dy->data, d.to = layer->dx[0]->data;
		d.add = layer->accumulate[0];
	} else {
		return 0;
	}
	onednn_parallel(device, layer->y->shape.n, 2 * layer->y->bytes, depth_images, &d);
	return 0;
}

const struct onednn_leaf onednn_depth = { .prepare = depth_prepare,
					  .run = depth_run,
					  .kernel = "flopclock:stochastic_depth" };
