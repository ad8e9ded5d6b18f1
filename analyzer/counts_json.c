/*
 * An array with one object per model; the manual page describes every member. `macs` and `flops` are the headline; `phases`
 * and `training` follow no rule; `counts` are rule-free.
 */
#include "counts.h"
#include "op.h"

static void add_unseen(struct fc_json *json, const struct analysis *a)
{
	fc_json_array(json, "uncounted_layers");
	for (int i = 0; i < a->graph.node_count; i++)
		if (fc_analysis_covers(a, &a->graph.nodes[i]) && !fc_rule_sees(a->options->rule, &a->costs, i))
			fc_json_text(json, NULL, a->graph.nodes[i].name);
	fc_json_end_array(json);
}

static void add_uncounted(struct fc_json *json, const struct analysis *a)
{
	fc_json_array(json, "uncounted_kinds");
	for (int i = 0; i < a->graph.uncounted_count; i++) {
		fc_json_object(json, NULL);
		fc_json_text(json, "kind", a->graph.uncounted[i].kind);
		fc_json_i64(json, "count", a->graph.uncounted[i].count);
		fc_json_end_object(json);
	}
	fc_json_end_array(json);
}

static void add_headline(struct fc_json *json, const struct analysis *a)
{
	fc_json_u64(json, "rule_total", a->rule_total);
	fc_json_u64(json, "macs", a->macs);
	fc_json_u64(json, "flops", a->flops);
	if (a->options->rule->paper)
		fc_json_number(json, "gflops_published_rounding",
			       (double)fc_rule_published_hundredths(a->rule_total) / 100);
	fc_json_u64(json, "params", a->total.params);
	add_unseen(json, a);
	add_uncounted(json, a);
}

static void add_phases(struct fc_json *json, const struct analysis *a, const struct layer *layer)
{
	fc_json_object(json, "phases");
	for (int work = 0; work < WORK_COUNT; work++)
		if (counts_shows(a->options, work) && layer->phases >> work & 1)
			json_work(json, fc_work_name(work), a, &layer->work[work]);
	fc_json_end_object(json);
}

static void add_epoch(struct fc_json *json, const struct analysis *a)
{
	static const char *const keys[FC_PASS_COUNT] = {
		[FC_PASS_TRAIN] = "training", [FC_PASS_VALIDATE] = "validation"
	};

	fc_json_object(json, "epoch");
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		const struct epoch *const e = &a->epochs[pass];
		const struct sheet_row row = { .analysis = a, .item = e, .work = &e->work };

		if (!e->images)
			continue;
		fc_json_object(json, keys[pass]);
		fc_sheet_json_members(fc_epoch_columns, &row, fc_analyze_has(a->options), json);
		fc_json_end_object(json);
	}
	if (a->options->phase == SELECT_ALL && !a->no_epoch)
		json_work(json, "total", a, &a->epoch);
	fc_json_end_object(json);
}

/* First the sums that most readers want, then every counter by its own name. */
static void add_counts(struct fc_json *json, const struct fc_counts *c)
{
	fc_json_object(json, "counts");
	fc_json_u64(json, "conv_macs", c->conv_macs);
	fc_json_u64(json, "linear_macs", c->linear_macs);
	fc_json_u64(json, "bias_adds", c->conv_bias + c->linear_bias);
	fc_json_u64(json, "norm_elements", c->norm_elements);
	fc_json_u64(json, "activation_elements", c->relu_elements + c->other_activation_elements);
	fc_json_u64(json, "pool_input_elements", c->max_pool_in + c->avg_pool_in + c->adaptive_pool_in);
	fc_json_u64(json, "pool_output_elements", c->max_pool_out + c->avg_pool_out + c->adaptive_pool_out);
	fc_json_u64(json, "add_elements", c->add_elements);
	fc_json_object(json, "each");
#define X(name) fc_json_u64(json, #name, c->name);
	FC_COUNTERS(X)
#undef X
	fc_json_end_object(json);
	fc_json_end_object(json);
}

static void add_memory_of(struct fc_json *json, const struct analysis *a, enum fc_pass pass)
{
	const struct sheet_row row = { .analysis = a, .item = &a->memory[pass] };

	fc_sheet_json_members(fc_memory_columns, &row, fc_analyze_has(a->options), json);
}

static void add_memory(struct fc_json *json, const struct analysis *a)
{
	fc_json_object(json, "memory");
	if (a->options->phase == SELECT_ALL) {
		add_memory_of(json, a, FC_PASS_TRAIN);
		fc_json_object(json, "inference");
		add_memory_of(json, a, FC_PASS_VALIDATE);
		fc_json_end_object(json);
		fc_json_u64(json, "autograd_saved_bytes", a->autograd_bytes);
	}
	fc_json_u64(json, "output_bytes", a->output_bytes);
	fc_json_text(json, "largest_layer", a->largest_layer ? a->largest_layer->name : NULL);
	fc_json_u64(json, "largest_layer_bytes", a->largest_layer_bytes);
	fc_json_end_object(json);
}

static void add_layer(struct fc_json *json, const struct analysis *a, const struct layer *layer)
{
	const struct sheet_row row = { .analysis = a, .layer = layer };
	const struct work *const selected = fc_layer_selected(a, layer);

	fc_json_object(json, NULL);
	fc_sheet_json_members(fc_layer_columns, &row, fc_analyze_has(a->options), json);
	fc_json_u64(json, "macs", selected->macs);
	fc_json_u64(json, "flops", selected->flops);
	fc_json_array(json, "inputs");
	for (int k = 0; layer->node && k < layer->node->input_count; k++)
		fc_json_i64(json, NULL, layer->node->inputs[k]);
	fc_json_end_array(json);
	add_phases(json, a, layer);
	fc_json_end_object(json);
}

static void add_layers(struct fc_json *json, const struct analysis *a)
{
	struct fc_arena arena;
	struct layer *layers;
	int count;

	fc_arena_init(&arena);
	layers = fc_analysis_blocks(a, a->options->depth ? a->options->depth : fc_analysis_depth(a), &arena, &count);
	fc_json_array(json, "layers");
	for (int i = 0; i < count; i++)
		add_layer(json, a, &layers[i]);
	fc_json_end_array(json);
	fc_arena_release(&arena);
}

void counts_json(const struct scene *scene, struct fc_str *out)
{
	struct fc_json json = { .depth = 0 };

	fc_json_array(&json, NULL);
	for (const struct analysis *a = scene->analyses; a < scene->analyses + scene->count; a++) {
		fc_json_object(&json, NULL);
		json_identity(&json, a);
		add_headline(&json, a);
		json_device(&json, &a->options->roofline);
		add_phases(&json, a, &a->total);
		if (fc_analyze_has(a->options) & NEED_TRAINING)
			json_work(&json, "training", a, &a->total.iteration);
		add_epoch(&json, a);
		add_counts(&json, &a->counts);
		add_memory(&json, a);
		if (a->options->per_layer)
			add_layers(&json, a);
		fc_json_end_object(&json);
	}
	fc_json_end_array(&json);
	json_finish(&json, out);
}
