/* Charges of pools: by what they read, what they write, or their windows. */
#include "op.h"
#include "product.h"
#include "rule_charge.h"

RULE_CHARGE(fc_charge_floored_windows)
{
	const struct fc_shape in = op_input(graph, node), out = node->shape;
	const uint64_t window = (uint64_t)(in.h / out.h) * (uint64_t)(in.w / out.w) + 1;

	return FC_PRODUCT(total, fc_charge_is_module(node) ? window : 0, op_elements(out));
}

/* In double precision, the product cut to an integer. */
RULE_CHARGE(fc_charge_real_windows)
{
	const struct fc_shape in = op_input(graph, node), out = node->shape;
	const double window = (double)in.h / (double)out.h * ((double)in.w / (double)out.w);

	*total = fc_charge_is_module(node) ? (uint64_t)((window + 1) * (double)op_elements(out)) : 0;
	return true;
}

RULE_CHARGE(fc_charge_module_outputs)
{
	*total = fc_charge_is_module(node) ? op_elements(node->shape) : 0;
	return true;
}

RULE_CHARGE(fc_charge_module_inputs)
{
	*total = fc_charge_is_module(node) ? op_elements(op_input(graph, node)) : 0;
	return true;
}

RULE_CHARGE(fc_charge_function_inputs)
{
	*total = node->attributes.method ? 0 : op_elements(op_input(graph, node));
	return true;
}

RULE_CHARGE(fc_charge_inputs_twice)
{
	uint64_t module, function;

	fc_charge_module_inputs(graph, node, &module);
	fc_charge_function_inputs(graph, node, &function);
	*total = module + function;
	return true;
}

RULE_CHARGE(fc_charge_inputs)
{
	*total = op_elements(op_input(graph, node));
	return true;
}

RULE_CHARGE(fc_charge_windows)
{
	const struct fc_attributes *const a = &node->attributes;

	return FC_PRODUCT(total, op_elements(node->shape), (uint64_t)a->kernel_h, (uint64_t)a->kernel_w);
}

/* A square window by one of its sides, as its module holds it. */
RULE_CHARGE(fc_charge_window_and_one)
{
	const struct fc_attributes *const a = &node->attributes;
	const uint64_t window = (uint64_t)(a->kernel_h == a->kernel_w ? a->kernel_h : a->kernel_h * a->kernel_w);

	return FC_PRODUCT(total, !node->attributes.functional && !node->attributes.method ? window + 1 : 0,
			  op_elements(node->shape));
}

RULE_CHARGE(fc_charge_global_pool)
{
	const bool global = node->shape.h == 1 && node->shape.w == 1 && !node->attributes.method;

	*total = op_elements(op_input(graph, node)) + (global ? 4 * op_elements(node->shape) : 0);
	return true;
}
