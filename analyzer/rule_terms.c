#include "rule_terms.h"

#include <string.h>

#include "op.h"
#include "rule_charge.h"
#include "rule_counter.h"
#include "sheet.h"

/* What people call a counter. */
static const char *const names[COUNTER_COUNT] = {
	[COUNT_conv_macs] = "conv MACs",
	[COUNT_conv_macs_in_bounds] = "conv MACs in bounds",
	[COUNT_linear_macs] = "linear MACs",
	[COUNT_matmul_macs] = "matmul MACs",
	[COUNT_conv_bias] = "conv bias adds",
	[COUNT_linear_bias] = "linear bias adds",
	[COUNT_conv_out] = "conv outputs",
	[COUNT_linear_out] = "linear outputs",
	[COUNT_norm_elements] = "norm elements",
	[COUNT_norm_params] = "norm parameters per image",
	[COUNT_relu_elements] = "relu elements",
	[COUNT_relu_module_elements] = "relu elements of modules",
	[COUNT_other_activation_elements] = "elements of other activations",
	[COUNT_max_pool_in] = "max pool inputs",
	[COUNT_max_pool_out] = "max pool outputs",
	[COUNT_avg_pool_in] = "avg pool inputs",
	[COUNT_avg_pool_out] = "avg pool outputs",
	[COUNT_adaptive_pool_in] = "adaptive pool inputs",
	[COUNT_adaptive_pool_out] = "adaptive pool outputs",
	[COUNT_adaptive_pool_module_in] = "adaptive pool inputs of modules",
	[COUNT_adaptive_pool_module_out] = "adaptive pool outputs of modules",
	[COUNT_add_elements] = "add elements",
	[COUNT_multiply_elements] = "multiply elements",
	[COUNT_concat_elements] = "concat elements",
};

/* What a rule charges and what the base does, for nodes of one kind or for one counter. All parts of totals that fit. */
struct pair {
	uint64_t own, base, count;
};

struct builder {
	const struct fc_rule *rule;
	const struct fc_cost_table *table;
	struct fc_arena *arena;
	struct rule_terms *terms;
	uint64_t factor;  /* of the base */
	bool other_norms; /* than batch norms count as norm elements */
	struct pair counters[COUNTER_COUNT], kinds[FC_OP_COUNT];
};

static uint64_t charge(const struct fc_rule *rule, const struct builder *b, enum fc_pass pass, int node)
{
	struct fc_error ignored;
	uint64_t total = 0;

	fc_rule_apply(rule, b->table, pass, node, &total, &ignored);
	return total;
}

static void add_node(struct builder *b, enum fc_pass pass, int node)
{
	const struct fc_node *const n = &b->table->graph->nodes[node];
	const enum fc_op op = n->op;
	const uint64_t *const counts = counter_array(&b->table->counts[node]);
	const uint8_t *const base = fc_rule_at(0)->weights;

	if (fc_rule_kind_of(b->rule, op)) {
		b->kinds[op].own += charge(b->rule, b, pass, node);
		b->kinds[op].base += b->factor * charge(fc_rule_at(0), b, pass, node);
		b->kinds[op].count++;
		return;
	}
	b->other_norms = b->other_norms || (counts[COUNT_norm_elements] && op != FC_OP_BATCH_NORM);
	for (int i = 0; i < COUNTER_COUNT; i++) {
		b->counters[i].own += fc_rule_weight(b->rule, n, pass, i) * counts[i];
		b->counters[i].base += b->factor * base[i] * counts[i];
		b->counters[i].count += counts[i];
	}
}

static void add_term(struct builder *b, const char *what, uint64_t weight, uint64_t count, uint64_t own,
		     uint64_t base)
{
	if (own == base)
		return;
	b->terms->terms[b->terms->count++] = (struct rule_term){
		.what = what,
		.weight = own > base ? weight : 0,
		.count = count,
		.added = own > base ? own - base : 0,
		.omitted = own > base ? 0 : base - own,
	};
}

static const char *counter_name(const struct builder *b, int counter)
{
	if (counter == COUNT_conv_macs && b->rule->in_bounds)
		return "products with padding";
	if (counter == COUNT_norm_elements && !b->other_norms)
		return "batch-norm elements";
	return names[counter];
}

