/*
 * Layers between tensors of different orders: channels-last for images, plain for rows of the last side. The kind of layer sees
 * an inner layer, all of whose inputs have the order of its output.
 */
#include <stdlib.h>

#include "backend.h"
#include "flopclock/arena.h"

/* What lies in scratch begins on such borders. */
#define SCRATCH_BORDER 256

/* -------- which order -------- */

static bool lies_both_ways(const struct layout *l)
{
	return layout_is(l, LAYOUT_LAST) && layout_is(l, LAYOUT_PLAIN);
}

enum layout_order order_of_inputs(const struct fc_layer *layer)
{
	const struct fc_tensor *largest = NULL;

	for (int k = 0; k < layer->node->input_count; k++) {
		const struct fc_tensor *const x = layer->x[k];

		if (!lies_both_ways(layout_of(x)) && (!largest || layout_count(x) > layout_count(largest)))
			largest = x;
	}
	return layout_of(largest ? largest : layer->x[0])->order;
}

enum layout_order order_plain(const struct fc_layer *layer)
{
	(void)layer;
	return LAYOUT_PLAIN;
}

/* -------- from one to the other -------- */

const int *order_axes(enum layout_order order)
{
	static const int axes[2][4] = { [LAYOUT_LAST] = { 0, 2, 3, 1 }, [LAYOUT_PLAIN] = { 0, 1, 2, 3 } };

	return axes[order];
}

bool order_keeps_places(const struct kernel_move *move)
{
	int64_t count = 1;

	for (int d = 0; d < MOVE_SIDES; d++) {
		if (move->side[d] > 1 && move->from_stride[d] != move->to_stride[d])
			return false;
		count *= move->side[d];
	}
	return !move->from_offset && !move->to_offset && count == move->from_count && count == move->to_count;
}

int order_move(struct fc_device *device, const struct kernel_move *move, const void *from, void *to, bool accumulate,
	       struct fc_error *err)
{
	if (!order_keeps_places(move))
		return kernel_move(device->gpu, device->type, move, from, to, accumulate, err);
	/* Values that lie where they belong are left alone but for one: a step without a launch would be missed in a record. */
	return kernel_give(device->gpu, device->type, from, to, accumulate,
			   from == to && !accumulate ? 1 : move->to_count, err);
}

static int64_t places(const struct layout *l)
{
	return l->rows * l->height * l->width * l->channels;
}

int order_copy(struct fc_device *device, const struct layout *from_layout, const void *from,
	       const struct layout *to_layout, void *to, bool accumulate, struct fc_error *err)
{
	const struct fc_shape s = to_layout->shape;
	const int64_t side[4] = { s.n, s.c, s.h, s.w };
	const int *const axes = order_axes(to_layout->order);
	struct kernel_move move = { .side = { 1 }, .from_count = places(from_layout), .to_count = places(to_layout) };
	int64_t from_stride[4], to_stride[4];

	layout_strides(from_layout, from_stride);
	layout_strides(to_layout, to_stride);
	for (int d = 0; d < 4; d++) {
		move.side[d + 1] = side[axes[d]];
		move.from_stride[d + 1] = from_stride[axes[d]];
		move.to_stride[d + 1] = to_stride[axes[d]];
	}
	return order_move(device, &move, from, to, accumulate, err);
}

/* -------- the inner layer -------- */

/* An input in another order. */
struct turned {
	bool seen;   /* it is one */
	bool copied; /* into scratch; otherwise it lies as it is wanted under another name */
	struct layout layout;
	struct fc_tensor x, dx;
	uint64_t x_place, dx_place; /* in scratch */
};

/* The impl of the outer layer. */
struct ordered {
	struct fc_layer inner; /* its impl is that of the kind */
	struct turned *inputs;
	struct fc_tensor **x, **dx;
	bool *accumulate;
	uint64_t bytes;
};

static bool differs(const struct fc_layer *layer, int k)
{
	return layout_of(layer->x[k])->order != layout_of(layer->y)->order;
}

bool order_differs(const struct fc_layer *layer)
{
	for (int k = 0; k < layer->node->input_count; k++)
		if (differs(layer, k))
			return true;
	return false;
}

struct fc_layer *order_inner(const struct fc_layer *layer)
{
	struct ordered *const ordered = layer->impl;

	return &ordered->inner;
}

