/*
 * Local response normalisation across channels: y = x / (k + alpha / size * sum of x^2 over a window of channels)^beta.
 * A window of `size` channels begins size / 2 (rounded down) before its own.
 */
#include "op.h"

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->norm_elements = op_elements(node->shape);
	return true;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("size", OP_COUNT, size, true, 1, OP_WINDOW_LIMIT, 0),
	OP_ARGUMENT("alpha", OP_REAL, a, false, 0, 1e6, 1e-4),
	OP_ARGUMENT("beta", OP_REAL, b, false, 0, 1e6, 0.75),
	OP_ARGUMENT("k", OP_REAL, c, false, 1e-30, 1e6, 1),
	{ .name = NULL },
};

const struct op_kind fc_op_local_response_norm = {
	.summary = "normalisation by neighbouring channels",
	.arguments = arguments,
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_X | OP_DY, OP_DX },
	},
	.autograd = { .input = true },
	.shape = fc_op_same_shape,
	.count = count,
};
