/*
 * Model text from libFuzzer: read it, and count whatever was understood. Built and run by tests/fuzz/run.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/cost.h"
#include "flopclock/model.h"
#include "flopclock/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void count(struct fc_graph *graph)
{
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_memory memory;
	const struct fc_rule *rule;
	uint64_t total;

	if (fc_cost_build(graph, &table, &err)) {
		if (!err.text[0])
			abort();
		return;
	}
	for (int i = 0; (rule = fc_rule_at(i)); i++)
		(void)fc_rule_apply(rule, &table, FC_PASS_TRAIN, -1, &total, &err);
	if (graph->node_count < 1000)
		(void)fc_memory_estimate(graph, true, &memory, &err);
	fc_cost_release(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* In the folder of models, so that `use` finds them. */
	const struct fc_model_request request = { .model = "models/fuzzed.net", .input = { 3, 64, 64 }, .batch = 2 };
	char *const text = malloc(size + 1);
	struct fc_error err = { "" };
	struct fc_graph graph;

	memcpy(text, data, size);
	text[size] = 0;
	if (!fc_model_read(&request, text, size, &graph, &err)) {
		count(&graph);
		fc_graph_release(&graph);
	} else if (!err.text[0] || strchr(err.text, '\n')) {
		abort();
	}
	free(text);
	return 0;
}