/* Takes room in scratch. */
static uint64_t place(struct ordered *ordered, uint64_t bytes)
{
	const uint64_t at = ordered->bytes;

	ordered->bytes += (bytes + SCRATCH_BORDER - 1) / SCRATCH_BORDER * SCRATCH_BORDER;
	return at;
}

static void turn(struct fc_device *device, const struct fc_layer *layer, struct ordered *ordered, int k)
{
	struct turned *const t = &ordered->inputs[k];
	const struct layout *const x = layout_of(layer->x[k]);

	t->seen = true;
	t->copied = !layout_is(x, layout_of(layer->y)->order);
	t->layout = layout_activation(device->type, x->shape, layout_of(layer->y)->order);
	t->x = (struct fc_tensor){ .shape = layer->x[k]->shape, .layout = &t->layout };
	t->x.bytes = (uint64_t)layout_count(&t->x) * gpu_type_bytes(device->type);
	t->dx = t->x;
	ordered->x[k] = &t->x;
	if (t->copied)
		t->x_place = place(ordered, t->x.bytes);
	if (!layer->dx[k])
		return;
	ordered->dx[k] = &t->dx;
	if (!t->copied)
		return;
	t->dx_place = place(ordered, t->x.bytes);
	ordered->accumulate[k] = false;
}

struct fc_layer *order_open(struct fc_device *device, struct fc_layer *layer)
{
	const size_t inputs = (size_t)layer->node->input_count;
	struct ordered *const ordered = fc_calloc(1, sizeof(*ordered));

	ordered->inner = *layer;
	ordered->inputs = fc_calloc(inputs, sizeof(*ordered->inputs));
	ordered->inner.x = ordered->x = fc_calloc(inputs, sizeof(struct fc_tensor *));
	ordered->inner.dx = ordered->dx = fc_calloc(inputs, sizeof(struct fc_tensor *));
	ordered->inner.accumulate = ordered->accumulate = fc_calloc(inputs, sizeof(bool));
	for (int k = 0; k < layer->node->input_count; k++) {
		ordered->x[k] = layer->x[k];
		ordered->dx[k] = layer->dx[k];
		ordered->accumulate[k] = layer->accumulate && layer->accumulate[k];
		if (differs(layer, k))
			turn(device, layer, ordered, k);
	}
	layer->impl = ordered;
	return &ordered->inner;
}

void order_finish(struct fc_layer *layer)
{
	const struct ordered *const ordered = layer->impl;

	layer->saved_bytes = ordered->inner.saved_bytes;
	layer->scratch_bytes = ordered->bytes + ordered->inner.scratch_bytes;
}

void order_close(struct fc_layer *layer)
{
	struct ordered *const ordered = layer->impl;

	free(ordered->inputs);
	free(ordered->x);
	free(ordered->dx);
	free(ordered->accumulate);
	free(ordered);
	layer->impl = NULL;
}

/* The executor binds memory behind prepare(). */
static void bind(const struct fc_layer *layer, struct ordered *ordered)
{
	char *const scratch = layer->scratch;

	ordered->inner.saved = layer->saved;
	ordered->inner.scratch = scratch ? scratch + ordered->bytes : NULL;
	for (int k = 0; k < layer->node->input_count; k++) {
		struct turned *const t = &ordered->inputs[k];

		if (!t->seen)
			continue;
		t->x.data = t->copied ? scratch + t->x_place : layer->x[k]->data;
		if (layer->dx[k])
			t->dx.data = t->copied ? scratch + t->dx_place : layer->dx[k]->data;
	}
}

int order_before(struct fc_device *device, struct fc_layer *layer, bool reads_inputs, struct fc_error *err)
{
	struct ordered *const ordered = layer->impl;

	bind(layer, ordered);
	for (int k = 0; reads_inputs && k < layer->node->input_count; k++) {
		const struct turned *const t = &ordered->inputs[k];

		if (t->copied &&
		    order_copy(device, layout_of(layer->x[k]), layer->x[k]->data, &t->layout, t->x.data, false, err))
			return -1;
	}
	return 0;
}

int order_behind(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct ordered *const ordered = layer->impl;

	for (int k = 0; k < layer->node->input_count; k++) {
		const struct turned *const t = &ordered->inputs[k];

		if (t->copied && layer->dx[k] &&
		    order_copy(device, &t->layout, t->dx.data, layout_of(layer->x[k]), layer->dx[k]->data,
			       layer->accumulate[k], err))
			return -1;
	}
	return 0;
}
