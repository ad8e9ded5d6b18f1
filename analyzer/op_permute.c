/* The axes in another order: C, H and W of the output are the named axes of the input. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const int64_t *const order = node->attributes.order;
	const struct fc_shape in = op_input(graph, node);

	if (order[0] == order[1] || order[0] == order[2] || order[1] == order[2])
		return fc_fail(err, "found %lld %lld %lld, expected each of 1, 2 and 3 once", (long long)order[0],
			       (long long)order[1], (long long)order[2]);
	node->shape = (struct fc_shape){ in.n, op_side(in, order[0]), op_side(in, order[1]), op_side(in, order[2]) };
	return 0;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("channels", OP_COUNT, order[0], true, 1, 3, 0),
	OP_ARGUMENT("height", OP_COUNT, order[1], true, 1, 3, 0),
	OP_ARGUMENT("width", OP_COUNT, order[2], true, 1, 3, 0),
	{ .name = NULL },
};

const struct op_kind fc_op_permute = {
	.summary = "the axes in another order",
	.arguments = arguments,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_PLAIN,
	.autograd = { .in_place = true },
	.shape = shape,
};
