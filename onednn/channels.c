/*
 * Slices of channels and shuffled channels: every channel of the output is one of the input's. Planes are copied one by one,
 * whatever blocks they lie in.
 */
#include <string.h>

#include "onednn.h"

struct channels {
	struct onednn_view from, to;
	const float *from_data;
	float *to_data;
	const struct fc_layer *layer;
	int64_t count; /* channels of the output */
	bool forward, add;
};

static bool channels_suit(const struct fc_layer *layer)
{
	return layer->node->op == FC_OP_CHANNEL_SHUFFLE || layer->node->attributes.axis == 1;
}

/* Which channel of the input channel c of the output is: of a shuffle channel i of group j becomes channel i * groups + j. */
static int64_t source(const struct fc_layer *layer, int64_t c)
{
	const struct fc_attributes *const a = &layer->node->attributes;

	if (layer->node->op == FC_OP_SLICE)
		return a->first + c * a->step;
	return c % a->groups * (layer->y->shape.c / a->groups) + c / a->groups;
}

static size_t place(const struct onednn_view *v, int64_t n, int64_t c)
{
	return (size_t)((n * v->channels + c / v->block * v->block) * v->pixels + c % v->block);
}

ONEDNN_SIMD static void copy_channels(const void *context, int64_t first, int64_t end)
{
	const struct channels *const s = context;
	const int64_t from_step = s->from.block, to_step = s->to.block, pixels = s->to.pixels;

	for (int64_t i = first; i < end; i++) {
		const int64_t n = i / s->count, c = i % s->count, other = source(s->layer, c);
		const float *const from = s->from_data + place(&s->from, n, s->forward ? other : c);
		float *const to = s->to_data + place(&s->to, n, s->forward ? c : other);

		if (s->add)
			for (int64_t k = 0; k < pixels; k++)
				to[k * to_step] += from[k * from_step];
		else
			for (int64_t k = 0; k < pixels; k++)
				to[k * to_step] = from[k * from_step];
	}
}

static int channels_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)err;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	return 0;
}

static int channels_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	struct channels s = { .layer = layer, .count = layer->y->shape.c, .forward = phase == FC_PHASE_FORWARD };

	(void)err;
	if (s.forward) {
		s.from = onednn_view(layer->x[0]), s.to = onednn_view(layer->y);
		s.from_data = layer->x[0]->data, s.to_data = layer->y->data;
		onednn_clear_physical(layer->y);
	} else if (phase == FC_PHASE_BACKWARD_DATA && layer->dx[0]) {
		s.from = onednn_view(layer->y), s.to = onednn_view(layer->x[0]);
		s.from_data = layer->dy->data, s.to_data = layer->dx[0]->data;
		s.add = layer->accumulate[0];
		/* What a slice leaves out has no gradient. */
		if (!s.add)
			memset(s.to_data, 0, layer->x[0]->bytes);
	} else {
		return 0;
	}
	onednn_parallel(device, s.to.images * s.count, 2 * layer->y->bytes, copy_channels, &s);
	return 0;
}

const struct onednn_leaf onednn_channels = {
	.suits = channels_suit,
	.prepare = channels_prepare,
	.run = channels_run,
	.kernel = "flopclock:channels",
};
