/* Attributes and constant inputs of a node, through functions and versions of the standard. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "onnx_machine.h"

int fc_onnx_fail(struct onnx_call *call, const char *format, ...)
{
	const struct onnx_node *const node = call->node;
	const char *const name = *node->name ? node->name : node->output_count ? node->outputs[0] : "";
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fc_fail(call->m->err, "node %d '%.200s' (%.60s): %s", node->number, name, node->op, text);
}

static const struct onnx_attribute *find(const struct onnx_attribute *attributes, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

/* An attribute may stand for the caller's, whose own may stand for its caller's. */
const struct onnx_attribute *fc_onnx_attribute(const struct onnx_call *call, const char *name)
{
	const struct onnx_attribute *found = find(call->node->attributes, call->node->attribute_count, name);
	const struct onnx_scope *scope = call->m->scope;

	while (found && found->reference) {
		const struct onnx_node *caller;
		const struct onnx_attribute *outer;

		while (scope && !scope->function)
			scope = scope->parent;
		if (!scope)
			return NULL;
		caller = scope->caller->node;
		outer = find(caller->attributes, caller->attribute_count, found->reference);
		found = outer ? outer
			      : find(scope->function->defaults, scope->function->default_count, found->reference);
		scope = scope->outer;
	}
	return found;
}

int64_t fc_onnx_integer(const struct onnx_call *call, const char *name, int64_t otherwise)
{
	const struct onnx_attribute *const a = fc_onnx_attribute(call, name);

	return a ? a->integer : otherwise;
}

double fc_onnx_real(const struct onnx_call *call, const char *name, double otherwise)
{
	const struct onnx_attribute *const a = fc_onnx_attribute(call, name);

	return a ? a->real : otherwise;
}

const char *fc_onnx_word(const struct onnx_call *call, const char *name, const char *otherwise)
{
	const struct onnx_attribute *const a = fc_onnx_attribute(call, name);

	return a ? a->text : otherwise;
}

struct onnx_value *fc_onnx_input(const struct onnx_call *call, int index)
{
	return index >= 0 && index < call->in_count ? call->in[index] : NULL;
}

int fc_onnx_integers(struct onnx_call *call, const char *name, int input, const int64_t **integers, int *count)
{
	const struct onnx_attribute *const a = name ? fc_onnx_attribute(call, name) : NULL;
	const struct onnx_value *const value = fc_onnx_input(call, input);

	*integers = NULL;
	*count = 0;
	if (a && a->integers) {
		*integers = a->integers;
		*count = a->count;
	} else if (value && !value->content.integers) {
		return ONNX_LATER;
	} else if (value) {
		*integers = value->content.integers;
		*count = (int)value->content.count;
	}
	return 0;
}

int fc_onnx_number(struct onnx_call *call, const char *name, int input, double otherwise, double *number)
{
	const struct onnx_attribute *const a = name ? fc_onnx_attribute(call, name) : NULL;
	const struct onnx_value *const value = fc_onnx_input(call, input);

	*number = a ? a->real : otherwise;
	if (!value)
		return 0;
	if (value->content.count != 1)
		return ONNX_LATER;
	*number = value->content.reals ? value->content.reals[0] : (double)value->content.integers[0];
	return 0;
}

int fc_onnx_axis(struct onnx_call *call, int64_t axis, int rank, int *index)
{
	if (axis < -rank || axis >= rank)
		return fc_onnx_fail(call, "found the axis %lld, expected one of %d dimensions", (long long)axis,
				    rank);
	*index = (int)(axis < 0 ? axis + rank : axis);
	return 0;
}

int fc_onnx_axes(struct onnx_call *call, const int64_t *integers, int count, int rank, bool marked[ONNX_MAX_RANK])
{
	int index = 0;

	for (int i = 0; i < rank; i++)
		marked[i] = !integers;
	for (int i = 0; integers && i < count; i++) {
		if (fc_onnx_axis(call, integers[i], rank, &index))
			return -1;
		if (marked[index])
			return fc_onnx_fail(call, "found the axis %d twice, expected it once", index);
		marked[index] = true;
	}
	return 0;
}
