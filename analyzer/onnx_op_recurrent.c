/*
 * LSTM, GRU and plain recurrent layers, forward, backward or both.
 *
 * MACs = steps * batch * directions * gates * hidden * (inputs + hidden): every step of every sequence, the product with the
 * first state included. Backward: weights as much again, the inputs' gradient the inputs' part, the recurrence the other.
 */
#include <string.h>

#include "onnx_ops.h"
#include "product.h"

enum { X_INPUT, W_INPUT, R_INPUT, B_INPUT, LENGTHS_INPUT, H_INPUT, C_INPUT, P_INPUT };

/* Per step and unit: how many gates, other functions, products and sums; by the variant of the op. */
static const struct cell {
	int gates, functions, multiplies, adds;
	bool turned; /* weights as inputs x gates */
} cells[] = {
	{ 4, 5, 3, 1, false }, /* LSTM: c = f c + i g, h = o tanh(c) */
	{ 3, 3, 3, 2, false }, /* GRU: n = tanh(.. + r ..), h = (1 - z) n + z h */
	{ 1, 1, 0, 0, false }, /* RNN */
	{ 4, 5, 3, 1, true },  /* DynamicQuantizeLSTM */
};

struct recurrence {
	const struct cell *cell;
	int64_t steps, batch, inputs, hidden, directions;
	bool batch_first;
};

static int read_recurrence(struct onnx_call *call, struct recurrence *r)
{
	const struct onnx_value *const x = call->in[X_INPUT], *const w = call->in[W_INPUT],
				       *const u = call->in[R_INPUT];
	const int in = cells[call->op->variant].turned ? 1 : 2, gates = 3 - in;
	char a[ONNX_SHAPE_TEXT], b[ONNX_SHAPE_TEXT], c[ONNX_SHAPE_TEXT];

	*r = (struct recurrence){ .cell = &cells[call->op->variant],
				  .batch_first = fc_onnx_integer(call, "layout", 0) != 0 };
	r->directions = strcmp(fc_onnx_word(call, "direction", "forward"), "bidirectional") ? 1 : 2;
	if (x->rank != 3 || w->rank != 3 || u->rank != 3)
		return fc_onnx_fail(call, "found %s, %s and %s, expected three dimensions each",
				    fc_onnx_shape_text(x, a), fc_onnx_shape_text(w, b), fc_onnx_shape_text(u, c));
	r->steps = x->dims[r->batch_first];
	r->batch = x->dims[!r->batch_first];
	r->inputs = x->dims[2];
	r->hidden = u->dims[in];
	if (w->dims[0] != r->directions || u->dims[0] != r->directions || w->dims[in] != r->inputs ||
	    w->dims[gates] != r->cell->gates * r->hidden || u->dims[gates] != w->dims[gates])
		return fc_onnx_fail(
			call, "found weights of %s and %s for %s, expected %lldx%lldx%lld and %lldx%lldx%lld",
			fc_onnx_shape_text(w, b), fc_onnx_shape_text(u, c), fc_onnx_shape_text(x, a),
			(long long)r->directions, (long long)(r->cell->gates * r->hidden), (long long)r->inputs,
			(long long)r->directions, (long long)(r->cell->gates * r->hidden), (long long)r->hidden);
	return 0;
}

/* All steps, the last state and an LSTM's last cell. */
static int set_shapes(struct onnx_call *call, const struct recurrence *r)
{
	const int64_t all[] = { r->steps, r->directions, r->batch, r->hidden };
	const int64_t all_first[] = { r->batch, r->steps, r->directions, r->hidden };
	const int64_t last[] = { r->directions, r->batch, r->hidden },
		      last_first[] = { r->batch, r->directions, r->hidden };

	for (int i = 0; i < call->out_count; i++)
		if (fc_onnx_set_shape(call, i, call->in[0]->type,
				      i ? (r->batch_first ? last_first : last) : (r->batch_first ? all_first : all),
				      i ? 3 : 4))
			return -1;
	return 0;
}

static bool count(struct onnx_call *call, const struct recurrence *r, struct onnx_cost *cost)
{
	struct fc_counts *const c = &cost->counts;
	uint64_t units, gates, with_inputs, with_state;

	if (!FC_PRODUCT(&units, (uint64_t)r->steps, (uint64_t)r->batch, (uint64_t)r->directions,
			(uint64_t)r->hidden) ||
	    !FC_PRODUCT(&gates, units, (uint64_t)r->cell->gates) ||
	    !FC_PRODUCT(&with_inputs, gates, (uint64_t)r->inputs) ||
	    !FC_PRODUCT(&with_state, gates, (uint64_t)r->hidden) ||
	    __builtin_add_overflow(with_inputs, with_state, &c->linear_macs))
		return false;
	c->linear_out = gates;
	c->linear_bias = fc_onnx_input(call, B_INPUT) ? 2 * gates : 0;
	c->other_activation_elements = units * (uint64_t)r->cell->functions;
	c->multiply_elements = units * (uint64_t)(r->cell->multiplies + (fc_onnx_input(call, P_INPUT) ? 3 : 0));
	c->add_elements = units * (uint64_t)(r->cell->adds + (fc_onnx_input(call, P_INPUT) ? 3 : 0));
	cost->input_macs[X_INPUT] = cost->input_macs[W_INPUT] = with_inputs;
	cost->input_macs[R_INPUT] = cost->other_macs = with_state;
	return true;
}

int fc_onnx_run_recurrent(struct onnx_call *call)
{
	/* Lengths and first states are none of its parameters, nor the scales behind all operands. */
	struct onnx_cost cost = { .untrained = 1u << LENGTHS_INPUT | 1u << H_INPUT | 1u << C_INPUT | ~0xffu,
				  .learned = 1u << W_INPUT | 1u << R_INPUT | 1u << B_INPUT | 1u << P_INPUT };
	struct recurrence r;

	if (read_recurrence(call, &r) || set_shapes(call, &r))
		return -1;
	if (!count(call, &r, &cost))
		return fc_onnx_fail(call, "found more multiply-accumulates than fit 64 bits, expected fewer");
	return fc_onnx_count(call, &cost);
}
