/*
 * A dense layer for each row of the last side: (N, C, H, I) becomes (N, C, H, O) with one weight for all rows.
 *
 * MACs = N * C * H * O * I, bias excluded.
 */
#include "op.h"

#include "product.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_shape in = op_input(graph, node);

	(void)err;
	node->shape = in;
	node->shape.w = node->attributes.out;
	node->params[0].shape = (struct fc_shape){ node->attributes.out, in.w, 1, 1 };
	node->params[1].shape = (struct fc_shape){ node->attributes.out, 1, 1, 1 };
	node->param_count = node->attributes.bias ? 2 : 1;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	counts->linear_out = op_elements(node->shape);
	counts->linear_bias = node->attributes.bias ? counts->linear_out : 0;
	return FC_PRODUCT(&counts->linear_macs, counts->linear_out, (uint64_t)op_input(graph, node).w);
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("out", OP_COUNT, out, true, 1, OP_LIMIT, 0),
	OP_ARGUMENT("bias", OP_FLAG, bias, false, 0, 1, 1),
	{ .name = NULL },
};

const struct op_kind fc_op_linear = {
	.summary = "fully connected layer for each row",
	.arguments = arguments,
	.params = { { "weight", "torch", 0 }, { "bias", "torch", 0 } },
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_WEIGHTS,
	.autograd = { .input = true },
	.shape = shape,
	.count = count,
};
