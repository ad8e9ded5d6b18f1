/*
 * In training each value is zero with the given probability and the others grow by 1 / (1 - p); in validation
 * nothing happens. The mask is a function of seed, layer, iteration and index, so nothing is kept for the backward
 * pass.
 */
#include "op.h"

/* PyTorch on a CPU keeps the mask as floats. */
static uint64_t mask(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return sizeof(float) * op_elements(node->shape);
}

static const struct op_argument arguments[] = {
	{ "probability", OP_REAL, offsetof(struct fc_attributes, probability), true, 0, 0.999, 0 },
	{ .name = NULL },
};

const struct op_kind fc_op_dropout = {
	.summary = "zeroes values at random in training",
	.arguments = arguments,
	.view = true,
	.traits = { .in_place = true, .training_only = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY, OP_DX },
	},
	.autograd = { .extra_bytes = mask },
	.shape = fc_op_same_shape,
};
