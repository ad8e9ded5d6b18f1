/*
 * Ops of ONNX, by rows: operands, the shape that must come out, what it must cost. Where a row names a
 * kind, the layer must have become one that trains; the same row with a value that is no parameter must cost as much.
 */
#ifndef ANALYZER_ONNX_ROW_H
#define ANALYZER_ONNX_ROW_H

#include "analyzer_onnx_write.h"

#include "flopclock/cost.h"
#include "flopclock/model.h"

struct row {
	int opset;
	const char *operands; /* statements in front of the node */
	const char *node;     /* whose first output is y */
	const char *shape;    /* of y; NULL: not looked at */
	const char *kind;     /* of the layer; NULL: none is left; "" any */
	const char *costs;    /* counters as "name=number", data= and weights= for backward MACs, params= */
};

static inline int load(const char *text, struct fc_graph *graph, struct fc_error *err)
{
	const struct fc_model_request request = { .model = "row.onnx", .batch = 1 };
	struct fc_str file = write_onnx(text);
	const int rc = fc_model_read(&request, file.text, file.length, graph, err);

	fc_str_release(&file);
	return rc;
}

/* -------- costs -------- */

static inline uint64_t phase_macs(const struct fc_cost_table *table, enum fc_phase phase)
{
	uint64_t macs = 0;

	for (int i = 0; i < table->count; i++)
		macs += table->costs[i].step.phase == phase ? table->costs[i].macs : 0;
	return macs;
}

static inline uint64_t wanted(const char *costs, const char *name, bool *found)
{
	const size_t length = strlen(name);
	const char *at = costs;

	*found = false;
	while ((at = strstr(at, name))) {
		if ((at == costs || at[-1] == ' ') && at[length] == '=') {
			*found = true;
			return strtoull(at + length + 1, NULL, 10);
		}
		at += length;
	}
	return 0;
}

static inline void check_number(const struct row *row, const char *name, uint64_t got, bool always)
{
	bool found;
	const uint64_t want = wanted(row->costs, name, &found);

	if ((found || always) && got != want)
		fail_msg("%s: %s is %llu, not %llu", row->node, name, (unsigned long long)got,
			 (unsigned long long)want);
}

static inline void check_costs(const struct row *row, const struct fc_graph *graph)
{
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_counts sum;

	if (fc_cost_build(graph, &table, &err) || fc_cost_counts(&table, FC_PASS_TRAIN, &sum, &err))
		fail_msg("%s: %s", row->node, err.text);
#define X(name) check_number(row, #name, sum.name, true);
	FC_COUNTERS(X)
#undef X
	check_number(row, "params", table.params, false);
	check_number(row, "data", phase_macs(&table, FC_PHASE_BACKWARD_DATA), false);
	check_number(row, "weights", phase_macs(&table, FC_PHASE_BACKWARD_WEIGHTS), false);
	fc_cost_release(&table);
}

/* -------- a row -------- */

static inline void check_layers(const struct row *row)
{
	struct fc_error err = { "" };
	struct fc_str text = { 0 };
	struct fc_graph graph;

	/* A layer in front of it all, so that gradients are wanted; it costs nothing that is counted but its product. */
	fc_str_addf(&text, "opset %d\n%s\n%s\noutput y float none", row->opset, row->operands, row->node);
	if (load(text.text, &graph, &err)) {
		/* A constant is no network. */
		if (row->kind || !strstr(err.text, "no layer"))
			fail_msg("%s: %s", row->node, err.text);
		fc_str_release(&text);
		return;
	}
	if (row->kind && *row->kind && strcmp(fc_node_kind(&graph.nodes[graph.node_count - 1]), row->kind))
		fail_msg("%s: became %s, not %s", row->node, fc_node_kind(&graph.nodes[graph.node_count - 1]),
			 row->kind);
	if (!row->kind)
		fail_msg("%s: became %s", row->node, fc_node_kind(&graph.nodes[graph.node_count - 1]));
	check_costs(row, &graph);
	fc_graph_release(&graph);
	fc_str_release(&text);
}

/* Joined with a value of the shape that is wanted: every side must be equal, and the joined one twice as long. */
static inline void check_shape(const struct row *row)
{
	struct fc_error err = { "" };
	struct fc_str text = { 0 };
	struct fc_graph graph;
	uint64_t elements = 1;

	for (const char *side = row->shape; side && *side; side += strcspn(side, " ") + (strchr(side, ' ') != NULL))
		elements *= strtoull(side, NULL, 10);
	fc_str_addf(&text,
		    "opset %d\n%s\ntensor witness float %s\n%s\nConcat y,witness -> joined axis=0 name:joined\n"
		    "Relu joined -> end\noutput end float none",
		    row->opset, row->operands, row->shape, row->node);
	if (load(text.text, &graph, &err))
		fail_msg("%s: %s", row->node, err.text);
	for (int i = 0; i < graph.node_count; i++)
		if (!strcmp(graph.nodes[i].name, "joined") &&
		    (uint64_t)fc_shape_elements(graph.nodes[i].shape) != 2 * elements)
			fail_msg("%s: the first side is not that of %s", row->node, row->shape);
	fc_graph_release(&graph);
	fc_str_release(&text);
}

static inline void check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		check_layers(&rows[i]);
		if (rows[i].shape)
			check_shape(&rows[i]);
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))
#define IMAGE	    "input x float 2 6 8 10"

/* Counters that many rows have. */
#define ACTIVATION "other_activation_elements=960"
#define RELU	   "relu_elements=960 relu_module_elements=960"
#define POOL(in, out)                                                                                                \
	"adaptive_pool_in=" #in " adaptive_pool_out=" #out " adaptive_pool_module_in=" #in                           \
	" adaptive_pool_module_out=" #out

#endif
