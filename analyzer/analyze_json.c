/*
 * An array with one object per model. `macs` and `flops` are the forward totals by the rule; `phases` and `training` belong to a
 * training iteration and follow no rule; `counts` are rule-free.
 */
#include "analyze.h"
#include "op.h"

static void add_total(struct fc_json *json, const char *key, const struct traffic_total *t)
{
	const uint64_t bytes = t->bytes_read + t->bytes_written;

	fc_json_object(json, key);
	fc_json_u64(json, "macs", t->macs);
	fc_json_u64(json, "flops", t->flops);
	fc_json_u64(json, "bytes_read", t->bytes_read);
	fc_json_u64(json, "bytes_written", t->bytes_written);
	fc_json_u64(json, "bytes", bytes);
	fc_json_number(json, "intensity", bytes ? (double)t->flops / (double)bytes : 0);
	fc_json_end_object(json);
}

static void add_shape(struct fc_json *json, const char *key, struct fc_shape shape)
{
	struct fc_str text = { 0 };

	fc_str_addf(&text, OP_SHAPE_FORMAT, OP_SHAPE_VALUES(shape));
	fc_json_text(json, key, text.text);
	fc_str_release(&text);
}

static void add_identity(struct fc_json *json, const struct analysis *a)
{
	fc_json_text(json, "model", a->graph.name);
	fc_json_text(json, "settings", a->graph.settings);
	fc_json_text(json, "digest", a->graph.digest);
	add_shape(json, "input", a->graph.nodes[0].shape);
	fc_json_i64(json, "classes", a->graph.classes);
	fc_json_i64(json, "batch", a->graph.batch);
	fc_json_text(json, "precision", "fp32");
	fc_json_text(json, "pass", fc_pass_name(a->pass));
	fc_json_text(json, "rule", a->rule->name);
	fc_json_text(json, "rule_version", a->rule->version);
	fc_json_text(json, "rule_unit", a->rule->unit);
	fc_json_text(json, "rule_formula", a->rule->formula);
}

static void add_unseen(struct fc_json *json, const struct analysis *a)
{
	fc_json_array(json, "uncounted_layers");
	for (int i = 0; i < a->graph.node_count; i++)
		if (fc_analysis_covers(a, &a->graph.nodes[i]) && !fc_rule_sees(a->rule, &a->costs, i))
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
	if (a->rule->paper)
		fc_json_number(json, "gflops_published_rounding",
			       (double)fc_rule_published_hundredths(a->rule_total) / 100);
	fc_json_u64(json, "params", a->costs.params);
	add_unseen(json, a);
	add_uncounted(json, a);
}

static void add_phases(struct fc_json *json, const struct analysis *a, const struct analyze_options *options)
{
	fc_json_object(json, "phases");
	for (int phase = 0; phase < FC_PHASE_COUNT; phase++)
		if (options->training || phase == FC_PHASE_FORWARD)
			add_total(json, fc_phase_name((enum fc_phase)phase), &a->phases[phase]);
	fc_json_end_object(json);
	if (options->training)
		add_total(json, "training", &a->training);
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

static void add_memory(struct fc_json *json, const struct analysis *a, const struct analyze_options *options)
{
	const struct sheet_row row = { .analysis = a };

	fc_json_object(json, "memory");
	for (const struct sheet_column *column = fc_memory_columns; column->name && options->training; column++) {
		struct sheet_cell cell = { .missing = false };

		column->get(&row, column, &cell);
		fc_json_u64(json, column->name, cell.count);
	}
	fc_json_u64(json, "output_bytes", a->output_bytes);
	if (options->training)
		fc_json_u64(json, "autograd_saved_bytes", a->autograd_bytes);
	fc_json_end_object(json);
}

static void add_layer_phases(struct fc_json *json, const struct analysis *a, const struct fc_node *node,
			     const struct analyze_options *options)
{
	fc_json_object(json, "phases");
	for (int phase = 0; phase < FC_PHASE_COUNT; phase++) {
		const struct fc_cost *const c =
			fc_cost_find(&a->costs, (struct fc_step){ node->index, (enum fc_phase)phase });

		if (c && (options->training || phase == FC_PHASE_FORWARD))
			add_total(json, fc_phase_name((enum fc_phase)phase),
				  &(struct traffic_total){ c->macs, c->flops, c->bytes_read, c->bytes_written });
	}
	fc_json_end_object(json);
}

static void add_layer(struct fc_json *json, const struct analysis *a, const struct fc_node *node,
		      const struct analyze_options *options)
{
	const struct sheet_row row = { .analysis = a, .node = node };
	const struct fc_cost *const forward =
		fc_cost_find(&a->costs, (struct fc_step){ node->index, FC_PHASE_FORWARD });

	fc_json_object(json, NULL);
	for (const struct sheet_column *column = fc_layer_columns; column->name; column++) {
		struct fc_str owned = { 0 };
		struct sheet_cell cell = { .owned = &owned };

		if (column->only_text)
			continue;
		column->get(&row, column, &cell);
		if (column->unit == UNIT_TEXT)
			fc_json_text(json, column->name, cell.text ? cell.text : owned.text ? owned.text : "");
		else
			fc_json_u64(json, column->name, cell.count);
		fc_str_release(&owned);
	}
	fc_json_u64(json, "macs", forward ? forward->macs : 0);
	fc_json_u64(json, "flops", forward ? forward->flops : 0);
	fc_json_array(json, "inputs");
	for (int k = 0; k < node->input_count; k++)
		fc_json_i64(json, NULL, node->inputs[k]);
	fc_json_end_array(json);
	add_layer_phases(json, a, node, options);
	fc_json_end_object(json);
}

void fc_analyze_json(const struct analysis *analyses, int count, const struct analyze_options *options,
		     struct fc_str *out)
{
	struct fc_json json = { .depth = 0 };

	fc_json_array(&json, NULL);
	for (const struct analysis *a = analyses; a < analyses + count; a++) {
		fc_json_object(&json, NULL);
		add_identity(&json, a);
		add_headline(&json, a);
		add_phases(&json, a, options);
		add_counts(&json, &a->counts);
		add_memory(&json, a, options);
		if (options->per_layer) {
			fc_json_array(&json, "layers");
			for (int i = 0; i < a->graph.node_count; i++)
				add_layer(&json, a, &a->graph.nodes[i], options);
			fc_json_end_array(&json);
		}
		fc_json_end_object(&json);
	}
	fc_json_end_array(&json);
	fc_str_addn(out, json.out.text, json.out.length);
	fc_json_release(&json);
}
