/* Learned values: every image gets the same, and their gradient is the sum over the images. The parameter lies as they do. */
#include "backend.h"

static int64_t values_of(const struct fc_layer *layer)
{
	return layout_count(layer->y) / layer->y->shape.n;
}

static int learned_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)device;
	(void)err;
	if (layer->dy)
		backend_want_scratch(layer, kernel_column_scratch(layer->y->shape.n, values_of(layer)));
	return 0;
}

static int learned_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const int64_t images = layer->y->shape.n, values = values_of(layer);
	const struct kernel_move move = {
		.side = { 1, 1, 1, images, values },
		.from_stride = { 0, 0, 0, 0, 1 },
		.to_stride = { 0, 0, 0, values, 1 },
		.from_count = values,
		.to_count = images * values,
	};

	return order_move(device, &move, layout_operand(device, layer->param[0]), layer->y->data, false, err);
}

static int learned_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return kernel_column_sum(device->gpu, device->type, layer->dy->data, NULL, layer->y->shape.n,
				 values_of(layer), layer->param_gradient[0]->data, layer->scratch, err);
}

const struct layer_kind layer_learned = {
	.order = order_plain,
	.prepare = learned_prepare,
	.forward = learned_forward,
	.backward_weights = learned_backward,
	.kernel = "flopclock:learned",
};
