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

static int drop(struct fc_device *device, const struct fc_layer *layer, const void *in, void *out, bool accumulate,
		struct fc_error *err)
{
	return kernel_dropout(device->gpu, device->type, in, out, accumulate, layer->y->shape,
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

const struct layer_kind layer_relu = { .forward = relu_forward,
				       .backward_data = relu_backward,
				       .kernel = "flopclock:relu" };
const struct layer_kind layer_sigmoid = { .forward = sigmoid_forward,
					  .backward_data = sigmoid_backward,
					  .kernel = "flopclock:sigmoid" };
const struct layer_kind layer_dropout = { .forward = dropout_forward,
					  .backward_data = dropout_backward,
					  .kernel = "flopclock:dropout" };
const struct layer_kind layer_function = { .forward = function_forward,
					   .backward_data = function_backward,
					   .kernel = "flopclock:elementwise" };
const struct layer_kind layer_stochastic_depth = { .forward = depth_forward,
						   .backward_data = depth_backward,
						   .kernel = "flopclock:stochastic_depth" };
