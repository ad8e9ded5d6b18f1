/*
 * The columns of models, of layers, of phases and of memory.
 */
#include <stddef.h>

#include "analyze.h"
#include "op.h"

static void set_text(struct sheet_cell *cell, const char *text)
{
	cell->text = text ? text : "";
}

static void set_shape(struct sheet_cell *cell, struct fc_shape shape)
{
	fc_str_addf(cell->owned, OP_SHAPE_FORMAT, OP_SHAPE_VALUES(shape));
}

static void set_ratio(struct sheet_cell *cell, uint64_t flops, uint64_t bytes)
{
	cell->missing = !bytes;
	cell->real = bytes ? (double)flops / (double)bytes : 0;
}

/* -------- of a model -------- */

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

/* -------- of a layer -------- */

static void layer_index(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->missing = !row->node;
	cell->count = row->node ? (uint64_t)row->node->index : 0;
}

static void layer_name(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->node ? row->node->name : row->title);
}

static void layer_op(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->node ? fc_op_name(row->node->op) : "");
}

static void layer_arguments(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	if (row->node)
		fc_op_describe(row->node, cell->owned);
}

static void layer_output(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	if (row->node)
		set_shape(cell, row->node->shape);
}

static void layer_train_only(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = row->node && row->node->train_only;
}

static uint64_t node_params(const struct fc_node *node)
{
	uint64_t params = 0;

	for (int p = 0; p < node->param_count; p++)
		params += op_elements(node->params[p].shape);
	return params;
}

static void layer_params(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = row->node ? node_params(row->node) : row->analysis->costs.params;
}

static uint64_t layer_charge(const struct sheet_row *row)
{
	return row->node ? fc_analysis_charge(row->analysis, row->node) : row->analysis->rule_total;
}

static void layer_total(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = layer_charge(row);
}

static void layer_share(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	const uint64_t charge = layer_charge(row);

	(void)column;
	cell->real = charge ? (double)charge / (double)row->analysis->rule_total : 0;
}

/* The dearest layer has the longest bar. */
static void layer_bar(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	const uint64_t charge = row->node ? layer_charge(row) : 0;

	(void)column;
	cell->real = charge ? (double)charge / (double)row->analysis->largest : 0;
}

static const struct fc_cost *forward_cost(const struct sheet_row *row)
{
	return fc_cost_find(&row->analysis->costs, (struct fc_step){ row->node->index, FC_PHASE_FORWARD });
}

static void layer_bytes(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	const struct traffic_total *const total = &row->analysis->phases[FC_PHASE_FORWARD];
	const struct fc_cost *const cost = row->node ? forward_cost(row) : NULL;

	(void)column;
	cell->missing = row->node && !cost;
	cell->count = cost ? cost->bytes_read + cost->bytes_written : total->bytes_read + total->bytes_written;
}

static void layer_intensity(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	const struct traffic_total *const total = &row->analysis->phases[FC_PHASE_FORWARD];
	const struct fc_cost *const cost = row->node ? forward_cost(row) : NULL;

	(void)column;
	if (row->node && !cost)
		cell->missing = true;
	else if (cost)
		set_ratio(cell, cost->flops, cost->bytes_read + cost->bytes_written);
	else
		set_ratio(cell, total->flops, total->bytes_read + total->bytes_written);
}

const struct sheet_column fc_layer_columns[] = {
	{ .name = "layer_index", .unit = UNIT_COUNT, .get = layer_index },
	{ .name = "layer", .heading = "layer", .unit = UNIT_TEXT, .get = layer_name },
	{ .name = "op", .heading = "op", .unit = UNIT_TEXT, .get = layer_op },
	{ .name = "arguments", .heading = "arguments", .unit = UNIT_TEXT, .get = layer_arguments },
	{ .name = "output", .heading = "output", .unit = UNIT_TEXT, .get = layer_output },
	{ .name = "train_only", .unit = UNIT_COUNT, .get = layer_train_only },
	{ .name = "params", .blank_zero = true, .heading = "params", .unit = UNIT_COUNT, .get = layer_params },
	{ .name = "rule_total", .blank_zero = true, .heading = "@", .unit = UNIT_COUNT, .get = layer_total },
	{ .name = "bytes", .heading = "bytes", .unit = UNIT_BYTES, .only_text = true, .get = layer_bytes },
	{ .name = "flops_per_byte", .blank_zero = true, .heading = "FLOP/byte", .unit = UNIT_RATIO, .only_text = true, .get = layer_intensity },
	{ .name = "share", .blank_zero = true, .heading = "share", .unit = UNIT_SHARE, .only_text = true, .get = layer_share },
	{ .name = "bar", .heading = "", .unit = UNIT_BAR, .only_text = true, .get = layer_bar },
	{ .name = NULL },
};

/* -------- of a phase, of a layer in a phase -------- */

static struct traffic_total totals_of(const struct sheet_row *row)
{
	if (row->cost)
		return (struct traffic_total){ row->cost->macs, row->cost->flops, row->cost->bytes_read,
					       row->cost->bytes_written };
	return row->title ? row->analysis->training : row->analysis->phases[row->phase];
}

static void phase_name(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->title ? row->title : fc_phase_name(row->phase));
}

static void phase_count(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	const struct traffic_total t = totals_of(row);

	cell->count = *(const uint64_t *)(const void *)((const char *)&t + column->offset);
}

static void phase_ratio(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	const struct traffic_total t = totals_of(row);

	(void)column;
	set_ratio(cell, t.flops, t.bytes_read + t.bytes_written);
}

#define TOTAL(field) .get = phase_count, .offset = offsetof(struct traffic_total, field)

const struct sheet_column fc_phase_columns[] = {
	{ .name = "phase", .heading = "phase", .unit = UNIT_TEXT, .get = phase_name },
	{ .name = "macs", .heading = "MACs", .unit = UNIT_COUNT, TOTAL(macs) },
	{ .name = "flops", .heading = "FLOPs", .unit = UNIT_COUNT, TOTAL(flops) },
	{ .name = "bytes_read", .heading = "read", .unit = UNIT_BYTES, TOTAL(bytes_read) },
	{ .name = "bytes_written", .heading = "written", .unit = UNIT_BYTES, TOTAL(bytes_written) },
	{ .name = "flops_per_byte", .blank_zero = true, .heading = "FLOP/byte", .unit = UNIT_RATIO, .get = phase_ratio },
	{ .name = NULL },
};
