/*
 * Attention as one op: softmax(Q K') V, per head.
 *
 * MACs = batch * heads * queries * keys * (width of a key + width of a value). Masks do not make it less.
 */
#include <string.h>

#include "onnx_ops.h"
#include "product.h"

struct heads {
	int64_t batch, count, rows, width;
};

/* (batch, heads, rows, width), or (batch, rows, heads * width). */
static int read_heads(struct onnx_call *call, const struct onnx_value *value, int64_t count, struct heads *h)
{
	char text[ONNX_SHAPE_TEXT];

	if (value && value->rank == 4)
		*h = (struct heads){ value->dims[0], value->dims[1], value->dims[2], value->dims[3] };
	else if (value && value->rank == 3 && count > 0 && value->dims[2] % count == 0)
		*h = (struct heads){ value->dims[0], count, value->dims[1], value->dims[2] / count };
	else
		return fc_onnx_fail(
			call, "found %s for %lld heads, expected 4 dimensions, or 3 and rows that the heads divide",
			value ? fc_onnx_shape_text(value, text) : "nothing", (long long)count);
	return 0;
}

static int check_fit(struct onnx_call *call, struct heads q, struct heads k, struct heads v)
{
	if (q.width == k.width && k.rows == v.rows && q.batch == k.batch && k.batch == v.batch && k.count &&
	    q.count % k.count == 0 && k.count == v.count)
		return 0;
	return fc_onnx_fail(call, "found queries, keys and values that do not fit each other, expected ones that do");
}

static int too_large(struct onnx_call *call)
{
	return fc_onnx_fail(call, "found more multiply-accumulates than fit 64 bits, expected fewer");
}

/* What two products cost, and the gradients of their four factors. */
static int count(struct onnx_call *call, struct heads q, struct heads k, struct heads v)
{
	struct onnx_cost cost = { .untrained = ~7u };
	uint64_t scores, first, second;

	if (check_fit(call, q, k, v))
		return -1;
	if (!FC_PRODUCT(&scores, (uint64_t)q.batch, (uint64_t)q.count, (uint64_t)q.rows, (uint64_t)k.rows) ||
	    !FC_PRODUCT(&first, scores, (uint64_t)q.width) || !FC_PRODUCT(&second, scores, (uint64_t)v.width) ||
	    __builtin_add_overflow(first, second, &cost.counts.matmul_macs))
		return too_large(call);
	cost.counts.other_activation_elements = scores;
	cost.counts.multiply_elements = scores;
	cost.input_macs[0] = cost.input_macs[1] = first;
	cost.input_macs[2] = cost.other_macs = second;
	return fc_onnx_count(call, &cost);
}

/* Rows that an earlier step left. */
static int64_t past_rows(const struct onnx_call *call, int input)
{
	const struct onnx_value *const past = fc_onnx_input(call, input);

	return past && past->rank == 4 ? past->dims[2] : 0;
}

static int set_outputs(struct onnx_call *call, struct heads q, struct heads k, struct heads v)
{
	const int64_t apart[] = { q.batch, q.count, q.rows, v.width };
	const int64_t together[] = { q.batch, q.rows, q.count * v.width };
	const int64_t others[3][4] = { { k.batch, k.count, k.rows, k.width },
				       { v.batch, v.count, v.rows, v.width },
				       { q.batch, q.count, q.rows, k.rows } };
	const struct onnx_value *const x = call->in[0];

	if (fc_onnx_set_shape(call, 0, x->type, x->rank == 4 ? apart : together, x->rank))
		return -1;
	for (int i = 1; i < call->out_count && i < 4; i++)
		if (fc_onnx_set_shape(call, i, x->type, others[i - 1], 4))
			return -1;
	return 0;
}

