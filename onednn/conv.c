#include <string.h>

#include "depthwise.h"

/* Where the last output's window ends beyond the image; negative where the window stops before it. */
static int64_t pad_end(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation)
{
	return (out - 1) * stride + (kernel - 1) * dilation + 1 - in - pad;
}

static dnnl_status_t describe(const struct fc_layer *layer, enum fc_phase phase,
			      const dnnl_memory_desc_t operands[ONEDNN_OPERANDS], const dnnl_memory_desc_t *bias,
			      union onednn_descriptor *descriptor)
{
	const dnnl_memory_desc_t *x = &operands[ONEDNN_X], *y = &operands[ONEDNN_Y],
				 *weights = &operands[ONEDNN_WEIGHTS];
	const struct fc_attributes *a = &layer->node->attributes;
	const struct fc_shape in = layer->x[0]->shape, out = layer->y->shape;
	const dnnl_dims_t stride = { a->stride_h, a->stride_w }, dilation = { a->dilation_h - 1, a->dilation_w - 1 };
	const dnnl_dims_t start = { a->pad_h, a->pad_w };
	const dnnl_dims_t end = { pad_end(in.h, out.h, a->kernel_h, a->stride_h, a->pad_h, a->dilation_h),
				  pad_end(in.w, out.w, a->kernel_w, a->stride_w, a->pad_w, a->dilation_w) };
	/* Direct, so that the arithmetic done is the arithmetic counted. */
	const dnnl_alg_kind_t algorithm = dnnl_convolution_direct;

	switch (phase) {
	case FC_PHASE_BACKWARD_DATA:
		return dnnl_dilated_convolution_backward_data_desc_init(&descriptor->conv, algorithm, x, weights, y,
									stride, dilation, start, end);
	case FC_PHASE_BACKWARD_WEIGHTS:
		return dnnl_dilated_convolution_backward_weights_desc_init(&descriptor->conv, algorithm, x, weights,
									   bias, y, stride, dilation, start, end);
	default:
		return dnnl_dilated_convolution_forward_desc_init(&descriptor->conv, dnnl_forward_training, algorithm,
								  x, weights, bias, y, stride, dilation, start, end);
	}
}

static void weight_dims(const struct fc_layer *layer, int64_t in, int64_t out, struct onednn_product_spec *spec,
			dnnl_dims_t dims)
{
	const struct fc_attributes *a = &layer->node->attributes;
	const int64_t groups = a->groups;
	const int64_t logical[4] = { a->out, layer->x[0]->shape.c / groups, a->kernel_h, a->kernel_w };
	const int64_t grouped[5] = { groups, logical[0] / groups, logical[1], logical[2], logical[3] };

	memcpy(spec->logical, logical, sizeof(logical));
	memcpy(spec->physical, logical, sizeof(logical));
	if (groups > 1) {
		memcpy(dims, grouped, sizeof(grouped));
		return;
	}
	spec->physical[0] = out;
	spec->physical[1] = in;
	memcpy(dims, spec->physical, sizeof(spec->physical));
}

static bool replaces(const struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase)
{
	return phase == FC_PHASE_BACKWARD_WEIGHTS &&
	       onednn_depthwise_suits(device, layer, &onednn_layout(layer->param[0])->md);
}

static int conv_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const bool grouped = layer->node->attributes.groups > 1;
	struct onednn_product_spec spec = { .describe = describe,
					    .block = 1,
					    .replaces = replaces,
					    .own = "flopclock:depthwise" };
	dnnl_memory_desc_t *x = &spec.operands[ONEDNN_X], *y = &spec.operands[ONEDNN_Y];
	dnnl_dims_t dims = { 0 }, bias = { 0 };

	onednn_choose_activation(device, layer->y, onednn_order_of(layer->graph));
	/* Groups divide the real channels, so oneDNN must not be told of the physical ones. */
	if (onednn_activation_md(device, layer->x[0], !grouped, x, err) ||
	    onednn_activation_md(device, layer->y, !grouped, y, err))
		return -1;
	weight_dims(layer, x->dims[1], y->dims[1], &spec, dims);
	bias[0] = spec.physical[0];
	if (onednn_check(dnnl_memory_desc_init_by_tag(&spec.operands[ONEDNN_WEIGHTS], grouped ? 5 : 4, dims, dnnl_f32,
						      dnnl_format_tag_any),
			 "describing weights", err) ||
	    onednn_check(dnnl_memory_desc_init_by_tag(&spec.bias, 1, bias, dnnl_f32, dnnl_a), "describing a bias",
			 err))
		return -1;
	return onednn_product_prepare(device, layer, &spec, err);
}

static int conv_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	if (!onednn_product_replaced(layer, phase))
		return onednn_product_run(device, layer, phase, err);
	onednn_depthwise_weights(device, layer);
	return 0;
}

/* What the end of a window needs follows from the output size here. */
const struct onednn_leaf onednn_conv = {
	.suits = onednn_suits_all,
	.prepare = conv_prepare,
	.release = onednn_product_release,
	.run = conv_run,
	.fuses_relu = 1u << FC_PHASE_FORWARD,
};
