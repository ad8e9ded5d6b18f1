/* add and concat: copies and sums along whole blocks where the layouts agree, else channel by channel. */
#include <string.h>

#include "onednn.h"

/* One input against its part of the output; channels count from the part's first. */
struct join {
	struct onednn_view whole, part;
	float *whole_data, *part_data;
	int64_t channel, channels; /* the part's place in the whole, logical */
	bool blocks;		   /* both in the same blocks, and the part begins and ends with one */
};

typedef void join_body(const void *context, int64_t first, int64_t end);

static size_t place(const struct onednn_view *v, int64_t n, int64_t c)
{
	return (size_t)((n * v->channels + c / v->block * v->block) * v->pixels + c % v->block);
}

static struct join join_part(const struct fc_tensor *whole, const struct fc_tensor *part, int64_t channel)
{
	struct join j = {
		onednn_view(whole), onednn_view(part), whole->data, part->data, channel, part->shape.c, false
	};
	const int64_t block = j.part.pixels == 1 ? 1 : j.part.block;

	j.blocks = (j.part.pixels == 1 || j.whole.block == j.part.block) && channel % block == 0 &&
		   j.channels == j.part.channels;
	return j;
}

/* to = from or to += from, `step` floats apart each. */
ONEDNN_INLINE void move(float *to, int64_t to_step, const float *from, int64_t from_step, int64_t count, bool add)
{
	if (add) {
#pragma omp simd
		for (int64_t i = 0; i < count; i++)
			to[i * to_step] += from[i * from_step];
	} else {
#pragma omp simd
		for (int64_t i = 0; i < count; i++)
			to[i * to_step] = from[i * from_step];
	}
}

ONEDNN_INLINE void join_images(const struct join *j, int64_t first, int64_t end, bool into_whole, bool add)
{
	const int64_t whole_step = j->whole.pixels == 1 ? 1 : j->whole.block, pixels = j->part.pixels;
	const int64_t part_step = j->part.pixels == 1 ? 1 : j->part.block;

	for (int64_t n = first; n < end; n++) {
		float *whole = j->whole_data + place(&j->whole, n, j->channel),
		      *part = j->part_data + place(&j->part, n, 0);

		if (j->blocks) {
			move(into_whole ? whole : part, 1, into_whole ? part : whole, 1, j->channels * pixels, add);
			continue;
		}
		for (int64_t c = 0; c < j->channels; c++) {
			whole = j->whole_data + place(&j->whole, n, j->channel + c);
			part = j->part_data + place(&j->part, n, c);
			if (into_whole)
				move(whole, whole_step, part, part_step, pixels, add);
			else
				move(part, part_step, whole, whole_step, pixels, add);
		}
	}
}

ONEDNN_SIMD static void gather(const void *context, int64_t first, int64_t end)
{
	join_images(context, first, end, true, false);
}

ONEDNN_SIMD static void gather_add(const void *context, int64_t first, int64_t end)
{
	join_images(context, first, end, true, true);
}

ONEDNN_SIMD static void spread(const void *context, int64_t first, int64_t end)
{
	join_images(context, first, end, false, false);
}

ONEDNN_SIMD static void spread_add(const void *context, int64_t first, int64_t end)
{
	join_images(context, first, end, false, true);
}

/* ---- concat */

static int concat_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	enum onednn_order order = onednn_layout(layer->x[0])->order;

	(void)err;
	for (int k = 1; k < layer->node->input_count; k++)
		if (onednn_layout(layer->x[k])->order > order)
			order = onednn_layout(layer->x[k])->order;
	onednn_choose_activation(device, layer->y, order);
	return 0;
}

static int concat_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const bool forward = phase == FC_PHASE_FORWARD;
	int64_t channel = 0;

	(void)err;
	if (!forward && phase != FC_PHASE_BACKWARD_DATA)
		return 0;
	if (forward)
		onednn_clear_physical(layer->y);
	for (int k = 0; k < layer->node->input_count; k++) {
		struct join j = join_part(layer->y, layer->x[k], channel);
		join_body *body = forward ? gather : layer->accumulate[k] ? spread_add : spread;

		channel += layer->x[k]->shape.c;
		if (!forward) {
			if (!layer->dx[k])
				continue;
			j.whole_data = layer->dy->data;
			j.part_data = layer->dx[k]->data;
			if (!layer->accumulate[k] && j.channels != j.part.channels)
				memset(j.part_data, 0, layer->x[k]->bytes);
		}
		onednn_parallel(device, j.whole.images, 2 * layer->x[k]->bytes, body, &j);
	}
	return 0;
}

/* ---- add: the output has the layout of the first input, on which it may lie */

static int add_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)err;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	return 0;
}

