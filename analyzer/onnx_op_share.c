#include "onnx_ops.h"

#include <string.h>

int fc_onnx_folded_axis(int rank, int axis, enum onnx_fold fold)
{
	static const int rows[5][4] = { [2] = { 0, 3 }, [3] = { 0, 2, 3 }, [4] = { 0, 1, 2, 3 } };
	static const int image[5][4] = { [2] = { 0, 1 }, [3] = { 0, 1, 3 }, [4] = { 0, 1, 2, 3 } };

	return rank < 2 || rank > 4 ? 0 : (fold == ONNX_ROWS ? rows : image)[rank][axis];
}

enum onnx_fold fc_onnx_fold_of(int rank, int axis)
{
	return axis == 1 && rank < 4 ? ONNX_IMAGE : ONNX_ROWS;
}

enum onnx_fold fc_onnx_fold_like(const struct onnx_call *call, const struct onnx_value *value)
{
	const struct fc_shape *const own = value->node >= 0 ? &call->m->graph->nodes[value->node].shape : NULL;
	struct fc_shape shape;

	return own && fc_onnx_fold(value, ONNX_IMAGE, &shape) && shape.c == own->c && shape.h == own->h &&
			       shape.w == own->w
		       ? ONNX_IMAGE
		       : ONNX_ROWS;
}

int fc_onnx_broadcast(struct onnx_call *call, const struct onnx_value *const *values, int count,
		      int64_t dims[ONNX_MAX_RANK], int *rank)
{
	*rank = 0;
	for (int k = 0; k < count; k++)
		*rank = values[k]->rank > *rank ? values[k]->rank : *rank;
	for (int i = 0; i < *rank; i++)
		dims[i] = 1;
	for (int k = 0; k < count; k++) {
		const int more = *rank - values[k]->rank;

		for (int i = 0; i < values[k]->rank; i++) {
			char a[ONNX_SHAPE_TEXT], b[ONNX_SHAPE_TEXT];
			const int64_t side = values[k]->dims[i];

			if (side != dims[more + i] && side != 1 && dims[more + i] != 1)
				return fc_onnx_fail(
					call, "found operands of %s and %s, expected sides that are equal or 1",
					fc_onnx_shape_text(values[0], a), fc_onnx_shape_text(values[k], b));
			if (dims[more + i] == 1)
				dims[more + i] = side;
		}
	}
	return 0;
}

static void coordinates(const struct onnx_value *value, int64_t element, int64_t *at)
{
	for (int i = value->rank - 1; i >= 0; i--) {
		at[i] = element % value->dims[i];
		element /= value->dims[i];
	}
}

int64_t fc_onnx_element(const struct onnx_value *value, const int64_t *at)
{
	int64_t element = 0;

	for (int i = 0; i < value->rank; i++)
		element = element * value->dims[i] + at[i];
	return element;
}

int64_t fc_onnx_broadcast_index(const struct onnx_value *operand, const struct onnx_value *output, int64_t element)
{
	const int more = output->rank - operand->rank;
	int64_t at[ONNX_MAX_RANK], own[ONNX_MAX_RANK];

	coordinates(output, element, at);
	for (int i = 0; i < operand->rank; i++)
		own[i] = operand->dims[i] == 1 ? 0 : at[more + i];
	return fc_onnx_element(operand, own);
}

void fc_onnx_move_content(struct onnx_call *call, struct onnx_value *output, const struct onnx_value *input,
			  int64_t (*source)(const void *context, const int64_t *at), const void *context)
{
	const int64_t count = fc_onnx_elements(output);
	int64_t *integers = NULL, at[ONNX_MAX_RANK];
	double *reals = NULL;

	if (!fc_onnx_is_known(input))
		return;
	if (input->content.reals)
		reals = fc_onnx_new_reals(call, output);
	else
		integers = fc_onnx_new_integers(call, output);
	for (int64_t i = 0; i < count && (integers || reals); i++) {
		int64_t from;

		coordinates(output, i, at);
		from = source(context, at);
		if (reals)
			reals[i] = from < 0 ? 0 : input->content.reals[from];
		else
			integers[i] = from < 0 ? 0 : input->content.integers[from];
	}
}

/* Of what moves only the first input may be learned; the others say how. */
int fc_onnx_move(struct onnx_call *call)
{
	return fc_onnx_count(call, &(struct onnx_cost){ .moves = true, .untrained = ~1u });
}

int fc_onnx_move_part(struct onnx_call *call)
{
	return fc_onnx_count(call, &(struct onnx_cost){ .moves = true,
							.untrained = ~1u,
							.read_values = (uint64_t)fc_onnx_elements(call->out[0]) });
}

struct fc_counts fc_onnx_counts(size_t counter, uint64_t elements)
{
	struct fc_counts counts = { 0 };

	if (counter != ONNX_NO_COUNTER)
		memcpy((char *)&counts + counter, &elements, sizeof(elements));
	/* A file does not say what was a module. */
	counts.relu_module_elements = counts.relu_elements;
	return counts;
}

int fc_onnx_count_elements(struct onnx_call *call, int64_t elements, bool moves)
{
	return fc_onnx_count(call,
			     &(struct onnx_cost){ .counts = fc_onnx_counts(call->op->counter, (uint64_t)elements),
						  .moves = moves });
}

void fc_onnx_count_fused(struct onnx_call *call, struct fc_counts *counts)
{
	const char *const word = fc_onnx_word(call, "activation", "");
	const uint64_t elements = (uint64_t)fc_onnx_elements(call->out[0]);

	if (!strcmp(word, "Relu"))
		counts->relu_elements = counts->relu_module_elements = elements;
	else if (*word && strcmp(word, "none"))
		counts->other_activation_elements = elements;
}

bool fc_onnx_scalar(const struct onnx_value *value, double *number)
{
	if (!value || value->content.count != 1)
		return false;
	*number = value->content.reals ? value->content.reals[0] : (double)value->content.integers[0];
	return true;
}
