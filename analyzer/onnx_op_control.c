/* Branches whose condition is known, and sequences of values. */
#include "onnx_ops.h"

#define MAX_ITEMS 4096

int fc_onnx_run_if(struct onnx_call *call)
{
	const struct onnx_value *const condition = call->in[0];
	const struct onnx_attribute *branch;

	if (condition->content.count != 1 || !condition->content.integers)
		return ONNX_LATER;
	branch = fc_onnx_attribute(call, condition->content.integers[0] ? "then_branch" : "else_branch");
	if (!branch || !branch->graph)
		return fc_onnx_fail(call, "found no branch, expected two");
	return fc_onnx_run_branch(call, branch->graph);
}

/* -------- sequences -------- */

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

int fc_onnx_run_sequence_at(struct onnx_call *call)
{
	const struct onnx_value *const sequence = call->in[0];
	struct onnx_value *const y = call->out[0], had = *y;
	double number;
	int index;

	if (check_sequence(call) || !fc_onnx_scalar(call->in[1], &number) || !(number > -1e9 && number < 1e9))
		return ONNX_LATER;
	if (fc_onnx_axis(call, (int64_t)number, sequence->item_count, &index))
		return -1;
	*y = *sequence->items[index];
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

/* As Split does it, the parts in a sequence; without sizes each is 1 and its side may go. */
int fc_onnx_run_split_to_sequence(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_value *in[] = { call->in[0], NULL }, *sizes;
	struct onnx_call inner = *call;
	int64_t size = 1, parts, *list;
	double number;
	int axis;

	if (fc_onnx_axis(call, fc_onnx_integer(call, "axis", 0), x->rank, &axis))
		return -1;
	sizes = fc_onnx_input(call, 1);
	if (sizes && !sizes->content.integers)
		return ONNX_LATER;
	if (!sizes && !fc_onnx_integer(call, "keepdims", 1))
		return ONNX_LATER;
	if (sizes && fc_onnx_scalar(sizes, &number))
		size = sizes->content.integers[0];
	if (size < 1)
		return fc_onnx_fail(call, "found parts of %lld, expected 1 or more", (long long)size);
	parts = sizes && sizes->rank == 1 ? sizes->content.count : x->dims[axis] / size + (x->dims[axis] % size != 0);
	if (parts > MAX_ITEMS)
		return fc_onnx_fail(call, "found %lld parts, expected at most %d", (long long)parts, MAX_ITEMS);
	in[1] = fc_onnx_value(call->m, "");
	in[1]->rank = 1;
	in[1]->dims[0] = parts;
	list = fc_onnx_new_integers(call, in[1]);
	for (int64_t i = 0; i < parts; i++)
		list[i] = sizes && sizes->rank == 1	    ? sizes->content.integers[i]
			  : size < x->dims[axis] - i * size ? size
							    : x->dims[axis] - i * size;
	inner.in = in;
	inner.in_count = 2;
	inner.out = new_items(call, (int)parts);
	inner.out_count = (int)parts;
	for (int64_t i = 0; i < parts; i++) {
		inner.out[i] = fc_onnx_value(call->m, call->node->outputs[0]);
		inner.out[i]->reader_count = 2;
	}
	return fc_onnx_run_split(&inner);
}

int fc_onnx_run_concat_from_sequence(struct onnx_call *call)
{
	struct onnx_call inner = *call;

	if (check_sequence(call) || !call->in[0]->item_count || fc_onnx_integer(call, "new_axis", 0))
		return ONNX_LATER;
	inner.in = call->in[0]->items;
	inner.in_count = call->in[0]->item_count;
	return fc_onnx_run_concat(&inner);
}
