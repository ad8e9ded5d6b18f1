/* The channels of g groups in turn: channel i of group j becomes channel i * g + j. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	node->shape = op_input(graph, node);
	if (node->shape.c % node->attributes.groups)
		return fc_fail(err, "found %lld groups, expected a divisor of %lld channels",
			       (long long)node->attributes.groups, (long long)node->shape.c);
	return 0;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("groups", OP_COUNT, groups, true, 1, OP_LIMIT, 0),
	{ .name = NULL },
};

const struct op_kind fc_op_channel_shuffle = {
	.summary = "the channels of groups in turn",
	.arguments = arguments,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_PLAIN,
	.shape = shape,
};
