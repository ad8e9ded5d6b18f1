/* The same values in the same order under other sides. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;
	const struct fc_shape in = op_input(graph, node);
	int64_t elements = in.n;

	node->shape = (struct fc_shape){ in.n, a->out, a->out_h, a->out_w };
	if (__builtin_mul_overflow(elements, a->out, &elements) || __builtin_mul_overflow(elements, a->out_h, &elements) ||
	    __builtin_mul_overflow(elements, a->out_w, &elements) || elements != fc_shape_elements(in))
		return fc_fail(err, "found " OP_SHAPE_FORMAT ", expected as many values as in " OP_SHAPE_FORMAT,
			       OP_SHAPE_VALUES(node->shape), OP_SHAPE_VALUES(in));
	return 0;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("channels", OP_COUNT, out, true, 1, 1e18, 0),
	OP_ARGUMENT("height", OP_COUNT, out_h, true, 1, 1e18, 0),
	OP_ARGUMENT("width", OP_COUNT, out_w, true, 1, 1e18, 0),
	{ .name = NULL },
};

const struct op_kind fc_op_reshape = {
	.summary = "the same values under other sides",
	.arguments = arguments,
	.view = true,
	.traits = { .in_place = true, .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_PLAIN,
	.autograd = { .in_place = true },
	.shape = shape,
};
