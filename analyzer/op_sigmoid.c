/* 1 / (1 + exp(-x)) */
#include "op.h"

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->other_activation_elements = op_elements(node->shape);
	return true;
}

const struct op_kind fc_op_sigmoid = {
	.summary = "1 / (1 + exp(-x))",
	.traits = { .in_place = true, .backward_reads_output = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_Y | OP_DY, OP_DX },
	},
	.autograd = { .output = true },
	.shape = fc_op_same_shape,
	.count = count,
};
