/* The mean along one axis, which remains with one element. Counted as a pool of that size. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	(void)err;
	node->shape = op_input(graph, node);
	op_set_side(&node->shape, node->attributes.axis, 1);
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	counts->adaptive_pool_in = op_elements(op_input(graph, node));
	counts->adaptive_pool_out = op_elements(node->shape);
	return true;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("axis", OP_COUNT, axis, true, 1, 3, 0),
	{ .name = NULL },
};

const struct op_kind fc_op_mean = {
	.summary = "mean along an axis",
	.arguments = arguments,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_PLAIN,
	.shape = shape,
	.count = count,
};
