/* Sequences of values, and values that may be none. */
#include <string.h>

#include "onnx_ops.h"

#define MAX_ITEMS 4096

static struct onnx_value **new_items(struct onnx_call *call, int count)
{
	struct onnx_value **const items = FC_NEW_ARRAY(&call->m->arena, struct onnx_value *, count + 1);

	call->out[0]->items = items;
	call->out[0]->item_count = count;
	call->out[0]->rank = 0;
	return items;
}

int fc_onnx_run_sequence_construct(struct onnx_call *call)
{
	struct onnx_value **const items = new_items(call, call->in_count);

	for (int k = 0; k < call->in_count; k++) {
		if (!call->in[k])
			return fc_onnx_fail(call, "found no input %d, expected one", k + 1);
		items[k] = call->in[k];
	}
	return 0;
}

static int check_sequence(struct onnx_call *call)
{
	return call->in[0]->item_count < 0 ? ONNX_LATER : 0;
}

/* A place in the sequence, or at its end; `places` is how many there are. */
static int read_place(struct onnx_call *call, int input, int places, int *place)
{
	const struct onnx_value *const value = fc_onnx_input(call, input);
	double number;

	*place = places - 1;
	if (!value)
		return 0;
	if (!fc_onnx_scalar(value, &number) || !(number > -1e9 && number < 1e9))
		return ONNX_LATER;
	return fc_onnx_axis(call, (int64_t)number, places, place);
}

int fc_onnx_run_sequence_empty(struct onnx_call *call)
{
	new_items(call, 0);
	return 0;
}

int fc_onnx_run_sequence_insert(struct onnx_call *call)
{
	const struct onnx_value *const sequence = call->in[0];
	struct onnx_value **items;
	int place, rc = check_sequence(call);

	if (rc)
		return rc;
	rc = read_place(call, 2, sequence->item_count + 1, &place);
	if (rc)
		return rc;
	items = new_items(call, sequence->item_count + 1);
	memcpy(items, sequence->items, (size_t)place * sizeof(struct onnx_value *));
	items[place] = call->in[1];
	memcpy(items + place + 1, sequence->items + place,
	       (size_t)(sequence->item_count - place) * sizeof(struct onnx_value *));
	return 0;
}

int fc_onnx_run_sequence_erase(struct onnx_call *call)
{
	const struct onnx_value *const sequence = call->in[0];
	struct onnx_value **items;
	int place, rc = check_sequence(call);

	if (rc)
		return rc;
	rc = read_place(call, 1, sequence->item_count, &place);
	if (rc || !sequence->item_count)
		return rc ? rc : fc_onnx_fail(call, "found an empty sequence, expected one to take from");
	items = new_items(call, sequence->item_count - 1);
	memcpy(items, sequence->items, (size_t)place * sizeof(struct onnx_value *));
	memcpy(items + place, sequence->items + place + 1,
	       (size_t)(sequence->item_count - 1 - place) * sizeof(struct onnx_value *));
	return 0;
}

int fc_onnx_run_sequence_at(struct onnx_call *call)
{
	const struct onnx_value *const sequence = call->in[0];
	struct onnx_value *const y = call->out[0], had = *y;
	int place, rc = check_sequence(call);

	if (rc)
		return rc;
	rc = read_place(call, 1, sequence->item_count, &place);
	if (rc)
		return rc;
	*y = *sequence->items[place];
	y->name = had.name;
	/* The sequence may be read elsewhere too. */
	y->reader_count = had.reader_count + 1;
	return 0;
}

int fc_onnx_run_sequence_length(struct onnx_call *call)
{
	if (check_sequence(call))
		return ONNX_LATER;
	fc_onnx_set_shape(call, 0, ONNX_INT64, NULL, 0);
	*fc_onnx_new_integers(call, call->out[0]) = call->in[0]->item_count;
	return 0;
}

/* -------- split and joined -------- */

/* The sizes of the parts as a value: those that are given, or as many of one size as fit, the last one smaller. */
static int part_sizes(struct onnx_call *call, int64_t side, struct onnx_value **sizes)
{
	const struct onnx_value *const given = fc_onnx_input(call, 1);
	const bool list = given && given->rank == 1;
	int64_t size = 1, parts, *to;

	if (given && !given->content.integers)
		return ONNX_LATER;
	if (given && !list && given->content.count == 1)
		size = given->content.integers[0];
	if (size < 1)
		return fc_onnx_fail(call, "found parts of %lld, expected 1 or more", (long long)size);
	parts = list ? given->content.count : side / size + (side % size != 0);
	if (parts > MAX_ITEMS)
		return fc_onnx_fail(call, "found %lld parts, expected at most %d", (long long)parts, MAX_ITEMS);
	*sizes = fc_onnx_value(call->m, "");
	(*sizes)->rank = 1;
	(*sizes)->dims[0] = parts;
	to = fc_onnx_new_integers(call, *sizes);
	for (int64_t i = 0; i < parts; i++)
		to[i] = list ? given->content.integers[i] : size < side - i * size ? size : side - i * size;
	return 0;
}

