/* max(x, 0) */
#include "op.h"

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->relu_elements = op_elements(node->shape);
	counts->relu_module_elements = node->attributes.functional ? 0 : counts->relu_elements;
	return true;
}

static const struct op_argument arguments[] = {
	{ "functional", OP_FLAG, offsetof(struct fc_attributes, functional), false, 0, 1, 0 },
	{ .name = NULL },
};

const struct op_kind fc_op_relu = {
	.summary = "max(x, 0)",
	.arguments = arguments,
	.traits = { .in_place = true, .backward_reads_output = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_Y | OP_DY, OP_DX },
	},
	.autograd = { .output = true, .in_place = true },
	.shape = fc_op_same_shape,
	.count = count,
};
