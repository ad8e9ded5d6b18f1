/* The columns of plans. A row without a plan is the sum of its model. */
#include <stddef.h>
#include <string.h>

#include "flopclock/version.h"

#include "plan.h"
#include "sheet_cell.h"

/* -------- of a model -------- */

SHEET_GET(model_name)
{
	set_text(cell, row->planned->analysis->graph.name);
}

SHEET_GET(model_settings)
{
	set_text(cell, row->planned->analysis->graph.settings);
}

SHEET_GET(model_input)
{
	set_shape(cell, row->planned->analysis->graph.nodes[0].shape);
}

SHEET_GET(model_classes)
{
	cell->count = (uint64_t)row->planned->analysis->graph.classes;
}

SHEET_GET(model_batch)
{
	cell->count = (uint64_t)row->planned->analysis->graph.batch;
}

SHEET_GET(model_precision)
{
	set_text(cell, fc_precision_name(row->planned->planning->precision));
}

SHEET_GET(model_device)
{
	set_text(cell, row->planned->planning->device);
}

SHEET_GET(model_library)
{
	set_text(cell, row->planned->planning->library);
}

SHEET_GET(program_version)
{
	set_text(cell, FC_VERSION);
}

SHEET_GET(total_missing)
{
	cell->count = (uint64_t)(row->planned->count - row->planned->found);
}

/* Any count of struct planned. */
SHEET_GET(total_count)
{
	cell->count = (uint64_t) * (const int *)(const void *)((const char *)row->planned + column->offset);
}

SHEET_GET(total_workspace)
{
	cell->count = row->planned->workspace_bytes;
}

/* -------- of a plan -------- */

SHEET_GET(plan_layer_index)
{
	cell->missing = !row->plan;
	cell->count = row->plan ? (uint64_t)row->plan->step.node : 0;
}

SHEET_GET(plan_layer)
{
	set_text(cell, row->plan ? row->node->name : "total");
}

SHEET_GET(plan_arguments)
{
	if (row->plan)
		fc_op_describe(row->node, cell->owned);
}

SHEET_GET(plan_phase)
{
	if (row->plan)
		set_text(cell, fc_phase_name(row->plan->step.phase));
	else
		fc_str_addf(cell->owned, "%d plan%s", row->planned->found, row->planned->found == 1 ? "" : "s");
}

SHEET_GET(plan_fused)
{
	if (row->plan)
		set_text(cell, !row->plan->bias ? "" : row->plan->relu ? "bias relu" : "bias");
}

static bool has_plan(const struct sheet_row *row, struct sheet_cell *cell)
{
	cell->missing = !row->plan || !row->plan->found;
	return !cell->missing;
}

SHEET_GET(plan_found)
{
	cell->count = row->plan && row->plan->found;
}

SHEET_GET(plan_engine)
{
	if (has_plan(row, cell))
		cell->count = (uint64_t)row->plan->engine;
}

SHEET_GET(plan_tensor_cores)
{
	if (has_plan(row, cell))
		cell->count = row->plan->tensor_cores;
}

/* The same for people, who get the sum too. */
SHEET_GET(plan_tensor_cores_text)
{
	if (!row->plan)
		fc_str_addf(cell->owned, "%d", row->planned->tensor_cores);
	else if (row->plan->found)
		set_text(cell, row->plan->tensor_cores ? "yes" : "no");
}

SHEET_GET(plan_deterministic)
{
	if (has_plan(row, cell))
		cell->count = row->plan->deterministic;
}

SHEET_GET(plan_workspace)
{
	if (!row->plan)
		cell->count = row->planned->workspace_bytes;
	else if (has_plan(row, cell))
		cell->count = row->plan->workspace_bytes;
}

SHEET_GET(plan_candidates)
{
	cell->missing = !row->plan;
	cell->count = row->plan ? (uint64_t)row->plan->candidates : 0;
}

/* Any text of struct fc_plan. */
SHEET_GET(plan_text)
{
	set_text(cell,
		 row->plan ? *(const char *const *)(const void *)((const char *)row->plan + column->offset) : "");
}

