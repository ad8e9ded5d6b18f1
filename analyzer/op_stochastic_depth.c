/*
 * In training each image is zero as a whole with the given probability and the others grow by 1 / (1 - p); in validation
 * nothing happens. Which images is a function of seed, layer, iteration and image, so nothing is kept.
 */
#include "op.h"

/* PyTorch keeps the factor of each image. */
static uint64_t factors(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return sizeof(float) * (uint64_t)node->shape.n;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("probability", OP_REAL, probability, true, 0, 0.999, 0),
	{ .name = NULL },
};

const struct op_kind fc_op_stochastic_depth = {
	.summary = "zeroes whole images at random in training",
	.arguments = arguments,
	.view = true,
	.traits = { .in_place = true, .training_only = true, .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_PLAIN,
	.autograd = { .extra_bytes = factors },
	.shape = fc_op_same_shape,
};
