/*
 * Terms that a node and those before it are compared with: Op(...), its attributes in brackets, small letters for values,
 * "a:" in front of a term to call its value a, numbers for constants. Sums and products may have their operands in either
 * order. A mean is one over the last axis.
 */
#ifndef ANALYZER_ONNX_MATCH_H
#define ANALYZER_ONNX_MATCH_H

#include "onnx_machine.h"

#define ONNX_VARIABLES 26
#define ONNX_MAX_INNER 16

/* Who makes and who reads the values of a graph. */
struct onnx_search {
	struct onnx_machine *m;
	struct onnx_map names;	/* struct name; the caller releases it */
};

struct onnx_match {
	struct onnx_search *s;
	const char *bound[ONNX_VARIABLES];	/* the values that letters stand for */
	const char *inner[ONNX_MAX_INNER];	/* values that are made inside */
	int inner_count, edges[ONNX_MAX_INNER];
};

void fc_onnx_look_around(struct onnx_search *s, const struct onnx_graph *graph, const char *const *wanted, int wanted_count);
/* Whether a value is made as the term says, and nothing outside reads what is inside. */
bool fc_onnx_matches(struct onnx_search *s, const char *term, const char *value, struct onnx_match *match);

#endif
