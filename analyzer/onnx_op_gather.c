/* Values by their numbers. */
#include <string.h>

#include "onnx_ops.h"

/* -------- Gather -------- */

struct gathering {
	const struct onnx_value *from, *indices;
	int axis;
};

static int64_t gather_source(const void *context, const int64_t *at)
{
	const struct gathering *const g = context;
	int64_t own[ONNX_MAX_RANK], number = 0;

	for (int i = 0; i < g->axis; i++)
		own[i] = at[i];
	for (int i = 0; i < g->indices->rank; i++)
		number = number * g->indices->dims[i] + at[g->axis + i];
	number = g->indices->content.integers[number];
	own[g->axis] = number < 0 ? number + g->from->dims[g->axis] : number;
	for (int i = g->axis + 1; i < g->from->rank; i++)
		own[i] = at[i - 1 + g->indices->rank];
	return fc_onnx_element(g->from, own);
}

static int check_indices(struct onnx_call *call, const struct onnx_value *indices, int64_t side)
{
	for (int64_t i = 0; indices->content.integers && i < indices->content.count; i++)
		if (indices->content.integers[i] < -side || indices->content.integers[i] >= side)
			return fc_onnx_fail(call, "found the index %lld, expected one of %lld",
					    (long long)indices->content.integers[i], (long long)side);
	return 0;
}

/* Rows of a table of weights by numbers that come with the input. */
static bool lower_embedding(struct onnx_call *call, int axis)
{
	const struct onnx_value *const table = call->in[0], *const numbers = call->in[1];
	struct onnx_value column = *numbers, *in[] = { call->in[0], &column };
	struct onnx_call inner = *call;
	const struct onnx_wish wish = {
		.op = FC_OP_EMBEDDING,
		.attributes = { .count = table->rank == 2 ? table->dims[0] : 0,
				.out = table->rank == 2 ? table->dims[1] : 0 },
		.fold = ONNX_ROWS,
		.data = 2,
		.params = 1,
	};

	if (axis || table->rank != 2 || !table->parameter || table->node >= 0 || numbers->node < 0 ||
	    numbers->rank > 3)
		return false;
	column.dims[column.rank++] = 1;
	inner.in = in;
	return fc_onnx_lower(&inner, &wish);
}

/* One number for all: a slice of one, without its side. */
static bool lower_slice(struct onnx_call *call, int axis)
{
	const struct onnx_value *const x = call->in[0], *const indices = call->in[1];
	struct onnx_wish wish = { .op = FC_OP_SLICE, .data = 1, .fold = ONNX_ROWS };
	struct onnx_call inner = *call;
	struct onnx_value whole = *call->out[0], *out = &whole;
	int64_t first;

	if (indices->content.count != 1 || !indices->content.integers || x->node < 0 || !axis)
		return false;
	first = indices->content.integers[0];
	wish.fold = fc_onnx_fold_like(call, x);
	wish.attributes.axis = fc_onnx_folded_axis(x->rank, axis, wish.fold);
	wish.attributes.first = first < 0 ? first + x->dims[axis] : first;
	wish.attributes.count = wish.attributes.step = 1;
	inner.in_count = 1;
	inner.out = &out;
	whole.rank = x->rank;
	memcpy(whole.dims, x->dims, sizeof(whole.dims));
	whole.dims[axis] = 1;
	if (!wish.attributes.axis || !fc_onnx_lower(&inner, &wish))
		return false;
	call->out[0]->node = whole.node;
	call->out[0]->place = whole.place;
	return true;
}

