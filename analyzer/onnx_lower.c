/* Layers of a kind that the program trains: made on trial, kept where the kind's own rules agree with the standard. */
#include "onnx_ops.h"

#include <string.h>

#include "onnx_graph.h"
#include "op.h"

struct trial {
	struct onnx_call *call;
	const struct onnx_wish *wish;
	struct fc_node node;
	int *inputs;
};

static bool same(struct fc_shape a, struct fc_shape b)
{
	return a.n == b.n && a.c == b.c && a.h == b.h && a.w == b.w;
}

/* A helper before the layer itself; its index. */
static bool add_helper(struct trial *t, enum fc_op op, const struct fc_attributes *attributes, const int *input,
		       int *index)
{
	struct onnx_machine *const m = t->call->m;
	struct fc_node node = { .op = op, .attributes = *attributes, .inputs = input, .input_count = input != NULL };
	const char *const name = fc_arena_printf(&m->arena, "%s.%s", fc_onnx_layer_name(t->call), fc_op_name(op));
	struct fc_error ignored;
	struct fc_node *added;

	if (fc_op_kind(op)->shape(m->graph, &node, &ignored) ||
	    fc_onnx_new_node(m, name, t->call->node->number, &node, &added))
		return false;
	*index = added->index;
	return true;
}

/* The node under another shape. */
static bool reshaped(struct trial *t, struct fc_shape wanted, int *index)
{
	const struct fc_shape own = t->call->m->graph->nodes[*index].shape;
	const int input = *index;

	return same(own, wanted) ||
	       (wanted.n == own.n && fc_shape_elements(own) == fc_shape_elements(wanted) &&
		add_helper(t, FC_OP_RESHAPE,
			   &(struct fc_attributes){ .out = wanted.c, .out_h = wanted.h, .out_w = wanted.w }, &input,
			   index));
}

/* A transposed value as a layer that makes it so; `order` by axes of (N, C, H, W). */
static bool permuted(struct trial *t, const struct onnx_value *value, int *index)
{
	const enum onnx_fold fold = t->wish->fold;
	struct fc_attributes a = { .order = { 1, 2, 3 } };
	struct fc_shape shape;
	const int input = *index;
	int from;

	if (!value->upright || value->order[0] || !fc_onnx_fold(value->upright, fold, &shape))
		return false;
	for (int i = 1; i < value->rank; i++) {
		const int to = fc_onnx_folded_axis(value->rank, i, fold);

		from = fc_onnx_folded_axis(value->rank, value->order[i], fold);
		if (!to || !from)
			return false;
		a.order[to - 1] = from;
	}
	if (!reshaped(t, shape, index))
		return false;
	from = *index;
	if (add_helper(t, FC_OP_PERMUTE, &a, &from, index))
		return true;
	*index = input;
	return false;
}

/* The node that gives a value under the shape that the layer wants. */
static bool data_node(struct trial *t, const struct onnx_value *value, int *index)
{
	const struct fc_graph *const graph = t->call->m->graph;
	const struct fc_shape own = graph->nodes[value->node].shape;
	struct fc_shape wanted;

	*index = value->node;
	if (own.n != graph->batch || value->place == ONNX_PART || fc_shape_elements(own) != fc_onnx_elements(value))
		return false;
	if (t->wish->elementwise)
		return true;
	if (value->place == ONNX_TRANSPOSED && !permuted(t, value, index))
		return false;
	if (t->wish->op == FC_OP_DENSE)
		return value->rank == 2 && value->dims[0] == own.n;
	return fc_onnx_fold(value, t->wish->fold, &wanted) && reshaped(t, wanted, index);
}

/* Learned values that are added or multiplied to each image alike. */
static bool learned_node(struct trial *t, const struct onnx_value *value, int *index)
{
	const int64_t batch = t->call->m->graph->batch;
	struct fc_shape shape;

	/* They may have been repeated for the images already. */
	if (!t->wish->learns || fc_onnx_is_shared(value) || !fc_onnx_is_real(value->type) ||
	    value->parameter->values < 2 || !fc_onnx_fold(value, t->wish->fold, &shape) ||
	    (shape.n != 1 && shape.n != batch) ||
	    value->parameter->values * (uint64_t)shape.n != (uint64_t)fc_onnx_elements(value))
		return false;
	return add_helper(t, FC_OP_LEARNED,
			  &(struct fc_attributes){ .out = shape.c, .out_h = shape.h, .out_w = shape.w }, NULL, index);
}

/* Missing dimensions in front are 1, as in the standard's rule for operands of different ranks. */
static struct onnx_value aligned(const struct trial *t, const struct onnx_value *value)
{
	const int more = t->wish->learns ? t->call->out[0]->rank - value->rank : 0;
	struct onnx_value wide = *value;

