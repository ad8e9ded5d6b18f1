#include <string.h>

#include "onednn.h"

static dnnl_status_t describe(const struct fc_layer *layer, const struct onednn_product_spec *spec, enum fc_phase phase,
			      const dnnl_memory_desc_t *weights, union onednn_descriptor *descriptor)
{
	const dnnl_memory_desc_t *bias = layer->node->attributes.bias ? &spec->bias : NULL;

	switch (phase) {
	case FC_PHASE_BACKWARD_DATA:
		return dnnl_inner_product_backward_data_desc_init(&descriptor->dense, &spec->x, weights, &spec->y);
	case FC_PHASE_BACKWARD_WEIGHTS:
		return dnnl_inner_product_backward_weights_desc_init(&descriptor->dense, &spec->x, weights, bias, &spec->y);
	default:
		return dnnl_inner_product_forward_desc_init(&descriptor->dense, dnnl_forward_training, &spec->x, weights,
							    bias, &spec->y);
	}
}

/* An image of one pixel is a row of channels in any layout. */
static int row_md(const struct fc_tensor *tensor, dnnl_memory_desc_t *md, struct fc_error *err)
{
	const dnnl_dims_t dims = { tensor->shape.n, onednn_layout(tensor)->physical[1] };

	return onednn_check(dnnl_memory_desc_init_by_tag(md, 2, dims, dnnl_f32, dnnl_ab), "describing an activation", err);
}

static int dense_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct fc_shape in = layer->x[0]->shape;
	const bool rows = in.h * in.w == 1;
	struct onednn_product_spec spec = { .describe = describe };
	dnnl_dims_t dims = { 0 }, bias = { layer->y->shape.c };

	onednn_choose_activation(layer->y, 1);
	if (rows ? row_md(layer->x[0], &spec.x, err) : onednn_activation_md(layer->x[0], &spec.x, err))
		return -1;
	if (row_md(layer->y, &spec.y, err))
		return -1;
	memcpy(spec.logical, (int64_t[]){ layer->y->shape.c, in.c, in.h, in.w }, sizeof(spec.logical));
	memcpy(spec.physical, (int64_t[]){ layer->y->shape.c, spec.x.dims[1], in.h, in.w }, sizeof(spec.physical));
	memcpy(dims, spec.physical, sizeof(spec.physical));
	if (onednn_check(dnnl_memory_desc_init_by_tag(&spec.weights, rows ? 2 : 4, dims, dnnl_f32, dnnl_format_tag_any),
			 "describing weights", err) ||
	    onednn_check(dnnl_memory_desc_init_by_tag(&spec.bias, 1, bias, dnnl_f32, dnnl_a), "describing a bias", err))
		return -1;
	return onednn_product_prepare(device, layer, &spec, err);
}

const struct onednn_leaf onednn_dense = {
	.prepare = dense_prepare,
	.release = onednn_product_release,
	.run = onednn_product_run,
	.fuses_relu = 1u << FC_PHASE_FORWARD,
};
