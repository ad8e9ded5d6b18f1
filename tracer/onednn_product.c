/*
 * Convolution and dense layer differ in their descriptor only. The layout of the weights is the one that the forward
 * pass likes best; a phase that wants another gets a copy in the scratch memory.
 */
#include <stdlib.h>

#include "flopclock/arena.h"
#include "onednn.h"

static const dnnl_memory_desc_t *query(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(pd, what, 0);
}

static int plan(struct fc_device *device, const struct fc_layer *layer, const struct onednn_product_spec *spec,
		enum fc_phase phase, const dnnl_memory_desc_t *weights, const_dnnl_primitive_desc_t forward,
		dnnl_primitive_desc_t *pd, struct fc_error *err)
{
	const bool relu = phase == FC_PHASE_FORWARD && layer->fused;
	dnnl_primitive_attr_t attribute = NULL;
	union onednn_descriptor descriptor;
	int rc = onednn_check(spec->describe(layer, spec, phase, weights, &descriptor), "describing a layer", err);

	*pd = NULL;
	if (rc == 0)
		rc = onednn_attribute(relu, &attribute, err);
	if (rc == 0)
		rc = onednn_check(dnnl_primitive_desc_create(pd, &descriptor, attribute, device->engine, forward),
				  "choosing an implementation", err);
	dnnl_primitive_attr_destroy(attribute);
	return rc;
}

static bool has_bias(const struct fc_layer *layer)
{
	return layer->node->attributes.bias;
}

/* Also chooses the layout of the parameters. *hint: what the backward phases are planned from. */
static int prepare_forward(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
			   dnnl_primitive_desc_t *hint, struct fc_error *err)
{
	struct onednn_product *product = layer->impl;
	const bool chosen = layer->param[0]->bytes != 0;
	dnnl_primitive_desc_t pd;
	uint64_t scratch = 0;

	if (plan(device, layer, spec, FC_PHASE_FORWARD, chosen ? &onednn_layout(layer->param[0])->md : &spec->weights,
		 NULL, &pd, err))
		return -1;
	onednn_choose_param(layer->param[0], spec->logical, spec->physical, spec->block,
			    query(pd, dnnl_query_weights_md));
	if (has_bias(layer))
		onednn_choose_vector(layer->param[1], spec->physical[0]);
	if (onednn_check(dnnl_primitive_desc_clone(hint, pd), "keeping a plan", err)) {
		dnnl_primitive_desc_destroy(pd);
		return -1;
	}
	if (onednn_call_create(&product->forward, pd, &scratch, err))
		return -1;
	onednn_call_argument(&product->forward, DNNL_ARG_SRC, &spec->x, layer->x[0], 0);
	onednn_call_argument(&product->forward, DNNL_ARG_WEIGHTS, &onednn_layout(layer->param[0])->md, layer->param[0], 0);
	if (has_bias(layer))
		onednn_call_argument(&product->forward, DNNL_ARG_BIAS, &spec->bias, layer->param[1], 0);
	onednn_call_argument(&product->forward, DNNL_ARG_DST, &spec->y, layer->y, 0);
	layer->scratch_bytes = scratch;
	return 0;
}

static int prepare_data(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
			const_dnnl_primitive_desc_t hint, struct fc_error *err)
{
	struct onednn_product *product = layer->impl;
	const dnnl_memory_desc_t *master = &onednn_layout(layer->param[0])->md;
	dnnl_memory_desc_t wanted;
	dnnl_primitive_desc_t pd;
	uint64_t scratch = 0, copy = 0;

	if (plan(device, layer, spec, FC_PHASE_BACKWARD_DATA, &spec->weights, hint, &pd, err))
		return -1;
	wanted = *query(pd, dnnl_query_weights_md);
	if (onednn_call_create(&product->data, pd, &scratch, err) ||
	    onednn_call_reorder(device, &product->data_reorder, master, &wanted, &scratch, err))
		return -1;
	if (product->data_reorder.primitive) {
		copy = onednn_reserve(&scratch, dnnl_memory_desc_get_size(&wanted));
		onednn_call_argument(&product->data_reorder, DNNL_ARG_FROM, master, layer->param[0], 0);
		onednn_call_argument(&product->data_reorder, DNNL_ARG_TO, &wanted, NULL, copy);
		onednn_call_argument(&product->data, DNNL_ARG_WEIGHTS, &wanted, NULL, copy);
	} else {
		onednn_call_argument(&product->data, DNNL_ARG_WEIGHTS, master, layer->param[0], 0);
	}
	product->add_data = layer->accumulate[0];
	if (product->add_data)
		product->data_offset = onednn_reserve(&scratch, layer->x[0]->bytes);
	onednn_call_argument(&product->data, DNNL_ARG_DIFF_SRC, &spec->x, product->add_data ? NULL : layer->dx[0],
			     product->data_offset);
	onednn_call_argument(&product->data, DNNL_ARG_DIFF_DST, &spec->y, layer->dy, 0);
	if (scratch > layer->scratch_bytes)
		layer->scratch_bytes = scratch;
	return 0;
}

