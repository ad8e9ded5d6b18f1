/*
 * Layers of another format that no kind describes: what they cost was counted by their reader, for one batch; of another
 * batch they cost as much for each image.
 */
#include "op.h"

/* False when it does not fit 64 bits. */
static bool grow(const struct fc_graph *graph, const struct fc_node *node, uint64_t counted, uint64_t *value)
{
	const struct fc_foreign *const f = node->foreign;
	unsigned __int128 wide = counted;

	if (f->batch)
		wide = wide * (uint64_t)graph->batch / (uint64_t)f->batch;
	*value = (uint64_t)wide;
	return wide == *value;
}

uint64_t fc_op_foreign_reads(const struct fc_graph *graph, const struct fc_node *node)
{
	uint64_t values;

	/* What is too much for 64 bits is so much that the sum of bytes will be, too. */
	if (!grow(graph, node, node->foreign->read_values, &values) || values > UINT64_MAX / 16)
		values = UINT64_MAX / 16;
	return values + node->foreign->shared_values;
}

/* What is not the same for every image of its batch cannot be told of another. */
static bool is_by_image(const struct fc_foreign *f)
{
	const uint64_t batch = (uint64_t)f->batch;
	bool whole = f->shape.n % f->batch == 0 && f->read_values % batch == 0;

#define X(name) whole = whole && f->counts->name % batch == 0;
	FC_COUNTERS(X)
#undef X
	return whole;
}

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_foreign *const f = node->foreign;

	node->shape = f->shape;
	if (!f->batch || graph->batch == f->batch)
		return 0;
	if (!is_by_image(f))
		return fc_fail(err, "%s: layer '%s' can only be counted for a batch of %lld", graph->path, node->name,
			       (long long)f->batch);
	node->shape.n = f->shape.n / f->batch * graph->batch;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	bool fits = true;

#define X(name) fits = grow(graph, node, node->foreign->counts->name, &counts->name) && fits;
	FC_COUNTERS(X)
#undef X
	return fits;
}

/* A gradient that costs as much as forward does so however forward is counted: without products with padding, say. */
static bool as_forward(const struct fc_graph *graph, const struct fc_node *node, uint64_t counted, uint64_t forward,
		       uint64_t *macs)
{
	const struct fc_counts *const c = node->foreign->counts;

	*macs = forward;
	return counted == c->conv_macs + c->linear_macs + c->matmul_macs || grow(graph, node, counted, macs);
}

static bool phase_macs(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase,
		       const bool *wants, uint64_t forward, uint64_t *macs)
{
	const struct fc_foreign *const f = node->foreign;
	uint64_t part;

	*macs = forward;
	if (phase == FC_PHASE_FORWARD)
		return true;
	if (phase == FC_PHASE_BACKWARD_WEIGHTS)
		return as_forward(graph, node, f->weight_macs, forward, macs);
	if (!as_forward(graph, node, f->data_macs, forward, macs))
		return false;
	for (int k = 0; k < FC_FOREIGN_INPUTS; k++)
		if (wants[k] && (!as_forward(graph, node, f->input_macs[k], forward, &part) ||
				 __builtin_add_overflow(*macs, part, macs)))
			return false;
	return true;
}

const struct op_kind fc_op_foreign = {
	.summary = "a layer of another format, counted only",
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X | OP_PARAMS, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_X | OP_DY | OP_PARAMS, OP_DX },
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_X | OP_DY, OP_DPARAM },
	},
	.autograd = { .input = true },
	.shape = shape,
	.count = count,
	.phase_macs = phase_macs,
};

const struct op_kind fc_op_foreign_weights = {
	.summary = "a product with weights in another format, counted only",
	.traits = { .backward_reads_input = true, .saved_bytes = op_no_bytes },
	.traffic = OP_TRAFFIC_WEIGHTS,
	.autograd = { .input = true },
	.shape = shape,
	.count = count,
	.phase_macs = phase_macs,
};

const struct op_kind fc_op_foreign_move = {
	.summary = "a layer of another format that moves or adds values, counted only",
	.traits = { .saved_bytes = op_no_bytes },
	.traffic = {
		[FC_PHASE_FORWARD] = { OP_X | OP_PARAMS, OP_Y },
		[FC_PHASE_BACKWARD_DATA] = { OP_DY, OP_DX },
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_DY, OP_DPARAM },
	},
	.shape = shape,
	.count = count,
	.phase_macs = phase_macs,
};
