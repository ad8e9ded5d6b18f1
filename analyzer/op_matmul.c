/*
 * Products of matrices, one for each image and channel: (N, C, H, K) times (N, C, K, W).
 *
 * MACs = N * C * H * W * K. Backward: as many for each of the two that needs a gradient.
 */
#include "op.h"

#include "product.h"

struct matrix {
	int64_t rows, columns;
};

static struct matrix matrix_of(struct fc_shape s, bool transpose)
{
	return transpose ? (struct matrix){ s.w, s.h } : (struct matrix){ s.h, s.w };
}

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	struct fc_shape a, b;
	struct matrix left, right;

	if (node->input_count != 2)
		return fc_fail(err, "found %d %s, expected two to multiply", node->input_count,
			       node->input_count == 1 ? "value" : "values");
	a = fc_graph_input_shape(graph, node, 0);
	b = fc_graph_input_shape(graph, node, 1);
	left = matrix_of(a, node->attributes.transpose_a);
	right = matrix_of(b, node->attributes.transpose_b);
	if (a.c != b.c || left.columns != right.rows)
		return fc_fail(err, "found " OP_SHAPE_FORMAT " and " OP_SHAPE_FORMAT
				    ", expected as many channels and %lld rows in the second",
			       OP_SHAPE_VALUES(a), OP_SHAPE_VALUES(b), (long long)left.columns);
	node->shape = (struct fc_shape){ a.n, a.c, left.rows, right.columns };
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	const struct matrix left = matrix_of(op_input(graph, node), node->attributes.transpose_a);

	return FC_PRODUCT(&counts->matmul_macs, op_elements(node->shape), (uint64_t)left.columns);
}

static bool phase_macs(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase, const bool *wants,
		       uint64_t forward, uint64_t *macs)
{
	(void)graph;
	(void)node;
	*macs = forward;
	return phase != FC_PHASE_BACKWARD_DATA || !__builtin_mul_overflow(forward, wants[0] + wants[1], macs);
}

static const struct op_argument arguments[] = {
	OP_FLAG_ARGUMENT(transpose_a),
	OP_FLAG_ARGUMENT(transpose_b),
	{ .name = NULL },
};

const struct op_kind fc_op_matmul = {
	.summary = "product of two matrices for each image and channel",
	.arguments = arguments,
	.joins = true,
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_X | OP_DY, OP_DX },
	},
	.autograd = { .input = true },
	.shape = shape,
	.count = count,
	.phase_macs = phase_macs,
};
