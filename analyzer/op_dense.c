/*
 * Fully connected layer: reads (N, C, H, W) as N rows of C*H*W features.
 *
 * MACs = N * O * I, bias excluded.
 */
#include "op.h"

#include "product.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_shape in = op_input(graph, node);

	(void)err;
	node->shape = (struct fc_shape){ in.n, node->attributes.out, 1, 1 };
	node->params[0].shape = (struct fc_shape){ node->attributes.out, in.c * in.h * in.w, 1, 1 };
	node->params[1].shape = (struct fc_shape){ node->attributes.out, 1, 1, 1 };
	node->param_count = node->attributes.bias ? 2 : 1;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	const uint64_t features = op_elements(op_input(graph, node)) / (uint64_t)node->shape.n;

	counts->linear_out = op_elements(node->shape);
	counts->linear_bias = node->attributes.bias ? counts->linear_out : 0;
	return FC_PRODUCT(&counts->linear_macs, counts->linear_out, features);
}

static const struct op_argument arguments[] = {
	{ "out", OP_COUNT, offsetof(struct fc_attributes, out), true, 1, OP_LIMIT, 0 },
	{ "bias", OP_FLAG, offsetof(struct fc_attributes, bias), false, 0, 1, 1 },
	{ .name = NULL },
};

const struct op_kind fc_op_dense = {
	.summary = "fully connected layer",
	.arguments = arguments,
	.params = { { "weight", "torch", 0 }, { "bias", "torch", 0 } },
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X | OP_PARAMS, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY | OP_WEIGHT, OP_DX },
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_X | OP_DY, OP_DPARAM },
	},
	.autograd = { .input = true },
	.shape = shape,
	.count = count,
};
