/* The mean of each window; padding counts as zeros and in the divisor, unless it is excluded from both. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;

	if (!a->exclude_pad && (a->pad_h != a->pad_end_h || a->pad_w != a->pad_end_w))
		return fc_fail(err, "found another padding at the end, expected exclude_pad with it");
	return fc_op_pool_shape(graph, node, err);
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	counts->avg_pool_in = op_elements(op_input(graph, node));
	counts->avg_pool_out = op_elements(node->shape);
	return true;
}

static const struct op_argument arguments[] = {
	{ "kernel", OP_SIZE, offsetof(struct fc_attributes, kernel_h), true, 1, OP_WINDOW_LIMIT, 0 },
	{ "stride", OP_SIZE, offsetof(struct fc_attributes, stride_h), false, 1, OP_WINDOW_LIMIT, OP_AS_KERNEL },
	{ "pad", OP_SIZE, offsetof(struct fc_attributes, pad_h), false, 0, OP_WINDOW_LIMIT, 0 },
	{ "pad_end", OP_SIZE, offsetof(struct fc_attributes, pad_end_h), false, 0, OP_WINDOW_LIMIT, OP_AS_PAD },
	{ "ceil", OP_FLAG, offsetof(struct fc_attributes, ceil), false, 0, 1, 0 },
	OP_FLAG_ARGUMENT(exclude_pad),
	OP_FLAG_ARGUMENT(functional),
	{ .name = NULL },
};

const struct op_kind fc_op_avg_pool = {
	.summary = "mean of each window",
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
