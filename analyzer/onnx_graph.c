#include "onnx_graph.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "init.h"
#include "op.h"

#define MAX_NAME 200

/* No endless names; not half a character at the end either. */
static const char *cut(struct onnx_machine *m, const char *name)
{
	size_t length = strnlen(name, MAX_NAME);

	while (name[length] && ((unsigned char)name[length] & 0xc0) == 0x80)
		length--;
	return fc_arena_strndup(&m->graph->arena, name, length);
}

int fc_onnx_new_node(struct onnx_machine *m, const char *name, int line, const struct fc_node *like,
		     struct fc_node **node)
{
	struct fc_graph *const graph = m->graph;
	int *inputs;

	if (graph->node_count >= ONNX_MAX_LAYERS)
		return fc_fail(m->err, "found more than %d layers, expected fewer", ONNX_MAX_LAYERS);
	if (graph->node_count == m->capacity) {
		m->capacity = m->capacity ? 2 * m->capacity : 64;
		graph->nodes = fc_realloc(graph->nodes, (size_t)m->capacity, sizeof(*graph->nodes));
	}
	*node = &graph->nodes[graph->node_count];
	**node = *like;
	(*node)->index = graph->node_count++;
	(*node)->name = cut(m, name);
	(*node)->line = line;
	if (like->input_count) {
		inputs = FC_NEW_ARRAY(&graph->arena, int, like->input_count);
		memcpy(inputs, like->inputs, (size_t)like->input_count * sizeof(*inputs));
		(*node)->inputs = inputs;
	}
	return 0;
}

void fc_onnx_untrainable(struct onnx_machine *m, const char *format, ...)
{
	char text[512];
	va_list args;

	if (m->graph->untrainable)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	m->graph->untrainable = fc_arena_strdup(&m->graph->arena, text);
}

struct onnx_uncounted {
	struct fc_uncounted listed;
	struct onnx_uncounted *next;
};

void fc_onnx_list_uncounted(struct onnx_machine *m, const char *kind)
{
	struct onnx_uncounted *entry = fc_onnx_map_find(&m->uncounted, kind);

	if (!entry) {
		entry = FC_NEW(&m->arena, struct onnx_uncounted);
		entry->listed.kind = cut(m, kind);
		*(m->last_uncounted ? &m->last_uncounted->next : &m->first_uncounted) = entry;
		m->last_uncounted = entry;
		fc_onnx_map_put(&m->uncounted, kind, entry);
		m->graph->uncounted_count++;
	}
	entry->listed.count++;
}

static void list_uncounted(struct onnx_machine *m)
{
	struct fc_uncounted *const list =
		FC_NEW_ARRAY(&m->graph->arena, struct fc_uncounted, m->graph->uncounted_count + 1);
	int count = 0;

	for (const struct onnx_uncounted *entry = m->first_uncounted; entry; entry = entry->next)
		list[count++] = entry->listed;
	m->graph->uncounted = list;
}

/* -------- the end -------- */

/* A second "Conv" becomes "Conv_2": names join tables. */
static void make_unique(struct onnx_machine *m)
{
	int *const used = fc_calloc((size_t)m->graph->node_count, sizeof(*used));
	struct onnx_map seen = { 0 };

	for (int i = 0; i < m->graph->node_count; i++) {
		struct fc_node *const node = &m->graph->nodes[i];
		int *const count = fc_onnx_map_find(&seen, node->name);

		if (count) {
			const char *const name = node->name;

			do
				node->name = fc_arena_printf(&m->graph->arena, "%s_%d", name, ++*count + 1);
			while (fc_onnx_map_find(&seen, node->name));
		}
		fc_onnx_map_put(&seen, node->name, &used[i]);
	}
	fc_onnx_map_release(&seen);
	free(used);
}

/* What a kind draws its first values from; a foreign layer never draws any. */
static void resolve_init(struct fc_node *node)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	const struct init_fan fan = kind->fan ? kind->fan(node) : fc_init_fan(node->params[0].shape);

	for (int p = 0; p < node->param_count && !node->foreign; p++) {
		const struct init_choice choice = { .numbers = { kind->params[p].number } };

		node->params[p].name = kind->params[p].name;
		node->params[p].init = fc_init_find(kind->params[p].init)->resolve(&choice, fan);
	}
}

