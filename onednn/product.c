/*
 * Convolution and dense layer differ in their descriptor only. Activations keep their blocked layout; the layout of
 * the weights is the one that the forward pass likes best. A phase that wants an operand in another layout gets a
 * copy in the scratch memory: the weights in most backward_data phases, and everything where oneDNN has no fast
 * implementation for the blocked layout and a plain one has (groups of few channels).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "onednn.h"

/* How an operand takes part in a phase. */
struct role {
	int argument;
	dnnl_query_t query;
	bool output;
};

static const struct role roles[FC_PHASE_UPDATE][ONEDNN_OPERANDS] = {
	[FC_PHASE_FORWARD] = {
		[ONEDNN_X] = { DNNL_ARG_SRC, dnnl_query_src_md, false },
		[ONEDNN_WEIGHTS] = { DNNL_ARG_WEIGHTS, dnnl_query_weights_md, false },
		[ONEDNN_Y] = { DNNL_ARG_DST, dnnl_query_dst_md, true },
	},
	[FC_PHASE_BACKWARD_DATA] = {
		[ONEDNN_X] = { DNNL_ARG_DIFF_SRC, dnnl_query_diff_src_md, true },
		[ONEDNN_WEIGHTS] = { DNNL_ARG_WEIGHTS, dnnl_query_weights_md, false },
		[ONEDNN_Y] = { DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, false },
	},
	[FC_PHASE_BACKWARD_WEIGHTS] = {
		[ONEDNN_X] = { DNNL_ARG_SRC, dnnl_query_src_md, false },
		[ONEDNN_WEIGHTS] = { DNNL_ARG_DIFF_WEIGHTS, dnnl_query_diff_weights_md, true },
		[ONEDNN_Y] = { DNNL_ARG_DIFF_DST, dnnl_query_diff_dst_md, false },
	},
};

static const struct fc_tensor *tensor_of(const struct fc_layer *layer, enum fc_phase phase,
					 enum onednn_operand operand)
{
	const bool output = roles[phase][operand].output;

	switch (operand) {
	case ONEDNN_X:
		return output ? layer->dx[0] : layer->x[0];
	case ONEDNN_WEIGHTS:
		return output ? layer->param_gradient[0] : layer->param[0];
	default:
		return phase == FC_PHASE_FORWARD ? layer->y : layer->dy;
	}
}

/* ---- choosing an implementation */

static int plan(struct fc_device *device, const struct fc_layer *layer, const struct onednn_product_spec *spec,
		enum fc_phase phase, const dnnl_memory_desc_t operands[ONEDNN_OPERANDS],
		const_dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *pd, struct fc_error *err)
{
	const dnnl_memory_desc_t *bias = layer->node->attributes.bias ? &spec->bias : NULL;
	const bool relu = phase == FC_PHASE_FORWARD && layer->fused;
	dnnl_primitive_attr_t attribute = NULL;
	union onednn_descriptor descriptor;
	int rc = onednn_check(spec->describe(layer, phase, operands, bias, &descriptor), "describing a layer", err);

	*pd = NULL;
	if (rc == 0)
		rc = onednn_attribute(relu, &attribute, err);
	if (rc == 0)
		rc = onednn_check(dnnl_primitive_desc_create(pd, &descriptor, attribute, device->engine, forward),
				  "choosing an implementation", err);
	dnnl_primitive_attr_destroy(attribute);
	return rc;
}

static const char *implementation(const_dnnl_primitive_desc_t pd)
{
	const char *name = NULL;

	return dnnl_primitive_desc_query(pd, dnnl_query_impl_info_str, 0, &name) == dnnl_success && name ? name : "";
}

static bool is_slow(const_dnnl_primitive_desc_t pd)
{
	return !strncmp(implementation(pd), "ref", 3);
}

/* The same with plain activations. */
static int plan_plain(struct fc_device *device, const struct fc_layer *layer, const struct onednn_product_spec *spec,
		      enum fc_phase phase, const dnnl_memory_desc_t blocked[ONEDNN_OPERANDS],
		      dnnl_primitive_desc_t *pd, struct fc_error *err)
{
	dnnl_memory_desc_t operands[ONEDNN_OPERANDS];
	dnnl_primitive_desc_t forward = NULL;
	int rc = 0;

	memcpy(operands, blocked, sizeof(operands));
	for (int i = ONEDNN_X; i <= ONEDNN_Y && rc == 0; i += ONEDNN_Y - ONEDNN_X)
		rc = onednn_check(dnnl_memory_desc_init_by_tag(&operands[i], blocked[i].ndims, blocked[i].dims,
							       dnnl_f32, blocked[i].ndims == 4 ? dnnl_nchw : dnnl_nc),
				  "describing an activation", err);
	/* The hint of a backward phase must have the same layouts. */
	if (rc == 0 && phase != FC_PHASE_FORWARD)
		rc = plan(device, layer, spec, FC_PHASE_FORWARD, operands, NULL, &forward, err);
	if (rc == 0)
		rc = plan(device, layer, spec, phase, operands, forward, pd, err);
	if (forward)
		dnnl_primitive_desc_destroy(forward);
	return rc;
}

