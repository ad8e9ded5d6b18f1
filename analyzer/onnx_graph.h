/* The graph that grows while an ONNX graph is carried out. */
#ifndef ANALYZER_ONNX_GRAPH_H
#define ANALYZER_ONNX_GRAPH_H

#include "onnx_machine.h"

/* A node with its name and place; its inputs are copied. Fails when there are too many. */
int fc_onnx_new_node(struct onnx_machine *m, const char *name, int line, const struct fc_node *like,
		     struct fc_node **node);
/* The first reason counts. `node` NULL: of the whole network. */
void fc_onnx_untrainable(struct onnx_machine *m, const char *format, ...) FC_PRINTF(2, 3);
void fc_onnx_list_uncounted(struct onnx_machine *m, const char *kind);
/* Names that occur once, heads, uses, initial values: the graph is complete afterwards. */
int fc_onnx_finish(struct onnx_machine *m, struct onnx_value *const *outputs, int count);

#endif
