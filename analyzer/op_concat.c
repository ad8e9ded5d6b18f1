/* One or more values of one height and width, one behind the other along the channels. */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_shape first = op_input(graph, node);

	node->shape = first;
	for (int k = 1; k < node->input_count; k++) {
		const struct fc_shape s = fc_graph_input_shape(graph, node, k);

		if (s.h != first.h || s.w != first.w)
			return fc_fail(
				err, "found " OP_SHAPE_FORMAT " ('%s'), expected %lldx%lld as the first value ('%s')",
				OP_SHAPE_VALUES(s), graph->nodes[node->inputs[k]].name, (long long)first.h,
				(long long)first.w, graph->nodes[node->inputs[0]].name);
		if (__builtin_add_overflow(node->shape.c, s.c, &node->shape.c))
			return fc_fail(err, "found more channels than fit 64 bits, expected fewer");
	}
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->concat_elements = op_elements(node->shape);
	return true;
}

const struct op_kind fc_op_concat = {
	.summary = "the values named behind it, joined along the channels",
	.joins = true,
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY, OP_DX },
	},
	.shape = shape,
	.count = count,
};
