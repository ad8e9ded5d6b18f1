#include "study_write.h"

#include <string.h>

#include "draw.h"
#include "flopclock/file.h"
#include "flopclock/version.h"
#include "study_build.h"
#include "table_write.h"
#include "template.h"

static int write_text(const char *folder, const char *name, const char *extension, struct fc_str *text,
		      struct fc_error *err)
{
	struct fc_str path = { 0 };
	int rc;

	fc_str_addf(&path, "%s/%s%s", folder, name, extension);
	rc = fc_file_write(path.text, text->text ? text->text : "", text->length, err);
	fc_str_release(&path);
	fc_str_clear(text);
	return rc;
}

static int make_folder(const char *parent, const char *name, struct fc_str *path, struct fc_error *err)
{
	fc_str_addf(path, "%s/%s", parent, name);
	return fc_dir_make(path->text, err);
}

static const char *const table_templates[] = { ".tex", ".md" };

static int write_table(const struct fc_table *table, const struct fc_item *value, const char *folder,
		       struct fc_templates *templates, struct fc_error *err)
{
	struct fc_str text = { 0 };
	int rc;

	fc_table_csv(table, &text);
	rc = write_text(folder, table->id, ".csv", &text, err);
	for (size_t i = 0; !rc && i < sizeof(table_templates) / sizeof(table_templates[0]); i++) {
		struct fc_str name = { 0 };

		fc_str_addf(&name, "table%s", table_templates[i]);
		rc = fc_template_fill(templates, name.text, value, &text, err);
		fc_str_release(&name);
		if (!rc)
			rc = write_text(folder, table->id, table_templates[i], &text, err);
	}
	fc_str_release(&text);
	return rc;
}

static struct fc_item *sentences(struct fc_arena *arena, const char *const *list, int count)
{
	struct fc_item *value = fc_item_list(arena);

	for (int i = 0; i < count; i++)
		fc_item_add(value, fc_item_text(arena, list[i]));
	return value;
}

/* The figures that were drawn before: those whose files are there. */
static struct fc_item *figures(struct fc_arena *arena, const char *folder)
{
	struct fc_item *list = fc_item_list(arena);
	const struct fc_figure_row *row;

	for (int i = 0; (row = fc_figure_at(i)); i++) {
		struct fc_item *figure = fc_item_object(arena);

		if (!fc_file_exists(fc_arena_printf(arena, "%s/figures/%s.svg", folder, row->id)))
			continue;
		fc_item_set(figure, "id", fc_item_text(arena, row->id));
		fc_item_set(figure, "title", fc_item_text(arena, row->title));
		fc_item_add(list, figure);
	}
	return list;
}

/* Takes the list of tables over. */
static struct fc_item *report_value(const struct fc_study *study, const char *folder, struct fc_item *tables,
				     struct fc_arena *arena)
{
	const struct fc_verdict *verdict = &study->verdict;
	struct fc_item *value = fc_item_object(arena);

	fc_item_set(value, "version", fc_item_text(arena, FC_VERSION));
	fc_item_set(value, "date", fc_item_text(arena, study->date));
	fc_item_set(value, "device", fc_item_text(arena, study->device));
	fc_item_set(value, "setting", fc_item_text(arena, study->setting));
	fc_item_set(value, "headline", fc_item_text(arena, verdict->headline));
	fc_item_set(value, "sentences", sentences(arena, verdict->sentences, verdict->sentence_count));
	fc_item_set(value, "limits", sentences(arena, verdict->limits, verdict->limit_count));
	fc_item_set(value, "warnings", sentences(arena, study->warnings, study->warning_count));
	fc_item_set(value, "notes", sentences(arena, study->notes, study->note_count));
	fc_item_set(value, "figures", figures(arena, folder));
	return fc_item_set(value, "tables", tables);
}

/* Documents that are filled with the whole study; each is the name of its template too. */
static const char *const documents[] = { "report.md", "paper.tex" };

/* Method and environment are pages of prose: nothing that a paper would set as a table. */
static bool fits_paper(int table)
{
	return table != FC_TABLE_METHOD && table != FC_TABLE_ENVIRONMENT;
}

int fc_study_write_tables(const struct fc_study *study, const char *folder, const char *template_folder,
			  struct fc_error *err)
{
	struct fc_str path = { 0 }, text = { 0 };
	struct fc_templates templates;
	struct fc_item *tables, *report;
	struct fc_arena arena;
	int rc = make_folder(folder, "tables", &path, err);

	fc_arena_init(&arena);
	fc_templates_open(&templates, template_folder);
	tables = fc_item_list(&arena);
	for (int i = 0; i < FC_TABLE_COUNT && !rc; i++) {
		struct fc_item *value;

		if (!study->tables[i].row_count)
			continue;
		value = fc_table_item(&study->tables[i], &arena);
		rc = write_table(&study->tables[i], value, path.text, &templates, err);
		fc_item_set(value, "paper", fc_item_bool(&arena, fits_paper(i)));
		fc_item_add(tables, value);
	}
	report = report_value(study, folder, tables, &arena);
	for (size_t i = 0; !rc && i < sizeof(documents) / sizeof(documents[0]); i++) {
		rc = fc_template_fill(&templates, documents[i], report, &text, err);
		if (!rc)
			rc = write_text(folder, documents[i], "", &text, err);
	}
	fc_templates_close(&templates);
	fc_arena_release(&arena);
	fc_str_release(&path);
	fc_str_release(&text);
	return rc;
}

int fc_study_write_data(const struct fc_study *study, const char *folder, struct fc_error *err)
{
	struct fc_str path = { 0 }, text = { 0 };
	const struct fc_study_data *data;
	int rc = make_folder(folder, "data", &path, err);

	for (int i = 0; !rc && (data = fc_study_data_at(i)); i++) {
		struct fc_table table;
		struct fc_arena arena;

		/* One after the other: the layers alone may take a hundred megabytes. */
		fc_arena_init(&arena);
		data->build(study, &table, &arena);
		fc_table_csv(&table, &text);
		rc = write_text(path.text, data->id, ".csv", &text, err);
		fc_arena_release(&arena);
	}
	fc_str_release(&path);
	fc_str_release(&text);
	return rc;
}
