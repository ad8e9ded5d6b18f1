#include "flopclock/graph.h"

void fc_graph_release(struct fc_graph *graph)
{
	fc_arena_release(&graph->arena);
	*graph = (struct fc_graph){ 0 };
}