int fc_onnx_run_attention(struct onnx_call *call)
{
	const int64_t query_heads = fc_onnx_integer(call, "q_num_heads", 0);
	const int64_t key_heads = fc_onnx_integer(call, "kv_num_heads", query_heads);
	struct heads q, k, v;

	if (read_heads(call, call->in[0], query_heads, &q) || read_heads(call, call->in[1], key_heads, &k) ||
	    read_heads(call, call->in[2], key_heads, &v))
		return -1;
	k.rows += past_rows(call, 4);
	v.rows += past_rows(call, 5);
	return set_outputs(call, q, k, v) ? -1 : count(call, q, k, v);
}

/* The same as ONNX Runtime has it; by the variant where the rows that an earlier step left come in. */
int fc_onnx_run_multi_head(struct onnx_call *call)
{
	static const int pasts[] = { 6, 3 }; /* MultiHeadAttention, GroupQueryAttention */
	const int past = pasts[call->op->variant];
	const int64_t heads = fc_onnx_integer(call, "num_heads", 0);
	const int64_t key_heads = fc_onnx_integer(call, "kv_num_heads", heads);
	struct heads q, k, v;

	if (!fc_onnx_input(call, 1) || !fc_onnx_input(call, 2))
		return fc_onnx_uncounted(call, "of packed operands");
	if (read_heads(call, call->in[0], heads, &q) || read_heads(call, call->in[1], key_heads, &k) ||
	    read_heads(call, call->in[2], key_heads, &v))
		return -1;
	k.rows += past_rows(call, past);
	v.rows += past_rows(call, past + 1);
	return set_outputs(call, q, k, v) ? -1 : count(call, q, k, v);
}

static int set_states(struct onnx_call *call, struct heads q, struct heads k, struct heads v)
{
	const int64_t out[] = { q.batch, q.rows, q.count * v.width },
		      state[] = { k.batch, k.count, k.width, v.width };

	if (check_fit(call, q, k, v) || fc_onnx_set_shape(call, 0, call->in[0]->type, out, 3))
		return -1;
	return call->out_count > 1 ? fc_onnx_set_shape(call, 1, call->in[0]->type, state, 4) : 0;
}

/*
 * Attention by a state of (width of a key) x (width of a value) per head of the keys, at each row: the key's product with
 * the value is added, the query's product with the state comes out. MACs = batch * rows * widths * (heads of keys + heads of
 * queries); a delta rule first takes off the key's product with the state, as much again per head of the keys.
 */
int fc_onnx_run_linear_attention(struct onnx_call *call)
{
	const char *const rule = fc_onnx_word(call, "update_rule", "gated_delta");
	const bool gated = !strncmp(rule, "gated", 5), delta = strstr(rule, "delta") != NULL;
	const int64_t query_heads = fc_onnx_integer(call, "q_num_heads", 0);
	const int64_t key_heads = fc_onnx_integer(call, "kv_num_heads", query_heads);
	struct onnx_cost cost = { .untrained = ~7u };
	struct heads q, k, v;
	uint64_t states, updates, answers;

	if (read_heads(call, call->in[0], query_heads, &q) || read_heads(call, call->in[1], key_heads, &k) ||
	    read_heads(call, call->in[2], key_heads, &v) || set_states(call, q, k, v))
		return -1;
	if (!FC_PRODUCT(&states, (uint64_t)k.batch, (uint64_t)k.rows, (uint64_t)k.count, (uint64_t)k.width,
			(uint64_t)v.width) ||
	    !FC_PRODUCT(&updates, states, delta ? 2 : 1) ||
	    !FC_PRODUCT(&answers, states, (uint64_t)(q.count / k.count)) ||
	    __builtin_add_overflow(updates, answers, &cost.counts.matmul_macs))
		return too_large(call);
	cost.counts.multiply_elements = gated ? states : 0;
	cost.input_macs[0] = answers;
	cost.input_macs[1] = updates;
	cost.input_macs[2] = states;
	cost.other_macs = answers;
	return fc_onnx_count(call, &cost);
}