static bool is_head(const struct fc_graph *graph, int node)
{
	for (int h = 0; h < graph->head_count; h++)
		if (graph->heads[h].node == node)
			return true;
	return false;
}

static void add_heads(struct onnx_machine *m, struct onnx_value *const *outputs, int count)
{
	struct fc_graph *const graph = m->graph;

	for (int i = 0; i < count && graph->head_count < FC_MAX_HEADS; i++)
		if (outputs[i]->node > 0 && !is_head(graph, outputs[i]->node))
			graph->heads[graph->head_count++] = (struct fc_head){ outputs[i]->node, 1, false };
}

/* A classifier has one answer of (N, classes); of others the last side, or of images the channels, stands for it. */
static void set_classes(struct onnx_machine *m, const struct onnx_value *answer)
{
	const struct fc_graph *const graph = m->graph;
	struct fc_shape shape;

	m->graph->classes = 1;
	if (!graph->head_count || answer->node != graph->heads[0].node || answer->rank < 1)
		return fc_onnx_untrainable(m, "it has no answer that a layer makes");
	m->graph->classes = answer->dims[answer->rank > 3 ? 1 : answer->rank - 1];
	shape = graph->nodes[answer->node].shape;
	if (answer->place != ONNX_WHOLE || shape.h != 1 || shape.w != 1 || shape.n != graph->batch)
		fc_onnx_untrainable(m, "its answer is no row of classes per image");
}

static void count_uses(struct fc_graph *graph)
{
	for (int h = 0; h < graph->head_count; h++)
		graph->nodes[graph->heads[h].node].use_count++;
	for (int i = 0; i < graph->node_count; i++)
		for (int k = 0; k < graph->nodes[i].input_count; k++)
			graph->nodes[graph->nodes[i].inputs[k]].use_count++;
}

/* Of the first kind in the way, and how often it is. */
static void not_trained(struct onnx_machine *m, const struct fc_node *first)
{
	const struct fc_graph *const graph = m->graph;
	int count = 0;

	for (int i = first->index; i < graph->node_count; i++)
		count += graph->nodes[i].foreign && !strcmp(graph->nodes[i].foreign->kind, first->foreign->kind);
	fc_onnx_untrainable(m, "%s is counted but not trained: %d layer%s, %s'%s'", first->foreign->kind, count,
			    count > 1 ? "s" : "", count > 1 ? "the first of them " : "", first->name);
}

/* The first layer in the way is the reason; nothing else matters then. */
static void check_layers(struct onnx_machine *m)
{
	struct fc_graph *const graph = m->graph;

	for (int i = 1; i < graph->node_count && !graph->untrainable; i++) {
		const struct fc_node *const node = &graph->nodes[i];

		if (node->foreign)
			not_trained(m, node);
		else if (!node->use_count)
			fc_onnx_untrainable(m, "no layer reads '%s'", node->name);
	}
}

static int no_layers(struct onnx_machine *m)
{
	const struct fc_uncounted *const first = m->first_uncounted ? &m->first_uncounted->listed : NULL;

	if (!first)
		return fc_fail(m->err, "found no layer that depends on its inputs, expected a network");
	return fc_fail(
		m->err,
		"found no layer that can be counted, expected a network: behind %s (%d time%s) no shape is known",
		first->kind, first->count, first->count > 1 ? "s" : "");
}

int fc_onnx_finish(struct onnx_machine *m, struct onnx_value *const *outputs, int count)
{
	struct fc_graph *const graph = m->graph;
	struct fc_node *nodes;

	if (graph->node_count < 2)
		return no_layers(m);
	make_unique(m);
	list_uncounted(m);
	add_heads(m, outputs, count);
	count_uses(graph);
	check_layers(m);
	if (count > 1)
		fc_onnx_untrainable(m, "it has %d outputs, expected one", count);
	if (count)
		set_classes(m, outputs[0]);
	for (int i = 0; i < graph->node_count; i++)
		resolve_init(&graph->nodes[i]);
	nodes = FC_NEW_ARRAY(&graph->arena, struct fc_node, graph->node_count);
	memcpy(nodes, graph->nodes, (size_t)graph->node_count * sizeof(*nodes));
	free(graph->nodes);
	graph->nodes = nodes;
	m->capacity = 0;
	return 0;
}
