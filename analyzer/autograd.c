#include "flopclock/cost.h"

#include <stdlib.h>

#include "cost_gradient.h"
#include "op.h"

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

		storage[i] = autograd->in_place ? storage[node->inputs[0]] : i;
		if (!wants[i])
			continue;
		if (autograd->input)
			kept[storage[node->inputs[0]]] = true;
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
