/*
 * Kinds whose output elements are elements of the input, or a constant: slice, pad, permute, channel shuffle, the nearest
 * pixel. A row says where an element of the output comes from; its gradient goes back there.
 */
#include "reference.h"

struct place {
	int64_t c, h, w;
};

/* Where the place in the output lies in the input; outside of it: the constant. */
typedef struct place (*origin)(const struct fc_layer *layer, struct place at);

static struct place slice_origin(const struct fc_layer *layer, struct place at)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	int64_t *const sides[] = { NULL, &at.c, &at.h, &at.w };

	*sides[a->axis] = a->first + *sides[a->axis] * a->step;
	return at;
}

/* Mirrored at the first and the last pixel, or held at them. */
static int64_t fold(const struct fc_attributes *a, int64_t position, int64_t size)
{
	if (a->edge)
		return position < 0 ? 0 : position >= size ? size - 1 : position;
	if (a->reflect)
		return position < 0 ? -position : position >= size ? 2 * (size - 1) - position : position;
	return position;
}

static struct place pad_origin(const struct fc_layer *layer, struct place at)
{
	const struct fc_attributes *const a = &layer->node->attributes;

	at.h = fold(a, at.h - a->pad_h, layer->x[0]->shape.h);
	at.w = fold(a, at.w - a->pad_w, layer->x[0]->shape.w);
	return at;
}

static struct place permute_origin(const struct fc_layer *layer, struct place at)
{
	const int64_t *const order = layer->node->attributes.order;
	int64_t sides[4] = { 0 };

	sides[order[0]] = at.c;
	sides[order[1]] = at.h;
	sides[order[2]] = at.w;
	return (struct place){ sides[1], sides[2], sides[3] };
}

static struct place shuffle_origin(const struct fc_layer *layer, struct place at)
{
	const int64_t groups = layer->node->attributes.groups;

	at.c = at.c % groups * (layer->y->shape.c / groups) + at.c / groups;
	return at;
}

static struct place nearest_origin(const struct fc_layer *layer, struct place at)
{
	at.h = at.h * layer->x[0]->shape.h / layer->y->shape.h;
	at.w = at.w * layer->x[0]->shape.w / layer->y->shape.w;
	return at;
}

static origin origin_of(const struct fc_layer *layer)
{
	static const origin origins[FC_OP_COUNT] = {
		[FC_OP_SLICE] = slice_origin,
		[FC_OP_PAD] = pad_origin,
		[FC_OP_PERMUTE] = permute_origin,
		[FC_OP_CHANNEL_SHUFFLE] = shuffle_origin,
		[FC_OP_RESIZE] = nearest_origin,
	};

	return origins[layer->node->op];
}

/* The index in the input of element i of the output; -1: the constant. */
static int64_t source(const struct fc_layer *layer, origin from, int64_t i)
{
	const struct fc_shape out = layer->y->shape, in = layer->x[0]->shape;
	const struct place at = from(layer, (struct place){ i / (out.w * out.h) % out.c, i / out.w % out.h, i % out.w });

	if (at.h < 0 || at.h >= in.h || at.w < 0 || at.w >= in.w)
		return -1;
	return (int64_t)reference_at(in, i / (out.w * out.h * out.c), at.c, at.h, at.w);
}

static void copy_forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const origin from = origin_of(layer);
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	for (int64_t i = 0; i < count; i++) {
		const int64_t at = source(layer, from, i);

		y[i] = at < 0 ? (float)layer->node->attributes.a : x[at];
	}
}

static void copy_backward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape), size = fc_shape_elements(layer->x[0]->shape);
	const origin from = origin_of(layer);
	const float *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);

	for (int64_t i = 0; dx && !layer->accumulate[0] && i < size; i++)
		dx[i] = 0;
	for (int64_t i = 0; dx && i < count; i++) {
		const int64_t at = source(layer, from, i);

		if (at >= 0)
			reference_give(dx + at, true, dy[i]);
	}
}

/* The same values in the same order: y may lie where x lies, dx where dy lies. */
static void reshape_forward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	for (int64_t i = 0; i < count; i++)
		y[i] = x[i];
}

static void reshape_backward(const struct fc_layer *layer)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	const float *dy = layer->dy->data;
	float *dx = reference_dx(layer, 0);

	for (int64_t i = 0; dx && i < count; i++)
		reference_give(dx + i, layer->accumulate[0], dy[i]);
}

const struct reference_leaf reference_copy = { NULL, copy_forward, copy_backward, NULL };
const struct reference_leaf reference_reshape = { NULL, reshape_forward, reshape_backward, NULL };
