/*
 * Costs of every step, written once over the rows of the op table: a kind says what it counts and which operands each
 * phase moves; here these become numbers.
 */
#include "flopclock/cost.h"

#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/number.h"

#include "cost_gradient.h"
#include "op.h"

/*
 * Per trainable value: m = momentum m + (g + decay w); w -= rate m. Three multiply-add pairs; w, g, m read; w, m
 * written.
 */
#define UPDATE_FLOPS 6
#define UPDATE_READS 3
#define UPDATE_WRITES 2
#define VALUE_BYTES 4

struct cost_builder {
	const struct fc_graph *graph;
	struct fc_cost_table *table;
	bool *wants_gradient; /* per node: something at or below it has parameters */
	struct fc_error *err;
};

void fc_wants_gradient(const struct fc_graph *graph, bool *wants)
{
	for (int i = 0; i < graph->node_count; i++) {
		const struct fc_node *const node = &graph->nodes[i];

		wants[i] = node->param_count > 0;
		for (int k = 0; k < node->input_count; k++)
			wants[i] = wants[i] || wants[node->inputs[k]];
	}
}

static int overflow(struct cost_builder *b, const struct fc_node *node, const char *what)
{
	return fc_fail(b->err, "%s: layer '%s' (line %d): its %s do not fit 64 bits", b->graph->path, node->name,
		       node->line, what);
}

static uint64_t input_bytes(struct cost_builder *b, const struct fc_node *node, bool only_wanted)
{
	uint64_t elements = 0;

	if (node->foreign && !only_wanted)
		return node->foreign->read_values * VALUE_BYTES;
	/*
	 * Outputs have at most 2^40 values and a graph 20000 nodes; reading lists costs steps, so the sum stays far
	 * below 2^64.
	 */
	for (int k = 0; k < node->input_count; k++)
		if (!only_wanted || b->wants_gradient[node->inputs[k]])
			elements += op_elements(fc_graph_input_shape(b->graph, node, k));
	return elements * VALUE_BYTES;
}

static uint64_t param_bytes(const struct fc_node *node, int first, int last)
{
	uint64_t values = 0;

	for (int p = first; p <= last && p < node->param_count; p++)
		values += op_elements(node->params[p].shape);
	return values * VALUE_BYTES;
}

static uint64_t operand_bytes(struct cost_builder *b, const struct fc_node *node, unsigned operands)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	uint64_t bytes = 0;

	if (operands & OP_X)
		bytes += input_bytes(b, node, false);
	if (operands & OP_DX)
		bytes += input_bytes(b, node, true);
	if (operands & OP_Y)
		bytes += op_elements(node->shape) * VALUE_BYTES;
	if (operands & OP_DY)
		bytes += op_elements(node->shape) * VALUE_BYTES;
	if (operands & OP_WEIGHT)
		bytes += param_bytes(node, 0, 0);
	if (operands & OP_REST)
		bytes += param_bytes(node, 1, FC_MAX_PARAMS);
	if (operands & OP_DPARAM)
		bytes += param_bytes(node, 0, FC_MAX_PARAMS);
	if ((operands & OP_STATE) && kind->state_bytes)
		bytes += kind->state_bytes(b->graph, node);
	if (operands & OP_SAVED)
		bytes += kind->traits.saved_bytes(b->graph, node);
	return bytes;
}

static struct fc_cost *add_cost(struct cost_builder *b, const struct fc_node *node, enum fc_phase phase)
{
	struct fc_cost *const cost = &b->table->costs[b->table->count++];

	cost->step = (struct fc_step){ node->index, phase };
	for (int p = 0; p < node->param_count; p++)
		cost->params += op_elements(node->params[p].shape);
	return cost;
}

/* A node counts in one of them. */
static uint64_t forward_macs(const struct fc_counts *counts)
{
	return counts->conv_macs + counts->linear_macs + counts->matmul_macs;
}

static bool phase_macs(const struct cost_builder *b, const struct fc_node *node, enum fc_phase phase, uint64_t *macs)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	const uint64_t forward = forward_macs(&b->table->counts[node->index]);
	bool wants[FC_FOREIGN_INPUTS] = { false };

	*macs = forward;
	if (!kind->phase_macs)
		return true;
	for (int k = 0; k < node->input_count && k < FC_FOREIGN_INPUTS; k++)
		wants[k] = b->wants_gradient[node->inputs[k]];
	return kind->phase_macs(b->graph, node, phase, wants, forward, macs);
}

/* forward, backward_data, backward_weights */
static int add_compute(struct cost_builder *b, const struct fc_node *node, enum fc_phase phase)
{
	const struct op_traffic *const traffic = &fc_op_kind(node->op)->traffic[phase];
	struct fc_cost *const cost = add_cost(b, node, phase);

	if (!phase_macs(b, node, phase, &cost->macs) || !fc_mul_u64(cost->macs, 2, &cost->flops))
		return overflow(b, node, "FLOPs");
	cost->bytes_read = operand_bytes(b, node, traffic->reads);
	cost->bytes_written = operand_bytes(b, node, traffic->writes);
	return 0;
}

static void add_update(struct cost_builder *b, const struct fc_node *node)
{
	struct fc_cost *const cost = add_cost(b, node, FC_PHASE_UPDATE);

	cost->flops = UPDATE_FLOPS * cost->params;
	cost->bytes_read = UPDATE_READS * VALUE_BYTES * cost->params;
	cost->bytes_written = UPDATE_WRITES * VALUE_BYTES * cost->params;
}

