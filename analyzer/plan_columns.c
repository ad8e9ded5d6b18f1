/* The columns of plans. A row without a plan is the sum of its model. */
#include <stddef.h>
#include <string.h>

#include "flopclock/version.h"

#include "plan.h"
#include "sheet_cell.h"

/* -------- of a model -------- */

static void model_name(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->planned->analysis->graph.name);
}

static void model_settings(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->planned->analysis->graph.settings);
}

static void model_input(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_shape(cell, row->planned->analysis->graph.nodes[0].shape);
}

static void model_classes(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = (uint64_t)row->planned->analysis->graph.classes;
}

static void model_batch(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = (uint64_t)row->planned->analysis->graph.batch;
}

static void model_precision(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, fc_precision_name(row->planned->planning->precision));
}

static void model_device(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->planned->planning->device);
}

static void model_library(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->planned->planning->library);
}

static void program_version(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	(void)row;
	set_text(cell, FC_VERSION);
}

static void total_missing(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = (uint64_t)(row->planned->count - row->planned->found);
}

/* Any count of struct planned. */
static void total_count(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	cell->count = (uint64_t) * (const int *)(const void *)((const char *)row->planned + column->offset);
}

static void total_workspace(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = row->planned->workspace_bytes;
}

/* -------- of a plan -------- */

static void plan_layer_index(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->missing = !row->plan;
	cell->count = row->plan ? (uint64_t)row->plan->step.node : 0;
}

static void plan_layer(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->plan ? row->node->name : "total");
}

static void plan_arguments(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	if (row->plan)
		fc_op_describe(row->node, cell->owned);
}

static void plan_phase(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	if (row->plan)
		set_text(cell, fc_phase_name(row->plan->step.phase));
	else
		fc_str_addf(cell->owned, "%d plan%s", row->planned->found, row->planned->found == 1 ? "" : "s");
}

static void plan_fused(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	if (row->plan)
		set_text(cell, !row->plan->bias ? "" : row->plan->relu ? "bias relu" : "bias");
}

static bool has_plan(const struct sheet_row *row, struct sheet_cell *cell)
{
	cell->missing = !row->plan || !row->plan->found;
	return !cell->missing;
}

static void plan_found(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = row->plan && row->plan->found;
}

static void plan_engine(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	if (has_plan(row, cell))
		cell->count = (uint64_t)row->plan->engine;
}

static void plan_tensor_cores(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	if (has_plan(row, cell))
		cell->count = row->plan->tensor_cores;
}

/* The same for people, who get the sum too. */
static void plan_tensor_cores_text(const struct sheet_row *row, const struct sheet_column *column,
				   struct sheet_cell *cell)
{
	(void)column;
	if (!row->plan)
		fc_str_addf(cell->owned, "%d", row->planned->tensor_cores);
	else if (row->plan->found)
		set_text(cell, row->plan->tensor_cores ? "yes" : "no");
}

static void plan_deterministic(const struct sheet_row *row, const struct sheet_column *column,
			       struct sheet_cell *cell)
{
	(void)column;
	if (has_plan(row, cell))
		cell->count = row->plan->deterministic;
}

static void plan_workspace(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	if (!row->plan)
		cell->count = row->planned->workspace_bytes;
	else if (has_plan(row, cell))
		cell->count = row->plan->workspace_bytes;
}

static void plan_candidates(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->missing = !row->plan;
	cell->count = row->plan ? (uint64_t)row->plan->candidates : 0;
}

/* Any text of struct fc_plan. */
static void plan_text(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	set_text(cell,
		 row->plan ? *(const char *const *)(const void *)((const char *)row->plan + column->offset) : "");
}

/* Without the note that has a column of its own; or why there is no plan. */
static void plan_remark(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	static const char known[] = "tensor_core";
	const char *notes;

	(void)column;
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
