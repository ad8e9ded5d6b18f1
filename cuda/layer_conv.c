/*
 * Convolution: each phase is a plan of the library. Bias and ReLU belong to the forward plan; backward_weights begins with
 * the gradient of the bias, one pass over the gradient that also applies a fused ReLU's mask, in place.
 */
#include <stdlib.h>

#include "backend.h"
#include "flopclock/arena.h"

struct conv {
	struct gpu_conv *plans[FC_PHASE_UPDATE];
	bool relu_apart; /* no plan has the ReLU in it */
};

static struct gpu_conv_request request_for(const struct fc_device *device, const struct fc_layer *layer,
					   enum fc_phase phase)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct layout *const x = layout_of(layer->x[0]), *const y = layout_of(layer->y);

	return (struct gpu_conv_request){
		.phase = phase,
		.n = x->rows,
		.c = x->channels,
		.h = x->height,
		.w = x->width,
		.k = y->channels,
		.p = y->height,
		.q = y->width,
		.r = a->kernel_h,
		.s = a->kernel_w,
		.stride_h = a->stride_h,
		.stride_w = a->stride_w,
		.pad_h = a->pad_h,
		.pad_w = a->pad_w,
		.dilation_h = a->dilation_h,
		.dilation_w = a->dilation_w,
		.groups = a->groups,
		.type = device->type,
		.precision = device->config.precision,
		.bias = phase == FC_PHASE_FORWARD && a->bias,
		.relu = phase == FC_PHASE_FORWARD && layer->fused,
		.accumulate = phase == FC_PHASE_BACKWARD_DATA && layer->accumulate[0],
		.deterministic = device->config.deterministic,
		.autotune = device->config.autotune,
		.workspace_bytes = device->config.workspace_bytes,
	};
}

static int open_plan(struct fc_device *device, struct fc_layer *layer, const struct gpu_conv_request *request,
		     struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	struct conv *const conv = layer->impl;
	struct gpu_plan plan;

	if (ops->conv_open(device->gpu, request, &conv->plans[request->phase], err))
		return -1;
	if (!conv->plans[request->phase])
		return 0;
	ops->conv_plan(device->gpu, conv->plans[request->phase], &plan);
	backend_want_scratch(layer, plan.workspace_bytes);
	return 0;
}

static int prepare_phase(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	struct gpu_conv_request request = request_for(device, layer, phase);
	struct conv *const conv = layer->impl;

	if (open_plan(device, layer, &request, err))
		return -1;
	if (!conv->plans[phase] && request.relu) {
		request.relu = false;
		conv->relu_apart = true;
		if (open_plan(device, layer, &request, err))
			return -1;
	}
	if (conv->plans[phase])
		return 0;
	return fc_fail(err, "the library has no %s convolution in %s for it within %.0f MB of workspace",
		       fc_phase_name(phase), fc_precision_name(request.precision),
		       (double)request.workspace_bytes / 1e6);
}

static void conv_release(struct fc_device *device, struct fc_layer *layer)
{
	struct conv *const conv = layer->impl;

	for (int phase = 0; conv && phase < FC_PHASE_UPDATE; phase++)
		if (conv->plans[phase])
			device->gpu->ops->conv_close(device->gpu, conv->plans[phase]);
	free(conv);
}

static int conv_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	int rc;

	layer->impl = fc_calloc(1, sizeof(struct conv));
	rc = prepare_phase(device, layer, FC_PHASE_FORWARD, err);
	if (!rc && layer->dy) {
		rc = prepare_phase(device, layer, FC_PHASE_BACKWARD_WEIGHTS, err);
		if (layer->node->attributes.bias || layer->fused_backward)
			backend_want_scratch(
				layer, kernel_column_scratch(layout_rows(layer->y), layout_of(layer->y)->channels));
	}
	if (!rc && layer->dx[0])
		rc = prepare_phase(device, layer, FC_PHASE_BACKWARD_DATA, err);
	if (rc) {
		conv_release(device, layer);
		layer->impl = NULL;
	}
	return rc;
}

static int conv_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	const struct conv *const conv = layer->impl;
	const void *const bias = layer->node->attributes.bias ? layout_operand(device, layer->param[1]) : NULL;

	if (ops->conv_run(device->gpu, conv->plans[FC_PHASE_FORWARD], layer->x[0]->data,
			  layout_operand(device, layer->param[0]), bias, layer->y->data, layer->scratch, err))
		return -1;
	if (!conv->relu_apart)
		return 0;
	return kernel_relu(device->gpu, device->type, layer->y->data, layer->y->data, layout_count(layer->y), err);
}

int layer_finish_gradient(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const bool bias = layer->node->attributes.bias;

	if (!bias && !layer->fused_backward)
		return 0;
	return kernel_column_sum(device->gpu, device->type, layer->dy->data,
				 layer->fused_backward ? layer->y->data : NULL, layout_rows(layer->y),
				 layout_of(layer->y)->channels, bias ? layer->param_gradient[1]->data : NULL,
				 layer->scratch, err);
}

static int conv_backward_weights(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	const struct conv *const conv = layer->impl;

	if (layer_finish_gradient(device, layer, err))
		return -1;
	return ops->conv_run(device->gpu, conv->plans[FC_PHASE_BACKWARD_WEIGHTS], layer->x[0]->data, layer->dy->data,
			     NULL, layer->param_gradient[0]->data, layer->scratch, err);
}

static int conv_backward_data(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	const struct conv *const conv = layer->impl;

	return ops->conv_run(device->gpu, conv->plans[FC_PHASE_BACKWARD_DATA], layer->dy->data,
			     layout_operand(device, layer->param[0]), NULL, backend_dx(layer, 0), layer->scratch,
			     err);
}

static const struct gpu_conv *plan_of(const struct fc_layer *layer, enum fc_phase phase)
{
	const struct conv *const conv = layer->impl;

	return phase < FC_PHASE_UPDATE ? conv->plans[phase] : NULL;
}

static bool conv_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase,
		      struct fc_json *json)
{
	const struct gpu_conv *const conv = plan_of(layer, phase);
	struct gpu_plan plan;

	if (!conv)
		return false;
	device->gpu->ops->conv_plan(device->gpu, conv, &plan);
	backend_add_plan(&plan, json);
	return true;
}

const struct layer_kind layer_conv = {
	.prepare = conv_prepare,
	.release = conv_release,
	.forward = conv_forward,
	.backward_data = conv_backward_data,
	.backward_weights = conv_backward_weights,
	.kernel = "library:convolution",
	.plan = conv_plan,
	.fuses_relu = 1u << FC_PHASE_FORWARD | 1u << FC_PHASE_BACKWARD_DATA,
};
