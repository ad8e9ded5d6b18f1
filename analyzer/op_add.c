/* The sum of two or more values of one shape. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_shape first = op_input(graph, node);

	if (node->input_count < 2)
		return fc_fail(err, "found one value, expected at least two to add");
	for (int k = 1; k < node->input_count; k++) {
		const struct fc_shape s = fc_graph_input_shape(graph, node, k);

		if (s.c != first.c || s.h != first.h || s.w != first.w)
			return fc_fail(err,
				       "found " OP_SHAPE_FORMAT " ('%s'), expected " OP_SHAPE_FORMAT
				       " as the first value ('%s')",
				       OP_SHAPE_VALUES(s), graph->nodes[node->inputs[k]].name, OP_SHAPE_VALUES(first),
				       graph->nodes[node->inputs[0]].name);
	}
	node->shape = first;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	return !__builtin_mul_overflow(op_elements(node->shape), (uint64_t)node->input_count - 1,
				       &counts->add_elements);
}

const struct op_kind fc_op_add = {
	.summary = "sum of the values named behind it",
	.joins = true,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY, OP_DX },
	},
	.autograd = { .in_place = true },
	.shape = shape,
	.count = count,
};
