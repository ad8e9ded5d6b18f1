#include "flopclock/cost.h"

#include <stdlib.h>

#include "cost_gradient.h"
#include "op.h"

/* The gradient of one of several inputs needs the others, not itself. */
static bool is_needed(const struct fc_node *node, int input, const bool *wants)
{
	if (node->input_count == 1)
		return true;
	for (int k = 0; k < node->input_count; k++)
		if (k != input && wants[node->inputs[k]])
			return true;
	return false;
}

uint64_t fc_autograd_saved_bytes(const struct fc_graph *graph)
{
	const size_t count = (size_t)graph->node_count;
	int *const storage = fc_calloc(count, sizeof(*storage)); /* the node whose output owns the memory */
	bool *const kept = fc_calloc(count, sizeof(*kept));
	bool *const wants = fc_calloc(count, sizeof(*wants));
	uint64_t bytes = 0;

	fc_wants_gradient(graph, wants);
	for (int i = 0; i < graph->node_count; i++) {
		const struct fc_node *const node = &graph->nodes[i];
		const struct op_autograd *const autograd = &fc_op_kind(node->op)->autograd;

		storage[i] = autograd->in_place && node->input_count ? storage[node->inputs[0]] : i;
		if (!wants[i])
			continue;
		for (int k = 0; autograd->input && k < node->input_count; k++)
			if (is_needed(node, k, wants))
				kept[storage[node->inputs[k]]] = true;
		if (autograd->output)
			kept[storage[i]] = true;
		if (autograd->extra_bytes)
			bytes += autograd->extra_bytes(graph, node);
	}
	for (int i = 0; i < graph->node_count; i++)
		if (kept[i])
			bytes += sizeof(float) * op_elements(graph->nodes[i].shape);
	free(storage);
	free(kept);
	free(wants);
	return bytes;
}
