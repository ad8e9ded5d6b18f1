/* The columns of models. */
#include <stddef.h>

#include "flopclock/version.h"

#include "analyze.h"
#include "sheet_cell.h"

SHEET_GET(model_name)
{
	set_text(cell, row->analysis->graph.name);
}

SHEET_GET(model_settings)
{
	set_text(cell, row->analysis->graph.settings);
}

SHEET_GET(model_digest)
{
	set_text(cell, row->analysis->graph.digest);
}

SHEET_GET(model_input)
{
	set_shape(cell, row->analysis->graph.nodes[0].shape);
}

SHEET_GET(model_classes)
{
	cell->count = (uint64_t)row->analysis->graph.classes;
}

void fc_identity_batch(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = (uint64_t)row->analysis->graph.batch;
}

SHEET_GET(model_auxiliary_heads)
{
	cell->count = (uint64_t)fc_analysis_auxiliary_heads(row->analysis);
}

SHEET_GET(model_layers)
{
	cell->count = (uint64_t)row->analysis->graph.node_count - 1;
}

SHEET_GET(model_pass)
{
	set_text(cell, fc_pass_name(row->analysis->options->pass));
}

SHEET_GET(model_phase)
{
	set_text(cell, fc_selection_name(row->analysis->options->phase));
}

SHEET_GET(model_precision)
{
	set_text(cell, fc_precision_name(row->analysis->options->cost.precision));
}

SHEET_GET(model_optimizer)
{
	const struct fc_cost_options *const cost = &row->analysis->options->cost;

	fc_str_addf(cell->owned, "%s%s", cost->optimizer->name, cost->weight_decay ? " with weight decay" : "");
}

SHEET_GET(model_recompute)
{
	cell->real = (double)row->analysis->options->recompute_millionths / 1e6;
}

SHEET_GET(model_device)
{
	set_text(cell, row->analysis->options->roofline.name);
}

SHEET_GET(program_version)
{
	set_text(cell, FC_VERSION);
}

/* Any text of struct fc_rule. */
SHEET_GET(rule_text)
{
	set_text(cell,
		 *(const char *const *)(const void *)((const char *)row->analysis->options->rule + column->offset));
}

/* Any 64-bit field of struct analysis. */
SHEET_GET(model_count)
{
	cell->count = *(const uint64_t *)(const void *)((const char *)row->analysis + column->offset);
}

/* Any number of struct analysis. */
SHEET_GET(model_number)
{
	cell->real = *(const double *)(const void *)((const char *)row->analysis + column->offset);
}

SHEET_GET(work_intensity)
{
	const struct work *const w =
		(const struct work *)(const void *)((const char *)row->analysis + column->offset);

	set_ratio(cell, w->flops, w->bytes_read + w->bytes_written);
}

SHEET_GET(published_gflops)
{
	cell->missing = !row->analysis->options->rule->paper;
	cell->real = (double)fc_rule_published_hundredths(row->analysis->rule_total) / 100;
}

/* -------- of a model -------- */

#define RULE(field)   .get = rule_text, .offset = offsetof(struct fc_rule, field)
#define AT(field)     .get = model_count, .offset = offsetof(struct analysis, field)
#define NUMBER(field) .get = model_number, .offset = offsetof(struct analysis, field)

const struct sheet_column fc_identity_columns[] = {
	{ .name = "model", .key = true, .heading = "model", .unit = UNIT_TEXT, .get = model_name },
	{ .name = "settings", .key = true, .unit = UNIT_TEXT, .get = model_settings },
	{ .name = "told",
	  .heading = "settings",
	  .needs = NEED_SETTINGS,
	  .only_text = true,
	  .unit = UNIT_TEXT,
	  .get = model_settings },
	{ .name = "digest", .unit = UNIT_TEXT, .get = model_digest },
	{ .name = "input", .key = true, .heading = "input", .unit = UNIT_TEXT, .get = model_input },
	{ .name = "classes", .key = true, .heading = "classes", .unit = UNIT_COUNT, .get = model_classes },
	{ .name = "batch", .key = true, .heading = "batch", .unit = UNIT_COUNT, .get = fc_identity_batch },
	{ .name = "auxiliary_heads", .unit = UNIT_COUNT, .get = model_auxiliary_heads },
	{ .name = "pass", .key = true, .unit = UNIT_TEXT, .get = model_pass },
	{ .name = "rule", .key = true, .needs = NEED_RULE, .unit = UNIT_TEXT, RULE(name) },
	{ .name = "rule_version", .key = true, .needs = NEED_RULE, .unit = UNIT_TEXT, RULE(version) },
	{ .name = "rule_unit", .key = true, .needs = NEED_RULE, .unit = UNIT_TEXT, RULE(unit) },
	{ .name = "rule_formula", .needs = NEED_RULE, .unit = UNIT_TEXT, RULE(formula) },
	{ .name = "selected_phase", .key = true, .unit = UNIT_TEXT, .get = model_phase },
	{ .name = "precision", .key = true, .unit = UNIT_TEXT, .get = model_precision },
	{ .name = "optimizer", .key = true, .needs = NEED_UPDATE, .unit = UNIT_TEXT, .get = model_optimizer },
	{ .name = "recompute", .key = true, .needs = NEED_RECOMPUTE, .unit = UNIT_RATIO, .get = model_recompute },
	{ .name = "device", .key = true, .needs = NEED_FLOOR, .unit = UNIT_TEXT, .get = model_device },
	{ .name = "flopclock_version", .key = true, .unit = UNIT_TEXT, .get = program_version },
	{ .name = NULL },
};

