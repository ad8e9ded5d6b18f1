/* The columns of layers and blocks, of phases of either, and of passes over a data set. */
#include <stddef.h>

#include "analyze.h"
#include "sheet_cell.h"

/* -------- of a layer, a block or their sum -------- */

SHEET_GET(layer_index)
{
	cell->missing = !row->layer->node;
	cell->count = row->layer->node ? (uint64_t)row->layer->node->index : 0;
}

SHEET_GET(layer_name)
{
	set_text(cell, row->title ? row->title : row->layer->name);
}

SHEET_GET(layer_op)
{
	if (row->layer->node)
		set_text(cell, fc_node_kind(row->layer->node));
	else if (!row->title)
		fc_str_addf(cell->owned, "%d layers", row->layer->layers);
}

SHEET_GET(layer_count)
{
	cell->count = (uint64_t)row->layer->layers;
}

SHEET_GET(layer_arguments)
{
	if (row->layer->node)
		fc_op_describe(row->layer->node, cell->owned);
}

SHEET_GET(layer_output)
{
	if (!row->title)
		set_shape(cell, row->layer->output);
}

SHEET_GET(layer_train_only)
{
	cell->count = row->layer->train_only;
}

/* Any 64-bit field of struct layer. */
SHEET_GET(layer_field)
{
	cell->count = *(const uint64_t *)(const void *)((const char *)row->layer + column->offset);
}

static double share(uint64_t part, uint64_t whole)
{
	return part ? (double)part / (double)whole : 0;
}

SHEET_GET(layer_share)
{
	cell->real = share(row->layer->charge, row->analysis->total.charge);
}

/* The dearest row has the longest bar: its charge is behind `item`. */
SHEET_GET(layer_bar)
{
	cell->real = row->title ? 0 : share(row->layer->charge, *(const uint64_t *)row->item);
}

static const struct work *work_of(const struct sheet_row *row)
{
	return row->work ? row->work : fc_layer_selected(row->analysis, row->layer);
}

SHEET_GET(work_bytes)
{
	const struct work *const w = work_of(row);

	cell->count = w->bytes_read + w->bytes_written;
}

SHEET_GET(work_intensity)
{
	const struct work *const w = work_of(row);

	set_ratio(cell, w->flops, w->bytes_read + w->bytes_written);
}

/* Any number of struct work. */
SHEET_GET(work_number)
{
	cell->real = *(const double *)(const void *)((const char *)work_of(row) + column->offset);
}

/* What takes the longer part of the floor. */
SHEET_GET(work_bound)
{
	const struct work *const w = work_of(row);

	cell->missing = !(w->floor_s > 0);
	set_text(cell, cell->missing ? "" : 2 * w->bytes_bound_s >= w->floor_s ? "bytes" : "arithmetic");
}

SHEET_GET(work_bound_share)
{
	const struct work *const w = work_of(row);

	cell->missing = !(w->floor_s > 0);
	cell->real = w->floor_s > 0 ? w->bytes_bound_s / w->floor_s : 0;
}

/* For people in one cell: "bytes", "arithmetic", "bytes 71 %". */
SHEET_GET(work_bound_text)
{
	const struct work *const w = work_of(row);
	const double bytes = w->floor_s > 0 ? w->bytes_bound_s / w->floor_s : 0;

	if (!(w->floor_s > 0))
		set_text(cell, "");
	else if (bytes > 0 && bytes < 0.9995)
		fc_str_addf(cell->owned, "bytes %.0f %%", 100 * bytes);
	else
		set_text(cell, bytes > 0 ? "bytes" : "arithmetic");
}

#define FIELD(field)  .get = layer_field, .offset = offsetof(struct layer, field)
#define NUMBER(field) .get = work_number, .offset = offsetof(struct work, field)

/* What a layer is charged, under the unit in which it is. */
#define CHARGE(unit_name, need)                                                                                      \
	{                                                                                                            \
		.name = "charge", .heading = unit_name, .blank_zero = true, .unit = UNIT_COUNT, .needs = need,       \
		.only_text = true, FIELD(charge)                                                                     \
	}

