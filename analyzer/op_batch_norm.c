/*
 * Batch normalisation with scale and shift per channel. In training the mean and 1/deviation of the batch are kept
 * for the backward pass, which gives the gradients of input, scale and shift together.
 */
#include "op.h"

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	(void)err;
	node->shape = op_input(graph, node);
	node->params[0].shape = (struct fc_shape){ node->shape.c, 1, 1, 1 };
	node->params[1].shape = (struct fc_shape){ node->shape.c, 1, 1, 1 };
	node->param_count = 2;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->norm_elements = op_elements(node->shape);
	counts->norm_params = 2 * (uint64_t)node->shape.n * (uint64_t)node->shape.c;
	return true;
}

/* Two floats per channel: running mean and variance; or mean and 1/deviation of the batch. */
static uint64_t two_per_channel(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return 2 * sizeof(float) * (uint64_t)node->shape.c;
}

static const struct op_argument arguments[] = {
	{ "epsilon", OP_REAL, offsetof(struct fc_attributes, epsilon), false, 1e-30, 1, 1e-5 },
	{ "momentum", OP_REAL, offsetof(struct fc_attributes, momentum), false, 0, 1, 0.1 },
	{ .name = NULL },
};

const struct op_kind fc_op_batch_norm = {
	.summary = "batch normalisation",
	.arguments = arguments,
	.params = { { "scale", "one", 0 }, { "shift", "zero", 0 } },
	.traits = { .gradient_in_place = true, .backward_reads_input = true, .joint_backward = true,
		    .saved_bytes = two_per_channel },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X | OP_PARAMS | OP_STATE, OP_Y | OP_STATE | OP_SAVED },
		[FC_PHASE_BACKWARD_DATA] = { OP_X | OP_DY | OP_WEIGHT | OP_SAVED, OP_DX | OP_DPARAM },
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_X | OP_DY | OP_SAVED, OP_DPARAM },
	},
	.autograd = { .input = true, .extra_bytes = two_per_channel },
	.shape = shape,
	.count = count,
	.state_bytes = two_per_channel,
};
