#include "analyze.h"

#include <string.h>

bool fc_analysis_covers(const struct analysis *a, const struct fc_node *node)
{
	return a->options->pass == FC_PASS_TRAIN || !node->train_only;
}

int fc_analysis_auxiliary_heads(const struct analysis *a)
{
	int count = 0;

	for (int h = 0; h < a->graph.head_count; h++)
		count += a->graph.heads[h].train_only;
	return count;
}

const char *fc_selection_name(enum selection selection)
{
	static const char *const names[] = {
		[SELECT_ALL] = "all",
		[SELECT_FORWARD] = "forward",
		[SELECT_BACKWARD_DATA] = "backward_data",
		[SELECT_BACKWARD_WEIGHTS] = "backward_weights",
		[SELECT_UPDATE] = "update",
		[SELECT_TRAINING] = "training",
	};

	return names[selection];
}

const char *fc_work_name(int work)
{
	return work == WORK_RECOMPUTE ? "recompute" : fc_phase_name((enum fc_phase)work);
}

unsigned fc_analyze_has(const struct analyze_options *options)
{
	static const unsigned phases[] = {
		[SELECT_ALL] = NEED_FORWARD | NEED_BACKWARD_DATA | NEED_BACKWARD_WEIGHTS | NEED_UPDATE |
			       NEED_TRAINING | NEED_ALL,
		[SELECT_FORWARD] = NEED_FORWARD,
		[SELECT_BACKWARD_DATA] = NEED_BACKWARD_DATA,
		[SELECT_BACKWARD_WEIGHTS] = NEED_BACKWARD_WEIGHTS,
		[SELECT_UPDATE] = NEED_UPDATE,
		[SELECT_TRAINING] =
			NEED_FORWARD | NEED_BACKWARD_DATA | NEED_BACKWARD_WEIGHTS | NEED_UPDATE | NEED_TRAINING,
	};
	const unsigned training = phases[options->phase] & NEED_TRAINING;
	const bool macs = options->phase <= SELECT_FORWARD && strcmp(options->rule->unit, "FLOP");

	return NEED_RULE | (macs ? NEED_MACS : NEED_FLOPS) | phases[options->phase] |
	       (options->rule->paper ? NEED_PUBLISHED : 0) | (options->roofline.name ? NEED_FLOOR : 0) |
	       (training && options->recompute_millionths ? NEED_RECOMPUTE : 0) |
	       (options->cost.precision == FC_PRECISION_BF16 ? NEED_SHADOWS : 0);
}

/* Of one pass, or of a training iteration. */
static bool is_forward(const struct analysis *a)
{
	return a->options->phase == SELECT_ALL || a->options->phase == SELECT_FORWARD;
}

const struct work *fc_layer_selected(const struct analysis *a, const struct layer *layer)
{
	static const int works[] = {
		[SELECT_ALL] = FC_PHASE_FORWARD,
		[SELECT_FORWARD] = FC_PHASE_FORWARD,
		[SELECT_BACKWARD_DATA] = FC_PHASE_BACKWARD_DATA,
		[SELECT_BACKWARD_WEIGHTS] = FC_PHASE_BACKWARD_WEIGHTS,
		[SELECT_UPDATE] = FC_PHASE_UPDATE,
	};

	return a->options->phase == SELECT_TRAINING ? &layer->iteration : &layer->work[works[a->options->phase]];
}

/*
 * A rule in MACs gives FLOPs by doubling. A rule in FLOPs adds things that are no multiply-accumulates, so its MACs are
 * those of convolutions and dense layers, as its original prints them. Phases behind forward follow no rule.
 */
static int headline(struct analysis *a, struct fc_error *err)
{
	const struct fc_rule *const rule = a->options->rule;
	const struct work *const selected = fc_layer_selected(a, &a->total);

	if (!is_forward(a)) {
		a->rule_total = a->macs = selected->macs;
		a->flops = selected->flops;
		return 0;
	}
	if (fc_rule_apply(rule, &a->costs, a->options->pass, -1, &a->rule_total, err))
		return -1;
	if (!strcmp(rule->unit, "FLOP")) {
		a->flops = a->rule_total;
		a->macs = a->counts.conv_macs + a->counts.linear_macs + a->counts.matmul_macs;
		return 0;
	}
	a->macs = a->rule_total;
	if (__builtin_mul_overflow(a->macs, 2, &a->flops))
		return fc_fail(err, "%s: the FLOPs of the whole network do not fit 64 bits", a->graph.path);
	return 0;
}

