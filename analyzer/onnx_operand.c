#include "onnx_operand.h"

/* -------- parameters -------- */

bool fc_onnx_is_shared(const struct onnx_value *value)
{
	const struct onnx_parameter *const p = value->parameter;

	return p->owned && !(p->sides <= 1 && (value->copied || p->uniform));
}

static bool has_origin(const struct onnx_origin *list, const struct onnx_parameter *parameter)
{
	for (; list; list = list->next)
		if (list->parameter == parameter)
			return true;
	return false;
}

/* Once each, in any order. */
static const struct onnx_origin *add_origin(struct onnx_machine *m, const struct onnx_origin *list,
					    struct onnx_parameter *parameter)
{
	struct onnx_origin *origin;

	if (has_origin(list, parameter))
		return list;
	origin = FC_NEW(&m->arena, struct onnx_origin);
	*origin = (struct onnx_origin){ parameter, list };
	return origin;
}

void fc_onnx_inherit(struct onnx_call *call)
{
	const struct onnx_origin *list = NULL;

	for (int k = 0; k < call->in_count; k++) {
		const struct onnx_value *const x = call->in[k];

		if (!x || !fc_onnx_is_real(x->type))
			continue;
		if (x->node >= 0)
			return;
		if (x->parameter)
			list = add_origin(call->m, list, x->parameter);
		for (const struct onnx_origin *o = x->origins; o; o = o->next)
			list = add_origin(call->m, list, o->parameter);
	}
	for (int i = 0; i < call->out_count && list; i++)
		if (call->out[i]->node < 0 && !call->out[i]->parameter)
			call->out[i]->origins = list;
}

void fc_onnx_add_param(struct fc_node *node, uint64_t values)
{
	static const char *const names[FC_MAX_PARAMS] = { "weight", "bias", "more", "rest" };
	const int index = node->param_count < FC_MAX_PARAMS ? node->param_count++ : FC_MAX_PARAMS - 1;
	struct fc_param *const param = &node->params[index];

	param->name = names[index];
	param->shape = (struct fc_shape){ param->shape.n + (int64_t)values, 1, 1, 1 };
}

/* -------- operands -------- */

/* Whether a layer's output grows with the batch: everything does but what is made of parameters alone. */
static bool grows(const struct onnx_machine *m, int node)
{
	const struct fc_node *const n = &m->graph->nodes[node];

	return !n->foreign || n->foreign->batch;
}

static int add_data(struct onnx_machine *m, struct onnx_operands *o, const struct onnx_value *value, uint64_t macs)
{
	const bool by_image = grows(m, value->node);
	uint64_t *const values = by_image ? &o->foreign.read_values : &o->foreign.shared_values;

	if (o->node.input_count < FC_FOREIGN_INPUTS)
		o->foreign.input_macs[o->node.input_count] = macs;
	if (by_image)
		o->foreign.batch = m->graph->batch;
	o->data_products += macs > 0;
	o->inputs[o->node.input_count++] = value->node;
	return __builtin_add_overflow(*values, (uint64_t)fc_onnx_elements(value), values);
}

/* What backward needs of a parameter that another layer trains comes with the data. */
static int add_weight_macs(struct onnx_operands *o, bool shared, uint64_t macs)
{
	uint64_t *const sum = shared ? &o->foreign.data_macs : &o->foreign.weight_macs;

	o->param_products += macs > 0;
	return __builtin_add_overflow(*sum, macs, sum);
}

static void add_parameter(struct onnx_operands *o, struct onnx_parameter *parameter, bool shared)
{
	if (shared) {
		o->foreign.shared_values += parameter->values;
		return;
	}
	parameter->owned = true;
	fc_onnx_add_param(&o->node, parameter->values);
}

/* Reals of more than one value are learned; integers only where they are multiplied, as weights that were quantised. */
static bool is_learned(const struct onnx_cost *cost, int input, const struct onnx_parameter *parameter, int type,
		       uint64_t macs)
{
	return fc_onnx_has(cost->learned, input) ||
	       (parameter->values > 1 && (fc_onnx_is_real(type) || macs || cost->quantised));
}

static int add_constant(struct onnx_operands *o, const struct onnx_cost *cost, int input,
			const struct onnx_value *value, uint64_t macs)
{
	bool shared = false, any = false;

	if (fc_onnx_has(cost->untrained, input))
		return 0;
	if (value->parameter && is_learned(cost, input, value->parameter, value->type, macs)) {
		/* Where a matrix is shared the vectors beside it are, too. */
		shared = o->shares ? value->parameter->owned : fc_onnx_is_shared(value);
		add_parameter(o, value->parameter, shared);
		any = true;
	}
	for (const struct onnx_origin *origin = value->origins; origin; origin = origin->next)
		if (is_learned(cost, input, origin->parameter, value->type, macs)) {
			shared = shared || origin->parameter->owned;
			add_parameter(o, origin->parameter, origin->parameter->owned);
			any = true;
		}
	return any ? add_weight_macs(o, shared, macs) : 0;
}

static bool shares(const struct onnx_call *call)
{
	for (int k = 0; k < call->in_count; k++) {
		const struct onnx_value *const value = call->in[k];

		if (value && value->node < 0 && value->parameter && fc_onnx_is_shared(value))
			return true;
	}
	return false;
}

int fc_onnx_gather(struct onnx_call *call, const struct onnx_cost *cost, struct onnx_operands *o)
{
	o->shares = shares(call);
	o->inputs = FC_NEW_ARRAY(&call->m->arena, int, call->in_count + 1);
	o->node.inputs = o->inputs;
	for (int k = 0; k < call->in_count; k++) {
		const struct onnx_value *const value = call->in[k];
		const uint64_t macs = k < FC_FOREIGN_INPUTS ? cost->input_macs[k] : 0;

		if (!value || value->rank < 0)
			continue;
		if (value->node >= 0 ? add_data(call->m, o, value, macs) : add_constant(o, cost, k, value, macs))
			return fc_onnx_fail(call, "found operands that do not fit 64 bits, expected smaller ones");
	}
	return 0;
}
