/*
 * Dropout keeps no mask: forward and backward draw the same numbers again, element i of the plain (N, C, H, W) array
 * from word i of a Philox stream, so that the mask does not depend on the layout.
 */
#include <string.h>

#include "flopclock/random.h"
#include "onednn.h"

enum { CHUNK = 256 };	/* numbers drawn at once */

struct dropout {
	struct onednn_view view;
	const float *from;
	float *to;
	int64_t channels;	/* logical */
	uint64_t seed, stream;
	float probability, scale;
	bool add;
};

/* The factors of `count` elements from plain index `first` on, which is a multiple of 4. */
ONEDNN_INLINE void draw(const struct dropout *d, uint64_t first, int64_t count, float *factor)
{
#pragma omp simd
	for (int64_t block = 0; block < (count + 3) / 4; block++) {
		uint32_t word[4];

		fc_philox(d->seed, d->stream, first / 4 + (uint64_t)block, word);
		for (int k = 0; k < 4; k++)
			factor[4 * block + k] = fc_uniform(word[k]) < d->probability ? 0 : d->scale;
	}
}

/* A run of elements that lie side by side in the plain array, `step` floats apart in memory. */
ONEDNN_INLINE void apply_run(const struct dropout *d, uint64_t plain, int64_t count, size_t at, int64_t step)
{
	float factor[CHUNK + 8];
	const uint64_t aligned = plain / 4 * 4;
	const float *f = factor + (plain - aligned);

	draw(d, aligned, count + (int64_t)(plain - aligned), factor);
	if (d->add) {
#pragma omp simd
		for (int64_t i = 0; i < count; i++)
			d->to[at + (size_t)(i * step)] += d->from[at + (size_t)(i * step)] * f[i];
		return;
	}
#pragma omp simd
	for (int64_t i = 0; i < count; i++)
		d->to[at + (size_t)(i * step)] = d->from[at + (size_t)(i * step)] * f[i];
}

ONEDNN_INLINE void apply(const struct dropout *d, uint64_t plain, int64_t count, size_t at, int64_t step)
{
	for (int64_t i = 0; i < count; i += CHUNK)
		apply_run(d, plain + (uint64_t)i, count - i < CHUNK ? count - i : CHUNK, at + (size_t)(i * step), step);
}

ONEDNN_SIMD static void dropout_images(const void *context, int64_t first, int64_t end)
{
	const struct dropout *d = context;
	const struct onednn_view *v = &d->view;
	const int64_t image = d->channels * v->pixels;

	for (int64_t n = first; n < end; n++) {
		if (v->block == 1 || v->pixels == 1) {
			apply(d, (uint64_t)(n * image), image, (size_t)(n * v->channels * v->pixels), 1);
			continue;
		}
		for (int64_t c = 0; c < d->channels; c++)
			apply(d, (uint64_t)(n * image + c * v->pixels), v->pixels,
			      onednn_plane(v, n, c / v->block) + (size_t)(c % v->block), v->block);
	}
}

static int dropout_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)device;
	(void)err;
	onednn_choose_activation(layer->y, onednn_layout(layer->x[0])->block);
	return 0;
}

static int dropout_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const double p = layer->node->attributes.probability;
	const bool forward = phase == FC_PHASE_FORWARD;
	struct dropout d = {
		.view = onednn_view(layer->y),
		.channels = layer->y->shape.c,
		.seed = layer->iteration->seed,
		.stream = fc_stream(FC_STREAM_DROPOUT, (uint32_t)layer->node->index, layer->iteration->index),
		.probability = (float)p,
		.scale = (float)(1 / (1 - p)),
	};

	(void)err;
	if (!forward && (phase != FC_PHASE_BACKWARD_DATA || !layer->dx[0]))
		return 0;
	d.from = forward ? layer->x[0]->data : layer->dy->data;
	d.to = forward ? layer->y->data : layer->dx[0]->data;
	d.add = !forward && layer->accumulate[0];
	if (layer->pass == FC_PASS_VALIDATE) {
		if (d.to != d.from)
			memcpy(d.to, d.from, layer->y->bytes);
		return 0;
	}
	/* What is not drawn must be zero all the same. */
	if (d.channels != d.view.channels && d.to != d.from && !d.add)
		memset(d.to, 0, layer->y->bytes);
	onednn_parallel(device, d.view.images, 16 * layer->y->bytes, dropout_images, &d);
	return 0;
}

const struct onednn_leaf onednn_dropout = { .prepare = dropout_prepare, .run = dropout_run,
					    .kernel = "flopclock:dropout" };
