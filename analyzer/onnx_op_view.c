/* The same values under another shape, type or name: no layer is left of these. */
#include <string.h>

#include "onnx_ops.h"

int fc_onnx_run_identity(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_value *const y = call->out[0], had = *y;

	*y = *x;
	y->name = had.name;
	y->reader_count = had.reader_count;
	y->copied = true;
	return 0;
}

/* -------- types -------- */

static bool convert(struct onnx_call *call, const struct onnx_value *x, struct onnx_value *y)
{
	const bool reals = fc_onnx_is_real(y->type);

	y->content.count = -1;
	if (!fc_onnx_is_known(x) || reals == (x->content.reals != NULL)) {
		y->content = x->content;
	} else if (reals) {
		double *const to = fc_onnx_new_reals(call, y);

		for (int64_t i = 0; to && i < x->content.count; i++)
			to[i] = (double)x->content.integers[i];
	} else {
		int64_t *const to = fc_onnx_new_integers(call, y);

		for (int64_t i = 0; to && i < x->content.count; i++) {
			const double real = x->content.reals[i];

			if (!(real > -9.2e18 && real < 9.2e18))
				return false;
			to[i] = (int64_t)real;
		}
	}
	return true;
}

int fc_onnx_run_cast(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0], *const like = fc_onnx_input(call, 1);
	struct onnx_value *const y = call->out[0];

	if (fc_onnx_same_shape(call, 0, x))
		return -1;
	fc_onnx_view(y, x);
	y->upright = x->upright;
	memcpy(y->order, x->order, sizeof(y->order));
	y->type = like ? like->type : (int)fc_onnx_integer(call, "to", x->type);
	if (!convert(call, x, y))
		y->content = (struct onnx_content){ .count = -1 };
	return 0;
}

/* -------- shapes -------- */

/* What was transposed is copied before it can have another shape, but not for sides of 1 that come or go. */
static int reshape_to(struct onnx_call *call, const int64_t *dims, int rank, bool copies)
{
	const struct onnx_value *const x = call->in[0];

	if (fc_onnx_set_shape(call, 0, x->type, dims, rank))
		return -1;
	if (fc_onnx_elements(call->out[0]) != fc_onnx_elements(x)) {
		char from[ONNX_SHAPE_TEXT], to[ONNX_SHAPE_TEXT];

		return fc_onnx_fail(call, "found a shape of %s for %s, expected as many values",
				    fc_onnx_shape_text(call->out[0], to), fc_onnx_shape_text(x, from));
	}
	if (copies && x->place == ONNX_TRANSPOSED)
		return fc_onnx_copy_transposed(call);
	fc_onnx_view(call->out[0], x);
	return 0;
}

static int resolve(struct onnx_call *call, int64_t *dims, int rank, int open)
{
	const int64_t elements = fc_onnx_elements(call->in[0]);
	int64_t others = 1;

	for (int i = 0; i < rank; i++)
		if (i != open && __builtin_mul_overflow(others, dims[i], &others))
			return fc_onnx_fail(call, "found a shape that does not fit 64 bits, expected a smaller one");
	if (others <= 0 || elements % others)
		return fc_onnx_fail(call, "found %lld values for rows of %lld, expected a multiple",
				    (long long)elements, (long long)others);
	dims[open] = elements / others;
	return 0;
}

/* 0 means the same as in the input, -1 what is left. */
int fc_onnx_run_reshape(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const bool zeros = fc_onnx_integer(call, "allowzero", 0) != 0;
	int64_t dims[ONNX_MAX_RANK];
	const int64_t *wanted;
	int rank, open = -1;
	const int rc = fc_onnx_integers(call, "shape", 1, &wanted, &rank);

	if (rc)
		return rc;
	if (rank > ONNX_MAX_RANK)
		return fc_onnx_fail(call, "found %d dimensions, expected at most %d", rank, ONNX_MAX_RANK);
	for (int i = 0; i < rank; i++) {
		dims[i] = wanted[i];
		if (!wanted[i] && !zeros) {
			if (i >= x->rank)
				return fc_onnx_fail(call,
						    "found a 0 at dimension %d, expected one that the input has", i);
			dims[i] = x->dims[i];
		} else if (wanted[i] == -1) {
			if (open >= 0)
				return fc_onnx_fail(call, "found two sides of -1, expected one");
			open = i;
		}
	}
	return (open >= 0 && resolve(call, dims, rank, open)) ? -1 : reshape_to(call, dims, rank, true);
}

