/* Charges of LSTMs and GRUs: products of every step and what a tool takes the gates for. */
#include "op.h"
#include "product.h"
#include "rule_charge.h"

/* Instructions, as onnx-tool has them. */
#define SIGMOID 32
#define TANH	38

static uint64_t gate_count(const struct fc_node *node)
{
	return node->op == FC_OP_LSTM ? 4 : 3;
}

/* What a tool takes the arithmetic of a cell for. */
struct cell {
	uint64_t per_product, per_gate; /* per_gate: for each hidden value of each gate, beside the biases */
	uint64_t lstm, gru;		/* for each hidden value besides */
};

static bool recurrent(const struct fc_node *node, const struct cell *cell, uint64_t *total)
{
	const uint64_t hidden = (uint64_t)node->shape.w, gates = gate_count(node);
	const uint64_t weights = op_elements(node->params[0].shape) + op_elements(node->params[1].shape);
	const uint64_t bias = node->attributes.bias ? 2 : 0;
	const uint64_t others = (cell->per_gate + bias) * gates + (node->op == FC_OP_LSTM ? cell->lstm : cell->gru);

	return FC_PRODUCT(total, cell->per_product * weights + others * hidden, fc_charge_step_count(node));
}

RULE_CHARGE(fc_charge_recurrent_thop)
{
	return recurrent(node, &(struct cell){ 1, 1, 4, 4 }, total);
}

RULE_CHARGE(fc_charge_recurrent_ptflops)
{
	return recurrent(node, &(struct cell){ 1, 0, 10, 7 }, total);
}

/* Two operations per product, without the first addition of each of the two sums of a gate. */
RULE_CHARGE(fc_charge_recurrent_calflops)
{
	const uint64_t hidden = (uint64_t)node->shape.w;
	uint64_t first;

	if (!recurrent(node, &(struct cell){ 2, 0, 10, 7 }, total) ||
	    !FC_PRODUCT(&first, 2 * gate_count(node), hidden, fc_charge_step_count(node)))
		return false;
	*total -= first;
	return true;
}

RULE_CHARGE(fc_charge_recurrent_onnx)
{
	return recurrent(node, &(struct cell){ 1, 1, 3 * SIGMOID + 2 * TANH + 4, 2 * SIGMOID + TANH + 5 }, total);
}