struct sum {
	const float *a, *b;
	float *y;
	bool relu;
};

ONEDNN_SIMD static void sum_two(const void *context, int64_t first, int64_t end)
{
	const struct sum *s = context;
	const float *a = s->a, *b = s->b;
	float *y = s->y;

	if (s->relu) {
#pragma omp simd
		for (int64_t i = first; i < end; i++)
			y[i] = a[i] + b[i] < 0 ? 0 : a[i] + b[i];
		return;
	}
#pragma omp simd
	for (int64_t i = first; i < end; i++)
		y[i] = a[i] + b[i];
}

ONEDNN_SIMD static void rectify(const void *context, int64_t first, int64_t end)
{
	const struct sum *s = context;
	float *y = s->y;

#pragma omp simd
	for (int64_t i = first; i < end; i++)
		y[i] = y[i] < 0 ? 0 : y[i];
}

static bool same_layouts(const struct fc_layer *layer)
{
	const int64_t block = onednn_layout(layer->y)->block;

	for (int k = 0; k < layer->node->input_count; k++)
		if (onednn_layout(layer->x[k])->block != block)
			return false;
	return true;
}

/* y = x0 + x1, then y += x2 ...; an input that y lies on is taken first. */
static void add_same(struct fc_device *device, const struct fc_layer *layer)
{
	const int inputs = layer->node->input_count;
	const int64_t count = (int64_t)onednn_floats(layer->y);
	int start = 0;

	for (int k = 0; k < inputs; k++)
		if (layer->x[k]->data == layer->y->data)
			start = k;
	for (int i = 1; i < inputs; i++) {
		const struct sum s = {
			.a = i == 1 ? layer->x[start]->data : layer->y->data,
			.b = layer->x[(start + i) % inputs]->data,
			.y = layer->y->data,
			.relu = layer->fused && i == inputs - 1,
		};

		onednn_parallel(device, count, 3 * layer->y->bytes, sum_two, &s);
	}
}

static void add_mixed(struct fc_device *device, const struct fc_layer *layer)
{
	const struct sum s = { .y = layer->y->data };

	if (layer->x[0]->data != layer->y->data)
		memcpy(layer->y->data, layer->x[0]->data, layer->y->bytes);
	for (int k = 1; k < layer->node->input_count; k++) {
		const struct join j = join_part(layer->y, layer->x[k], 0);

		onednn_parallel(device, j.whole.images, layer->y->bytes, gather_add, &j);
	}
	if (layer->fused)
		onednn_parallel(device, (int64_t)onednn_floats(layer->y), layer->y->bytes, rectify, &s);
}

static void add_backward(struct fc_device *device, const struct fc_layer *layer)
{
	for (int k = 0; k < layer->node->input_count; k++) {
		struct join j = join_part(layer->y, layer->x[k], 0);

		if (!layer->dx[k] || layer->dx[k]->data == layer->dy->data)
			continue;
		j.whole_data = layer->dy->data;
		j.part_data = layer->dx[k]->data;
		/* The physical channels of the same blocks come along. */
		if (onednn_layout(layer->y)->block == onednn_layout(layer->x[k])->block) {
			j.blocks = true;
			j.channels = j.part.channels;
		} else if (!layer->accumulate[k]) {
			memset(j.part_data, 0, layer->x[k]->bytes);
		}
		onednn_parallel(device, j.whole.images, 2 * layer->y->bytes,
				layer->accumulate[k] ? spread_add : spread, &j);
	}
}

static int add_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	(void)err;
	if (phase == FC_PHASE_BACKWARD_DATA)
		add_backward(device, layer);
	else if (phase == FC_PHASE_FORWARD && same_layouts(layer) && layer->node->input_count > 1)
		add_same(device, layer);
	else if (phase == FC_PHASE_FORWARD)
		add_mixed(device, layer);
	return 0;
}

struct addition {
	float *to;
	const float *from;
};

ONEDNN_SIMD static void add_range(const void *context, int64_t first, int64_t end)
{
	const struct addition *a = context;

	move(a->to + first, 1, a->from + first, 1, end - first, true);
}

void onednn_accumulate(const struct fc_device *device, float *to, const float *from, size_t count)
{
	const struct addition a = { to, from };

	onednn_parallel(device, (int64_t)count, 3 * count * sizeof(float), add_range, &a);
}

const struct onednn_leaf onednn_add = {
	.prepare = add_prepare, .run = add_run, .kernel = "flopclock:add", .fuses_relu = 1u << FC_PHASE_FORWARD
};
const struct onednn_leaf onednn_concat = { .prepare = concat_prepare,
					   .run = concat_run,
					   .kernel = "flopclock:concat" };
