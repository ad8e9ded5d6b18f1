/* Slices, shuffled channels, axes in another order: values that only go elsewhere, and their gradients the same way back. */
#include "backend.h"

/* Distances of the sides N, C, H, W of a tensor without gaps, channels last. */
static void strides_of(const struct fc_tensor *tensor, int64_t stride[4])
{
	const struct layout *const l = layout_of(tensor);

	stride[0] = l->height * l->width * l->channels;
	stride[1] = 1;
	stride[2] = l->width * l->channels;
	stride[3] = l->channels;
}

static void set_side(struct kernel_move *move, int d, int64_t side, int64_t from, int64_t to)
{
	move->side[d] = side;
	move->from_stride[d] = from;
	move->to_stride[d] = to;
}

/* The output's sides, outermost first as they lie; the innermost are the channels. */
static void plan_slice(const struct fc_layer *layer, struct kernel_move *move)
{
	static const int order[4] = { 0, 2, 3, 1 };
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct fc_shape s = layer->y->shape;
	const int64_t side[4] = { s.n, s.c, s.h, s.w };
	int64_t x[4], y[4];

	strides_of(layer->x[0], x);
	strides_of(layer->y, y);
	move->from_offset = a->first * x[a->axis];
	x[a->axis] *= a->step;
	for (int d = 0; d < 4; d++)
		set_side(move, d + 1, side[order[d]], x[order[d]], y[order[d]]);
	set_side(move, 0, 1, 0, 0);
}

/* Channel i of group j becomes channel i * groups + j. */
static void plan_shuffle(const struct fc_layer *layer, struct kernel_move *move)
{
	const struct fc_shape s = layer->y->shape;
	const int64_t groups = layer->node->attributes.groups, each = s.c / groups;
	int64_t x[4];

	strides_of(layer->x[0], x);
	set_side(move, 0, s.n, x[0], x[0]);
	set_side(move, 1, s.h, x[2], x[2]);
	set_side(move, 2, s.w, x[3], x[3]);
	set_side(move, 3, each, 1, groups);
	set_side(move, 4, groups, each, 1);
}

/* order[d]: which side of the input becomes C, H, W. */
static void plan_permute(const struct fc_layer *layer, struct kernel_move *move)
{
	static const int order[4] = { 0, 2, 3, 1 };
	const struct fc_shape s = layer->y->shape;
	const int64_t side[4] = { s.n, s.c, s.h, s.w };
	int64_t x[4], y[4];

	strides_of(layer->x[0], x);
	strides_of(layer->y, y);
	for (int d = 0; d < 4; d++) {
		const int to = order[d], from = to ? (int)layer->node->attributes.order[to - 1] : 0;

		set_side(move, d + 1, side[to], x[from], y[to]);
	}
	set_side(move, 0, 1, 0, 0);
}

static struct kernel_move plan(const struct fc_layer *layer)
{
	struct kernel_move move = { .from_count = layout_count(layer->x[0]), .to_count = layout_count(layer->y) };

	if (layer->node->op == FC_OP_SLICE)
		plan_slice(layer, &move);
	else if (layer->node->op == FC_OP_CHANNEL_SHUFFLE)
		plan_shuffle(layer, &move);
	else
		plan_permute(layer, &move);
	return move;
}

static int move_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct kernel_move move = plan(layer);

	return kernel_move(device->gpu, device->type, &move, layer->x[0]->data, layer->y->data, false, err);
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
	return kernel_move(device->gpu, device->type, &back, layer->dy->data, layer->dx[0]->data,
			   layer->accumulate[0], err);
}

const struct layer_kind layer_move = { .forward = move_forward,
				       .backward_data = move_backward,
				       .kernel = "flopclock:move" };
