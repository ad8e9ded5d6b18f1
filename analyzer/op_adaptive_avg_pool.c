/*
 * Average pooling to a fixed output size: bin j covers floor(j*i/O) .. ceil((j+1)*i/O) - 1. An output larger than the
 * input repeats values. Global average pooling is size 1.
 */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	(void)err;
	node->shape = op_input(graph, node);
	node->shape.h = node->attributes.kernel_h;
	node->shape.w = node->attributes.kernel_w;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	counts->adaptive_pool_in = op_elements(op_input(graph, node));
	counts->adaptive_pool_out = op_elements(node->shape);
	if (!node->attributes.functional && !node->attributes.method) {
		counts->adaptive_pool_module_in = counts->adaptive_pool_in;
		counts->adaptive_pool_module_out = counts->adaptive_pool_out;
	}
	return true;
}

static const struct op_argument arguments[] = {
	{ "size", OP_SIZE, offsetof(struct fc_attributes, kernel_h), true, 1, OP_WINDOW_LIMIT, 0 },
	{ "functional", OP_FLAG, offsetof(struct fc_attributes, functional), false, 0, 1, 0 },
	OP_FLAG_ARGUMENT(method),
	{ .name = NULL },
};

const struct op_kind fc_op_adaptive_avg_pool = {
	.summary = "average pooling to a fixed output size",
	.arguments = arguments,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY, OP_DX },
	},
	.autograd = { .input = true },
	.shape = shape,
	.count = count,
};
