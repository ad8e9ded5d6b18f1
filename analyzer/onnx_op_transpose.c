/* The axes in another order: values stay where they are until something needs them in that order. */
#include <string.h>

#include "onnx_ops.h"

static int read_order(struct onnx_call *call, int order[ONNX_MAX_RANK])
{
	const int rank = call->in[0]->rank;
	bool marked[ONNX_MAX_RANK];
	const int64_t *given;
	int count;

	if (fc_onnx_integers(call, "perm", -1, &given, &count) || (given && count != rank))
		return fc_onnx_fail(call, "found an order of %d axes, expected %d", count, rank);
	if (given && fc_onnx_axes(call, given, count, rank, marked))
		return -1;
	for (int i = 0; i < rank; i++)
		order[i] = given ? (int)(given[i] < 0 ? given[i] + rank : given[i]) : rank - 1 - i;
	return 0;
}

/* Moving sides of 1 moves nothing. */
static bool keeps_order(const struct onnx_value *x, const int *order)
{
	int last = -1;

	for (int i = 0; i < x->rank; i++) {
		if (x->dims[order[i]] == 1)
			continue;
		if (order[i] < last)
			return false;
		last = order[i];
	}
	return true;
}

struct transposition {
	const struct onnx_value *from;
	const int *order;
};

static int64_t transposed_source(const void *context, const int64_t *at)
{
	const struct transposition *const t = context;
	int64_t own[ONNX_MAX_RANK];

	for (int i = 0; i < t->from->rank; i++)
		own[t->order[i]] = at[i];
	return fc_onnx_element(t->from, own);
}

/* (N, g, C / g, H, W) to (N, C / g, g, H, W): the channels of groups in turn. */
static bool lower_shuffle(struct onnx_call *call, const int *order)
{
	static const int shuffle[] = { 0, 2, 1, 3, 4 };
	const struct onnx_value *const x = call->in[0];
	struct onnx_value flat = *x, *in = &flat, out = *call->out[0], *outs = &out;
	struct onnx_call inner = *call;
	struct onnx_wish wish = { .op = FC_OP_CHANNEL_SHUFFLE, .data = 1 };

	if (x->rank != 5 || memcmp(order, shuffle, sizeof(shuffle)) || x->node < 0)
		return false;
	flat.rank = out.rank = 4;
	flat.dims[1] = out.dims[1] = x->dims[1] * x->dims[2];
	flat.dims[2] = out.dims[2] = x->dims[3];
	flat.dims[3] = out.dims[3] = x->dims[4];
	inner.in = &in;
	inner.out = &outs;
	wish.attributes.groups = x->dims[1];
	if (!x->dims[1] || !fc_onnx_lower(&inner, &wish))
		return false;
	call->out[0]->node = out.node;
	call->out[0]->place = ONNX_WHOLE;
	return true;
}

/* Two transpositions are one. */
static void remember(struct onnx_value *y, struct onnx_value *x, const int *order)
{
	const bool again = x->place == ONNX_TRANSPOSED;

	if (y->place == ONNX_PART)
		return;
	y->place = ONNX_TRANSPOSED;
	if (again && !x->upright)
		return;
	y->upright = again ? x->upright : x;
	for (int i = 0; i < x->rank; i++)
		y->order[i] = again ? x->order[order[i]] : order[i];
	if (keeps_order(y->upright, y->order)) {
		y->place = ONNX_WHOLE;
		y->upright = NULL;
	}
}

int fc_onnx_run_transpose(struct onnx_call *call)
{
	struct onnx_value *const x = call->in[0];
	struct onnx_value *const y = call->out[0];
	int64_t dims[ONNX_MAX_RANK];
	int order[ONNX_MAX_RANK];

	if (read_order(call, order))
		return -1;
	for (int i = 0; i < x->rank; i++)
		dims[i] = x->dims[order[i]];
	if (fc_onnx_set_shape(call, 0, x->type, dims, x->rank))
		return -1;
	if (x->place == ONNX_WHOLE && lower_shuffle(call, order))
		return 0;
	fc_onnx_view(y, x);
	y->content = (struct onnx_content){ .count = -1 };
	fc_onnx_move_content(call, y, x, transposed_source, &(struct transposition){ x, order });
	if (!keeps_order(x, order) || x->place == ONNX_TRANSPOSED)
		remember(y, x, order);
	return 0;
}

int fc_onnx_copy_transposed(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_value straight = *x, *const out = call->out[0];
	struct onnx_value *outs = &straight, *in = call->in[0];
	struct onnx_call inner = *call;
	const enum onnx_fold fold = x->rank == 3 ? ONNX_ROWS : ONNX_IMAGE;

	if (x->node < 0) {
		fc_onnx_view(out, x);
		return 0;
	}
	inner.in = &in;
	inner.in_count = 1;
	inner.out = &outs;
	inner.out_count = 1;
	straight.node = -1;
	if (!fc_onnx_lower_transposition(&inner, fold) && fc_onnx_move(&inner))
		return -1;
	straight.place = ONNX_WHOLE;
	fc_onnx_view(out, &straight);
	return 0;
}
