/* exp(x) over its sum along an axis. */
#include "op.h"

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->other_activation_elements = op_elements(node->shape);
	return true;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("axis", OP_COUNT, axis, false, 1, 3, 1),
	{ .name = NULL },
};

const struct op_kind fc_op_softmax = {
	.summary = "exp(x) over its sum along an axis",
	.arguments = arguments,
	.traits = { .in_place = true, .backward_reads_output = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_Y | OP_DY, OP_DX },
	},
	.autograd = { .output = true },
	.shape = fc_op_same_shape,
	.count = count,
};
