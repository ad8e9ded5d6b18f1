/*
 * Rows of a table: each value of (N, C, H, 1), rounded to the nearest whole number and kept within the table, is the
 * number of a row; the output is (N, C, H, width). Numbers have no gradient, so nothing with parameters may stand above.
 */
#include "op.h"

static bool has_params(const struct fc_graph *graph, const struct fc_node *node)
{
	/* A chain of copies at most: reshape, slice, permute of the images. */
	for (; node->index; node = &graph->nodes[node->inputs[0]])
		if (node->param_count || node->input_count != 1)
			return true;
	return false;
}

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_shape in = op_input(graph, node);

	if (has_params(graph, &graph->nodes[node->inputs[0]]))
		return fc_fail(err, "found '%s', which learns, expected the images: numbers of rows have no gradient",
			       graph->nodes[node->inputs[0]].name);
	if (in.w != 1)
		return fc_fail(err, "found " OP_SHAPE_FORMAT ", expected a width of 1: one number for each row",
			       OP_SHAPE_VALUES(in));
	node->shape = in;
	node->shape.w = node->attributes.out;
	node->params[0].shape = (struct fc_shape){ node->attributes.count, node->attributes.out, 1, 1 };
	node->param_count = 1;
	return 0;
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("rows", OP_COUNT, count, true, 1, OP_LIMIT, 0),
	OP_ARGUMENT("width", OP_COUNT, out, true, 1, OP_LIMIT, 0),
	{ .name = NULL },
};

/* Of the table only the rows that are asked for are read; its gradient has all of them. */
const struct op_kind fc_op_embedding = {
	.summary = "rows of a table by their numbers",
	.arguments = arguments,
	.params = { { "weight", "normal", 1 } },
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X | OP_Y, OP_Y },
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_X | OP_DY, OP_DPARAM },
	},
	.autograd = { .input = true },
	.shape = shape,
};