/* Of what is added; 0: not every one weighs the same. */
static uint64_t weight_of(const struct pair *p)
{
	return p->own > p->base && p->count && !((p->own - p->base) % p->count) ? (p->own - p->base) / p->count : 0;
}

/* The products of convolutions in bounds replace all of them. */
static void add_counters(struct builder *b)
{
	struct pair *const all = &b->counters[COUNT_conv_macs], *const in_bounds =
									&b->counters[COUNT_conv_macs_in_bounds];

	if (b->rule->in_bounds) {
		all->own += in_bounds->own;
		in_bounds->own = 0;
	}
	for (int i = 0; i < COUNTER_COUNT; i++) {
		const struct pair *const p = &b->counters[i];

		add_term(b, counter_name(b, i), weight_of(p), p->count, p->own, p->base);
	}
}

static void add_kinds(struct builder *b)
{
	for (int op = 0; op < FC_OP_COUNT; op++) {
		const struct fc_rule_kind *const kind = fc_rule_kind_of(b->rule, (enum fc_op)op);
		const struct pair *const p = &b->kinds[op];
		const char *text;

		if (!p->count)
			continue;
		text = kind->unknown ? "unknown" : kind->charge ? fc_charge_text(kind->charge) : "outputs";
		add_term(b, fc_arena_printf(b->arena, "%s%s%s", fc_op_name((enum fc_op)op), *text ? " " : "", text),
			 kind->charge ? 0 : kind->per_output, p->own, p->own, p->base);
		if (kind->per_output && !kind->charge && p->own > p->base)
			b->terms->terms[b->terms->count - 1].count = p->own / kind->per_output;
	}
}

int fc_rule_terms(const struct fc_rule *rule, const struct fc_cost_table *table, enum fc_pass pass,
		  struct fc_arena *arena, struct rule_terms *terms, struct fc_error *err)
{
	const struct fc_graph *const graph = table->graph;
	struct builder b = { .rule = rule, .table = table, .arena = arena, .terms = terms, .factor = 1 };
	uint64_t exact, core;

	*terms = (struct rule_terms){ .rule = rule };
	if (!strcmp(rule->unit, "FLOP"))
		b.factor = 2;
	if (fc_rule_apply(rule, table, pass, -1, &terms->total, err) ||
	    fc_rule_apply(fc_rule_at(0), table, pass, -1, &core, err))
		return -1;
	if (__builtin_mul_overflow(b.factor, core, &terms->base))
		return fc_fail(err, "%s: the FLOPs of the whole network do not fit 64 bits", graph->path);
	terms->terms = FC_NEW_ARRAY(arena, struct rule_term, COUNTER_COUNT + FC_OP_COUNT + 1);
	for (int i = 0; i < graph->node_count; i++) {
		if (pass == FC_PASS_VALIDATE && graph->nodes[i].train_only)
			continue;
		add_node(&b, pass, i);
		terms->unseen += !fc_rule_sees(rule, table, i);
	}
	add_counters(&b);
	add_kinds(&b);
	exact = terms->base;
	for (int i = 0; i < terms->count; i++)
		exact += terms->terms[i].added - terms->terms[i].omitted;
	add_term(&b, "rounding of single precision", 0, 0, terms->total, exact);
	terms->added = terms->total > terms->base ? terms->total - terms->base : 0;
	terms->omitted = terms->total > terms->base ? 0 : terms->base - terms->total;
	return 0;
}

void fc_rule_terms_text(const struct rule_terms *terms, struct fc_str *out)
{
	if (!terms->count)
		fc_str_add(out,
			   terms->base == terms->total && !strcmp(terms->rule->unit, "FLOP") ? "2 x core" : "core");
	for (int i = 0; i < terms->count; i++) {
		const struct rule_term *const t = &terms->terms[i];

		fc_str_add(out, i ? "; " : "");
		if (t->omitted)
			fc_str_add(out, "less ");
		if (t->weight > 1)
			fc_str_addf(out, "%llu x ", (unsigned long long)t->weight);
		fc_str_addf(out, "%s = ", t->what);
		fc_grouped(out, t->added + t->omitted);
	}
}