static int prepare_weights(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
			   const_dnnl_primitive_desc_t hint, struct fc_error *err)
{
	struct onednn_product *product = layer->impl;
	const dnnl_memory_desc_t *master = &onednn_layout(layer->param[0])->md;
	dnnl_memory_desc_t wanted;
	dnnl_primitive_desc_t pd;
	uint64_t scratch = 0, copy = 0;

	if (plan(device, layer, spec, FC_PHASE_BACKWARD_WEIGHTS, &spec->weights, hint, &pd, err))
		return -1;
	wanted = *query(pd, dnnl_query_diff_weights_md);
	if (onednn_call_create(&product->weights, pd, &scratch, err) ||
	    onednn_call_reorder(device, &product->weights_reorder, &wanted, master, &scratch, err))
		return -1;
	if (product->weights_reorder.primitive) {
		copy = onednn_reserve(&scratch, dnnl_memory_desc_get_size(&wanted));
		onednn_call_argument(&product->weights_reorder, DNNL_ARG_FROM, &wanted, NULL, copy);
		onednn_call_argument(&product->weights_reorder, DNNL_ARG_TO, master, layer->param_gradient[0], 0);
		onednn_call_argument(&product->weights, DNNL_ARG_DIFF_WEIGHTS, &wanted, NULL, copy);
	} else {
		onednn_call_argument(&product->weights, DNNL_ARG_DIFF_WEIGHTS, master, layer->param_gradient[0], 0);
	}
	if (has_bias(layer))
		onednn_call_argument(&product->weights, DNNL_ARG_DIFF_BIAS, &spec->bias, layer->param_gradient[1], 0);
	onednn_call_argument(&product->weights, DNNL_ARG_SRC, &spec->x, layer->x[0], 0);
	onednn_call_argument(&product->weights, DNNL_ARG_DIFF_DST, &spec->y, layer->dy, 0);
	if (scratch > layer->scratch_bytes)
		layer->scratch_bytes = scratch;
	return 0;
}

int onednn_product_prepare(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
			   struct fc_error *err)
{
	dnnl_primitive_desc_t hint = NULL;
	int rc;

	layer->impl = fc_calloc(1, sizeof(struct onednn_product));
	rc = prepare_forward(device, layer, spec, &hint, err);
	if (rc == 0 && layer->pass == FC_PASS_TRAIN && layer->dx[0])
		rc = prepare_data(device, layer, spec, hint, err);
	if (rc == 0 && layer->pass == FC_PASS_TRAIN)
		rc = prepare_weights(device, layer, spec, hint, err);
	if (hint)
		dnnl_primitive_desc_destroy(hint);
	if (rc)
		onednn_product_release(layer);
	return rc;
}

void onednn_product_release(struct fc_layer *layer)
{
	struct onednn_product *product = layer->impl;

	if (!product)
		return;
	onednn_call_release(&product->forward);
	onednn_call_release(&product->data);
	onednn_call_release(&product->weights);
	onednn_call_release(&product->data_reorder);
	onednn_call_release(&product->weights_reorder);
	free(product);
	layer->impl = NULL;
}

static int run_data(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	struct onednn_product *product = layer->impl;

	if (!product->data.primitive)
		return 0;
	if (product->data_reorder.primitive && onednn_call_run(device, &product->data_reorder, layer, err))
		return -1;
	if (onednn_call_run(device, &product->data, layer, err))
		return -1;
	if (product->add_data)
		onednn_accumulate(device, layer->dx[0]->data,
				  (const float *)((const char *)layer->scratch + product->data_offset),
				  onednn_floats(layer->x[0]));
	return 0;
}

static int run_weights(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	struct onednn_product *product = layer->impl;

	if (onednn_call_run(device, &product->weights, layer, err))
		return -1;
	return product->weights_reorder.primitive ? onednn_call_run(device, &product->weights_reorder, layer, err) : 0;
}

int onednn_product_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	struct onednn_product *product = layer->impl;

	switch (phase) {
	case FC_PHASE_FORWARD:
		return onednn_call_run(device, &product->forward, layer, err);
	case FC_PHASE_BACKWARD_DATA:
		return run_data(device, layer, err);
	case FC_PHASE_BACKWARD_WEIGHTS:
		return run_weights(device, layer, err);
	default:
		return 0;
	}
}

const char *onednn_product_kernel(const struct fc_layer *layer, enum fc_phase phase)
{
	const struct onednn_product *product = layer->impl;

	return phase == FC_PHASE_BACKWARD_DATA	  ? product->data.kernel :
	       phase == FC_PHASE_BACKWARD_WEIGHTS ? product->weights.kernel :
						    product->forward.kernel;
}
