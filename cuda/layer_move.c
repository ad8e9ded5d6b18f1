/* Slices, shuffled channels, axes in another order, other sides: values that only go elsewhere, and their gradients back. */
#include "backend.h"

static void set_side(struct kernel_move *move, int d, int64_t side, int64_t from, int64_t to)
{
	move->side[d] = side;
	move->from_stride[d] = from;
	move->to_stride[d] = to;
}

/* The output's sides, outermost first as they lie. */
static void plan_slice(const struct fc_layer *layer, struct kernel_move *move)
{
	const int *const axes = order_axes(layout_of(layer->y)->order);
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct fc_shape s = layer->y->shape;
	const int64_t side[4] = { s.n, s.c, s.h, s.w };
	int64_t x[4], y[4];

	layout_strides(layout_of(layer->x[0]), x);
	layout_strides(layout_of(layer->y), y);
	move->from_offset = a->first * x[a->axis];
	x[a->axis] *= a->step;
	for (int d = 0; d < 4; d++)
		set_side(move, d + 1, side[axes[d]], x[axes[d]], y[axes[d]]);
	set_side(move, 0, 1, 0, 0);
}

/* Channel i of group j becomes channel i * groups + j. */
static void plan_shuffle(const struct fc_layer *layer, struct kernel_move *move)
{
	const struct fc_shape s = layer->y->shape;
	const int64_t groups = layer->node->attributes.groups, each = s.c / groups;
	int64_t x[4];

	layout_strides(layout_of(layer->x[0]), x);
	set_side(move, 0, s.n, x[0], x[0]);
	set_side(move, 1, s.h, x[2], x[2]);
	set_side(move, 2, s.w, x[3], x[3]);
	set_side(move, 3, each, x[1], groups * x[1]);
	set_side(move, 4, groups, each * x[1], x[1]);
}

/* attributes.order: which side of the input becomes C, H, W. */
static void plan_permute(const struct fc_layer *layer, const struct layout *out, struct kernel_move *move)
{
	const int *const axes = order_axes(out->order);
	const struct fc_shape s = layer->y->shape;
	const int64_t side[4] = { s.n, s.c, s.h, s.w };
	int64_t x[4], y[4];

	layout_strides(layout_of(layer->x[0]), x);
	layout_strides(out, y);
	for (int d = 0; d < 4; d++) {
		const int to = axes[d], from = to ? (int)layer->node->attributes.order[to - 1] : 0;

		set_side(move, d + 1, side[to], x[from], y[to]);
	}
	set_side(move, 0, 1, 0, 0);
}

/* The order in which the values keep their places; where they do in neither, that of the input. */
static enum layout_order permute_order(const struct fc_layer *layer)
{
	const enum layout_order own = layout_of(layer->x[0])->order;
	const enum layout_order other = own == LAYOUT_LAST ? LAYOUT_PLAIN : LAYOUT_LAST;
	const struct layout y = layout_activation(GPU_F32, layer->y->shape, other);
	const int64_t count = layout_count(layer->x[0]);
	struct kernel_move move = { .from_count = count, .to_count = count };

	plan_permute(layer, &y, &move);
	return order_keeps_places(&move) ? other : own;
}

static struct kernel_move plan(const struct fc_layer *layer)
{
	struct kernel_move move = { .from_count = layout_count(layer->x[0]), .to_count = layout_count(layer->y) };

	if (layer->node->op == FC_OP_SLICE)
		plan_slice(layer, &move);
	else if (layer->node->op == FC_OP_CHANNEL_SHUFFLE)
		plan_shuffle(layer, &move);
	else
		plan_permute(layer, layout_of(layer->y), &move);
	return move;
}

static int move_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct kernel_move move = plan(layer);

	return order_move(device, &move, layer->x[0]->data, layer->y->data, false, err);
}

/* What a slice leaves out has no gradient. */
static int move_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct kernel_move there = plan(layer);
	struct kernel_move back = there;
	const bool fill = there.to_count < there.from_count && !layer->accumulate[0];

	if (!layer->dx[0])
		return 0;
	for (int d = 0; d < MOVE_SIDES; d++) {
		back.from_stride[d] = there.to_stride[d];
		back.to_stride[d] = there.from_stride[d];
	}
	back.from_offset = there.to_offset;
	back.to_offset = there.from_offset;
	back.from_count = there.to_count;
	back.to_count = there.from_count;
	if (fill && device->gpu->ops->clear(device->gpu, layer->dx[0]->data,
					    (uint64_t)there.from_count * gpu_type_bytes(device->type), err))
		return -1;
	return order_move(device, &back, layer->dy->data, layer->dx[0]->data, layer->accumulate[0], err);
}

/* -------- the same values under other sides -------- */

/* Channels that stay may come last; otherwise only plain values are where the output wants them. */
static enum layout_order reshape_order(const struct fc_layer *layer)
{
	const struct layout *const x = layout_of(layer->x[0]);

	return x->order == LAYOUT_LAST && x->shape.c == layer->y->shape.c ? LAYOUT_LAST : LAYOUT_PLAIN;
}

/* The output, under the input's sides. */
static struct layout reshaped(const struct fc_device *device, const struct fc_layer *layer)
{
	return layout_activation(device->type, layer->x[0]->shape, layout_of(layer->y)->order);
}

static int reshape_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct layout y = reshaped(device, layer);

	return order_copy(device, layout_of(layer->x[0]), layer->x[0]->data, &y, layer->y->data, false, err);
}

static int reshape_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct layout y = reshaped(device, layer);

	if (!layer->dx[0])
		return 0;
	return order_copy(device, &y, layer->dy->data, layout_of(layer->x[0]), layer->dx[0]->data,
			  layer->accumulate[0], err);
}

const struct layer_kind layer_move = {
	.order = order_of_inputs,
	.forward = move_forward,
	.backward_data = move_backward,
	.kernel = "flopclock:move",
};
const struct layer_kind layer_permute = {
	.order = permute_order,
	.any_order = true,
	.forward = move_forward,
	.backward_data = move_backward,
	.kernel = "flopclock:move",
};
const struct layer_kind layer_reshape = {
	.order = reshape_order,
	.any_order = true,
	.forward = reshape_forward,
	.backward_data = reshape_backward,
	.kernel = "flopclock:reshape",
};
