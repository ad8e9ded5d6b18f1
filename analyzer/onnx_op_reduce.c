/* Sides that become 1 or go: sums, means, extremes and where they are. */
#include <string.h>

#include "onnx_ops.h"

static int reduced_shape(struct onnx_call *call, const bool *marked, bool keep, int type)
{
	const struct onnx_value *const x = call->in[0];
	int64_t dims[ONNX_MAX_RANK];
	int rank = 0;

	for (int i = 0; i < x->rank; i++) {
		if (!marked[i])
			dims[rank++] = x->dims[i];
		else if (keep)
			dims[rank++] = 1;
	}
	return fc_onnx_set_shape(call, 0, type, dims, rank);
}

/* -------- known values: all of a list -------- */

static bool fold(struct onnx_call *call)
{
	const struct onnx_content *const c = &call->in[0]->content;
	const char *const op = call->node->op;
	int64_t result, *to;

	if (!c->integers || c->count < 1 || fc_onnx_elements(call->out[0]) != 1)
		return false;
	result = c->integers[0];
	for (int64_t i = 1; i < c->count; i++) {
		const int64_t x = c->integers[i];

		if (!strcmp(op, "ReduceProd")  ? __builtin_mul_overflow(result, x, &result)
		    : !strcmp(op, "ReduceSum") ? __builtin_add_overflow(result, x, &result)
					       : strcmp(op, "ReduceMax") && strcmp(op, "ReduceMin"))
			return false;
		if ((!strcmp(op, "ReduceMax") && x > result) || (!strcmp(op, "ReduceMin") && x < result))
			result = x;
	}
	if (c->count == 1 && strcmp(op, "ReduceProd") && strcmp(op, "ReduceSum") && strcmp(op, "ReduceMax") &&
	    strcmp(op, "ReduceMin"))
		return false;
	to = fc_onnx_new_integers(call, call->out[0]);
	*to = result;
	return true;
}

/* -------- layers -------- */

/* A mean over all pixels is a pool, one over another side a mean along it. */
static bool lower_mean(struct onnx_call *call, const bool *marked)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_value whole = *call->out[0], *out = &whole;
	struct onnx_wish wish = { .data = 1 };
	struct onnx_call inner = *call;
	int axis = 0, count = 0;

	inner.out = &out;
	inner.in_count = 1;
	whole.rank = x->rank;
	for (int i = 0; i < x->rank; i++) {
		whole.dims[i] = marked[i] ? 1 : x->dims[i];
		count += marked[i];
		axis = marked[i] ? i : axis;
	}
	if (x->rank == 4 && count == 2 && marked[2] && marked[3]) {
		wish.op = FC_OP_ADAPTIVE_AVG_POOL;
		wish.attributes.kernel_h = wish.attributes.kernel_w = 1;
	} else if (count == 1 && axis && x->rank <= 4) {
		wish.op = FC_OP_MEAN;
		wish.fold = fc_onnx_fold_like(call, x);
		wish.attributes.axis = fc_onnx_folded_axis(x->rank, axis, wish.fold);
		if (!wish.attributes.axis)
			return false;
	} else {
		return false;
	}
	if (!fc_onnx_lower(&inner, &wish))
		return false;
	call->out[0]->node = whole.node;
	call->out[0]->place = whole.place;
	return true;
}

static int count_mean(struct onnx_call *call)
{
	const uint64_t in = (uint64_t)fc_onnx_elements(call->in[0]), out = (uint64_t)fc_onnx_elements(call->out[0]);

	return fc_onnx_count(call, &(struct onnx_cost){ .counts = { .adaptive_pool_in = in,
								    .adaptive_pool_out = out,
								    .adaptive_pool_module_in = in,
								    .adaptive_pool_module_out = out } });
}

int fc_onnx_run_reduce(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const bool keep = fc_onnx_integer(call, "keepdims", 1) != 0;
	bool marked[ONNX_MAX_RANK], any = false;
	const int64_t *axes;
	int count, rc = fc_onnx_integers(call, "axes", 1, &axes, &count);

	if (rc)
		return rc;
	/* An empty list means all axes, unless that is switched off. */
	if (fc_onnx_axes(call, count ? axes : NULL, count, x->rank, marked))
		return -1;
	if (!count && fc_onnx_integer(call, "noop_with_empty_axes", 0)) {
		if (fc_onnx_same_shape(call, 0, x))
			return -1;
		fc_onnx_view(call->out[0], x);
		return 0;
	}
	if (reduced_shape(call, marked, keep, x->type))
		return -1;
	for (int i = 0; i < x->rank; i++)
		any = any || (marked[i] && x->dims[i] != 1);
	if (fold(call) || (call->op->kind == FC_OP_MEAN && lower_mean(call, marked)))
		return 0;
	if (call->op->kind == FC_OP_MEAN)
		return count_mean(call);
	return fc_onnx_count_elements(call, fc_onnx_elements(x), !any);
}

int fc_onnx_run_arg(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	bool marked[ONNX_MAX_RANK] = { false };
	int axis;

	if (fc_onnx_axis(call, fc_onnx_integer(call, "axis", 0), x->rank, &axis))
		return -1;
	marked[axis] = true;
	return reduced_shape(call, marked, fc_onnx_integer(call, "keepdims", 1) != 0, ONNX_INT64)
		       ? -1
		       : fc_onnx_move(call);
}

/* Running sums and products: the shape remains. */
int fc_onnx_run_cumulate(struct onnx_call *call)
{
	return fc_onnx_same_shape(call, 0, call->in[0])
		       ? -1
		       : fc_onnx_count_elements(call, fc_onnx_elements(call->in[0]), true);
}

/* A loss as part of the file: a single number, or one per label. */
int fc_onnx_run_loss(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0], *const labels = call->in[1];
	const bool each = !strcmp(fc_onnx_word(call, "reduction", "mean"), "none");

	if (fc_onnx_set_shape(call, 0, x->type, labels->dims, each ? labels->rank : 0) ||
	    (call->out_count > 1 && fc_onnx_same_shape(call, 1, x)))
		return -1;
	return fc_onnx_count_elements(call, fc_onnx_elements(x), false);
}
