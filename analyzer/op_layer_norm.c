/*
 * Layer normalisation with scale and shift per value of the group: over the last one, two or three sides, or over the
 * channels of each pixel. Mean and 1/deviation of each group are kept for the backward pass.
 */
#include "op.h"

/* How many values are normalised together. */
static int64_t group_size(const struct fc_node *node)
{
	int64_t size = 1;

	if (node->attributes.channels)
		return node->shape.c;
	for (int64_t axis = 3; axis > 3 - node->attributes.axis; axis--)
		size *= op_side(node->shape, axis);
	return size;
}

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	(void)err;
	node->shape = op_input(graph, node);
	node->params[0].shape = node->params[1].shape = (struct fc_shape){ group_size(node), 1, 1, 1 };
	node->param_count = 2;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->norm_elements = op_elements(node->shape);
	counts->norm_params = 2 * (uint64_t)node->shape.n * (uint64_t)group_size(node);
	return true;
}

static uint64_t two_per_group(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return 2 * sizeof(float) * op_elements(node->shape) / (uint64_t)group_size(node);
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("sides", OP_COUNT, axis, false, 1, 3, 1),
	OP_FLAG_ARGUMENT(channels),
	OP_ARGUMENT("epsilon", OP_REAL, epsilon, false, 1e-30, 1, 1e-5),
	{ .name = NULL },
};

const struct op_kind fc_op_layer_norm = {
	.summary = "layer normalisation",
	.arguments = arguments,
	.params = { { "scale", "one", 0 }, { "shift", "zero", 0 } },
	.traits = { .gradient_in_place = true, .backward_reads_input = true, .joint_backward = true,
		    .saved_bytes = two_per_group },
	.traffic = OP_TRAFFIC_NORM,
	.autograd = { .input = true, .extra_bytes = two_per_group },
	.shape = shape,
	.count = count,
};