const struct sheet_column fc_layer_columns[] = {
	{ .name = "layer_index", .unit = UNIT_COUNT, .get = layer_index },
	{ .name = "layer", .heading = "layer", .unit = UNIT_TEXT, .get = layer_name },
	{ .name = "op", .heading = "op", .unit = UNIT_TEXT, .get = layer_op },
	{ .name = "arguments", .heading = "arguments", .unit = UNIT_TEXT, .get = layer_arguments },
	{ .name = "layers", .unit = UNIT_COUNT, .get = layer_count },
	{ .name = "output", .heading = "output", .unit = UNIT_TEXT, .get = layer_output },
	{ .name = "train_only", .unit = UNIT_FLAG, .get = layer_train_only },
	{ .name = "params", .blank_zero = true, .heading = "params", .unit = UNIT_COUNT, FIELD(params) },
	{ .name = "rule_total", .unit = UNIT_COUNT, FIELD(charge) },
	CHARGE("MACs", NEED_MACS),
	CHARGE("FLOPs", NEED_FLOPS),
	{ .name = "bytes",
	  .blank_zero = true,
	  .heading = "bytes",
	  .unit = UNIT_BYTES,
	  .only_text = true,
	  .get = work_bytes },
	{ .name = "flops_per_byte",
	  .blank_zero = true,
	  .heading = "FLOP/byte",
	  .unit = UNIT_RATIO,
	  .only_text = true,
	  .get = work_intensity },
	{ .name = "floor",
	  .blank_zero = true,
	  .heading = "floor",
	  .unit = UNIT_TIME,
	  .needs = NEED_FLOOR,
	  .only_text = true,
	  NUMBER(floor_s) },
	{ .name = "bound_by",
	  .heading = "bound by",
	  .unit = UNIT_TEXT,
	  .needs = NEED_FLOOR,
	  .only_text = true,
	  .get = work_bound_text },
	{ .name = "share",
	  .blank_zero = true,
	  .heading = "share",
	  .unit = UNIT_SHARE,
	  .only_text = true,
	  .get = layer_share },
	{ .name = "bar", .heading = "", .unit = UNIT_BAR, .only_text = true, .get = layer_bar },
	{ .name = NULL },
};

/* -------- of a phase, of a layer in a phase -------- */

SHEET_GET(work_title)
{
	set_text(cell, row->title ? row->title : row->phase);
}

SHEET_GET(work_count)
{
	cell->count = *(const uint64_t *)(const void *)((const char *)work_of(row) + column->offset);
}

#define COUNT(field) .get = work_count, .offset = offsetof(struct work, field)

const struct sheet_column fc_work_columns[] = {
	{ .name = "phase", .heading = "phase", .unit = UNIT_TEXT, .get = work_title },
	{ .name = "macs", .heading = "MACs", .unit = UNIT_COUNT, COUNT(macs) },
	{ .name = "flops", .heading = "FLOPs", .unit = UNIT_COUNT, COUNT(flops) },
	{ .name = "bytes_read", .heading = "read", .unit = UNIT_BYTES, COUNT(bytes_read) },
	{ .name = "bytes_written", .heading = "written", .unit = UNIT_BYTES, COUNT(bytes_written) },
	{ .name = "flops_per_byte",
	  .blank_zero = true,
	  .heading = "FLOP/byte",
	  .unit = UNIT_RATIO,
	  .get = work_intensity },
	{ .name = "arithmetic_floor_s", .unit = UNIT_TIME, .needs = NEED_FLOOR, NUMBER(arithmetic_floor_s) },
	{ .name = "bytes_floor_s", .unit = UNIT_TIME, .needs = NEED_FLOOR, NUMBER(bytes_floor_s) },
	{ .name = "floor_s", .heading = "floor", .unit = UNIT_TIME, .needs = NEED_FLOOR, NUMBER(floor_s) },
	{ .name = "bound_by", .unit = UNIT_TEXT, .needs = NEED_FLOOR, .get = work_bound },
	{ .name = "bytes_bound_share", .unit = UNIT_SHARE, .needs = NEED_FLOOR, .get = work_bound_share },
	{ .name = "bound_by",
	  .heading = "bound by",
	  .unit = UNIT_TEXT,
	  .needs = NEED_FLOOR,
	  .only_text = true,
	  .get = work_bound_text },
	{ .name = NULL },
};

/* -------- of a pass over the data set: the item of a row is a struct epoch, missing in a sum -------- */

SHEET_GET(epoch_count)
{
	cell->missing = !row->item;
	cell->count = row->item ? *(const uint64_t *)(const void *)((const char *)row->item + column->offset) : 0;
}

#define EPOCH(field) .get = epoch_count, .offset = offsetof(struct epoch, field)

const struct sheet_column fc_epoch_columns[] = {
	{ .name = "pass", .heading = "pass", .unit = UNIT_TEXT, .only_text = true, .get = work_title },
	{ .name = "images", .heading = "images", .unit = UNIT_COUNT, EPOCH(images) },
	{ .name = "iterations", .heading = "iterations", .unit = UNIT_COUNT, EPOCH(iterations) },
	{ .name = "images_left_out", .unit = UNIT_COUNT, EPOCH(left_out) },
	{ .name = "images_filled_up", .unit = UNIT_COUNT, EPOCH(filled_up) },
	{ .name = "macs", .heading = "MACs", .unit = UNIT_COUNT, COUNT(macs) },
	{ .name = "flops", .heading = "FLOPs", .unit = UNIT_COUNT, COUNT(flops) },
	{ .name = "bytes_read", .heading = "read", .unit = UNIT_BYTES, COUNT(bytes_read) },
	{ .name = "bytes_written", .heading = "written", .unit = UNIT_BYTES, COUNT(bytes_written) },
	{ .name = "floor_s", .heading = "floor", .unit = UNIT_TIME, .needs = NEED_FLOOR, NUMBER(floor_s) },
	{ .name = NULL },
};
