/* Some elements along an axis: `count` of them, from `first` on in steps. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;
	static const char *const what[] = { "images", "channels", "rows", "columns" };
	const int64_t side = op_side(op_input(graph, node), a->axis);

	if (a->first >= side || a->count - 1 > (side - 1 - a->first) / a->step)
		return fc_fail(err, "found %lld %s from %lld on in steps of %lld, expected them among %lld",
			       (long long)a->count, what[a->axis], (long long)a->first, (long long)a->step,
			       (long long)side);
	node->shape = op_input(graph, node);
	op_set_side(&node->shape, a->axis, a->count);
	return 0;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("first", OP_COUNT, first, true, 0, OP_LIMIT, 0),
	OP_ARGUMENT("count", OP_COUNT, count, true, 1, OP_LIMIT, 0),
	OP_ARGUMENT("axis", OP_COUNT, axis, false, 1, 3, 1),
	OP_ARGUMENT("step", OP_COUNT, step, false, 1, OP_LIMIT, 1),
	{ .name = NULL },
};

const struct op_kind fc_op_slice = {
	.summary = "some of the channels, rows or columns",
	.arguments = arguments,
	.view = true,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_PLAIN,
	.autograd = { .in_place = true },
	.shape = shape,
};
