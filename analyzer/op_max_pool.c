/* The largest value of each window; padding never wins. */
#include "op.h"

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	counts->max_pool_in = op_elements(op_input(graph, node));
	counts->max_pool_out = op_elements(node->shape);
	return true;
}

/* Which element of the window won: one byte is enough for windows of up to 16x16. */
static uint64_t indices(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return op_elements(node->shape);
}

/* PyTorch's indices are 64-bit. */
static uint64_t wide_indices(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return 8 * op_elements(node->shape);
}

static const struct op_argument arguments[] = {
	{ "kernel", OP_SIZE, offsetof(struct fc_attributes, kernel_h), true, 1, OP_WINDOW_LIMIT, 0 },
	{ "stride", OP_SIZE, offsetof(struct fc_attributes, stride_h), false, 1, OP_WINDOW_LIMIT, OP_AS_KERNEL },
	{ "pad", OP_SIZE, offsetof(struct fc_attributes, pad_h), false, 0, OP_WINDOW_LIMIT, 0 },
	{ "pad_end", OP_SIZE, offsetof(struct fc_attributes, pad_end_h), false, 0, OP_WINDOW_LIMIT, OP_AS_PAD },
	{ "ceil", OP_FLAG, offsetof(struct fc_attributes, ceil), false, 0, 1, 0 },
	OP_FLAG_ARGUMENT(functional),
	{ .name = NULL },
};

const struct op_kind fc_op_max_pool = {
	.summary = "largest value of each window",
	.arguments = arguments,
	.traits = { .saved_bytes = indices },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y | OP_SAVED },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY | OP_SAVED, OP_DX },
	},
	.autograd = { .input = true, .extra_bytes = wide_indices },
	.shape = fc_op_pool_shape,
	.count = count,
};
