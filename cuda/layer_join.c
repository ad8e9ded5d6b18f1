/* Several values become one: adds, other operations on two values, concats. */
#include "backend.h"

/* More summands than one launch takes are added to what is there already. */
static int add_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const int64_t count = layout_count(layer->y);
	const int inputs = layer->node->input_count;
	const void *x[KERNEL_MAX_INPUTS];

	for (int done = 0; done < inputs;) {
		int n = 0;

		if (done)
			x[n++] = layer->y->data;
		while (n < KERNEL_MAX_INPUTS && done < inputs)
			x[n++] = layer->x[done++]->data;
		if (kernel_add(device->gpu, device->type, x, n, layer->y->data, layer->fused && done == inputs, count,
			       err))
			return -1;
	}
	return 0;
}

static bool same_shapes(const struct fc_layer *layer)
{
	for (int k = 0; k < layer->node->input_count; k++)
		if (layout_count(layer->x[k]) != layout_count(layer->y))
			return false;
	return true;
}

static struct kernel_operand operand(const struct fc_layer *layer, int k)
{
	return (struct kernel_operand){ layer->x[k]->data, layout_lying(layer->x[k]) };
}

static int pair_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return kernel_broadcast(device->gpu, device->type, layer->node->op, operand(layer, 0), operand(layer, 1),
				layer->y->data, layout_lying(layer->y), err);
}

static int pair_gradient(struct fc_device *device, const struct fc_layer *layer, int k, struct fc_error *err)
{
	return kernel_broadcast_backward(device->gpu, device->type, layer->node->op, operand(layer, 0),
					 operand(layer, 1), k, layer->dy->data, layout_lying(layer->y),
					 layer->dx[k]->data, layer->accumulate[k], err);
}

/* A gradient that lies where the output's is comes last. */
static int pair_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	for (int in_place = 0; in_place < 2; in_place++)
		for (int k = 0; k < 2; k++)
			if (layer->dx[k] && (layer->dx[k]->data == layer->dy->data) == in_place &&
			    pair_gradient(device, layer, k, err))
				return -1;
	return 0;
}

static int sum_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	if (same_shapes(layer))
		return add_forward(device, layer, err);
	if (pair_forward(device, layer, err))
		return -1;
	if (!layer->fused)
		return 0;
	return kernel_relu(device->gpu, device->type, layer->y->data, layer->y->data, layout_count(layer->y), err);
}

static int add_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	for (int k = 0; k < layer->node->input_count; k++)
		if (layer->dx[k] && kernel_give(device->gpu, device->type, layer->dy->data, layer->dx[k]->data,
						layer->accumulate[k], layout_count(layer->y), err))
			return -1;
	return 0;
}

static int sum_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return same_shapes(layer) ? add_backward(device, layer, err) : pair_backward(device, layer, err);
}

/*
 * A concat puts together what lies behind each other in every row: the channels of a pixel, or in plain order those of an image
 * with all their values.
 */
struct parts {
	int64_t rows, each; /* values of a channel in a row */
};

static struct parts parts_of(const struct fc_layer *layer)
{
	const struct fc_shape s = layer->y->shape;

	if (layout_of(layer->y)->order == LAYOUT_PLAIN)
		return (struct parts){ s.n, s.h * s.w };
	return (struct parts){ s.n * s.h * s.w, 1 };
}

static int concat_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct parts parts = parts_of(layer);
	const int64_t row = layer->y->shape.c * parts.each;
	int64_t offset = 0;

	for (int k = 0; k < layer->node->input_count; k++) {
		const int64_t width = layer->x[k]->shape.c * parts.each;

		if (kernel_slice(device->gpu, device->type, layer->x[k]->data, width, 0, layer->y->data, row, offset,
				 width, parts.rows, false, err))
			return -1;
		offset += width;
	}
	return 0;
}

static int concat_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct parts parts = parts_of(layer);
	const int64_t row = layer->y->shape.c * parts.each;
	int64_t offset = 0;

	for (int k = 0; k < layer->node->input_count; k++) {
		const int64_t width = layer->x[k]->shape.c * parts.each;

		if (layer->dx[k] &&
		    kernel_slice(device->gpu, device->type, layer->dy->data, row, offset, layer->dx[k]->data, width,
				 0, width, parts.rows, layer->accumulate[k], err))
			return -1;
		offset += width;
	}
	return 0;
}

const struct layer_kind layer_add = {
	.order = order_of_inputs,
	.forward = sum_forward,
	.backward_data = sum_backward,
	.kernel = "flopclock:add",
	.fuses_relu = 1u << FC_PHASE_FORWARD,
};
const struct layer_kind layer_concat = {
	.order = order_of_inputs,
	.forward = concat_forward,
	.backward_data = concat_backward,
	.kernel = "flopclock:concat",
};
const struct layer_kind layer_pair = {
	.order = order_of_inputs,
	.forward = pair_forward,
	.backward_data = pair_backward,
	.kernel = "flopclock:broadcast",
};