static int choose(struct fc_device *device, const struct fc_layer *layer, const struct onednn_product_spec *spec,
		  enum fc_phase phase, const_dnnl_primitive_desc_t forward, dnnl_primitive_desc_t *pd,
		  struct fc_error *err)
{
	dnnl_memory_desc_t operands[ONEDNN_OPERANDS];
	dnnl_primitive_desc_t blocked;

	memcpy(operands, spec->operands, sizeof(operands));
	/* A program prepared earlier may have chosen the layout of the weights. */
	if (phase == FC_PHASE_FORWARD && layer->param[0]->bytes)
		operands[ONEDNN_WEIGHTS] = onednn_layout(layer->param[0])->md;
	if (plan(device, layer, spec, phase, operands, forward, pd, err))
		return -1;
	if (!is_slow(*pd))
		return 0;
	blocked = *pd;
	operands[ONEDNN_WEIGHTS] = spec->operands[ONEDNN_WEIGHTS];
	if (plan_plain(device, layer, spec, phase, operands, pd, err))
		return -1;
	if (!is_slow(*pd)) {
		dnnl_primitive_desc_destroy(blocked);
		return 0;
	}
	dnnl_primitive_desc_destroy(*pd);
	*pd = blocked;
	return 0;
}

/* ---- the calls of a phase */

/* Connects an operand of the primitive with its tensor, through a copy where the layouts differ. */
static int connect(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
		   enum fc_phase phase, enum onednn_operand operand, const dnnl_memory_desc_t *wanted,
		   uint64_t *scratch, struct fc_error *err)
{
	struct onednn_phase *target = &((struct onednn_product *)layer->impl)->phases[phase];
	const struct role *role = &roles[phase][operand];
	const struct fc_tensor *tensor = tensor_of(layer, phase, operand);
	const dnnl_memory_desc_t *own =
		operand == ONEDNN_WEIGHTS ? &onednn_layout(layer->param[0])->md : &spec->operands[operand];
	struct onednn_call *copy = &target->copy[operand];
	uint64_t offset = 0;

	if (role->output && operand == ONEDNN_X && layer->accumulate[0]) {
		target->add = true;
		target->sum_offset = offset = onednn_reserve(scratch, dnnl_memory_desc_get_size(own));
		tensor = NULL;
	}
	if (onednn_call_reorder(device, copy, role->output ? wanted : own, role->output ? own : wanted, scratch, err))
		return -1;
	if (copy->primitive) {
		const uint64_t place = onednn_reserve(scratch, dnnl_memory_desc_get_size(wanted));

		onednn_call_argument(copy, role->output ? DNNL_ARG_TO : DNNL_ARG_FROM, own, tensor, offset);
		onednn_call_argument(copy, role->output ? DNNL_ARG_FROM : DNNL_ARG_TO, wanted, NULL, place);
		tensor = NULL;
		offset = place;
	}
	onednn_call_argument(&target->call, role->argument, wanted, tensor, offset);
	return 0;
}

/* What a step does beside the primitive is time too, so its name says so: "onednn:jit:avx512_core+reorder". */
static void name_extras(struct onednn_phase *target)
{
	char *name = target->call.kernel;
	const size_t size = sizeof(target->call.kernel);
	bool copies = false;

	for (int i = 0; i < ONEDNN_OPERANDS; i++)
		copies |= target->copy[i].primitive != NULL;
	if (copies)
		snprintf(name + strlen(name), size - strlen(name), "+reorder");
	if (target->add)
		snprintf(name + strlen(name), size - strlen(name), "+add");
}

/* Takes over pd. */
static int build(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
		 enum fc_phase phase, dnnl_primitive_desc_t pd, struct fc_error *err)
{
	struct onednn_phase *target = &((struct onednn_product *)layer->impl)->phases[phase];
	dnnl_memory_desc_t wanted[ONEDNN_OPERANDS];
	uint64_t scratch = 0;

	for (int i = 0; i < ONEDNN_OPERANDS; i++)
		wanted[i] = *dnnl_primitive_desc_query_md(pd, roles[phase][i].query, 0);
	if (phase == FC_PHASE_FORWARD) {
		onednn_choose_param(layer->param[0], spec->logical, spec->physical, spec->block,
				    &wanted[ONEDNN_WEIGHTS]);
		if (layer->node->attributes.bias)
			onednn_choose_vector(layer->param[1], spec->physical[0]);
	}
	if (onednn_call_create(&target->call, pd, &scratch, err))
		return -1;
	for (int i = 0; i < ONEDNN_OPERANDS; i++)
		if (connect(device, layer, spec, phase, i, &wanted[i], &scratch, err))
			return -1;
	if (layer->node->attributes.bias && phase == FC_PHASE_FORWARD)
		onednn_call_argument(&target->call, DNNL_ARG_BIAS, &spec->bias, layer->param[1], 0);
	if (layer->node->attributes.bias && phase == FC_PHASE_BACKWARD_WEIGHTS)
		onednn_call_argument(&target->call, DNNL_ARG_DIFF_BIAS, &spec->bias, layer->param_gradient[1], 0);
	name_extras(target);
	if (scratch > layer->scratch_bytes)
		layer->scratch_bytes = scratch;
	return 0;
}

