/*
 * Largest values at a fixed output size: bin j covers floor(j*i/O) .. ceil((j+1)*i/O) - 1. Global max pooling is size 1.
 */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	(void)err;
	node->shape = op_input(graph, node);
	node->shape.h = node->attributes.kernel_h;
	node->shape.w = node->attributes.kernel_w;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	counts->max_pool_in = op_elements(op_input(graph, node));
	counts->max_pool_out = op_elements(node->shape);
	return true;
}

/* Which element of the plane won. */
static uint64_t indices(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return sizeof(int32_t) * op_elements(node->shape);
}

/* PyTorch's indices are 64-bit. */
static uint64_t wide_indices(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return sizeof(int64_t) * op_elements(node->shape);
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("size", OP_SIZE, kernel_h, true, 1, OP_WINDOW_LIMIT, 0),
	OP_FLAG_ARGUMENT(functional),
	{ .name = NULL },
};

const struct op_kind fc_op_adaptive_max_pool = {
	.summary = "largest values at a fixed output size",
	.arguments = arguments,
	.traits = { .saved_bytes = indices },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X, OP_Y | OP_SAVED },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY | OP_SAVED, OP_DX },
	},
	.autograd = { .input = true, .extra_bytes = wide_indices },
	.shape = shape,
	.count = count,
};
