#ifndef ANALYZER_REBATCH_H
#define ANALYZER_REBATCH_H

#include "flopclock/graph.h"

/*
 * Makes a network one of another batch: all shapes anew, nothing else. Fails where a size becomes one that a model may not
 * have, and then leaves shapes of two batches.
 */
int fc_graph_rebatch(struct fc_graph *graph, int64_t batch, struct fc_error *err);

#endif
