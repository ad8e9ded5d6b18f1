/*
 * Functions that exporters write as several nodes, because the version of the standard that they write for has no op for
 * them: put back into one node, so that they count as the network's author meant them.
 */
#ifndef ANALYZER_ONNX_PATTERN_H
#define ANALYZER_ONNX_PATTERN_H

#include "onnx_machine.h"

/*
 * The graph's nodes with every such group replaced at its last node. The other nodes of a group are still there, but
 * nothing reads them any more. Nodes are in the machine's arena, or the graph's own when there is nothing to replace.
 */
const struct onnx_node *fc_onnx_patterns(struct onnx_machine *m, const struct onnx_graph *graph, const char *const *wanted,
					 int wanted_count);

#endif
