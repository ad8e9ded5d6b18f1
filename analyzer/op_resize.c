/*
 * Another height and width, by the nearest pixel (number floor(j * in / out)) or bilinearly between the centres of pixels,
 * or with align_corners between the centres of the outermost ones.
 */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_attributes *const a = &node->attributes;
	const bool by_size = a->kernel_h != 0, by_scale = a->stride_h != 0;

	if (by_size == by_scale)
		return fc_fail(err, "found %s, expected one of size and scale", by_size ? "both size and scale" : "no size");
	if (a->align_corners && !a->bilinear)
		return fc_fail(err, "found align_corners without bilinear, expected both or neither");
	node->shape = op_input(graph, node);
	node->shape.h = by_size ? a->kernel_h : node->shape.h * a->stride_h;
	node->shape.w = by_size ? a->kernel_w : node->shape.w * a->stride_w;
	return 0;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("size", OP_SIZE, kernel_h, false, 1, OP_WINDOW_LIMIT, 0),
	OP_ARGUMENT("scale", OP_SIZE, stride_h, false, 1, OP_WINDOW_LIMIT, 0),
	OP_FLAG_ARGUMENT(bilinear),
	OP_FLAG_ARGUMENT(align_corners),
	OP_FLAG_ARGUMENT(functional),
	{ .name = NULL },
};

const struct op_kind fc_op_resize = {
	.summary = "another height and width",
	.arguments = arguments,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_PLAIN,
	.shape = shape,
};
