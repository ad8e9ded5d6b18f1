/* A network from text with its costs. */
#ifndef TEST_ANALYZER_COST_H
#define TEST_ANALYZER_COST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/cost.h"
#include "flopclock/model.h"

struct loaded {
	struct fc_graph graph;
	struct fc_cost_table table;
};

static inline void load_text(struct loaded *loaded, const char *text, int64_t batch)
{
	const struct fc_model_request request = { .model = "x.net", .batch = batch };
	struct fc_error err = { "" };

	if (fc_model_read(&request, text, strlen(text), &loaded->graph, &err) ||
	    fc_cost_build(&loaded->graph, &loaded->table, &err))
		fail_msg("%s\n%s", err.text, text);
}

static inline void release(struct loaded *loaded)
{
	fc_cost_release(&loaded->table);
	fc_graph_release(&loaded->graph);
}

static inline const struct fc_cost *cost_of(const struct loaded *loaded, int node, enum fc_phase phase)
{
	return fc_cost_find(&loaded->table, (struct fc_step){ node, phase });
}

#endif
