/* Charges of products with weights: transposed convolutions, dense and linear layers, all parameters. */
#include "op.h"
#include "product.h"
#include "rule_charge.h"

RULE_CHARGE(fc_charge_output_positions)
{
	const struct fc_attributes *const a = &node->attributes;

	return FC_PRODUCT(total, op_elements(node->shape), (uint64_t)(op_input(graph, node).c / a->groups),
			  (uint64_t)a->kernel_h, (uint64_t)a->kernel_w);
}

RULE_CHARGE(fc_charge_output_positions_biased)
{
	const uint64_t bias = node->attributes.bias ? op_elements(node->shape) : 0;

	return fc_charge_output_positions(graph, node, total) && !__builtin_add_overflow(*total, bias, total);
}

RULE_CHARGE(fc_charge_transpose_macs)
{
	const struct fc_attributes *const a = &node->attributes;

	return FC_PRODUCT(total, op_elements(op_input(graph, node)), (uint64_t)(a->out / a->groups),
			  (uint64_t)a->kernel_h, (uint64_t)a->kernel_w) &&
	       (*total /= (uint64_t)a->groups, true);
}

/* The positions of a convolution with these sides, not of a transposed one. */
static uint64_t conv_side(int64_t in, int64_t pad, int64_t dilation, int64_t kernel, int64_t stride)
{
	const int64_t room = in + 2 * pad - (dilation * (kernel - 1) + 1);

	return room < 0 ? 0 : (uint64_t)(room / stride + 1);
}

RULE_CHARGE(fc_charge_transpose_flops)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape in = op_input(graph, node);
	uint64_t bias = 0;

	if (a->bias && !FC_PRODUCT(&bias, (uint64_t)in.n, (uint64_t)(a->out / a->groups),
				   conv_side(in.h, a->pad_h, a->dilation_h, a->kernel_h, a->stride_h),
				   conv_side(in.w, a->pad_w, a->dilation_w, a->kernel_w, a->stride_w)))
		return false;
	return fc_charge_transpose_macs(graph, node, total) && !__builtin_mul_overflow(*total, 2, total) &&
	       !__builtin_add_overflow(*total, bias, total);
}

RULE_CHARGE(fc_charge_transpose_square)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape out = node->shape;
	uint64_t bias = 0;

	if (a->bias && !FC_PRODUCT(&bias, (uint64_t)out.n, (uint64_t)out.c, (uint64_t)out.h, (uint64_t)out.h))
		return false;
	return FC_PRODUCT(total, op_elements(op_input(graph, node)), (uint64_t)(a->out / a->groups),
			  (uint64_t)a->kernel_h, (uint64_t)a->kernel_w) &&
	       !__builtin_add_overflow(*total, bias, total);
}

RULE_CHARGE(fc_charge_transpose_onnx)
{
	const struct fc_attributes *const a = &node->attributes;
	const uint64_t reach = (uint64_t)(a->out / a->groups);

	return FC_PRODUCT(total, op_elements(node->shape), reach * (uint64_t)(a->kernel_h * a->kernel_w) + a->bias);
}

RULE_CHARGE(fc_charge_dense_additions)
{
	const uint64_t outputs = op_elements(node->shape);
	const uint64_t inputs = op_elements(node->params[0].shape) / (uint64_t)node->attributes.out;

	return FC_PRODUCT(total, 2 * inputs - 1, outputs);
}

RULE_CHARGE(fc_charge_dense_one_bias)
{
	const uint64_t out = (uint64_t)node->attributes.out;
	const uint64_t inputs = op_elements(node->params[0].shape) / out;

	return FC_PRODUCT(total, inputs, op_elements(node->shape)) &&
	       !__builtin_add_overflow(*total, node->attributes.bias ? out : 0, total);
}

static uint64_t all_params(const struct fc_node *node)
{
	uint64_t params = 0;

	for (int p = 0; p < node->param_count; p++)
		params += op_elements(node->params[p].shape);
	return params;
}

RULE_CHARGE(fc_charge_params_per_image)
{
	return FC_PRODUCT(total, all_params(node), (uint64_t)node->shape.n);
}

RULE_CHARGE(fc_charge_params_per_step)
{
	return FC_PRODUCT(total, all_params(node), fc_charge_step_count(node));
}
