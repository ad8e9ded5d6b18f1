/*
 * Two or more values become one, element by element: sums, differences, products, quotients, extremes. A side of 1 is
 * repeated along the sides of the others.
 */
#include "op.h"

static int broadcast_side(const struct fc_graph *graph, struct fc_node *node, int64_t axis, struct fc_error *err)
{
	const struct fc_shape first = op_input(graph, node);
	int64_t side = op_side(first, axis);

	for (int k = 1; k < node->input_count; k++) {
		const struct fc_shape s = fc_graph_input_shape(graph, node, k);
		const int64_t other = op_side(s, axis);

		if (other != side && other != 1 && side != 1)
			return fc_fail(err,
				       "found " OP_SHAPE_FORMAT " ('%s'), expected " OP_SHAPE_FORMAT
				       " as the first value ('%s')",
				       OP_SHAPE_VALUES(s), graph->nodes[node->inputs[k]].name, OP_SHAPE_VALUES(first),
				       graph->nodes[node->inputs[0]].name);
		if (side == 1)
			side = other;
	}
	op_set_side(&node->shape, axis, side);
	return 0;
}

static int combine(const struct fc_graph *graph, struct fc_node *node, const char *verb, struct fc_error *err)
{
	if (node->input_count < 2)
		return fc_fail(err, "found one value, expected at least two to %s", verb);
	node->shape = op_input(graph, node);
	for (int64_t axis = 1; axis <= 3; axis++)
		if (broadcast_side(graph, node, axis, err))
			return -1;
	return 0;
}

static int pair(const struct fc_graph *graph, struct fc_node *node, const char *verb, struct fc_error *err)
{
	if (node->input_count > 2)
		return fc_fail(err, "found %d values, expected two to %s", node->input_count, verb);
	return combine(graph, node, verb, err);
}

static bool operations(const struct fc_node *node, uint64_t *count)
{
	return !__builtin_mul_overflow(op_elements(node->shape), (uint64_t)node->input_count - 1, count);
}

static bool count_adds(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	return operations(node, &counts->add_elements);
}

static bool count_multiplies(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	return operations(node, &counts->multiply_elements);
}

static bool count_choices(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	return operations(node, &counts->other_activation_elements);
}

/* The shape rules differ in the verb of their sentences and in how many values they take. */
#define SHAPE(lower, how)                                                                                \
	static int shape_##lower(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err) \
	{                                                                                                \
		return how(graph, node, #lower, err);                                                    \
	}

SHAPE(add, combine)
SHAPE(multiply, combine)
SHAPE(subtract, pair)
SHAPE(divide, pair)
SHAPE(maximum, pair)
SHAPE(minimum, pair)

static const struct op_argument no_arguments[] = { { .name = NULL } };
static const struct op_argument add_arguments[] = { OP_FLAG_ARGUMENT(copies), { .name = NULL } };

#define ROW(lower, formula, known, counter, reads, operand, ...)                                       \
	const struct op_kind fc_op_##lower = {                                                         \
		.summary = formula,                                                                    \
		.arguments = known,                                                                    \
		.joins = true,                                                                         \
		.traits = { .backward_reads_input = reads, .saved_bytes = op_no_bytes },               \
		.traffic = { [FC_PHASE_FORWARD] = { OP_X, OP_Y },                                      \
			     [FC_PHASE_BACKWARD_DATA] = { OP_DY | operand, OP_DX } },                  \
		.autograd = __VA_ARGS__,                                                               \
		.shape = shape_##lower,                                                                \
		.count = counter,                                                                      \
	}

ROW(add, "sum of the values named behind it", add_arguments, count_adds, false, 0, { .in_place = true });
ROW(subtract, "the first value without the second", no_arguments, count_adds, false, 0, { .input = false });
ROW(multiply, "product of the values named behind it", no_arguments, count_multiplies, true, OP_X, { .input = true });
ROW(divide, "the first value over the second", no_arguments, count_multiplies, true, OP_X, { .input = true });
ROW(maximum, "the larger of two values", no_arguments, count_choices, true, OP_X, { .input = true });
ROW(minimum, "the smaller of two values", no_arguments, count_choices, true, OP_X, { .input = true });
