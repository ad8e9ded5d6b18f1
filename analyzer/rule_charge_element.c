/* Charges of what is computed value by value: resizing, norms, joins. */
#include "op.h"
#include "product.h"
#include "rule_charge.h"

static bool outputs_times(const struct fc_node *node, uint64_t factor, uint64_t *total)
{
	return FC_PRODUCT(total, op_elements(node->shape), factor);
}

/* -------- resizing, per output -------- */

static bool resized(const struct fc_node *node, uint64_t nearest, uint64_t bilinear, uint64_t *total)
{
	return outputs_times(node, node->attributes.bilinear ? bilinear : nearest, total);
}

static bool resized_by_module(const struct fc_node *node, uint64_t nearest, uint64_t bilinear, uint64_t *total)
{
	return outputs_times(node, 0, total) &&
	       (!fc_charge_is_module(node) || resized(node, nearest, bilinear, total));
}

RULE_CHARGE(fc_charge_resize_thop)
{
	return resized_by_module(node, 1, 11, total);
}

RULE_CHARGE(fc_charge_resize_thop_2020)
{
	return resized_by_module(node, 0, 11, total);
}

RULE_CHARGE(fc_charge_resize_thop_2019)
{
	return resized_by_module(node, 0, 13, total);
}

RULE_CHARGE(fc_charge_resize_fvcore)
{
	return resized(node, 1, 4, total);
}

RULE_CHARGE(fc_charge_resize_onnx)
{
	return resized(node, 0, 4, total);
}

RULE_CHARGE(fc_charge_resize_ptflops)
{
	return outputs_times(node, fc_charge_is_module(node) ? 2 : 1, total);
}

RULE_CHARGE(fc_charge_resize_input)
{
	const bool by_size = node->attributes.kernel_h != 0;

	*total = by_size ? (uint64_t)(node->shape.h * node->shape.w) : op_elements(op_input(graph, node));
	return true;
}

RULE_CHARGE(fc_charge_resize_output)
{
	const bool by_size = node->attributes.kernel_h != 0;

	*total = by_size ? (uint64_t)(node->shape.h * node->shape.w) : op_elements(node->shape);
	return true;
}

/* -------- norms -------- */

RULE_CHARGE(fc_charge_softmax)
{
	const uint64_t elements = op_elements(node->shape);

	*total = 3 * elements - elements / (uint64_t)op_side(node->shape, node->attributes.axis);
	return true;
}

RULE_CHARGE(fc_charge_layer_norm_onnx)
{
	const uint64_t elements = op_elements(node->shape);
	const int64_t axis = node->attributes.channels ? 1 : 4 - node->attributes.axis;

	return FC_PRODUCT(total, elements, 7) &&
	       !__builtin_add_overflow(*total, 29 * (elements / (uint64_t)op_side(node->shape, axis)), total);
}

RULE_CHARGE(fc_charge_local_norm_onnx)
{
	return FC_PRODUCT(total, op_elements(node->shape), 37 + (uint64_t)node->attributes.size);
}

/* A square, its padded sum over channels, a factor, a shift: what the function is made of. */
RULE_CHARGE(fc_charge_local_norm_parts)
{
	const struct fc_shape shape = node->shape;
	const uint64_t elements = op_elements(shape);
	const uint64_t padding = (uint64_t)node->attributes.size - 1;
	uint64_t padded, three;

	return FC_PRODUCT(&padded, (uint64_t)shape.c + padding, elements / (uint64_t)shape.c) &&
	       FC_PRODUCT(&three, 3, elements) && !__builtin_add_overflow(padded, three, total);
}

/* -------- joins -------- */

RULE_CHARGE(fc_charge_joins)
{
	return outputs_times(node, (uint64_t)node->input_count - 1, total);
}

RULE_CHARGE(fc_charge_divisions)
{
	return outputs_times(node, 4 * ((uint64_t)node->input_count - 1), total);
}

/* Learned values are there once for all images. */
RULE_CHARGE(fc_charge_first_input)
{
	const struct fc_node *const first = &graph->nodes[node->inputs[0]];

	*total = op_elements(first->op == FC_OP_LEARNED ? first->params[0].shape : first->shape);
	return true;
}

RULE_CHARGE(fc_charge_copying_adds)
{
	*total = 0;
	return !node->attributes.copies ||
	       FC_PRODUCT(total, op_elements(node->shape), (uint64_t)node->input_count - 1);
}

RULE_CHARGE(fc_charge_scale_onnx)
{
	return outputs_times(node, (node->attributes.a != 1) + (node->attributes.b != 0), total);
}
