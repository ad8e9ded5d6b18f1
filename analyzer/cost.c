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

#define VALUE_BYTES 4
#define HALF_BYTES  2

struct cost_builder {
	const struct fc_graph *graph;
	struct fc_cost_options options;
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

static uint64_t activation_bytes(const struct cost_builder *b)
{
	return b->options.precision == FC_PRECISION_BF16 ? HALF_BYTES : VALUE_BYTES;
}

/* A node counts in one of them. */
static uint64_t forward_macs(const struct cost_builder *b, const struct fc_node *node)
{
	const struct fc_counts *const counts = &b->table->counts[node->index];

	return (b->options.in_bounds ? counts->conv_macs_in_bounds : counts->conv_macs) + counts->linear_macs +
	       counts->matmul_macs;
}

static uint64_t input_bytes(struct cost_builder *b, const struct fc_node *node, bool only_wanted)
{
	uint64_t elements = 0;

	if (node->foreign && !only_wanted)
		return fc_op_foreign_reads(b->graph, node) * activation_bytes(b);
	/*
	 * Outputs have at most 2^40 values and a graph 20000 nodes; reading lists costs steps, so the sum stays far
	 * below 2^64.
	 */
	for (int k = 0; k < node->input_count; k++)
		if (!only_wanted || b->wants_gradient[node->inputs[k]])
			elements += op_elements(fc_graph_input_shape(b->graph, node, k));
	return elements * activation_bytes(b);
}

static uint64_t param_values(const struct fc_node *node, int first, int last)
{
	uint64_t values = 0;

	for (int p = first; p <= last && p < node->param_count; p++)
		values += op_elements(node->params[p].shape);
	return values;
}

static uint64_t operand_bytes(struct cost_builder *b, const struct fc_node *node, unsigned operands)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	const uint64_t output = op_elements(node->shape) * activation_bytes(b);
	const uint64_t weight = forward_macs(b, node) ? activation_bytes(b) : VALUE_BYTES;
	uint64_t bytes = 0;

	if (operands & OP_X)
		bytes += input_bytes(b, node, false);
	if (operands & OP_DX)
		bytes += input_bytes(b, node, true);
	if (operands & OP_Y)
		bytes += output;
	if (operands & OP_DY)
		bytes += output;
	if (operands & OP_WEIGHT)
		bytes += param_values(node, 0, 0) * weight;
	if (operands & OP_REST)
		bytes += param_values(node, 1, FC_MAX_PARAMS) * weight;
	if (operands & OP_DPARAM)
		bytes += param_values(node, 0, FC_MAX_PARAMS) * VALUE_BYTES;
	if ((operands & OP_STATE) && kind->state_bytes)
		bytes += kind->state_bytes(b->graph, node);
	if (operands & OP_SAVED)
		bytes += kind->traits.saved_bytes(b->graph, node);
	return bytes;
}

/* Validation leaves nothing for backward and no statistics. */
static unsigned written(const struct cost_builder *b, const struct op_traffic *traffic)
{
	return b->options.pass == FC_PASS_VALIDATE ? traffic->writes & ~(unsigned)(OP_SAVED | OP_STATE)
						   : traffic->writes;
}

static struct fc_cost *add_cost(struct cost_builder *b, const struct fc_node *node, enum fc_phase phase)
{
	struct fc_cost *const cost = &b->table->costs[b->table->count++];

	cost->step = (struct fc_step){ node->index, phase };
	cost->params = param_values(node, 0, FC_MAX_PARAMS);
	return cost;
}

static bool phase_macs(const struct cost_builder *b, const struct fc_node *node, enum fc_phase phase, uint64_t *macs)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	const uint64_t forward = forward_macs(b, node);
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
	cost->bytes_written = operand_bytes(b, node, written(b, traffic));
	return 0;
}

static void add_update(struct cost_builder *b, const struct fc_node *node)
{
	const struct fc_optimizer *const o = b->options.optimizer;
	struct fc_cost *const cost = add_cost(b, node, FC_PHASE_UPDATE);
	const unsigned shadow = b->options.precision == FC_PRECISION_BF16 ? HALF_BYTES : 0;

	cost->flops = (uint64_t)(o->flops + (b->options.weight_decay ? o->decay_flops : 0)) * cost->params;
	cost->bytes_read = (2u + o->state) * VALUE_BYTES * cost->params;
	cost->bytes_written = ((1u + o->state) * VALUE_BYTES + shadow) * cost->params;
}

static int add_backward(struct cost_builder *b, const struct fc_node *node)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	bool data = false;
	int rc = 0;

	for (int k = 0; k < node->input_count; k++)
		data = data || b->wants_gradient[node->inputs[k]];
	if (data)
		rc = add_compute(b, node, FC_PHASE_BACKWARD_DATA);
	/* A joint backward pass has given the parameters' gradients already. */
	if (!rc && node->param_count && !(data && kind->traits.joint_backward))
		rc = add_compute(b, node, FC_PHASE_BACKWARD_WEIGHTS);
	if (!rc && node->param_count)
		add_update(b, node);
	return rc;
}

/* In validation a dropout is no step. */
static bool runs(const struct cost_builder *b, const struct fc_node *node)
{
	return b->options.pass == FC_PASS_TRAIN || !(node->train_only || fc_op_kind(node->op)->traits.training_only);
}

static int add_node(struct cost_builder *b, const struct fc_node *node)
{
	const struct op_kind *const kind = fc_op_kind(node->op);
	int rc;

	if (kind->count && !kind->count(b->graph, node, &b->table->counts[node->index]))
		return overflow(b, node, "counts");
	if (!runs(b, node))
		return 0;
	rc = add_compute(b, node, FC_PHASE_FORWARD);
	if (!rc && b->options.pass == FC_PASS_TRAIN)
		rc = add_backward(b, node);
	return rc;
}

/* The images are written once; where they come from is the data set's business. A label is a byte. */
static void add_iteration(struct cost_builder *b)
{
	const struct fc_graph *const graph = b->graph;
	const bool validate = b->options.pass == FC_PASS_VALIDATE;

	b->table->layer_costs = b->table->count;
	add_cost(b, &graph->nodes[0], FC_PHASE_INPUT)->bytes_written =
		op_elements(graph->nodes[0].shape) * activation_bytes(b);
	for (int h = 0; h < graph->head_count; h++) {
		const struct fc_node *const node = &graph->nodes[graph->heads[h].node];
		struct fc_cost *cost;

		if (validate && graph->heads[h].train_only)
			continue;
		cost = add_cost(b, node, FC_PHASE_LOSS);
		cost->bytes_read = op_elements(node->shape) * activation_bytes(b) + (uint64_t)graph->batch;
		/* The gradient of the answer. */
		cost->bytes_written = validate ? 0 : op_elements(node->shape) * activation_bytes(b);
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
	}
	for (int i = 0; i < b->graph->node_count; i++)
		table->params += param_values(&b->graph->nodes[i], 0, FC_MAX_PARAMS);
	return 0;
}

int fc_cost_build(const struct fc_graph *graph, struct fc_cost_table *table, struct fc_error *err)
{
	return fc_cost_build_as(graph, NULL, table, err);
}

int fc_cost_build_as(const struct fc_graph *graph, const struct fc_cost_options *options, struct fc_cost_table *table,
		     struct fc_error *err)
{
	struct cost_builder b = { .graph = graph, .table = table, .err = err };
	struct fc_counts sum;
	int rc = 0;

	if (options)
		b.options = *options;
	if (!b.options.optimizer)
		b.options.optimizer = fc_optimizer_at(0);
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