	if (more <= 0)
		return wide;
	wide.rank += more;
	for (int i = 0; i < wide.rank; i++)
		wide.dims[i] = i < more ? 1 : value->dims[i - more];
	return wide;
}

static bool find_data(struct trial *t)
{
	t->inputs = FC_NEW_ARRAY(&t->call->m->arena, int, t->call->in_count + 1);
	t->node.inputs = t->inputs;
	for (int k = 0; k < t->call->in_count; k++) {
		const struct onnx_value *const value = t->call->in[k];
		const bool wanted = fc_onnx_has(t->wish->data, k);
		struct onnx_value wide;
		int *const index = &t->inputs[t->node.input_count];

		/* Data where a parameter or a constant belongs is another layer. */
		if (value && value->node >= 0 && !wanted)
			return false;
		if (!wanted)
			continue;
		if (!value || value->rank < 0 || (value->node < 0 && !value->parameter))
			return false;
		wide = aligned(t, value);
		if (value->node >= 0 ? !data_node(t, &wide, index) : !learned_node(t, &wide, index))
			return false;
		t->node.input_count++;
	}
	return t->node.input_count > 0;
}

/* The kind's parameters and the node's must be the same number of values, none of them another layer's. */
static bool find_params(const struct trial *t)
{
	uint64_t wanted = 0, found = 0;

	for (int p = 0; p < t->node.param_count; p++)
		wanted += op_elements(t->node.params[p].shape);
	for (int k = 0; k < t->call->in_count; k++) {
		const struct onnx_value *const value = t->call->in[k];

		if (!fc_onnx_has(t->wish->params, k) || !value)
			continue;
		if (!value->parameter || fc_onnx_is_shared(value) ||
		    value->parameter->values != (uint64_t)fc_onnx_elements(value))
			return false;
		found += value->parameter->values;
	}
	return wanted == found;
}

static bool fits(const struct trial *t, struct fc_shape got)
{
	struct fc_shape wanted;

	if (t->wish->elementwise)
		return fc_shape_elements(got) == fc_onnx_elements(t->call->out[0]);
	if (t->wish->op == FC_OP_DENSE)
		return true;
	return fc_onnx_fold(t->call->out[0], t->wish->fold, &wanted) && same(wanted, got);
}

static void own(const struct trial *t)
{
	for (int k = 0; k < t->call->in_count; k++) {
		struct onnx_value *const value = t->call->in[k];

		if (value && value->node < 0 && value->parameter &&
		    (fc_onnx_has(t->wish->params, k) || fc_onnx_has(t->wish->data, k)))
			value->parameter->owned = true;
	}
}

/* Element by element, what is transposed remains so. */
static void lie_as(const struct trial *t, struct onnx_value *output)
{
	const struct onnx_value *const x = t->call->in[__builtin_ctz(t->wish->data)];

	output->place = t->wish->elementwise ? x->place : ONNX_WHOLE;
	if (output->place == ONNX_TRANSPOSED && x->upright) {
		struct onnx_value *const upright = fc_onnx_value(t->call->m, x->upright->name);

		*upright = *x->upright;
		upright->node = output->node;
		output->upright = upright;
		memcpy(output->order, x->order, sizeof(output->order));
	}
}

bool fc_onnx_lower(struct onnx_call *call, const struct onnx_wish *wish)
{
	struct fc_graph *const graph = call->m->graph;
	const int before = graph->node_count;
	struct trial t = { .call = call, .wish = wish, .node = { .op = wish->op, .attributes = wish->attributes } };
	struct fc_error ignored;
	struct fc_node *node;

	fc_op_complete(wish->op, &t.node.attributes);
	if (fc_onnx_elements(call->out[0]) && find_data(&t) &&
	    !fc_op_kind(wish->op)->shape(graph, &t.node, &ignored) && fits(&t, t.node.shape) && find_params(&t) &&
	    !fc_onnx_new_node(call->m, fc_onnx_layer_name(call), call->node->number, &t.node, &node)) {
		own(&t);
		for (int i = 0; i < call->out_count; i++)
			call->out[i]->node = node->index;
		lie_as(&t, call->out[0]);
		return true;
	}
	graph->node_count = before;
	return false;
}

bool fc_onnx_lower_transposition(struct onnx_call *call, enum onnx_fold fold)
{
	const struct onnx_wish wish = { .op = FC_OP_PERMUTE, .fold = fold, .data = 1 };
	struct fc_graph *const graph = call->m->graph;
	const int before = graph->node_count;
	struct trial t = { .call = call, .wish = &wish };
	int index;

	if (call->in[0]->node >= 0 && data_node(&t, call->in[0], &index) && index >= before) {
		call->out[0]->node = index;
		return true;
	}
	graph->node_count = before;
	return false;
}