static void remove_side(struct onnx_value *value, int axis)
{
	value->rank--;
	value->upright = NULL;
	memmove(value->dims + axis, value->dims + axis + 1, (size_t)(value->rank - axis) * sizeof(*value->dims));
}

/* As Split does it, the parts in a sequence; without sizes each is 1, and its side may go. */
int fc_onnx_run_split_to_sequence(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const bool keeps = fc_onnx_input(call, 1) || fc_onnx_integer(call, "keepdims", 1);
	struct onnx_value *in[] = { call->in[0], NULL };
	struct onnx_call inner = *call;
	int axis, rc;

	if (fc_onnx_axis(call, fc_onnx_integer(call, "axis", 0), x->rank, &axis))
		return -1;
	rc = part_sizes(call, x->dims[axis], &in[1]);
	if (rc)
		return rc;
	inner.in = in;
	inner.in_count = 2;
	inner.out_count = (int)in[1]->dims[0];
	inner.out = new_items(call, inner.out_count);
	for (int i = 0; i < inner.out_count; i++) {
		inner.out[i] = fc_onnx_value(call->m, call->node->outputs[0]);
		inner.out[i]->reader_count = 2;
	}
	if (fc_onnx_run_split(&inner))
		return -1;
	fc_onnx_inherit(&inner);
	for (int i = 0; i < inner.out_count && !keeps; i++)
		remove_side(inner.out[i], axis);
	return 0;
}

/* The items, each with a side of 1 more at the axis. */
static int stack(struct onnx_call *call, const struct onnx_value *sequence, struct onnx_value ***items)
{
	struct onnx_value *const copies = FC_NEW_ARRAY(&call->m->arena, struct onnx_value, sequence->item_count);
	const int rank = sequence->items[0]->rank;
	int axis;

	if (rank == ONNX_MAX_RANK)
		return fc_onnx_fail(call, "found %d dimensions and one more, expected at most %d", rank,
				    ONNX_MAX_RANK);
	if (fc_onnx_axis(call, fc_onnx_integer(call, "axis", 0), rank + 1, &axis))
		return -1;
	*items = FC_NEW_ARRAY(&call->m->arena, struct onnx_value *, sequence->item_count);
	for (int i = 0; i < sequence->item_count; i++) {
		struct onnx_value *const copy = (*items)[i] = &copies[i];

		*copy = *sequence->items[i];
		copy->upright = NULL;
		if (copy->rank != rank)
			return fc_onnx_fail(call, "found values of %d and %d dimensions, expected as many of each",
					    rank, copy->rank);
		memmove(copy->dims + axis + 1, copy->dims + axis, (size_t)(rank - axis) * sizeof(*copy->dims));
		copy->dims[axis] = 1;
		copy->rank++;
	}
	return 0;
}

int fc_onnx_run_concat_from_sequence(struct onnx_call *call)
{
	const struct onnx_value *const sequence = call->in[0];
	struct onnx_call inner = *call;

	if (check_sequence(call) || !sequence->item_count)
		return ONNX_LATER;
	for (int i = 0; i < sequence->item_count; i++)
		if (sequence->items[i]->rank < 0)
			return ONNX_LATER;
	inner.in = sequence->items;
	inner.in_count = sequence->item_count;
	if ((fc_onnx_integer(call, "new_axis", 0) && stack(call, sequence, &inner.in)) || fc_onnx_run_concat(&inner))
		return -1;
	fc_onnx_inherit(&inner);
	return 0;
}

/* -------- what may be none -------- */

/* Without an input it is none, and has no shape. */
int fc_onnx_run_optional(struct onnx_call *call)
{
	return fc_onnx_input(call, 0) ? fc_onnx_run_identity(call) : 0;
}

int fc_onnx_run_optional_has(struct onnx_call *call)
{
	const struct onnx_value *const x = fc_onnx_input(call, 0);

	if (x && x->rank < 0)
		return ONNX_LATER;
	fc_onnx_set_shape(call, 0, ONNX_BOOL, NULL, 0);
	*fc_onnx_new_integers(call, call->out[0]) = x != NULL;
	return 0;
}
