/* The columns of models and of their memory. */
#include <stddef.h>

#include "analyze.h"
#include "sheet_cell.h"

static void model_name(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->analysis->graph.name);
}

static void model_settings(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->analysis->graph.settings);
}

static void model_input(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_shape(cell, row->analysis->graph.nodes[0].shape);
}

static void model_classes(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = (uint64_t)row->analysis->graph.classes;
}

static void model_batch(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = (uint64_t)row->analysis->graph.batch;
}

static void model_layers(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = (uint64_t)row->analysis->graph.node_count - 1;
}

static void model_pass(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, fc_pass_name(row->analysis->pass));
}

static void rule_name(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->analysis->rule->name);
}

static void rule_version(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->analysis->rule->version);
}

static void rule_unit(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->analysis->rule->unit);
}

static void model_params(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = row->analysis->costs.params;
}

/* Any 64-bit field of struct analysis. */
static void model_count(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	cell->count = *(const uint64_t *)(const void *)((const char *)row->analysis + column->offset);
}

static void phase_intensity(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	const struct traffic_total *const t =
		column->phase < 0 ? &row->analysis->training : &row->analysis->phases[column->phase];

	set_ratio(cell, t->flops, t->bytes_read + t->bytes_written);
}

static void published_gflops(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->missing = !row->analysis->rule->paper;
	cell->real = (double)fc_rule_published_hundredths(row->analysis->rule_total) / 100;
}

#define AT(field) .get = model_count, .offset = offsetof(struct analysis, field)
#define PHASE(word, index, trains)                                                                              \
	{ .name = #word "_macs", .unit = UNIT_COUNT, .training = trains, AT(phases[index].macs) },                  \
	{ .name = #word "_flops", .unit = UNIT_COUNT, .training = trains, AT(phases[index].flops) },                \
	{ .name = #word "_bytes_read", .unit = UNIT_BYTES, .training = trains, AT(phases[index].bytes_read) },      \
	{ .name = #word "_bytes_written", .unit = UNIT_BYTES, .training = trains, AT(phases[index].bytes_written) }, \
	{ .name = #word "_flops_per_byte", .unit = UNIT_RATIO, .training = trains, .get = phase_intensity,          \
	  .phase = index }

const struct sheet_column fc_model_columns[] = {
	{ .name = "model", .key = true, .heading = "model", .unit = UNIT_TEXT, .get = model_name },
	{ .name = "settings", .key = true, .unit = UNIT_TEXT, .get = model_settings },
	{ .name = "input", .key = true, .heading = "input", .unit = UNIT_TEXT, .get = model_input },
	{ .name = "classes", .key = true, .heading = "classes", .unit = UNIT_COUNT, .get = model_classes },
	{ .name = "batch", .key = true, .unit = UNIT_COUNT, .get = model_batch },
	{ .name = "pass", .key = true, .unit = UNIT_TEXT, .get = model_pass },
	{ .name = "rule", .key = true, .unit = UNIT_TEXT, .get = rule_name },
	{ .name = "rule_version", .key = true, .unit = UNIT_TEXT, .get = rule_version },
	{ .name = "rule_unit", .key = true, .unit = UNIT_TEXT, .get = rule_unit },
	{ .name = "rule_total", .unit = UNIT_COUNT, AT(rule_total) },
	{ .name = "layers", .heading = "layers", .unit = UNIT_COUNT, .get = model_layers },
	{ .name = "params", .heading = "params", .unit = UNIT_COUNT, .get = model_params },
	{ .name = "macs", .heading = "MACs", .unit = UNIT_COUNT, AT(macs) },
	{ .name = "flops", .heading = "FLOPs", .unit = UNIT_COUNT, AT(flops) },
	{ .name = "gflops_published_rounding", .heading = "GFLOPs in print", .unit = UNIT_FIXED, .published = true,
	  .get = published_gflops },
#define X(counter) { .name = #counter, .unit = UNIT_COUNT, AT(counts.counter) },
	FC_COUNTERS(X)
#undef X
	PHASE(forward, FC_PHASE_FORWARD, false),
	PHASE(backward_data, FC_PHASE_BACKWARD_DATA, true),
	PHASE(backward_weights, FC_PHASE_BACKWARD_WEIGHTS, true),
	PHASE(update, FC_PHASE_UPDATE, true),
	{ .name = "training_flops", .heading = "training FLOPs", .unit = UNIT_COUNT, .training = true, AT(training.flops) },
	{ .name = "training_bytes_read", .unit = UNIT_BYTES, .training = true, AT(training.bytes_read) },
	{ .name = "training_bytes_written", .unit = UNIT_BYTES, .training = true, AT(training.bytes_written) },
	{ .name = "training_flops_per_byte", .heading = "FLOP/byte", .unit = UNIT_RATIO, .training = true,
	  .get = phase_intensity, .phase = -1 },
	{ .name = "params_bytes", .unit = UNIT_BYTES, .training = true, AT(memory.params) },
	{ .name = "param_gradients_bytes", .unit = UNIT_BYTES, .training = true, AT(memory.param_gradients) },
	{ .name = "optimizer_bytes", .unit = UNIT_BYTES, .training = true, AT(memory.optimizer) },
	{ .name = "statistics_bytes", .unit = UNIT_BYTES, .training = true, AT(memory.statistics) },
	{ .name = "activations_peak_bytes", .unit = UNIT_BYTES, .training = true, AT(memory.activations) },
	{ .name = "kept_bytes", .unit = UNIT_BYTES, .training = true, AT(memory.kept) },
	{ .name = "training_memory_bytes", .heading = "memory", .unit = UNIT_BYTES, .training = true, AT(memory.total) },
	{ .name = "output_bytes", .unit = UNIT_BYTES, AT(output_bytes) },
	{ .name = "autograd_saved_bytes", .unit = UNIT_BYTES, .training = true, AT(autograd_bytes) },
	{ .name = NULL },
};

const struct sheet_column fc_memory_columns[] = {
	{ .name = "params_bytes", .heading = "parameters", .unit = UNIT_BYTES, AT(memory.params) },
	{ .name = "param_gradients_bytes", .heading = "their gradients", .unit = UNIT_BYTES, AT(memory.param_gradients) },
	{ .name = "optimizer_bytes", .heading = "momentum", .unit = UNIT_BYTES, AT(memory.optimizer) },
	{ .name = "statistics_bytes", .heading = "statistics", .unit = UNIT_BYTES, AT(memory.statistics) },
	{ .name = "activations_peak_bytes", .heading = "activations at peak", .unit = UNIT_BYTES, AT(memory.activations) },
	{ .name = "kept_bytes", .heading = "of that kept for backward", .unit = UNIT_BYTES, AT(memory.kept) },
	{ .name = "total_bytes", .heading = "total", .unit = UNIT_BYTES, AT(memory.total) },
	{ .name = NULL },
};
