#include "analyze.h"

#include <string.h>

bool fc_analysis_covers(const struct analysis *a, const struct fc_node *node)
{
	return a->pass == FC_PASS_TRAIN || !node->train_only;
}

static bool add_cost(struct traffic_total *total, const struct fc_cost *cost)
{
	return !__builtin_add_overflow(total->macs, cost->macs, &total->macs) &&
	       !__builtin_add_overflow(total->flops, cost->flops, &total->flops) &&
	       !__builtin_add_overflow(total->bytes_read, cost->bytes_read, &total->bytes_read) &&
	       !__builtin_add_overflow(total->bytes_written, cost->bytes_written, &total->bytes_written);
}

/* The cost table has made sure that these sums fit. */
static void sum_phases(struct analysis *a)
{
	for (int i = 0; i < a->costs.count; i++) {
		const struct fc_cost *const cost = &a->costs.costs[i];

		add_cost(&a->phases[cost->step.phase], cost);
		add_cost(&a->training, cost);
	}
}

/*
 * A rule in MACs gives FLOPs by doubling. A rule in FLOPs adds things that are no multiply-accumulates, so its MACs are
 * those of convolutions and dense layers, as its original prints them.
 */
static int headline(struct analysis *a, struct fc_error *err)
{
	if (fc_rule_apply(a->rule, &a->costs, a->pass, -1, &a->rule_total, err))
		return -1;
	if (!strcmp(a->rule->unit, "FLOP")) {
		a->flops = a->rule_total;
		a->macs = a->counts.conv_macs + a->counts.linear_macs + a->counts.matmul_macs;
		return 0;
	}
	a->macs = a->rule_total;
	if (__builtin_mul_overflow(a->macs, 2, &a->flops))
		return fc_fail(err, "%s: the FLOPs of the whole network do not fit 64 bits", a->graph.path);
	return 0;
}

uint64_t fc_analysis_charge(const struct analysis *a, const struct fc_node *node)
{
	struct fc_error ignored; /* the total fits, so a part of it does */
	uint64_t charge = 0;

	fc_rule_apply(a->rule, &a->costs, a->pass, node->index, &charge, &ignored);
	return charge;
}

static void find_largest(struct analysis *a)
{
	for (int i = 0; i < a->graph.node_count; i++) {
		const uint64_t charge = fc_analysis_charge(a, &a->graph.nodes[i]);

		if (charge > a->largest)
			a->largest = charge;
	}
}

static int count_unseen(const struct analysis *a)
{
	int unseen = 0;

	for (int i = 0; i < a->graph.node_count; i++)
		unseen += fc_analysis_covers(a, &a->graph.nodes[i]) && !fc_rule_sees(a->rule, &a->costs, i);
	return unseen;
}

static int fill(struct analysis *a, const struct analyze_options *options, struct fc_error *err)
{
	if (fc_cost_counts(&a->costs, a->pass, &a->counts, err) || headline(a, err))
		return -1;
	sum_phases(a);
	a->output_bytes = fc_cost_output_bytes(&a->graph, a->pass);
	a->autograd_bytes = fc_autograd_saved_bytes(&a->graph);
	a->unseen = count_unseen(a);
	find_largest(a);
	return options->training ? fc_memory_estimate(&a->graph, true, &a->memory, err) : 0;
}

int fc_analysis_open(const struct fc_model_request *request, const struct analyze_options *options,
		     struct analysis *a, struct fc_error *err)
{
	*a = (struct analysis){ .rule = options->rule, .pass = options->pass };
	if (fc_model_load(request, &a->graph, err))
		return -1;
	if (fc_cost_build(&a->graph, &a->costs, err)) {
		fc_graph_release(&a->graph);
		return -1;
	}
	if (!fill(a, options, err))
		return 0;
	fc_analysis_close(a);
	return -1;
}

void fc_analysis_close(struct analysis *a)
{
	fc_cost_release(&a->costs);
	fc_graph_release(&a->graph);
}

void fc_analysis_unseen(const struct analysis *a, struct fc_str *out)
{
	enum { SHOWN = 4 };
	int seen = 0;

	for (int i = 0; i < a->graph.node_count && seen < SHOWN; i++) {
		const struct fc_node *const node = &a->graph.nodes[i];

		if (fc_analysis_covers(a, node) && !fc_rule_sees(a->rule, &a->costs, i))
			fc_str_addf(out, "%s%s (%s)", seen++ ? ", " : "", node->name, fc_op_name(node->op));
	}
	if (a->unseen > SHOWN)
		fc_str_addf(out, " and %d more", a->unseen - SHOWN);
}

void fc_analysis_uncounted(const struct analysis *a, struct fc_str *out)
{
	for (int i = 0; i < a->graph.uncounted_count; i++)
		fc_str_addf(out, "%s%d %s", i ? ", " : "", a->graph.uncounted[i].count, a->graph.uncounted[i].kind);
}
