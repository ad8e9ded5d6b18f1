/* Layers that work on each row by itself: layer norm over the last sides or over the channels of a pixel, softmax. */
#include "backend.h"

/* -------- layer norm -------- */

/* Over channels it wants them to lie together. */
static enum layout_order norm_order(const struct fc_layer *layer)
{
	return layer->node->attributes.channels ? LAYOUT_LAST : LAYOUT_PLAIN;
}

static int64_t norm_width(const struct fc_layer *layer)
{
	return layer->param[0]->shape.n;
}

static int64_t norm_rows(const struct fc_layer *layer)
{
	return layout_count(layer->y) / norm_width(layer);
}

/* Saved from forward to backward: the mean of every row, then 1 / sqrt(variance + epsilon) of every row. */
static int norm_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)device;
	(void)err;
	if (layer->pass != FC_PASS_TRAIN)
		return 0;
	layer->saved_bytes = 2 * (uint64_t)norm_rows(layer) * sizeof(float);
	backend_want_scratch(layer, kernel_column_scratch(norm_rows(layer), norm_width(layer)));
	return 0;
}

static int norm_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const bool train = layer->pass == FC_PASS_TRAIN;
	float *const mean = train ? layer->saved : NULL;

	return kernel_layer_norm(device->gpu, device->type, layer->x[0]->data, layer->y->data, norm_rows(layer),
				 norm_width(layer), layer->node->attributes.epsilon, layer->param[0]->data,
				 layer->param[1]->data, mean, mean ? mean + norm_rows(layer) : NULL, err);
}

static int norm_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const float *const mean = layer->saved;

	return kernel_layer_norm_backward(device->gpu, device->type, layer->x[0]->data, layer->dy->data,
					  backend_dx(layer, 0), layer->accumulate[0], norm_rows(layer),
					  norm_width(layer), mean, mean + norm_rows(layer), layer->param[0]->data,
					  layer->param_gradient[0]->data, layer->param_gradient[1]->data,
					  layer->scratch, err);
}

/* -------- softmax -------- */

/* Lines along the axis, in whichever order the tensor lies. */
static struct kernel_lines lines_of(const struct fc_layer *layer)
{
	const struct fc_shape s = layer->y->shape;
	const int64_t side[4] = { s.n, s.c, s.h, s.w }, axis = layer->node->attributes.axis;
	int64_t stride[4];

	layout_strides(layout_of(layer->y), stride);
	return (struct kernel_lines){ layout_count(layer->y) / side[axis], side[axis], stride[axis] };
}

static int softmax_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct kernel_lines lines = lines_of(layer);

	return kernel_softmax(device->gpu, device->type, layer->x[0]->data, layer->y->data, &lines, err);
}

static int softmax_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct kernel_lines lines = lines_of(layer);

	if (!layer->dx[0])
		return 0;
	return kernel_softmax_backward(device->gpu, device->type, layer->y->data, layer->dy->data, layer->dx[0]->data,
				       layer->accumulate[0], &lines, err);
}

const struct layer_kind layer_layer_norm = {
	.order = norm_order,
	.prepare = norm_prepare,
	.forward = norm_forward,
	.backward_data = norm_backward,
	.kernel = "flopclock:layer_norm",
};
const struct layer_kind layer_softmax = {
	.order = order_of_inputs,
	.forward = softmax_forward,
	.backward_data = softmax_backward,
	.kernel = "flopclock:softmax",
};
