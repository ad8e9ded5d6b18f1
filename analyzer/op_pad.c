/* More rows and columns around an image: a constant, its edge repeated, or its pixels reflected at the edge. */
#include "op.h"

static int check(const struct fc_attributes *a, struct fc_shape in, struct fc_error *err)
{
	if (a->reflect && a->edge)
		return fc_fail(err, "found both reflect and edge, expected one of them");
	if (a->reflect && (a->pad_h >= in.h || a->pad_w >= in.w || a->pad_end_h >= in.h || a->pad_end_w >= in.w))
		return fc_fail(err, "found an input of %lldx%lld, expected more rows and columns than are reflected",
			       (long long)in.h, (long long)in.w);
	return 0;
}

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;

	node->shape = op_input(graph, node);
	if (check(a, node->shape, err))
		return -1;
	node->shape.h += a->pad_h + a->pad_end_h;
	node->shape.w += a->pad_w + a->pad_end_w;
	return 0;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("pad", OP_SIZE, pad_h, true, 0, OP_WINDOW_LIMIT, 0),
	OP_ARGUMENT("end", OP_SIZE, pad_end_h, false, 0, OP_WINDOW_LIMIT, OP_AS_PAD),
	OP_ARGUMENT("value", OP_REAL, a, false, -1e30, 1e30, 0),
	OP_FLAG_ARGUMENT(reflect),
	OP_FLAG_ARGUMENT(edge),
	{ .name = NULL },
};

const struct op_kind fc_op_pad = {
	.summary = "more rows and columns around",
	.arguments = arguments,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_PLAIN,
	.shape = shape,
};
