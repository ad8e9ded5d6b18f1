/* Values: shapes with their limits, and contents where they are known. */
#include <stdio.h>

#include "onnx_machine.h"

struct onnx_value *fc_onnx_value(struct onnx_machine *m, const char *name)
{
	struct onnx_value *const value = FC_NEW(&m->arena, struct onnx_value);

	*value = (struct onnx_value){ .name = name, .rank = -1, .content.count = -1, .node = -1, .item_count = -1 };
	return value;
}

bool fc_onnx_is_known(const struct onnx_value *value)
{
	return value->content.count >= 0;
}

int64_t fc_onnx_elements(const struct onnx_value *value)
{
	int64_t elements = 1;

	for (int i = 0; i < value->rank; i++)
		elements *= value->dims[i];
	return elements;
}

const char *fc_onnx_shape_text(const struct onnx_value *value, char text[ONNX_SHAPE_TEXT])
{
	size_t used = 0;

	snprintf(text, ONNX_SHAPE_TEXT, value->rank < 0 ? "an unknown shape" : "a single value");
	for (int i = 0; i < value->rank && used < ONNX_SHAPE_TEXT; i++)
		used += (size_t)snprintf(text + used, ONNX_SHAPE_TEXT - used, "%s%lld", i ? "x" : "",
					 (long long)value->dims[i]);
	return text;
}

int fc_onnx_set_shape(struct onnx_call *call, int output, int type, const int64_t *dims, int rank)
{
	struct onnx_value *const value = call->out[output];
	int64_t elements = 1;

	if (rank > ONNX_MAX_RANK)
		return fc_onnx_fail(call, "found %d dimensions, expected at most %d", rank, ONNX_MAX_RANK);
	for (int i = 0; i < rank; i++) {
		/* A side of 0 makes all of it empty, but the others are limited all the same. */
		const int64_t side = dims[i] > 0 ? dims[i] : 1;

		if (dims[i] < 0)
			return fc_onnx_fail(call, "found an output with a side of %lld, expected 0 or more",
					    (long long)dims[i]);
		if (__builtin_mul_overflow(elements, side, &elements) || elements > ONNX_MAX_ELEMENTS)
			return fc_onnx_fail(call, "found an output of more than %lld values, expected fewer",
					    (long long)ONNX_MAX_ELEMENTS);
		value->dims[i] = dims[i];
	}
	value->rank = rank;
	value->type = type;
	return 0;
}

int fc_onnx_same_shape(struct onnx_call *call, int output, const struct onnx_value *as)
{
	return fc_onnx_set_shape(call, output, as->type, as->dims, as->rank);
}

int64_t *fc_onnx_new_integers(struct onnx_call *call, struct onnx_value *value)
{
	const int64_t count = fc_onnx_elements(value);
	int64_t *integers;

	if (count > ONNX_MAX_CONTENT)
		return NULL;
	integers = FC_NEW_ARRAY(&call->m->arena, int64_t, count + 1);
	value->content = (struct onnx_content){ count, integers, NULL };
	return integers;
}

double *fc_onnx_new_reals(struct onnx_call *call, struct onnx_value *value)
{
	const int64_t count = fc_onnx_elements(value);
	double *reals;

	if (count > ONNX_MAX_CONTENT)
		return NULL;
	reals = FC_NEW_ARRAY(&call->m->arena, double, count + 1);
	value->content = (struct onnx_content){ count, NULL, reals };
	return reals;
}

void fc_onnx_view(struct onnx_value *output, const struct onnx_value *input)
{
	output->content = input->content;
	output->node = input->node;
	output->place = input->place;
	output->upright = NULL;
	output->parameter = input->parameter;
	output->copied = input->copied;
	output->origins = input->origins;
}