static void charge_layers(struct analysis *a)
{
	struct fc_error ignored; /* the total fits, so a part of it does */

	for (int i = 0; i < a->graph.node_count; i++) {
		struct layer *const layer = &a->layers[i];

		if (is_forward(a))
			fc_rule_apply(a->options->rule, &a->costs, a->options->pass, i, &layer->charge, &ignored);
		else
			layer->charge = fc_layer_selected(a, layer)->flops;
		if (fc_analysis_covers(a, &a->graph.nodes[i]))
			a->unseen += !fc_rule_sees(a->options->rule, &a->costs, i);
	}
	a->total.charge = is_forward(a) ? a->rule_total : a->flops;
}

static uint64_t elements(struct fc_shape shape)
{
	return (uint64_t)fc_shape_elements(shape);
}

/* What must be there at once to compute a layer, and nothing else. */
static void find_largest_layer(struct analysis *a)
{
	const uint64_t bytes = a->options->cost.precision == FC_PRECISION_BF16 ? 2 : 4;

	for (int i = 0; i < a->graph.node_count; i++) {
		const struct fc_node *const node = &a->graph.nodes[i];
		uint64_t values = elements(node->shape) + a->layers[i].params;

		for (int k = 0; k < node->input_count; k++)
			values += elements(fc_graph_input_shape(&a->graph, node, k));
		if (!fc_analysis_covers(a, node) || values * bytes <= a->largest_layer_bytes)
			continue;
		a->largest_layer = node;
		a->largest_layer_bytes = values * bytes;
	}
}

static int plan_memory(struct analysis *a, struct fc_error *err)
{
	const struct fc_optimizer *const optimizer = a->options->cost.optimizer;

	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT && a->options->phase == SELECT_ALL; pass++) {
		const struct fc_memory_options options = {
			.pass = pass,
			.optimizer_values = optimizer->state,
			.precision = a->options->cost.precision,
		};

		if (fc_memory_plan(&a->graph, &options, &a->memory[pass], err))
			return -1;
	}
	return 0;
}

static int fill(struct analysis *a, struct fc_error *err)
{
	struct fc_cost_options cost = a->options->cost;

	cost.pass = a->options->phase == SELECT_FORWARD ? a->options->pass : FC_PASS_TRAIN;
	if (fc_cost_build_as(&a->graph, &cost, &a->costs, err) ||
	    fc_cost_counts(&a->costs, a->options->pass, &a->counts, err) || fc_analysis_layers(a, err) ||
	    headline(a, err) || plan_memory(a, err))
		return -1;
	charge_layers(a);
	find_largest_layer(a);
	a->output_bytes = fc_cost_output_bytes(&a->graph, a->options->pass);
	a->autograd_bytes = fc_autograd_saved_bytes(&a->graph);
	return 0;
}

int fc_analysis_open(const struct fc_model_request *request, const struct analyze_options *options,
		     struct analysis *a, struct fc_error *err)
{
	*a = (struct analysis){ .options = options };
	if (fc_model_load(request, &a->graph, err))
		return -1;
	fc_arena_init(&a->arena);
	if (!fill(a, err))
		return 0;
	fc_analysis_close(a);
	return -1;
}

void fc_analysis_close(struct analysis *a)
{
	fc_arena_release(&a->arena);
	fc_cost_release(&a->costs);
	fc_graph_release(&a->graph);
}

void fc_analysis_unseen(const struct analysis *a, struct fc_str *out)
{
	enum { SHOWN = 4 };
	int seen = 0;

	for (int i = 0; i < a->graph.node_count && seen < SHOWN; i++) {
		const struct fc_node *const node = &a->graph.nodes[i];

		if (fc_analysis_covers(a, node) && !fc_rule_sees(a->options->rule, &a->costs, i))
			fc_str_addf(out, "%s%s (%s)", seen++ ? ", " : "", node->name, fc_node_kind(node));
	}
	if (a->unseen > SHOWN)
		fc_str_addf(out, " and %d more", a->unseen - SHOWN);
}

void fc_analysis_uncounted(const struct analysis *a, struct fc_str *out)
{
	for (int i = 0; i < a->graph.uncounted_count; i++)
		fc_str_addf(out, "%s%d %s", i ? ", " : "", a->graph.uncounted[i].count, a->graph.uncounted[i].kind);
}
