/* The columns of layers, and of phases of a layer or a model. */
#include <stddef.h>

#include "analyze.h"
#include "sheet_cell.h"

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
	set_text(cell, row->node ? fc_node_kind(row->node) : "");
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
	{ .name = "flops_per_byte", .blank_zero = true, .heading = "FLOP/byte", .unit = UNIT_RATIO, .only_text = true,
	  .get = layer_intensity },
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
