#include "list.h"

#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"

#include "model_catalog.h"
#include "sheet_cell.h"
#include "view.h"

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

SHEET_GET(model_parameters)
{
	set_text(cell, row->analysis->graph.parameters);
}

/* Any 64-bit field of struct analysis. */
SHEET_GET(model_count)
{
	cell->count = *(const uint64_t *)(const void *)((const char *)row->analysis + column->offset);
}

#define AT(field) .unit = UNIT_COUNT, .get = model_count, .offset = offsetof(struct analysis, field)

static const struct sheet_column columns[] = {
	{ .name = "params", .heading = "params", AT(total.params) },
	{ .name = "macs", .heading = "MACs", AT(macs) },
	{ .name = "parameters", .heading = "--set", .unit = UNIT_TEXT, .get = model_parameters },
	{ .name = NULL },
};

static const struct sheet_part parts[] = { { fc_identity_columns, true }, { columns, false }, { NULL, false } };

/* -------- formats -------- */

static void write_document(const struct sheet_format *format, const struct scene *scene, struct fc_str *out)
{
	struct sheet_row *const rows = fc_calloc((size_t)scene->count + 1, sizeof(*rows));
	struct sheet_column joined[16];
	struct document d;

	document_begin(&d, format, out);
	fc_sheet_join(parts, joined, sizeof(joined) / sizeof(joined[0]));
	for (int i = 0; i < scene->count; i++)
		rows[i] = (struct sheet_row){ .analysis = &scene->analyses[i] };
	fc_str_addf(&d.line, "rule %s %s in %ss", scene->options->rule->name, scene->options->rule->version,
		    scene->options->rule->unit);
	document_program(&d);
	document_sentence(&d);
	document_gap(&d);
	format->sheet(out,
		      &(struct sheet){
			      .columns = joined, .has = scene_has(scene), .rows = rows, .row_count = scene->count });
	document_end(&d);
	free(rows);
}

static void write_csv(const struct scene *scene, struct fc_str *out)
{
	struct fc_csv_writer csv = { .cells = 0 };

	fc_sheet_csv_row(parts, NULL, fc_analyze_has(scene->options), &csv);
	for (int i = 0; i < scene->count; i++) {
		const struct sheet_row row = { .analysis = &scene->analyses[i] };

		fc_sheet_csv_row(parts, &row, fc_analyze_has(scene->options), &csv);
	}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}

static void write_json(const struct scene *scene, struct fc_str *out)
{
	struct fc_json json = { .depth = 0 };

	fc_json_array(&json, NULL);
	for (int i = 0; i < scene->count; i++) {
		const struct sheet_row row = { .analysis = &scene->analyses[i] };

		fc_json_object(&json, NULL);
		json_identity(&json, &scene->analyses[i]);
		fc_sheet_json_members(columns, &row, fc_analyze_has(scene->options), &json);
		fc_json_end_object(&json);
	}
	fc_json_end_array(&json);
	json_finish(&json, out);
}

const struct view fc_view_list = { .document = write_document, .csv = write_csv, .json = write_json };
