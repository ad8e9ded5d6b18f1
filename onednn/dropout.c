/*
 * Dropout keeps no mask: forward and backward draw the same numbers again, element i of the plain (N, C, H, W) array
 * from word i of a Philox stream, so that the mask does not depend on the layout.
 */
#include <math.h>
#include <string.h>

#include "flopclock/random.h"
#include "onednn.h"

enum {
	BLOCKS = 16,  /* of Philox, four numbers each, drawn at once */
	CHUNK = 1024, /* numbers drawn before they are used */
};

struct dropout {
	struct onednn_view view;
	const float *from;
	float *to;
	int64_t channels; /* logical */
	uint64_t seed, stream;
	int32_t limit; /* dropped where the 24 bits of fc_uniform() are less */
	float scale;
	bool add;
};

/* fc_philox() of random.h for BLOCKS successive indices: the same rounds, each a loop of vector instructions. */
ONEDNN_INLINE void philox_blocks(uint64_t seed, uint64_t stream, uint64_t first, uint32_t words[4][BLOCKS])
{
	uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);

	for (int64_t i = 0; i < BLOCKS; i++) {
		words[0][i] = (uint32_t)(first + (uint64_t)i);
		words[1][i] = (uint32_t)((first + (uint64_t)i) >> 32);
		words[2][i] = (uint32_t)stream;
		words[3][i] = (uint32_t)(stream >> 32);
	}
	for (int round = 0; round < 10; round++) {
#pragma omp simd
		for (int64_t i = 0; i < BLOCKS; i++) {
			const uint64_t p0 = (uint64_t)0xD2511F53u * words[0][i],
				       p1 = (uint64_t)0xCD9E8D57u * words[2][i];

			words[0][i] = (uint32_t)(p1 >> 32) ^ words[1][i] ^ k0;
			words[2][i] = (uint32_t)(p0 >> 32) ^ words[3][i] ^ k1;
			words[1][i] = (uint32_t)p1;
			words[3][i] = (uint32_t)p0;
		}
		k0 += 0x9E3779B9u;
		k1 += 0xBB67AE85u;
	}
}

/* The factors of at least `count` elements from plain index `first` on, which is a multiple of 4. */
ONEDNN_INLINE void draw(const struct dropout *d, uint64_t first, int64_t count, float *factor)
{
	for (int64_t begin = 0; begin < count; begin += 4 * BLOCKS) {
		const int32_t limit = d->limit;
		const float scale = d->scale;
		float *to = factor + begin;
		uint32_t words[4][BLOCKS];

		philox_blocks(d->seed, d->stream, (first + (uint64_t)begin) / 4, words);
#pragma omp simd
		for (int64_t k = 0; k < BLOCKS; k++) {
			to[4 * k] = (int32_t)(words[0][k] >> 8) < limit ? 0 : scale;
			to[4 * k + 1] = (int32_t)(words[1][k] >> 8) < limit ? 0 : scale;
			to[4 * k + 2] = (int32_t)(words[2][k] >> 8) < limit ? 0 : scale;
			to[4 * k + 3] = (int32_t)(words[3][k] >> 8) < limit ? 0 : scale;
		}
	}
}

/* Elements that lie side by side in the plain array, `step` floats apart in memory. */
ONEDNN_INLINE void apply(const struct dropout *d, const float *factor, int64_t count, const float *from, float *to,
			 int64_t step)
{
	if (d->add) {
#pragma omp simd
		for (int64_t i = 0; i < count; i++)
			to[i * step] += from[i * step] * factor[i];
	} else if (step == 1) {
#pragma omp simd
		for (int64_t i = 0; i < count; i++)
			to[i] = from[i] * factor[i];
	} else {
		for (int64_t i = 0; i < count; i++)
			to[i * step] = from[i * step] * factor[i];
	}
}

/* Elements `first` ... end - 1 of image n, counted as in the plain array. */
ONEDNN_INLINE void apply_chunk(const struct dropout *d, int64_t n, int64_t first, int64_t end)
{
	const struct onednn_view *v = &d->view;
	const int64_t step = v->pixels == 1 ? 1 : v->block, plane = step == 1 ? d->channels * v->pixels : v->pixels;
	const uint64_t plain = (uint64_t)(n * d->channels * v->pixels + first), aligned = plain / 4 * 4;
	float factors[CHUNK + 8 * BLOCKS];
	const float *factor = factors + (plain - aligned);

	draw(d, aligned, end - first + (int64_t)(plain - aligned), factors);
	while (first < end) {
		const int64_t c = first / plane, k = first % plane;
		const int64_t count = plane - k < end - first ? plane - k : end - first;
		const int64_t at = (n * v->channels + c / step * step) * v->pixels + k * step + c % step;

		apply(d, factor, count, d->from + at, d->to + at, step);
		first += count;
		factor += count;
	}
}

ONEDNN_SIMD static void dropout_images(const void *context, int64_t begin, int64_t end)
{
	const struct dropout *d = context;
	const int64_t image = d->channels * d->view.pixels;

	for (int64_t n = begin; n < end; n++)
		for (int64_t first = 0; first < image; first += CHUNK)
			apply_chunk(d, n, first, first + CHUNK < image ? first + CHUNK : image);
}

static int dropout_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)err;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
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
		.limit = (int32_t)ceilf((float)p * 0x1p24f),
		.scale = (float)(1 / (1 - p)),
	};

	(void)err;
	if (!forward && (phase != FC_PHASE_BACKWARD_DATA || !layer->dx[0]))
		return 0;
	d.from = forward ? layer->x[0]->data : layer->dy->data;
	d.to = forward ? layer->y->data : layer->dx[0]->data;
	d.add = !forward && layer->accumulate[0];
	if (layer->pass == FC_PASS_VALIDATE || (p == 0 && !d.add)) {
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

const struct onednn_leaf onednn_dropout = { .prepare = dropout_prepare,
					    .run = dropout_run,
					    .kernel = "flopclock:dropout" };
