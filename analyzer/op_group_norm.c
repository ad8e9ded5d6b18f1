/*
 * Group normalisation: each image's channels in groups, each group over all of its pixels, with scale and shift per
 * channel. As many groups as channels make it instance normalisation.
 */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	node->shape = op_input(graph, node);
	if (node->shape.c % node->attributes.groups)
		return fc_fail(err, "found %lld groups, expected a divisor of %lld channels",
			       (long long)node->attributes.groups, (long long)node->shape.c);
	node->params[0].shape = node->params[1].shape = (struct fc_shape){ node->shape.c, 1, 1, 1 };
	node->param_count = 2;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->norm_elements = op_elements(node->shape);
	counts->norm_params = 2 * (uint64_t)node->shape.n * (uint64_t)node->shape.c;
	return true;
}

static uint64_t two_per_group(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return 2 * sizeof(float) * (uint64_t)node->shape.n * (uint64_t)node->attributes.groups;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("groups", OP_COUNT, groups, true, 1, OP_LIMIT, 0),
	OP_ARGUMENT("epsilon", OP_REAL, epsilon, false, 1e-30, 1, 1e-5),
	{ .name = NULL },
};

const struct op_kind fc_op_group_norm = {
	.summary = "normalisation of groups of channels",
	.arguments = arguments,
	.params = { { "scale", "one", 0 }, { "shift", "zero", 0 } },
	.traits = { .gradient_in_place = true, .backward_reads_input = true, .joint_backward = true,
		    .saved_bytes = two_per_group },
	.traffic = OP_TRAFFIC_NORM,
	.autograd = { .input = true, .extra_bytes = two_per_group },
	.shape = shape,
	.count = count,
};
