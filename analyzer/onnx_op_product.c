/*
 * Products of matrices.
 *
 * MACs = (product of the batch sides) * M * K * N. With weights (or constants) on one side they are those of a linear layer,
 * between two values of the network those of a matrix product.
 */
#include <string.h>

#include "onnx_ops.h"
#include "product.h"

/* A matrix and what is in front of it. */
struct matrix {
	struct onnx_value batch; /* the sides in front */
	int64_t rows, columns;
};

static struct matrix matrix_of(const struct onnx_value *value, bool left, bool transpose)
{
	struct matrix m = { .batch = *value, .rows = 1, .columns = 1 };
	const int64_t *const d = value->dims;
	const int r = value->rank;

	/* A vector is a row on the left and a column on the right. */
	if (r == 1 && left)
		m.columns = d[0];
	else if (r == 1)
		m.rows = d[0];
	else if (transpose)
		m = (struct matrix){ *value, d[r - 1], d[r - 2] };
	else
		m = (struct matrix){ *value, d[r - 2], d[r - 1] };
	m.batch.rank = r > 2 ? r - 2 : 0;
	return m;
}

static bool is_data(const struct onnx_value *value)
{
	return value->node >= 0;
}

/* What both forms of product cost; `scales` are inputs that are no parameters, `bias` is one or 0. */
static int count(struct onnx_call *call, const int at[2], unsigned scales, uint64_t macs, int bias)
{
	const struct onnx_value *const a = call->in[at[0]], *const b = call->in[at[1]];
	const uint64_t out = (uint64_t)fc_onnx_elements(call->out[0]);
	struct onnx_cost cost = { .untrained = scales,
				  .learned = 1u << at[0] | 1u << at[1] | (bias ? 1u << bias : 0) };

	if (is_data(a) && is_data(b)) {
		cost.counts.matmul_macs = macs;
		cost.counts.add_elements = bias ? out : 0;
	} else {
		cost.counts =
			(struct fc_counts){ .linear_macs = macs, .linear_out = out, .linear_bias = bias ? out : 0 };
	}
	for (int k = 0; k < 2; k++)
		if (at[k] < FC_FOREIGN_INPUTS)
			cost.input_macs[at[k]] = macs;
	fc_onnx_count_fused(call, &cost.counts);
	return fc_onnx_count(call, &cost);
}

/* -------- MatMul -------- */

/* Where an op has its matrices and its bias (0: it has none), what else is scales, what type comes out (0: what goes in). */
static const struct places {
	int at[2], bias;
	unsigned scales;
	int type;
} places[] = {
	{ { 0, 1 }, 0, 0, 0 },		   /* MatMul, FusedMatMul */
	{ { 0, 3 }, 0, 0xf6, 0 },	   /* QLinearMatMul */
	{ { 0, 1 }, 0, 0, ONNX_INT32 },	   /* MatMulInteger */
	{ { 0, 1 }, 4, 0xc, 0 },	   /* DynamicQuantizeMatMul */
	{ { 0, 1 }, 6, 0x3c, ONNX_FLOAT }, /* MatMulIntegerToFloat */
};

static bool lower_weights(struct onnx_call *call, const struct matrix *b)
{
	const struct onnx_value *const x = call->in[0], *const w = call->in[1];
	struct onnx_wish wish = {
		.op = FC_OP_LINEAR, .fold = ONNX_ROWS, .attributes = { .out = b->columns }, .data = 1, .params = 2
	};

	if (w->rank != 2 || !w->parameter || is_data(w) || x->rank < 2)
		return false;
	if (x->rank == 2)
		wish.op = FC_OP_DENSE;
	return fc_onnx_lower(call, &wish);
}

/* The matrix that a transposed one was, where nothing but its last two sides changed places. */
static struct onnx_value *upright_of(struct onnx_value *value)
{
	const int last = value->rank - 1;

	if (value->place != ONNX_TRANSPOSED || !value->upright || value->order[last] != last - 1 ||
	    value->order[last - 1] != last)
		return NULL;
	for (int i = 0; i < last - 1; i++)
		if (value->order[i] != i)
			return NULL;
	return value->upright;
}

static bool lower_product(struct onnx_call *call)
{
	struct onnx_value *const a = upright_of(call->in[0]), *const b = upright_of(call->in[1]);
	struct onnx_value *in[] = { a ? a : call->in[0], b ? b : call->in[1] };
	struct onnx_wish wish = { .op = FC_OP_MATMUL, .fold = ONNX_ROWS, .data = 3 };
	struct onnx_call inner = *call;

	wish.attributes.transpose_a = a != NULL;
	wish.attributes.transpose_b = b != NULL;
	inner.in = in;
	return fc_onnx_lower(&inner, &wish);
}

