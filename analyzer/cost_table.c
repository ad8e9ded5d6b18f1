/* A table of costs once it is built: its steps by name, its sums. */
#include "flopclock/cost.h"

#include "flopclock/number.h"

#include "op.h"

void fc_cost_release(struct fc_cost_table *table)
{
	fc_arena_release(&table->arena);
	*table = (struct fc_cost_table){ 0 };
}

/*
 * The steps of a node follow each other and nodes rise, so its first one is found by halving; input and loss are at
 * the end.
 */
const struct fc_cost *fc_cost_find(const struct fc_cost_table *table, struct fc_step step)
{
	const int tail = table->layer_costs;
	int low = 0, high = tail;

	if (step.phase == FC_PHASE_INPUT || step.phase == FC_PHASE_LOSS) {
		low = tail;
		high = table->count;
	} else {
		while (low < high) {
			const int middle = low + (high - low) / 2;

			if (table->costs[middle].step.node < step.node)
				low = middle + 1;
			else
				high = middle;
		}
		high = low + 4 < tail ? low + 4 : tail;
	}
	for (int i = low; i < high; i++)
		if (table->costs[i].step.node == step.node && table->costs[i].step.phase == step.phase)
			return &table->costs[i];
	return NULL;
}

int fc_cost_counts(const struct fc_cost_table *table, enum fc_pass pass, struct fc_counts *sum, struct fc_error *err)
{
	const struct fc_graph *const graph = table->graph;

	*sum = (struct fc_counts){ 0 };
	for (int i = 0; i < graph->node_count; i++) {
		const struct fc_counts *const c = &table->counts[i];
		bool fits = true;

		if (pass == FC_PASS_VALIDATE && graph->nodes[i].train_only)
			continue;
#define X(name) fits = fits && fc_add_u64(sum->name, c->name, &sum->name);
		FC_COUNTERS(X)
#undef X
		if (!fits)
			return fc_fail(err, "%s: layer '%s' (line %d): the counts up to here do not fit 64 bits",
				       graph->path, graph->nodes[i].name, graph->nodes[i].line);
	}
	return 0;
}

uint64_t fc_cost_output_bytes(const struct fc_graph *graph, enum fc_pass pass)
{
	uint64_t elements = 0;

	for (int i = 1; i < graph->node_count; i++)
		if (!fc_op_kind(graph->nodes[i].op)->view &&
		    !(pass == FC_PASS_VALIDATE && graph->nodes[i].train_only))
			elements += op_elements(graph->nodes[i].shape);
	return elements * sizeof(float);
}
