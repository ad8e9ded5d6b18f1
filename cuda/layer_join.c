/* Add and concat. */
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

static int add_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	for (int k = 0; k < layer->node->input_count; k++)
		if (layer->dx[k] && kernel_give(device->gpu, device->type, layer->dy->data, layer->dx[k]->data,
						layer->accumulate[k], layout_count(layer->y), err))
			return -1;
	return 0;
}

static int concat_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const int64_t rows = layout_rows(layer->y), channels = layout_of(layer->y)->channels;
	int64_t offset = 0;

	for (int k = 0; k < layer->node->input_count; k++) {
		const int64_t width = layer->x[k]->shape.c;

		if (kernel_slice(device->gpu, device->type, layer->x[k]->data, layout_of(layer->x[k])->channels, 0,
				 layer->y->data, channels, offset, width, rows, false, err))
			return -1;
		offset += width;
	}
	return 0;
}

static int concat_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const int64_t rows = layout_rows(layer->y), channels = layout_of(layer->y)->channels;
	int64_t offset = 0;

	for (int k = 0; k < layer->node->input_count; k++) {
		const int64_t width = layer->x[k]->shape.c;

		if (layer->dx[k] &&
		    kernel_slice(device->gpu, device->type, layer->dy->data, channels, offset, layer->dx[k]->data,
				 layout_of(layer->x[k])->channels, 0, width, rows, layer->accumulate[k], err))
			return -1;
		offset += width;
	}
	return 0;
}

const struct layer_kind layer_add = {
	.forward = add_forward,
	.backward_data = add_backward,
	.kernel = "flopclock:add",
	.fuses_relu = 1u << FC_PHASE_FORWARD,
};
const struct layer_kind layer_concat = {
	.forward = concat_forward, .backward_data = concat_backward, .kernel = "flopclock:concat"};
