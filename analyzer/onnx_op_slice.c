/* Parts of values, along axes. */
#include <string.h>

#include "onnx_ops.h"

/* What is taken along each axis. */
struct cut {
	const struct onnx_value *from;
	int64_t first[ONNX_MAX_RANK], count[ONNX_MAX_RANK], step[ONNX_MAX_RANK];
};

static int64_t cut_source(const void *context, const int64_t *at)
{
	const struct cut *const c = context;
	int64_t own[ONNX_MAX_RANK];

	for (int i = 0; i < c->from->rank; i++)
		own[i] = c->first[i] + at[i] * c->step[i];
	return fc_onnx_element(c->from, own);
}

static bool lower(struct onnx_call *call, const struct cut *c)
{
	const struct onnx_value *const x = c->from;
	struct onnx_wish wish = { .op = FC_OP_SLICE, .data = 1, .fold = fc_onnx_fold_like(call, x) };
	int axis = -1;

	for (int i = 0; i < x->rank; i++) {
		if (c->count[i] == x->dims[i] && c->step[i] == 1)
			continue;
		if (axis >= 0)
			return false;
		axis = i;
	}
	if (axis < 1 || c->step[axis] < 1 || c->count[axis] < 1)
		return false;
	wish.attributes.axis = fc_onnx_folded_axis(x->rank, axis, wish.fold);
	wish.attributes.first = c->first[axis];
	wish.attributes.count = c->count[axis];
	wish.attributes.step = c->step[axis];
	return wish.attributes.axis && fc_onnx_lower(call, &wish);
}

/* The output `index` is the part that is cut. */
static int take(struct onnx_call *call, int index, const struct cut *c)
{
	const struct onnx_value *const x = c->from;
	struct onnx_value *const y = call->out[index];
	struct onnx_value *in = call->in[0], *out = y;
	struct onnx_call inner = *call;
	bool all = true;

	if (fc_onnx_set_shape(call, index, x->type, c->count, x->rank))
		return -1;
	for (int i = 0; i < x->rank; i++)
		all = all && c->count[i] == x->dims[i] && c->step[i] == 1;
	if (all) {
		fc_onnx_view(y, x);
		return 0;
	}
	fc_onnx_move_content(call, y, x, cut_source, c);
	inner.in = &in;
	inner.in_count = 1;
	inner.out = &out;
	inner.out_count = 1;
	if (fc_onnx_is_known(y) || lower(&inner, c))
		return 0;
	return fc_onnx_move_part(&inner);
}

static void start(struct cut *c, const struct onnx_value *x)
{
	*c = (struct cut){ .from = x };
	for (int i = 0; i < x->rank; i++) {
		c->count[i] = x->dims[i];
		c->step[i] = 1;
	}
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	return value < low ? low : value > high ? high : value;
}

/* Negative positions count from the end; whatever lies outside is cut off. */
static void cut_axis(struct cut *c, int axis, int64_t begin, int64_t end, int64_t step)
{
	const int64_t side = c->from->dims[axis];

	begin += begin < 0 ? side : 0;
	end += end < 0 ? side : 0;
	begin = step > 0 ? clamp(begin, 0, side) : clamp(begin, -1, side - 1);
	end = step > 0 ? clamp(end, 0, side) : clamp(end, -1, side - 1);
	c->first[axis] = begin;
	c->step[axis] = step;
	if (step > 0)
		c->count[axis] = end > begin ? (end - begin - 1) / step + 1 : 0;
	else
		c->count[axis] = begin > end ? (begin - end - 1) / -step + 1 : 0;
}

int fc_onnx_run_slice(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const int64_t *begins, *ends, *axes, *steps;
	int begin_count, end_count, axis_count, step_count, axis;
	struct cut c;

	if (fc_onnx_integers(call, "starts", 1, &begins, &begin_count) ||
	    fc_onnx_integers(call, "ends", 2, &ends, &end_count) ||
	    fc_onnx_integers(call, "axes", 3, &axes, &axis_count) ||
	    fc_onnx_integers(call, NULL, 4, &steps, &step_count))
		return ONNX_LATER;
	if (begin_count != end_count || (axes && axis_count != begin_count) || (steps && step_count != begin_count))
		return fc_onnx_fail(call, "found %d starts, %d ends, %d axes and %d steps, expected as many of each",
				    begin_count, end_count, axis_count, step_count);
	start(&c, x);
	for (int i = 0; i < begin_count; i++) {
		const int64_t step = steps ? steps[i] : 1;

		if (fc_onnx_axis(call, axes ? axes[i] : i, x->rank, &axis))
			return -1;
		if (!step || step == INT64_MIN)
			return fc_onnx_fail(call, "found a step of %lld, expected another", (long long)step);
		cut_axis(&c, axis, begins[i], ends[i], step);
	}
	return take(call, 0, &c);
}

/* -------- Split -------- */

/* So many equal parts, the last one smaller where it must be. */
static int equal_part(struct onnx_call *call, int64_t side, int index, int64_t *count)
{
	const int64_t parts = fc_onnx_integer(call, "num_outputs", call->out_count);
	const int64_t each = parts > 0 ? side / parts + (side % parts != 0) : 0;

	if (parts < 1 || parts != call->out_count)
		return fc_onnx_fail(call, "found %lld parts for %d outputs, expected as many", (long long)parts,
				    call->out_count);
	*count = clamp(side - each * index, 0, each);
	return 0;
}

int fc_onnx_run_split(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const int64_t *sizes;
	int64_t done = 0;
	int count, axis, rc = fc_onnx_integers(call, "split", 1, &sizes, &count);

	if (rc || fc_onnx_axis(call, fc_onnx_integer(call, "axis", 0), x->rank, &axis))
		return rc ? rc : -1;
	if (sizes && count != call->out_count)
		return fc_onnx_fail(call, "found %d sizes for %d outputs, expected as many", count, call->out_count);
	for (int i = 0; i < call->out_count; i++) {
		struct cut c;

		start(&c, x);
		if (sizes)
			c.count[axis] = sizes[i];
		else if (equal_part(call, x->dims[axis], i, &c.count[axis]))
			return -1;
		c.first[axis] = done;
		if (c.count[axis] < 0 || c.count[axis] > x->dims[axis] - done)
			return fc_onnx_fail(call,
					    "found parts that are larger than the side of %lld, expected all of it",
					    (long long)x->dims[axis]);
		done += c.count[axis];
		if (take(call, i, &c))
			return -1;
	}
	return 0;
}

/* -------- CenterCropPad -------- */

/* Cut off or filled up on both sides. */
int fc_onnx_run_crop(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const struct onnx_attribute *const a = fc_onnx_attribute(call, "axes");
	const int64_t *const axes = a ? a->integers : NULL, *sides;
	int64_t dims[ONNX_MAX_RANK];
	int count, axis, rc = fc_onnx_integers(call, NULL, 1, &sides, &count);

	if (rc)
		return rc;
	if (count != (axes ? a->count : x->rank))
		return fc_onnx_fail(call, "found %d sides, expected %d", count, axes ? a->count : x->rank);
	memcpy(dims, x->dims, sizeof(dims));
	for (int i = 0; i < count; i++) {
		if (fc_onnx_axis(call, axes ? axes[i] : i, x->rank, &axis))
			return -1;
		dims[axis] = sides[i];
	}
	return fc_onnx_set_shape(call, 0, x->type, dims, x->rank) ? -1 : fc_onnx_move_part(call);
}
