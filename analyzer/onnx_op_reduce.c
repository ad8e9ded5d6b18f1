/* Sides that become 1 or go: sums, means, extremes and where they are. */
#include <math.h>
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

/* -------- known values -------- */

enum { MAX, MIN, SUM, PRODUCT, OPERATIONS };

static const char *const operations[OPERATIONS] = { "ReduceMax", "ReduceMin", "ReduceSum", "ReduceProd" };

/* False where it does not fit. */
static bool join_integers(int operation, int64_t x, int64_t *y)
{
	if (operation == SUM)
		return !__builtin_add_overflow(*y, x, y);
	if (operation == PRODUCT)
		return !__builtin_mul_overflow(*y, x, y);
	*y = (operation == MAX) == (x > *y) ? x : *y;
	return true;
}

static void join_reals(int operation, double x, double *y)
{
	*y = operation == SUM ? *y + x : operation == PRODUCT ? *y * x : operation == MAX ? fmax(*y, x) : fmin(*y, x);
}

/* Where an element of the input goes. */
static int64_t target(const struct onnx_value *x, const bool *marked, int64_t element)
{
	int64_t to = 0, scale = 1;

	for (int i = x->rank - 1; i >= 0; i--) {
		if (!marked[i]) {
			to += element % x->dims[i] * scale;
			scale *= x->dims[i];
		}
		element /= x->dims[i];
	}
	return to;
}

static int operation_of(const char *op)
{
	int i = 0;

	while (i < OPERATIONS && strcmp(operations[i], op))
		i++;
	return i;
}

static bool fold(struct onnx_call *call, const bool *marked)
{
	const struct onnx_value *const x = call->in[0];
	const struct onnx_content *const c = &x->content;
	struct onnx_value *const y = call->out[0];
	const int operation = operation_of(call->node->op);
	double *reals = NULL;
	int64_t *integers = NULL;
	bool *seen;

	if (c->count < 1 || operation == OPERATIONS)
		return false;
	seen = FC_NEW_ARRAY(&call->m->arena, bool, fc_onnx_elements(y));
	if (c->reals)
		reals = fc_onnx_new_reals(call, y);
	else
		integers = fc_onnx_new_integers(call, y);
	for (int64_t i = 0; i < c->count; i++) {
		const int64_t to = target(x, marked, i);

		if (!seen[to] && reals)
			reals[to] = c->reals[i];
		else if (!seen[to])
			integers[to] = c->integers[i];
		else if (reals)
			join_reals(operation, c->reals[i], &reals[to]);
		else if (!join_integers(operation, c->integers[i], &integers[to])) {
			y->content = (struct onnx_content){ .count = -1 };
			return false;
		}
		seen[to] = true;
	}
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
	if (fold(call, marked) || (call->op->kind == FC_OP_MEAN && lower_mean(call, marked)))
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
