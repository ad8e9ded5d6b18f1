/* Layers of another format that no kind describes: what they cost was counted by their reader. */
#include "op.h"

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	*counts = *node->foreign->counts;
	return true;
}

/*
 * A gradient that costs as much as forward does so however forward is counted: `forward` may leave out products with padding.
 */
static uint64_t as_forward(const struct fc_foreign *foreign, uint64_t macs, uint64_t forward)
{
	const struct fc_counts *const c = foreign->counts;

	return macs == c->conv_macs + c->linear_macs + c->matmul_macs ? forward : macs;
}

static bool phase_macs(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase,
		       const bool *wants, uint64_t forward, uint64_t *macs)
{
	const struct fc_foreign *const f = node->foreign;

	(void)graph;
	*macs = forward;
	if (phase == FC_PHASE_FORWARD)
		return true;
	*macs = as_forward(f, phase == FC_PHASE_BACKWARD_WEIGHTS ? f->weight_macs : f->data_macs, forward);
	for (int k = 0; phase == FC_PHASE_BACKWARD_DATA && k < FC_FOREIGN_INPUTS; k++)
		if (wants[k] && __builtin_add_overflow(*macs, as_forward(f, f->input_macs[k], forward), macs))
			return false;
	return true;
}

const struct op_kind fc_op_foreign = {
	.summary = "a layer of another format, counted only",
	.traits = {.backward_reads_input = true, .saved_bytes = op_no_bytes},
	.traffic =
		{
			[FC_PHASE_FORWARD] = {OP_X | OP_PARAMS, OP_Y},
			[FC_PHASE_BACKWARD_DATA] = {OP_X | OP_DY | OP_PARAMS, OP_DX},
			[FC_PHASE_BACKWARD_WEIGHTS] = {OP_X | OP_DY, OP_DPARAM},
		},
	.autograd = {.input = true},
	.count = count,
	.phase_macs = phase_macs,
};

const struct op_kind fc_op_foreign_weights = {
	.summary = "a product with weights in another format, counted only",
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_WEIGHTS,
	.autograd = { .input = true },
	.count = count,
	.phase_macs = phase_macs,
};

const struct op_kind fc_op_foreign_move = {
	.summary = "a layer of another format that moves or adds values, counted only",
	.traits = {.saved_bytes = op_no_bytes},
	.traffic =
		{
			[FC_PHASE_FORWARD] = {OP_X | OP_PARAMS, OP_Y},
			[FC_PHASE_BACKWARD_DATA] = {OP_DY, OP_DX},
			[FC_PHASE_BACKWARD_WEIGHTS] = {OP_DY, OP_DPARAM},
		},
	.count = count,
	.phase_macs = phase_macs,
};
