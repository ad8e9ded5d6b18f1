/*
 * The graph that grows, and what is known only when it is complete.
 */
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#include "model_machine.h"
#include "model_parse.h"

static int check_size(struct machine *m, struct place place, const char *name, const char *what, struct fc_shape s)
{
	if (op_has_at_most(s, MODEL_MAX_ELEMENTS))
		return 0;
	return fc_place_fail(place, m->err, "layer '%s': found %s of %lldx%lldx%lldx%lld, expected at most %lld values", name, what,
			     (long long)s.n, (long long)s.c, (long long)s.h, (long long)s.w, (long long)MODEL_MAX_ELEMENTS);
}

static struct fc_node *new_node(struct machine *m, struct place place)
{
	struct fc_graph *const graph = m->graph;
	struct fc_node *node;

	if (graph->node_count == m->node_capacity) {
		m->node_capacity = m->node_capacity ? 2 * m->node_capacity : 64;
		graph->nodes = fc_realloc(graph->nodes, (size_t)m->node_capacity, sizeof(*graph->nodes));
		m->places = fc_realloc(m->places, (size_t)m->node_capacity, sizeof(*m->places));
	}
	m->places[graph->node_count] = place;
	node = &graph->nodes[graph->node_count];
	*node = (struct fc_node){ .index = graph->node_count, .line = place.line };
	graph->node_count++;
	return node;
}

static int claim_name(struct machine *m, struct place place, const char *name)
{
	struct symbol *const symbol = fc_symbol(m, name);

	if (symbol->is_node)
		return fc_place_fail(place, m->err, "found a second layer '%s', expected another name", name);
	symbol->is_node = true;
	return 0;
}

int fc_build_input(struct machine *m, struct place place, const int64_t shape[3])
{
	struct fc_node *node;
	int *wire;

	for (int side = 0; side < 3; side++)
		if (shape[side] < 1 || shape[side] > 65536)
			return fc_place_fail(place, m->err,
					     "found an input of %lldx%lldx%lld, expected sides from 1 to 65536",
					     (long long)shape[0], (long long)shape[1], (long long)shape[2]);
	node = new_node(m, place);
	node->name = fc_arena_strdup(&m->graph->arena, "input");
	node->op = FC_OP_INPUT;
	node->shape = (struct fc_shape){ m->graph->batch, shape[0], shape[1], shape[2] };
	wire = FC_NEW(&m->arena, int);
	m->global->in = m->global->current = (struct wires){ wire, 1 };
	return claim_name(m, place, "input") || check_size(m, place, "input", "images", node->shape) ? -1 : 0;
}

/* What fills a parameter at first: the model's `init` or the kind's own rule, with the fans of the layer's weight. */
static void resolve_init(struct machine *m, struct fc_node *node)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	const struct init_fan fan = kind->fan ? kind->fan(node) : fc_init_fan(node->params[0].shape);

	for (int p = 0; p < node->param_count; p++) {
		const struct init_rule *rule = m->init[node->op][p].rule;
		struct init_choice choice = m->init[node->op][p].choice;

		if (!rule) {
			rule = fc_init_find(kind->params[p].init);
			choice.numbers[0] = kind->params[p].number;
		}
		node->params[p].name = kind->params[p].name;
		node->params[p].init = rule->resolve(&choice, fan);
	}
}

int fc_build_node(struct machine *m, struct place place, const char *name, enum fc_op op,
		  const struct fc_attributes *attributes, struct wires wires, int *index)
{
	struct fc_node *node;
	struct fc_error why = { "" };
	int *inputs;

	if (m->graph->node_count >= MODEL_MAX_NODES)
		return fc_place_fail(place, m->err, "found more than %d layers, expected fewer", MODEL_MAX_NODES);
	if (claim_name(m, place, name) ||
	    fc_machine_spend(m, place, 1 + wires.count + attributes->kernel_h + attributes->kernel_w))
		return -1;
	node = new_node(m, place);
	*index = node->index;
	node->name = fc_arena_strdup(&m->graph->arena, name);
	node->op = op;
	node->attributes = *attributes;
	fc_op_complete(op, &node->attributes);
	inputs = FC_NEW_ARRAY(&m->graph->arena, int, wires.count);
	if (wires.count)
		memcpy(inputs, wires.nodes, (size_t)wires.count * sizeof(*inputs));
	node->inputs = inputs;
	node->input_count = wires.count;
	if (fc_op_kind(op)->shape(m->graph, node, &why))
		return fc_place_fail(place, m->err, "layer '%s': %s", name, why.text);
	if (check_size(m, place, name, "an output", node->shape))
		return -1;
	for (int p = 0; p < node->param_count; p++)
		if (check_size(m, place, name, "a parameter", node->params[p].shape))
			return -1;
	resolve_init(m, node);
	return 0;
}

