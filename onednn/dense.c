#include <string.h>

#include "onednn.h"

static dnnl_status_t describe(const struct fc_layer *layer, enum fc_phase phase,
			      const dnnl_memory_desc_t operands[ONEDNN_OPERANDS], const dnnl_memory_desc_t *bias,
			      union onednn_descriptor *descriptor)
{
	const dnnl_memory_desc_t *x = &operands[ONEDNN_X], *y = &operands[ONEDNN_Y],
				 *weights = &operands[ONEDNN_WEIGHTS];

	(void)layer;
	switch (phase) {
	case FC_PHASE_BACKWARD_DATA:
		return dnnl_inner_product_backward_data_desc_init(&descriptor->dense, x, weights, y);
	case FC_PHASE_BACKWARD_WEIGHTS:
		return dnnl_inner_product_backward_weights_desc_init(&descriptor->dense, x, weights, bias, y);
	default:
		return dnnl_inner_product_forward_desc_init(&descriptor->dense, dnnl_forward_training, x, weights,
							    bias, y);
	}
}

/*
 * The features of an image are one row in the order in which they lie in memory, physical ones included; the weights'
 * columns follow that order. To oneDNN it is always a product of two matrices, for which it has its fastest kernels.
 */
static int row_md(const struct fc_tensor *tensor, dnnl_memory_desc_t *md, struct fc_error *err)
{
	const int64_t *physical = onednn_layout(tensor)->physical;
	const dnnl_dims_t dims = { physical[0], physical[1] * physical[2] * physical[3] };

	return onednn_check(dnnl_memory_desc_init_by_tag(md, 2, dims, dnnl_f32, dnnl_ab), "describing an activation",
			    err);
}

static int dense_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct fc_shape in = layer->x[0]->shape;
	const int64_t out = layer->y->shape.c;
	struct onednn_product_spec spec = { .describe = describe, .block = onednn_layout(layer->x[0])->block };
	dnnl_memory_desc_t *x = &spec.operands[ONEDNN_X], *y = &spec.operands[ONEDNN_Y];
	dnnl_dims_t dims = { out }, bias = { out };

	onednn_choose_activation(device, layer->y, ONEDNN_PLAIN);
	if (row_md(layer->x[0], x, err) || row_md(layer->y, y, err))
		return -1;
	dims[1] = x->dims[1];
	memcpy(spec.logical, (int64_t[]){ out, in.c, in.h, in.w }, sizeof(spec.logical));
	memcpy(spec.physical, (int64_t[]){ out, onednn_layout(layer->x[0])->physical[1], in.h, in.w },
	       sizeof(spec.physical));
	/*
	 * Without AVX-512 every phase is the same matrix product, which takes rows or columns alike, but each would ask for
	 * an order of its own when it may: a copy of all weights per phase and step.
	 */
	if (onednn_check(dnnl_memory_desc_init_by_tag(&spec.operands[ONEDNN_WEIGHTS], 2, dims, dnnl_f32,
						      device->block == 16 ? dnnl_format_tag_any : dnnl_ab),
			 "describing weights", err) ||
	    onednn_check(dnnl_memory_desc_init_by_tag(&spec.bias, 1, bias, dnnl_f32, dnnl_a), "describing a bias",
			 err))
		return -1;
	return onednn_product_prepare(device, layer, &spec, err);
}

const struct onednn_leaf onednn_dense = {
	.prepare = dense_prepare,
	.release = onednn_product_release,
	.run = onednn_product_run,
	.fuses_relu = 1u << FC_PHASE_FORWARD,
};
