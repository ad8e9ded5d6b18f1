#include "list.h"

#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"

#include "model_catalog.h"
#include "sheet_cell.h"

int fc_list_names(struct fc_arena *arena, char ***names, int *count, struct fc_error *err)
{
	struct fc_str folder = { 0 };
	struct catalog catalog;

	if (fc_share_dir("models", &folder, err) || fc_catalog_read(folder.text, &catalog, err)) {
		fc_str_release(&folder);
		return -1;
	}
	*count = catalog.count;
	*names = fc_calloc((size_t)catalog.count + 1, sizeof(**names));
	for (int i = 0; i < catalog.count; i++)
		(*names)[i] = fc_arena_strdup(arena, catalog.entries[i].name);
	fc_catalog_release(&catalog);
	fc_str_release(&folder);
	return 0;
}

/* -------- columns -------- */

static void model_name(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->analysis->graph.name);
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

static void model_params(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = row->analysis->costs.params;
}

static void model_macs(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	cell->count = row->analysis->macs;
}

static void model_parameters(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell)
{
	(void)column;
	set_text(cell, row->analysis->graph.parameters);
}

static const struct sheet_column columns[] = {
	{ .name = "model", .heading = "model", .unit = UNIT_TEXT, .get = model_name },
	{ .name = "input", .heading = "input", .unit = UNIT_TEXT, .get = model_input },
	{ .name = "classes", .heading = "classes", .unit = UNIT_COUNT, .get = model_classes },
	{ .name = "params", .heading = "params", .unit = UNIT_COUNT, .get = model_params },
	{ .name = "macs", .heading = "MACs", .unit = UNIT_COUNT, .get = model_macs },
	{ .name = "settings", .heading = "--set", .unit = UNIT_TEXT, .get = model_parameters },
	{ .name = NULL },
};

/* -------- formats -------- */

void fc_list_document(const struct sheet_format *format, const struct analysis *analyses, int count, struct fc_str *out)
{
	struct sheet_row *const rows = fc_calloc((size_t)count + 1, sizeof(*rows));

	for (int i = 0; i < count; i++)
		rows[i] = (struct sheet_row){ .analysis = &analyses[i] };
	format->begin(out);
	format->sheet(out, &(struct sheet){ .columns = columns, .rows = rows, .row_count = count });
	format->end(out);
	free(rows);
}

void fc_list_csv(const struct analysis *analyses, int count, struct fc_str *out)
{
	struct fc_csv_writer csv = { .cells = 0 };

	for (const struct sheet_column *column = columns; column->name; column++)
		fc_csv_text(&csv, column->name);
	fc_csv_end_row(&csv);
	for (int i = 0; i < count; i++) {
		const struct sheet_row row = { .analysis = &analyses[i] };

		for (const struct sheet_column *column = columns; column->name; column++)
			fc_sheet_csv(&row, column, &csv);
		fc_csv_end_row(&csv);
	}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}

void fc_list_json(const struct analysis *analyses, int count, struct fc_str *out)
{
	struct fc_json json = { .depth = 0 };

	fc_json_array(&json, NULL);
	for (int i = 0; i < count; i++) {
		const struct sheet_row row = { .analysis = &analyses[i] };

		fc_json_object(&json, NULL);
		for (const struct sheet_column *column = columns; column->name; column++)
			fc_sheet_json(&row, column, &json);
		fc_json_end_object(&json);
	}
	fc_json_end_array(&json);
	fc_str_addn(out, json.out.text, json.out.length);
	fc_json_release(&json);
}