/* Without the note that has a column of its own; or why there is no plan. */
SHEET_GET(plan_remark)
{
	static const char known[] = "tensor_core";
	const char *notes;

	if (!row->plan)
		return;
	notes = row->plan->found ? row->plan->notes : row->plan->why;
	if (!strncmp(notes, known, strlen(known)))
		notes += strlen(known) + (notes[strlen(known)] == ' ');
	set_text(cell, notes);
}

const struct sheet_column fc_planned_columns[] = {
	{ .name = "model", .heading = "model", .unit = UNIT_TEXT, .get = model_name },
	{ .name = "settings", .unit = UNIT_TEXT, .get = model_settings },
	{ .name = "input", .heading = "input", .unit = UNIT_TEXT, .get = model_input },
	{ .name = "classes", .unit = UNIT_COUNT, .get = model_classes },
	{ .name = "batch", .unit = UNIT_COUNT, .get = model_batch },
	{ .name = "precision", .unit = UNIT_TEXT, .get = model_precision },
	{ .name = "device", .unit = UNIT_TEXT, .get = model_device },
	{ .name = "library", .unit = UNIT_TEXT, .get = model_library },
	{ .name = "flopclock_version", .unit = UNIT_TEXT, .get = program_version },
	{ .name = NULL },
};

#define TOTAL(field) .unit = UNIT_COUNT, .get = total_count, .offset = offsetof(struct planned, field)

const struct sheet_column fc_planned_totals[] = {
	{ .name = "model", .heading = "model", .unit = UNIT_TEXT, .only_text = true, .get = model_name },
	{ .name = "input", .heading = "input", .unit = UNIT_TEXT, .only_text = true, .get = model_input },
	{ .name = "plans", .heading = "plans", TOTAL(found) },
	{ .name = "missing", .heading = "missing", .blank_zero = true, .unit = UNIT_COUNT, .get = total_missing },
	{ .name = "tensor_core_plans", .heading = "tensor cores", TOTAL(tensor_cores) },
	{ .name = "nondeterministic_plans",
	  .heading = "not deterministic",
	  .blank_zero = true,
	  TOTAL(nondeterministic) },
	{ .name = "workspace_bytes", .heading = "workspace", .unit = UNIT_BYTES, .get = total_workspace },
	{ .name = NULL },
};

#define TEXT(field) .unit = UNIT_TEXT, .get = plan_text, .offset = offsetof(struct fc_plan, field)

const struct sheet_column fc_plan_columns[] = {
	{ .name = "layer_index", .unit = UNIT_COUNT, .get = plan_layer_index },
	{ .name = "layer", .heading = "layer", .unit = UNIT_TEXT, .get = plan_layer },
	{ .name = "arguments", .heading = "convolution", .unit = UNIT_TEXT, .get = plan_arguments },
	{ .name = "phase", .heading = "phase", .unit = UNIT_TEXT, .get = plan_phase },
	{ .name = "fused", .heading = "fused", .unit = UNIT_TEXT, .get = plan_fused },
	{ .name = "found", .unit = UNIT_FLAG, .get = plan_found },
	{ .name = "engine", .heading = "engine", .unit = UNIT_COUNT, .get = plan_engine },
	{ .name = "tensor_cores", .unit = UNIT_FLAG, .get = plan_tensor_cores },
	{ .name = "tensor_cores",
	  .heading = "tensor cores",
	  .unit = UNIT_TEXT,
	  .only_text = true,
	  .get = plan_tensor_cores_text },
	{ .name = "deterministic", .unit = UNIT_FLAG, .get = plan_deterministic },
	{ .name = "workspace_bytes", .heading = "workspace", .unit = UNIT_BYTES, .get = plan_workspace },
	{ .name = "candidates", .heading = "candidates", .unit = UNIT_COUNT, .get = plan_candidates },
	{ .name = "notes", TEXT(notes) },
	{ .name = "knobs", TEXT(knobs) },
	{ .name = "why", TEXT(why) },
	{ .name = "remark", .heading = "notes", .unit = UNIT_TEXT, .only_text = true, .get = plan_remark },
	{ .name = NULL },
};