int fc_onnx_run_gather(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0], *const indices = call->in[1];
	struct onnx_value *const y = call->out[0];
	int64_t dims[2 * ONNX_MAX_RANK];
	int axis, rank = 0;

	if (fc_onnx_axis(call, fc_onnx_integer(call, "axis", 0), x->rank, &axis) ||
	    check_indices(call, indices, x->dims[axis]))
		return -1;
	for (int i = 0; i < axis; i++)
		dims[rank++] = x->dims[i];
	for (int i = 0; i < indices->rank; i++)
		dims[rank++] = indices->dims[i];
	for (int i = axis + 1; i < x->rank; i++)
		dims[rank++] = x->dims[i];
	if (fc_onnx_set_shape(call, 0, x->type, dims, rank))
		return -1;
	if (indices->content.integers)
		fc_onnx_move_content(call, y, x, gather_source, &(struct gathering){ x, indices, axis });
	if (fc_onnx_is_known(y) || lower_embedding(call, axis) || lower_slice(call, axis))
		return 0;
	return fc_onnx_move_part(call);
}

/* -------- its relatives -------- */

int fc_onnx_run_gather_elements(struct onnx_call *call)
{
	return fc_onnx_set_shape(call, 0, call->in[0]->type, call->in[1]->dims, call->in[1]->rank)
		       ? -1
		       : fc_onnx_move_part(call);
}

int fc_onnx_run_gather_nd(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0], *const indices = call->in[1];
	const int64_t batch = fc_onnx_integer(call, "batch_dims", 0);
	const int64_t depth = indices->rank ? indices->dims[indices->rank - 1] : 0;
	int64_t dims[2 * ONNX_MAX_RANK];
	int rank = 0;

	if (batch < 0 || depth < 1 || batch >= indices->rank || batch > x->rank || depth > x->rank - batch)
		return fc_onnx_fail(call,
				    "found indices of %lld numbers behind %lld axes, expected ones for %d dimensions",
				    (long long)depth, (long long)batch, x->rank);
	for (int i = 0; i + 1 < indices->rank; i++)
		dims[rank++] = indices->dims[i];
	for (int i = (int)(batch + depth); i < x->rank; i++)
		dims[rank++] = x->dims[i];
	return fc_onnx_set_shape(call, 0, x->type, dims, rank) ? -1 : fc_onnx_move_part(call);
}

/* -------- chosen -------- */

int fc_onnx_run_one_hot(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	int64_t dims[ONNX_MAX_RANK + 1];
	double depth;
	int axis;

	if (!fc_onnx_scalar(call->in[1], &depth) || !(depth >= 0 && depth < 1e12))
		return ONNX_LATER;
	if (fc_onnx_axis(call, fc_onnx_integer(call, "axis", -1), x->rank + 1, &axis))
		return -1;
	for (int i = 0; i <= x->rank; i++)
		dims[i] = i < axis ? x->dims[i] : i == axis ? (int64_t)depth : x->dims[i - 1];
	return fc_onnx_set_shape(call, 0, call->in[2]->type, dims, x->rank + 1) ? -1 : fc_onnx_move(call);
}

/* How many was an attribute before version 10. */
int fc_onnx_run_top_k(struct onnx_call *call)
{
	const struct onnx_attribute *const a = fc_onnx_attribute(call, "k");
	const struct onnx_value *const x = call->in[0];
	int64_t dims[ONNX_MAX_RANK];
	double k = a ? (double)a->integer : -1;
	int axis;

	if (!a && !fc_onnx_input(call, 1))
		return fc_onnx_fail(call, "found no number of values, expected one");
	if ((!a && !fc_onnx_scalar(call->in[1], &k)) || !(k >= 0 && k < 1e12))
		return ONNX_LATER;
	if (fc_onnx_axis(call, fc_onnx_integer(call, "axis", -1), x->rank, &axis))
		return -1;
	memcpy(dims, x->dims, sizeof(dims));
	if ((int64_t)k > dims[axis])
		return fc_onnx_fail(call, "found %lld largest of %lld values, expected no more", (long long)k,
				    (long long)dims[axis]);
	dims[axis] = (int64_t)k;
	for (int i = 0; i < call->out_count && i < 2; i++)
		if (fc_onnx_set_shape(call, i, i ? ONNX_INT64 : x->type, dims, x->rank))
			return -1;
	return fc_onnx_move(call);
}
