#ifndef ANALYZER_COST_GRADIENT_H
#define ANALYZER_COST_GRADIENT_H

#include "flopclock/graph.h"

/*
 * Per node, into an array of node_count: whether its output needs a gradient because something at or below it has
 * parameters.
 */
void fc_wants_gradient(const struct fc_graph *graph, bool *wants);

#endif