static int prepare_backward(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
			    enum fc_phase phase, const_dnnl_primitive_desc_t hint, struct fc_error *err)
{
	struct onednn_product *const product = layer->impl;
	dnnl_primitive_desc_t pd;

	if (choose(device, layer, spec, phase, hint, &pd, err))
		return -1;
	if (spec->replaces && (is_slow(pd) || strstr(implementation(pd), "gemm:")) && spec->replaces(device, layer, phase)) {
		dnnl_primitive_desc_destroy(pd);
		snprintf(product->phases[phase].call.kernel, sizeof(product->phases[phase].call.kernel), "%s", spec->own);
		return 0;
	}
	return build(device, layer, spec, phase, pd, err);
}

/* What the backward phases are planned from: a forward plan for the layouts of this layer, whatever was chosen. */
static int make_hint(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
		     dnnl_primitive_desc_t *hint, struct fc_error *err)
{
	return plan(device, layer, spec, FC_PHASE_FORWARD, spec->operands, NULL, hint, err);
}

static int prepare_phases(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
			  struct fc_error *err)
{
	dnnl_primitive_desc_t pd, hint;
	int rc;

	if (choose(device, layer, spec, FC_PHASE_FORWARD, NULL, &pd, err) ||
	    build(device, layer, spec, FC_PHASE_FORWARD, pd, err))
		return -1;
	if (layer->pass != FC_PASS_TRAIN)
		return 0;
	if (make_hint(device, layer, spec, &hint, err))
		return -1;
	rc = layer->dx[0] ? prepare_backward(device, layer, spec, FC_PHASE_BACKWARD_DATA, hint, err) : 0;
	if (rc == 0)
		rc = prepare_backward(device, layer, spec, FC_PHASE_BACKWARD_WEIGHTS, hint, err);
	dnnl_primitive_desc_destroy(hint);
	return rc;
}

int onednn_product_prepare(struct fc_device *device, struct fc_layer *layer, const struct onednn_product_spec *spec,
			   struct fc_error *err)
{
	layer->impl = fc_calloc(1, sizeof(struct onednn_product));
	if (prepare_phases(device, layer, spec, err) == 0)
		return 0;
	onednn_product_release(layer);
	return -1;
}

void onednn_product_release(struct fc_layer *layer)
{
	struct onednn_product *product = layer->impl;

	for (int phase = 0; product && phase < FC_PHASE_UPDATE; phase++) {
		onednn_call_release(&product->phases[phase].call);
		for (int i = 0; i < ONEDNN_OPERANDS; i++)
			onednn_call_release(&product->phases[phase].copy[i]);
	}
	free(product);
	layer->impl = NULL;
}

/* ---- running */

static int run_copies(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, bool output,
		      struct fc_error *err)
{
	struct onednn_phase *target = &((struct onednn_product *)layer->impl)->phases[phase];

	for (int i = 0; i < ONEDNN_OPERANDS; i++)
		if (roles[phase][i].output == output && target->copy[i].primitive &&
		    onednn_call_run(device, &target->copy[i], layer, err))
			return -1;
	return 0;
}

bool onednn_product_replaced(const struct fc_layer *layer, enum fc_phase phase)
{
	const struct onednn_product *const product = layer->impl;

	return phase < FC_PHASE_UPDATE && !product->phases[phase].call.primitive && *product->phases[phase].call.kernel;
}

int onednn_product_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	struct onednn_phase *target = &((struct onednn_product *)layer->impl)->phases[phase];

	if (phase >= FC_PHASE_UPDATE || !target->call.primitive)
		return 0;
	if (run_copies(device, layer, phase, false, err) || onednn_call_run(device, &target->call, layer, err) ||
	    run_copies(device, layer, phase, true, err))
		return -1;
	if (target->add)
		onednn_accumulate(device, layer->dx[0]->data,
				  (const float *)((const char *)layer->scratch + target->sum_offset),
				  onednn_floats(layer->x[0]));
	return 0;
}

const char *onednn_product_kernel(const struct fc_layer *layer, enum fc_phase phase)
{
	const struct onednn_product *product = layer->impl;

	return product->phases[phase < FC_PHASE_UPDATE ? phase : FC_PHASE_FORWARD].call.kernel;
}
