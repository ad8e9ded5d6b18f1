#include "flopclock/graph.h"

void fc_graph_release(struct fc_graph *graph)
{
	fc_arena_release(&graph->arena);
	*graph = (struct fc_graph){ 0 };
}

int fc_graph_check_trainable(const struct fc_graph *graph, struct fc_error *err)
{
	return graph->untrainable ? fc_fail(err, "%s: cannot be trained: %s", graph->path, graph->untrainable) : 0;
}
