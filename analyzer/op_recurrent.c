/*
 * LSTM and GRU: (N, C, steps, I) becomes (N, C, steps, hidden), each channel a sequence of its own, all with one set of
 * weights; the state begins with zeros. PyTorch's cells: gates i, f, g, o or r, z, n, two biases each.
 *
 * MACs = N * C * steps * gates * hidden * (I + hidden), the first step's product with the zero state included. Backward:
 * as many for the weights; for the data the same again, or without the inputs' part where they need no gradient.
 */
#include "op.h"

#include "product.h"

static int64_t gates(const struct fc_node *node)
{
	return node->op == FC_OP_LSTM ? 4 : 3;
}

static int shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err)
{
	const struct fc_shape in = op_input(graph, node);
	const int64_t hidden = node->attributes.out, rows = gates(node) * hidden;

	(void)err;
	node->shape = (struct fc_shape){ in.n, in.c, in.h, hidden };
	node->params[0].shape = (struct fc_shape){ rows, in.w, 1, 1 };
	node->params[1].shape = (struct fc_shape){ rows, hidden, 1, 1 };
	node->params[2].shape = node->params[3].shape = (struct fc_shape){ rows, 1, 1, 1 };
	node->param_count = node->attributes.bias ? 4 : 2;
	return 0;
}

static bool count(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	const struct fc_shape in = op_input(graph, node);

	return FC_PRODUCT(&counts->linear_out, op_elements(node->shape), (uint64_t)gates(node)) &&
	       FC_PRODUCT(&counts->linear_bias, counts->linear_out, node->attributes.bias ? 2 : 0) &&
	       FC_PRODUCT(&counts->linear_macs, counts->linear_out, (uint64_t)(in.w + node->shape.w));
}

static bool phase_macs(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase, const bool *wants,
		       uint64_t forward, uint64_t *macs)
{
	const struct fc_shape in = op_input(graph, node);
	uint64_t recurrence;

	*macs = forward;
	if (phase == FC_PHASE_FORWARD)
		return true;
	if (wants[0])
		return !__builtin_mul_overflow(forward, 2, macs);
	recurrence = forward / (uint64_t)(in.w + node->shape.w) * (uint64_t)node->shape.w;
	return !__builtin_add_overflow(forward, recurrence, macs);
}

/* The gates of every step, of an LSTM its cell too; of a GRU what the new gate got from the state. */
static uint64_t saved_bytes(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return sizeof(float) * op_elements(node->shape) * (uint64_t)(gates(node) + 1);
}

/* PyTorch draws all parameters from U(-1/sqrt(hidden), 1/sqrt(hidden)). */
static struct init_fan fan(const struct fc_node *node)
{
	return fc_init_fan(node->params[1].shape);
}

static const struct op_argument arguments[] = {
	OP_ARGUMENT("hidden", OP_COUNT, out, true, 1, OP_LIMIT, 0),
	OP_ARGUMENT("bias", OP_FLAG, bias, false, 0, 1, 1),
	OP_FLAG_ARGUMENT(reverse),
	{ .name = NULL },
};

#define ROW(lower, text)                                                                                          \
	const struct op_kind fc_op_##lower = {                                                                    \
		.summary = text,                                                                                  \
		.arguments = arguments,                                                                           \
		.params = { { "weight_input", "torch", 0 }, { "weight_hidden", "torch", 0 },                      \
			    { "bias_input", "torch", 0 }, { "bias_hidden", "torch", 0 } },                        \
		.traits = { .backward_reads_input = true, .backward_reads_output = true, .joint_backward = true,  \
			    .saved_bytes = saved_bytes },                                                         \
		.traffic = {                                                                                      \
			[FC_PHASE_FORWARD] = { OP_X | OP_PARAMS, OP_Y | OP_SAVED },                               \
			[FC_PHASE_BACKWARD_DATA] = { OP_X | OP_Y | OP_DY | OP_PARAMS | OP_SAVED, OP_DX | OP_DPARAM }, \
			[FC_PHASE_BACKWARD_WEIGHTS] = { OP_X | OP_Y | OP_DY | OP_PARAMS | OP_SAVED, OP_DPARAM },  \
		},                                                                                                \
		.autograd = { .input = true, .output = true, .extra_bytes = saved_bytes },                        \
		.shape = shape,                                                                                   \
		.count = count,                                                                                   \
		.phase_macs = phase_macs,                                                                         \
		.fan = fan,                                                                                       \
	}

ROW(lstm, "long short-term memory over the rows");
ROW(gru, "gated recurrent unit over the rows");
