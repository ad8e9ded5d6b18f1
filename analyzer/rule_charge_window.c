/* Charges of pools and norms by their windows. */
#include "op.h"
#include "product.h"
#include "rule_charge.h"

bool fc_charge_windows(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const struct fc_attributes *const a = &node->attributes;

	(void)graph;
	return FC_PRODUCT(total, op_elements(node->shape), (uint64_t)a->kernel_h, (uint64_t)a->kernel_w);
}

/* A square window by one of its sides, as its module holds it. */
bool fc_charge_window_and_one(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const struct fc_attributes *const a = &node->attributes;
	const uint64_t window = (uint64_t)(a->kernel_h == a->kernel_w ? a->kernel_h : a->kernel_h * a->kernel_w);

	(void)graph;
	return FC_PRODUCT(total, !node->attributes.functional && !node->attributes.method ? window + 1 : 0,
			  op_elements(node->shape));
}

bool fc_charge_inputs(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	*total = op_elements(op_input(graph, node));
	return true;
}

bool fc_charge_global_pool(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const bool global = node->shape.h == 1 && node->shape.w == 1 && !node->attributes.method;

	*total = op_elements(op_input(graph, node)) + (global ? 4 * op_elements(node->shape) : 0);
	return true;
}

bool fc_charge_layer_norm_onnx(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const uint64_t elements = op_elements(node->shape);
	const int64_t axis = node->attributes.channels ? 1 : 4 - node->attributes.axis;

	(void)graph;
	return FC_PRODUCT(total, elements, 7) &&
	       !__builtin_add_overflow(*total, 29 * (elements / (uint64_t)op_side(node->shape, axis)), total);
}

bool fc_charge_local_norm_onnx(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return FC_PRODUCT(total, op_elements(node->shape), 37 + (uint64_t)node->attributes.size);
}
