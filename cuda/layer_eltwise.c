/* Functions, dropout, stochastic depth: element by element, in place where the schedule says so. */
#include "backend.h"

static int relu_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return kernel_relu(device->gpu, device->type, layer->x[0]->data, layer->y->data, layout_count(layer->y), err);
}

static int relu_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return kernel_relu_backward(device->gpu, device->type, layer->y->data, layer->dy->data, backend_dx(layer, 0),
				    layer->accumulate[0], layout_count(layer->y), err);
}

static int sigmoid_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return kernel_sigmoid(device->gpu, device->type, layer->x[0]->data, layer->y->data, layout_count(layer->y),
			      err);
}

static int sigmoid_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return kernel_sigmoid_backward(device->gpu, device->type, layer->y->data, layer->dy->data,
				       backend_dx(layer, 0), layer->accumulate[0], layout_count(layer->y), err);
}

static int function_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return kernel_elementwise(device->gpu, device->type, layer->node, layer->x[0]->data, layer->y->data,
				  layout_count(layer->y), err);
}

/* What a function's slope does not need may not be there any more. */
static int function_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct fc_op_traits *const traits = fc_op_traits(layer->node->op);

	return kernel_elementwise_backward(device->gpu, device->type, layer->node,
					   traits->backward_reads_input ? layer->x[0]->data : NULL,
					   traits->backward_reads_output ? layer->y->data : NULL, layer->dy->data,
					   backend_dx(layer, 0), layer->accumulate[0], layout_count(layer->y), err);
}

static int depth(struct fc_device *device, const struct fc_layer *layer, const void *in, void *out, bool accumulate,
		 struct fc_error *err)
{
	const struct layout *const y = layout_of(layer->y);

	return kernel_depth(device->gpu, device->type, in, out, accumulate, y->rows, layout_count(layer->y) / y->rows,
			    layer->node->attributes.probability, layer->iteration->seed, (uint32_t)layer->node->index,
			    device->control[FC_PASS_TRAIN], err);
}

static int depth_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return depth(device, layer, layer->x[0]->data, layer->y->data, false, err);
}

static int depth_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return depth(device, layer, layer->dy->data, backend_dx(layer, 0), layer->accumulate[0], err);
}

/* Masks follow from the index in (N, C, H, W) order: a plain tensor is one of many images of one pixel. */
static struct fc_shape mask_shape(const struct fc_tensor *tensor)
{
	const struct layout *const l = layout_of(tensor);

	return l->order == LAYOUT_PLAIN ? (struct fc_shape){ layout_rows(tensor), l->channels, 1, 1 } : tensor->shape;
}

static int drop(struct fc_device *device, const struct fc_layer *layer, const void *in, void *out, bool accumulate,
		struct fc_error *err)
{
	return kernel_dropout(device->gpu, device->type, in, out, accumulate, mask_shape(layer->y),
			      layout_of(layer->y)->channels, layer->node->attributes.probability,
			      layer->iteration->seed, (uint32_t)layer->node->index, device->control[FC_PASS_TRAIN],
			      err);
}

static int dropout_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return drop(device, layer, layer->x[0]->data, layer->y->data, false, err);
}

static int dropout_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return drop(device, layer, layer->dy->data, backend_dx(layer, 0), layer->accumulate[0], err);
}

/* All of them leave their values where they are. */
#define ELTWISE(name, shown)                                                                                         \
	{                                                                                                            \
		.order = order_of_inputs, .forward = name##_forward, .backward_data = name##_backward,               \
		.kernel = "flopclock:" shown                                                                         \
	}

const struct layer_kind layer_relu = ELTWISE(relu, "relu");
const struct layer_kind layer_sigmoid = ELTWISE(sigmoid, "sigmoid");
const struct layer_kind layer_dropout = ELTWISE(dropout, "dropout");
const struct layer_kind layer_function = ELTWISE(function, "elementwise");
const struct layer_kind layer_stochastic_depth = ELTWISE(depth, "stochastic_depth");
