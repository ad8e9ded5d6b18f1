/* What a rule makes of a table of costs. */
#include "flopclock/cost.h"
#include "flopclock/number.h"

#include "rule_charge.h"
#include "rule_counter.h"

const struct fc_rule_kind *fc_rule_kind_of(const struct fc_rule *rule, enum fc_op op)
{
	for (const struct fc_rule_kind *kind = rule->kinds; kind && kind->op != FC_OP_INPUT; kind++)
		if (kind->op == op)
			return kind;
	return NULL;
}

static bool is_unknown(const struct fc_rule_kind *kind, const struct fc_node *node)
{
	return kind->unknown || (kind->by_class && node->attributes.channels);
}

static bool charge_kind(const struct fc_rule_kind *kind, const struct fc_graph *graph, const struct fc_node *node,
			uint64_t *total)
{
	const uint64_t outputs = (uint64_t)fc_shape_elements(node->shape);
	uint64_t part = 0, each;

	if (kind->charge && !kind->charge(graph, node, &part))
		return false;
	return fc_mul_u64(outputs, kind->per_output, &each) && fc_add_u64(part, each, &part) &&
	       fc_add_u64(*total, part, total);
}

unsigned fc_rule_weight(const struct fc_rule *rule, const struct fc_node *node, enum fc_pass pass, int counter)
{
	const bool training = pass == FC_PASS_TRAIN && node->op == FC_OP_BATCH_NORM && counter == COUNT_norm_elements;

	return training && rule->training_norm ? rule->training_norm : rule->weights[counter];
}

static bool add_node(const struct fc_rule *rule, const struct fc_cost_table *table, enum fc_pass pass, int node,
		     uint64_t *total)
{
	const struct fc_node *const n = &table->graph->nodes[node];
	const struct fc_rule_kind *const kind = fc_rule_kind_of(rule, n->op);
	const uint64_t *const counts = counter_array(&table->counts[node]);
	uint64_t part;

	if (kind)
		return is_unknown(kind, n) || charge_kind(kind, table->graph, n, total);
	for (int i = 0; i < COUNTER_COUNT; i++)
		if (!fc_mul_u64(counts[i], fc_rule_weight(rule, n, pass, i), &part) ||
		    !fc_add_u64(*total, part, total))
			return false;
	return true;
}

/* As an accumulator of 32 bits: what a layer has is rounded, and every sum. */
static uint64_t add_single(uint64_t total, uint64_t part)
{
	const float sum = (float)total + (float)part;

	return sum < 18446744073709551616.0f ? (uint64_t)sum : UINT64_MAX;
}

int fc_rule_apply(const struct fc_rule *rule, const struct fc_cost_table *table, enum fc_pass pass, int node,
		  uint64_t *total, struct fc_error *err)
{
	const struct fc_graph *const graph = table->graph;
	const int first = node < 0 ? 0 : node, last = node < 0 ? graph->node_count - 1 : node;

	*total = 0;
	for (int i = first; i <= last; i++) {
		uint64_t part = 0;

		if (pass == FC_PASS_VALIDATE && graph->nodes[i].train_only)
			continue;
		if (!add_node(rule, table, pass, i, &part) || part > UINT64_MAX - *total)
			return fc_fail(err, "%s: layer '%s' (line %d): the total by rule %s does not fit 64 bits",
				       graph->path, graph->nodes[i].name, graph->nodes[i].line, rule->name);
		*total = rule->single && node < 0 ? add_single(*total, part) : *total + part;
	}
	return 0;
}

bool fc_rule_sees(const struct fc_rule *rule, const struct fc_cost_table *table, int node)
{
	const struct fc_rule_kind *const kind = fc_rule_kind_of(rule, table->graph->nodes[node].op);
	const uint64_t *const counts = counter_array(&table->counts[node]);

	if (kind)
		return !is_unknown(kind, &table->graph->nodes[node]);
	for (int i = 0; i < COUNTER_COUNT; i++)
		if (counts[i] && (rule->blind >> i & 1))
			return false;
	return true;
}

uint64_t fc_rule_published_hundredths(uint64_t macs)
{
	const uint64_t hundredth = 10000000;

	return 2 * (macs / hundredth + (macs % hundredth >= hundredth / 2));
}