/* A loss needs one value per class. */
static int check_answer(struct machine *m, struct place place, const struct fc_node *node)
{
	const struct fc_shape shape = node->shape;

	if (!m->has_classes)
		return fc_place_fail(place, m->err,
				     "found an output before 'classes', expected 'classes NUMBER' above");
	if (shape.c != m->graph->classes || shape.h != 1 || shape.w != 1)
		return fc_place_fail(place, m->err,
				     "found an output of " OP_SHAPE_FORMAT
				     " ('%s'), expected %lldx1x1, one value per class, or 'output any_shape'",
				     OP_SHAPE_VALUES(shape), node->name, (long long)m->graph->classes);
	return 0;
}

/* An answer that no loss is known for: the network can be counted. */
static void accept_answer(struct machine *m, const struct fc_node *node)
{
	struct fc_graph *const graph = m->graph;

	if (!m->has_classes && !graph->classes)
		graph->classes = node->shape.c;
	if (!graph->untrainable)
		graph->untrainable = fc_arena_printf(
			&graph->arena, "its output '%s' may have any shape, for which there is no loss", node->name);
}

int fc_build_head(struct machine *m, struct place place, int node, const struct output_arguments *arguments)
{
	struct fc_graph *const graph = m->graph;

	if (graph->head_count == FC_MAX_HEADS)
		return fc_place_fail(place, m->err, "found more than %d outputs, expected fewer", FC_MAX_HEADS);
	if (!node)
		return fc_place_fail(place, m->err, "found the images as the output, expected a layer");
	if (arguments->any_shape)
		accept_answer(m, &graph->nodes[node]);
	else if (check_answer(m, place, &graph->nodes[node]))
		return -1;
	for (int h = 0; h < graph->head_count; h++)
		if (graph->heads[h].node == node)
			return fc_place_fail(place, m->err, "found '%s' as an output a second time, expected it once",
					     graph->nodes[node].name);
	m->head_places[graph->head_count] = place;
	graph->heads[graph->head_count++] = (struct fc_head){ node, arguments->weight, arguments->train_only };
	return 0;
}

/* The answer of the network becomes head 0; the others keep their order behind it. */
static int order_heads(struct machine *m, struct place place)
{
	struct fc_graph *const graph = m->graph;
	struct fc_head main_head;
	int answer = 0;

	while (answer < graph->head_count && graph->heads[answer].train_only)
		answer++;
	if (answer == graph->head_count)
		return fc_place_fail(place, m->err,
				     "found a network without an answer, expected 'output' behind its last layer");
	main_head = graph->heads[answer];
	memmove(graph->heads + 1, graph->heads, (size_t)answer * sizeof(*graph->heads));
	graph->heads[0] = main_head;
	return 0;
}

/* From the heads down: who reads a node, and whether anything that does runs in validation. */
static int follow_uses(struct machine *m)
{
	struct fc_graph *const graph = m->graph;

	for (int i = 0; i < graph->node_count; i++)
		graph->nodes[i].train_only = true;
	for (int h = 0; h < graph->head_count; h++) {
		struct fc_node *const node = &graph->nodes[graph->heads[h].node];

		node->use_count++;
		node->train_only = node->train_only && graph->heads[h].train_only;
	}
	for (int i = graph->node_count - 1; i >= 0; i--) {
		const struct fc_node *const node = &graph->nodes[i];

		if (!node->use_count)
			return fc_place_fail(m->places[i], m->err,
					     "layer '%s': found no layer that reads it, expected one, or 'output'",
					     node->name);
		for (int k = 0; k < node->input_count; k++) {
			struct fc_node *const input = &graph->nodes[node->inputs[k]];

			input->use_count++;
			input->train_only = input->train_only && node->train_only;
		}
	}
	return 0;
}

int fc_build_finish(struct machine *m, struct place place)
{
	struct fc_graph *const graph = m->graph;
	struct fc_node *nodes;

	if (!graph->node_count)
		return fc_place_fail(place, m->err, "found a network without images, expected 'input CxHxW'");
	if (m->request->classes && !m->has_classes)
		return fc_place_fail(place, m->err,
				     "found no 'classes' to be %lld, expected 'classes NUMBER'; without, a network is counted "
				     "and not trained",
				     (long long)m->request->classes);
	if (order_heads(m, place) || follow_uses(m))
		return -1;
	nodes = FC_NEW_ARRAY(&graph->arena, struct fc_node, graph->node_count);
	memcpy(nodes, graph->nodes, (size_t)graph->node_count * sizeof(*nodes));
	free(graph->nodes);
	graph->nodes = nodes;
	m->node_capacity = 0;
	return 0;
}