static int add_node(struct cost_builder *b, const struct fc_node *node)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	bool data = false;
	int rc;

	if (kind->count && !kind->count(b->graph, node, &b->table->counts[node->index]))
		return overflow(b, node, "counts");
	for (int k = 0; k < node->input_count; k++)
		data = data || b->wants_gradient[node->inputs[k]];
	rc = add_compute(b, node, FC_PHASE_FORWARD);
	if (!rc && data)
		rc = add_compute(b, node, FC_PHASE_BACKWARD_DATA);
	/* A joint backward pass has given the parameters' gradients already. */
	if (!rc && node->param_count && !(data && kind->traits.joint_backward))
		rc = add_compute(b, node, FC_PHASE_BACKWARD_WEIGHTS);
	if (!rc && node->param_count)
		add_update(b, node);
	return rc;
}

/* The images are written once; where they come from is the data set's business. A label is a byte. */
static void add_iteration(struct cost_builder *b)
{
	const struct fc_graph *const graph = b->graph;

	add_cost(b, &graph->nodes[0], FC_PHASE_INPUT)->bytes_written =
		op_elements(graph->nodes[0].shape) * VALUE_BYTES;
	for (int h = 0; h < graph->head_count; h++) {
		const struct fc_node *const node = &graph->nodes[graph->heads[h].node];
		struct fc_cost *const cost = add_cost(b, node, FC_PHASE_LOSS);

		cost->bytes_read = op_elements(node->shape) * VALUE_BYTES + (uint64_t)graph->batch;
		cost->bytes_written = op_elements(node->shape) * VALUE_BYTES;
	}
}

/* Whether the totals of the whole table fit too; names the layer with which they stop to. */
static int check_totals(struct cost_builder *b)
{
	struct fc_cost_table *const table = b->table;
	uint64_t flops = 0, bytes = 0;

	for (int i = 0; i < table->count; i++) {
		const struct fc_cost *const c = &table->costs[i];
		const struct fc_node *const node = &b->graph->nodes[c->step.node];

		if (!fc_add_u64(flops, c->flops, &flops) || !fc_add_u64(bytes, c->bytes_read, &bytes) ||
		    !fc_add_u64(bytes, c->bytes_written, &bytes))
			return overflow(b, node, "costs, added to those before it,");
		if (c->step.phase == FC_PHASE_FORWARD)
			table->params += c->params;
	}
	return 0;
}

int fc_cost_build(const struct fc_graph *graph, struct fc_cost_table *table, struct fc_error *err)
{
	struct cost_builder b = { .graph = graph, .table = table, .err = err };
	struct fc_counts sum;
	int rc = 0;

	*table = (struct fc_cost_table){ .graph = graph };
	fc_arena_init(&table->arena);
	table->counts = FC_NEW_ARRAY(&table->arena, struct fc_counts, graph->node_count);
	table->costs = FC_NEW_ARRAY(&table->arena, struct fc_cost, graph->node_count * 4 + 1 + graph->head_count);
	b.wants_gradient = fc_calloc((size_t)graph->node_count, sizeof(bool));
	fc_wants_gradient(graph, b.wants_gradient);
	for (int i = 1; i < graph->node_count && !rc; i++)
		rc = add_node(&b, &graph->nodes[i]);
	free(b.wants_gradient);
	if (!rc) {
		add_iteration(&b);
		rc = check_totals(&b) || fc_cost_counts(table, FC_PASS_TRAIN, &sum, err) ? -1 : 0;
	}
	if (rc)
		fc_cost_release(table);
	return rc;
}

void fc_cost_release(struct fc_cost_table *table)
{
	fc_arena_release(&table->arena);
	*table = (struct fc_cost_table){ 0 };
}

/*
 * The steps of a node follow each other and nodes rise, so its first one is found by halving; input and loss are at
 * the end.
 */
const struct fc_cost *fc_cost_find(const struct fc_cost_table *table, struct fc_step step)
{
	const int tail = table->count - 1 - table->graph->head_count;
	int low = 0, high = tail;

	if (step.phase == FC_PHASE_INPUT || step.phase == FC_PHASE_LOSS) {
		low = tail;
		high = table->count;
	} else {
		while (low < high) {
			const int middle = low + (high - low) / 2;

			if (table->costs[middle].step.node < step.node)
				low = middle + 1;
			else
				high = middle;
		}
		high = low + 4 < tail ? low + 4 : tail;
	}
	for (int i = low; i < high; i++)
		if (table->costs[i].step.node == step.node && table->costs[i].step.phase == step.phase)
			return &table->costs[i];
	return NULL;
}

int fc_cost_counts(const struct fc_cost_table *table, enum fc_pass pass, struct fc_counts *sum, struct fc_error *err)
{
	const struct fc_graph *const graph = table->graph;

	*sum = (struct fc_counts){ 0 };
	for (int i = 0; i < graph->node_count; i++) {
		const struct fc_counts *const c = &table->counts[i];
		bool fits = true;

		if (pass == FC_PASS_VALIDATE && graph->nodes[i].train_only)
			continue;
#define X(name) fits = fits && fc_add_u64(sum->name, c->name, &sum->name);
		FC_COUNTERS(X)
#undef X
		if (!fits)
			return fc_fail(err, "%s: layer '%s' (line %d): the counts up to here do not fit 64 bits",
				       graph->path, graph->nodes[i].name, graph->nodes[i].line);
	}
	return 0;
}

uint64_t fc_cost_output_bytes(const struct fc_graph *graph, enum fc_pass pass)
{
	uint64_t elements = 0;

	for (int i = 1; i < graph->node_count; i++)
		if (!fc_op_kind(graph->nodes[i].op)->view && !(pass == FC_PASS_VALIDATE && graph->nodes[i].train_only))
			elements += op_elements(graph->nodes[i].shape);
	return elements * VALUE_BYTES;
}