int fc_onnx_run_flatten(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const int64_t axis = fc_onnx_integer(call, "axis", 1);
	const int64_t split = axis < 0 ? axis + x->rank : axis;
	int64_t dims[2] = { 1, 1 };

	if (split < 0 || split > x->rank)
		return fc_onnx_fail(call, "found the axis %lld, expected one of %d dimensions", (long long)axis,
				    x->rank);
	for (int i = 0; i < x->rank; i++)
		dims[i >= split] *= x->dims[i];
	return reshape_to(call, dims, 2, true);
}

int fc_onnx_run_squeeze(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	bool marked[ONNX_MAX_RANK];
	int64_t dims[ONNX_MAX_RANK];
	const int64_t *axes;
	int count, rank = 0, rc = fc_onnx_integers(call, "axes", 1, &axes, &count);

	if (rc || fc_onnx_axes(call, axes, count, x->rank, marked))
		return rc ? rc : -1;
	for (int i = 0; i < x->rank; i++) {
		if (axes && marked[i] && x->dims[i] != 1)
			return fc_onnx_fail(call, "found a side of %lld at the axis %d, expected 1",
					    (long long)x->dims[i], i);
		if (!marked[i] || x->dims[i] != 1)
			dims[rank++] = x->dims[i];
	}
	return reshape_to(call, dims, rank, false);
}

int fc_onnx_run_unsqueeze(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	bool marked[ONNX_MAX_RANK];
	int64_t dims[ONNX_MAX_RANK];
	const int64_t *axes;
	int count, next = 0, rc = fc_onnx_integers(call, "axes", 1, &axes, &count);

	if (rc)
		return rc;
	if (!axes || count > ONNX_MAX_RANK - x->rank)
		return fc_onnx_fail(call,
				    "found %d axes to add to %d, expected at least one and at most %d dimensions",
				    count, x->rank, ONNX_MAX_RANK);
	if (fc_onnx_axes(call, axes, count, x->rank + count, marked))
		return -1;
	for (int i = 0; i < x->rank + count; i++)
		dims[i] = marked[i] ? 1 : x->dims[next++];
	return reshape_to(call, dims, x->rank + count, false);
}

/* -------- repeated -------- */

struct expansion {
	const struct onnx_value *from, *to;
};

static int64_t expand_source(const void *context, const int64_t *at)
{
	const struct expansion *const e = context;

	return fc_onnx_broadcast_index(e->from, e->to, fc_onnx_element(e->to, at));
}

int fc_onnx_run_expand(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_value wanted = { .name = "shape" }, *const y = call->out[0];
	const struct onnx_value *const both[] = { x, &wanted };
	int64_t dims[ONNX_MAX_RANK];
	const int64_t *shape;
	int rank, rc = fc_onnx_integers(call, NULL, 1, &shape, &wanted.rank);

	if (rc)
		return rc;
	if (wanted.rank > ONNX_MAX_RANK)
		return fc_onnx_fail(call, "found %d dimensions, expected at most %d", wanted.rank, ONNX_MAX_RANK);
	for (int i = 0; i < wanted.rank; i++)
		wanted.dims[i] = shape[i];
	if (fc_onnx_broadcast(call, both, 2, dims, &rank) || fc_onnx_set_shape(call, 0, x->type, dims, rank))
		return -1;
	fc_onnx_view(y, x);
	if (fc_onnx_elements(y) == fc_onnx_elements(x))
		return 0;
	y->place = ONNX_PART;
	y->content.count = -1;
	fc_onnx_move_content(call, y, x, expand_source, &(struct expansion){ x, y });
	return 0;
}

/* -------- dropout -------- */

int fc_onnx_run_dropout(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_wish wish = { .op = FC_OP_DROPOUT, .data = 1, .elementwise = true };
	double ratio = 0;

	if (fc_onnx_same_shape(call, 0, x) ||
	    (call->out_count > 1 && fc_onnx_set_shape(call, 1, ONNX_BOOL, x->dims, x->rank)))
		return -1;
	if (fc_onnx_number(call, "ratio", 1, 0.5, &ratio) || !(ratio >= 0 && ratio <= 0.999))
		ratio = 0;
	wish.attributes.probability = ratio;
	if (ratio > 0 && fc_onnx_lower(call, &wish))
		return 0;
	fc_onnx_view(call->out[0], x);
	if (ratio > 0)
		call->out[0]->content = (struct onnx_content){ .count = -1 };
	return 0;
}