static bool lower(struct onnx_call *call, const struct matrix *b, bool transposed)
{
	const struct onnx_value *const x = call->in[0], *const y = call->in[1];

	if (call->op->kind != FC_OP_MATMUL || transposed)
		return false;
	if (!is_data(x) || !is_data(y))
		return lower_weights(call, b);
	return x->rank == y->rank && x->rank >= 3 && lower_product(call);
}

int fc_onnx_run_matmul(struct onnx_call *call)
{
	const struct places *const p = &places[call->op->variant];
	const struct onnx_value *const x = fc_onnx_input(call, p->at[0]), *const y = fc_onnx_input(call, p->at[1]);
	const int bias = fc_onnx_input(call, p->bias) ? p->bias : 0;
	const bool transpose_a = fc_onnx_integer(call, "transA", 0) != 0,
		   transpose_b = fc_onnx_integer(call, "transB", 0) != 0;
	char left[ONNX_SHAPE_TEXT], right[ONNX_SHAPE_TEXT];
	int64_t dims[ONNX_MAX_RANK + 2];
	struct matrix a, b;
	uint64_t macs;
	int rank;

	if (!x->rank || !y->rank)
		return fc_onnx_fail(call, "found a single value, expected matrices");
	if (fc_onnx_integer(call, "transBatchA", 0) || fc_onnx_integer(call, "transBatchB", 0))
		return fc_onnx_uncounted(call, "of sides in another order");
	a = matrix_of(x, true, transpose_a);
	b = matrix_of(y, false, transpose_b);
	if (a.columns != b.rows)
		return fc_onnx_fail(call, "found %s times %s, expected as many columns as rows",
				    fc_onnx_shape_text(x, left), fc_onnx_shape_text(y, right));
	if (fc_onnx_broadcast(call, (const struct onnx_value *const[]){ &a.batch, &b.batch }, 2, dims, &rank))
		return -1;
	if (x->rank > 1)
		dims[rank++] = a.rows;
	if (y->rank > 1)
		dims[rank++] = b.columns;
	if (fc_onnx_set_shape(call, 0, p->type ? p->type : x->type, dims, rank))
		return -1;
	if (!FC_PRODUCT(&macs, (uint64_t)fc_onnx_elements(call->out[0]), (uint64_t)a.columns))
		return fc_onnx_fail(call, "found more multiply-accumulates than fit 64 bits, expected fewer");
	return lower(call, &b, transpose_a || transpose_b) ? 0 : count(call, p->at, p->scales, macs, bias);
}

/* -------- Gemm -------- */

static bool lower_gemm(struct onnx_call *call, int64_t out, bool bias)
{
	const struct onnx_value *const c = fc_onnx_input(call, 2);
	const struct onnx_wish wish = {
		.op = FC_OP_DENSE,
		.attributes = { .out = out, .bias = bias },
		.data = 1,
		.params = bias ? 2 | 4 : 2,
	};

	if (call->op->kind != FC_OP_DENSE || fc_onnx_integer(call, "transA", 0) ||
	    fc_onnx_real(call, "alpha", 1) != 1 ||
	    (bias && (fc_onnx_real(call, "beta", 1) != 1 || fc_onnx_elements(c) != out)))
		return false;
	return fc_onnx_lower(call, &wish);
}

int fc_onnx_run_gemm(struct onnx_call *call)
{
	static const int at[] = { 0, 1 };
	const struct onnx_value *const x = call->in[0], *const y = call->in[1];
	const bool bias = fc_onnx_input(call, 2) && fc_onnx_real(call, "beta", 1) != 0;
	char left[ONNX_SHAPE_TEXT], right[ONNX_SHAPE_TEXT];
	struct matrix a, b;
	uint64_t macs;

	if (x->rank != 2 || y->rank != 2)
		return fc_onnx_fail(call, "found %s and %s, expected two matrices", fc_onnx_shape_text(x, left),
				    fc_onnx_shape_text(y, right));
	a = matrix_of(x, true, fc_onnx_integer(call, "transA", 0) != 0);
	b = matrix_of(y, false, fc_onnx_integer(call, "transB", 0) != 0);
	if (a.columns != b.rows)
		return fc_onnx_fail(call, "found %s times %s, expected as many columns as rows",
				    fc_onnx_shape_text(x, left), fc_onnx_shape_text(y, right));
	if (fc_onnx_set_shape(call, 0, x->type, (const int64_t[]){ a.rows, b.columns }, 2))
		return -1;
	if (!FC_PRODUCT(&macs, (uint64_t)a.rows, (uint64_t)a.columns, (uint64_t)b.columns))
		return fc_onnx_fail(call, "found more multiply-accumulates than fit 64 bits, expected fewer");
	return lower_gemm(call, b.columns, bias) ? 0 : count(call, at, 0, macs, bias ? 2 : 0);
}