#define WORK(word, field, need)                                                                                      \
	{ .name = #word "_macs", .unit = UNIT_COUNT, .needs = need, AT(field.macs) },                                \
		{ .name = #word "_flops", .unit = UNIT_COUNT, .needs = need, AT(field.flops) },                      \
		{ .name = #word "_bytes_read", .unit = UNIT_BYTES, .needs = need, AT(field.bytes_read) },            \
		{ .name = #word "_bytes_written", .unit = UNIT_BYTES, .needs = need, AT(field.bytes_written) },      \
		{ .name = #word "_flops_per_byte",                                                                   \
		  .unit = UNIT_RATIO,                                                                                \
		  .needs = need,                                                                                     \
		  .get = work_intensity,                                                                             \
		  .offset = offsetof(struct analysis, field) },                                                      \
	{                                                                                                            \
		.name = #word "_floor_s", .unit = UNIT_TIME, .needs = (need) | NEED_FLOOR, NUMBER(field.floor_s)     \
	}
#define EPOCH(word, index, need)                                                                                     \
	{ .name = #word "_images", .unit = UNIT_COUNT, .needs = need, AT(epochs[index].images) },                    \
		{ .name = #word "_iterations", .unit = UNIT_COUNT, .needs = need, AT(epochs[index].iterations) },    \
		WORK(word, epochs[index].work, need)
#define MEMORY(field) .unit = UNIT_BYTES, .needs = NEED_ALL, AT(memory[FC_PASS_TRAIN].field)

const struct sheet_column fc_model_columns[] = {
	{ .name = "rule_total", .unit = UNIT_COUNT, AT(rule_total) },
	{ .name = "layers", .heading = "layers", .unit = UNIT_COUNT, .get = model_layers },
	{ .name = "params", .heading = "params", .unit = UNIT_COUNT, AT(total.params) },
	{ .name = "macs", .heading = "MACs", .unit = UNIT_COUNT, AT(macs) },
	{ .name = "flops", .heading = "FLOPs", .unit = UNIT_COUNT, AT(flops) },
	{ .name = "gflops_published_rounding",
	  .heading = "GFLOPs in print",
	  .unit = UNIT_FIXED,
	  .needs = NEED_PUBLISHED,
	  .get = published_gflops },
#define X(counter) { .name = #counter, .unit = UNIT_COUNT, AT(counts.counter) },
	FC_COUNTERS(X)
#undef X
		WORK(forward, total.work[FC_PHASE_FORWARD], NEED_FORWARD),
	WORK(recompute, total.work[WORK_RECOMPUTE], NEED_RECOMPUTE),
	WORK(backward_data, total.work[FC_PHASE_BACKWARD_DATA], NEED_BACKWARD_DATA),
	WORK(backward_weights, total.work[FC_PHASE_BACKWARD_WEIGHTS], NEED_BACKWARD_WEIGHTS),
	WORK(update, total.work[FC_PHASE_UPDATE], NEED_UPDATE),
	{ .name = "training_macs", .unit = UNIT_COUNT, .needs = NEED_TRAINING, AT(total.iteration.macs) },
	{ .name = "training_flops",
	  .heading = "training FLOPs",
	  .unit = UNIT_COUNT,
	  .needs = NEED_TRAINING,
	  AT(total.iteration.flops) },
	{ .name = "training_bytes_read", .unit = UNIT_BYTES, .needs = NEED_TRAINING, AT(total.iteration.bytes_read) },
	{ .name = "training_bytes_written",
	  .unit = UNIT_BYTES,
	  .needs = NEED_TRAINING,
	  AT(total.iteration.bytes_written) },
	{ .name = "training_flops_per_byte",
	  .heading = "FLOP/byte",
	  .unit = UNIT_RATIO,
	  .needs = NEED_TRAINING,
	  .get = work_intensity,
	  .offset = offsetof(struct analysis, total.iteration) },
	{ .name = "training_floor_s",
	  .heading = "floor",
	  .unit = UNIT_TIME,
	  .needs = NEED_TRAINING | NEED_FLOOR,
	  NUMBER(total.iteration.floor_s) },
	EPOCH(training_epoch, FC_PASS_TRAIN, NEED_TRAINING),
	EPOCH(validation_epoch, FC_PASS_VALIDATE, NEED_ALL),
	{ .name = "params_bytes", MEMORY(params) },
	{ .name = "param_gradients_bytes", MEMORY(param_gradients) },
	{ .name = "optimizer_bytes", MEMORY(optimizer) },
	{ .name = "shadows_bytes", MEMORY(shadows) },
	{ .name = "statistics_bytes", MEMORY(statistics) },
	{ .name = "activations_peak_bytes", MEMORY(activations) },
	{ .name = "kept_bytes", MEMORY(kept) },
	{ .name = "training_memory_bytes", .heading = "memory", MEMORY(total) },
	{ .name = "inference_memory_bytes",
	  .unit = UNIT_BYTES,
	  .needs = NEED_ALL,
	  AT(memory[FC_PASS_VALIDATE].total) },
	{ .name = "output_bytes", .unit = UNIT_BYTES, AT(output_bytes) },
	{ .name = "autograd_saved_bytes", .unit = UNIT_BYTES, .needs = NEED_ALL, AT(autograd_bytes) },
	{ .name = NULL },
};
