/* The columns of the memory of a model: the item of a row is a struct fc_memory. */
#include <stddef.h>

#include "analyze.h"
#include "sheet_cell.h"

/* Any 64-bit field of it. */
SHEET_GET(memory_count)
{
	cell->count = *(const uint64_t *)(const void *)((const char *)row->item + column->offset);
}

SHEET_GET(memory_title)
{
	set_text(cell, row->title);
}

SHEET_GET(memory_peak_layer)
{
	const struct fc_memory *const memory = row->item;

	set_text(cell, row->analysis->graph.nodes[memory->peak.node].name);
}

SHEET_GET(memory_peak_phase)
{
	const struct fc_memory *const memory = row->item;

	set_text(cell, fc_phase_name(memory->peak.phase));
}

SHEET_GET(memory_peak)
{
	const struct fc_memory *const memory = row->item;

	fc_str_addf(cell->owned, "%s %s", row->analysis->graph.nodes[memory->peak.node].name,
		    fc_phase_name(memory->peak.phase));
}

#define AT(field) .get = memory_count, .offset = offsetof(struct fc_memory, field)

const struct sheet_column fc_memory_columns[] = {
	{ .name = "pass", .heading = "of", .unit = UNIT_TEXT, .only_text = true, .get = memory_title },
	{ .name = "params_bytes", .heading = "parameters", .unit = UNIT_BYTES, AT(params) },
	{ .name = "param_gradients_bytes",
	  .heading = "gradients",
	  .blank_zero = true,
	  .unit = UNIT_BYTES,
	  AT(param_gradients) },
	{ .name = "optimizer_bytes", .heading = "optimizer", .blank_zero = true, .unit = UNIT_BYTES, AT(optimizer) },
	{ .name = "shadows_bytes",
	  .heading = "bf16 shadows",
	  .needs = NEED_SHADOWS,
	  .blank_zero = true,
	  .unit = UNIT_BYTES,
	  AT(shadows) },
	{ .name = "statistics_bytes",
	  .heading = "statistics",
	  .blank_zero = true,
	  .unit = UNIT_BYTES,
	  AT(statistics) },
	{ .name = "activations_peak_bytes", .heading = "activations at peak", .unit = UNIT_BYTES, AT(activations) },
	{ .name = "kept_bytes", .heading = "kept for backward", .blank_zero = true, .unit = UNIT_BYTES, AT(kept) },
	{ .name = "total_bytes", .heading = "total", .unit = UNIT_BYTES, AT(total) },
	{ .name = "peak_layer", .unit = UNIT_TEXT, .get = memory_peak_layer },
	{ .name = "peak_phase", .unit = UNIT_TEXT, .get = memory_peak_phase },
	{ .name = "peak", .heading = "peak in", .unit = UNIT_TEXT, .only_text = true, .get = memory_peak },
	{ .name = NULL },
};
