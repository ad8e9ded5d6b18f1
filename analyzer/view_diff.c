/* --diff: totals of two networks side by side, and the layers that differ. */
#include <stdlib.h>

#include "flopclock/arena.h"

#include "diff.h"
#include "view.h"

#define MAX_TOTALS 16

struct compared {
	struct fc_arena arena;
	struct diff diff;
};

static int open(struct scene *scene, struct fc_error *err)
{
	struct compared *const c = fc_calloc(1, sizeof(*c));

	(void)err;
	scene->content = c;
	fc_arena_init(&c->arena);
	fc_diff(&scene->analyses[0], &scene->analyses[1], &c->arena, &c->diff);
	return 0;
}

static void close(struct scene *scene)
{
	struct compared *const c = scene->content;

	fc_arena_release(&c->arena);
	free(c);
}

/* -------- for people -------- */

static void title(struct document *d, const char *side, const struct analysis *a)
{
	fc_str_addf(&d->line, "%s: ", side);
	document_name(d, a);
	document_sentence(d);
}

static void total_sheet(struct document *d, const struct scene *scene)
{
	const unsigned has = fc_analyze_has(scene->options);
	struct sheet_row rows[MAX_TOTALS];
	int count = 0;

	for (const struct diff_total *t = diff_totals; t->name && count < MAX_TOTALS; t++)
		if (!(t->needs & ~has))
			rows[count++] = (struct sheet_row){ .analysis = scene->analyses, .item = t };
	d->format->sheet(d->out, &(struct sheet){ .columns = diff_total_columns, .rows = rows, .row_count = count });
}

static void layer_sheet(struct document *d, const struct scene *scene)
{
	const struct diff *const diff = &((const struct compared *)scene->content)->diff;
	struct sheet_row *const rows = fc_calloc((size_t)diff->count + 1, sizeof(*rows));
	int count = 0;

	for (int i = 0; i < diff->count; i++)
		if (diff->rows[i].status != DIFF_EQUAL)
			rows[count++] = (struct sheet_row){ .analysis = scene->analyses, .item = &diff->rows[i] };
	if (count)
		d->format->sheet(d->out, &(struct sheet){ .columns = diff_layer_columns,
							  .has = fc_analyze_has(scene->options),
							  .rows = rows,
							  .row_count = count });
	free(rows);
}

static void write_document(const struct sheet_format *format, const struct scene *scene, struct fc_str *out)
{
	const struct diff *const diff = &((const struct compared *)scene->content)->diff;
	struct document d;

	document_begin(&d, format, out);
	fc_str_addf(&d.line, "%s and %s", scene->analyses[0].graph.name, scene->analyses[1].graph.name);
	document_title(&d);
	title(&d, "A", &scene->analyses[0]);
	title(&d, "B", &scene->analyses[1]);
	document_rule(&d, scene->options);
	document_floor(&d, scene->options);
	document_gap(&d);
	total_sheet(&d, scene);
	fc_str_addf(&d.line, "layers: %d equal, %d changed, %d only in A, %d only in B", diff->status[DIFF_EQUAL],
		    diff->status[DIFF_CHANGED], diff->status[DIFF_REMOVED], diff->status[DIFF_ADDED]);
	document_sentence(&d);
	layer_sheet(&d, scene);
	document_end(&d);
}

/* -------- for programs -------- */

static void add_identity(struct fc_csv_writer *csv, const struct scene *scene, const char *const *names)
{
	for (int side = 0; side < 2; side++) {
		const struct sheet_row row = { .analysis = &scene->analyses[side] };

		for (const struct sheet_column *column = fc_identity_columns; column->name; column++) {
			struct fc_str name = { 0 };

			if (!column->key || column->needs & ~fc_analyze_has(scene->options))
				continue;
			fc_str_addf(&name, "%s_%s", column->name, names ? names[side] : "");
			if (names)
				fc_csv_text(csv, name.text);
			else
				fc_sheet_csv(&row, column, csv);
			fc_str_release(&name);
		}
	}
}

static void write_csv(const struct scene *scene, struct fc_str *out)
{
	static const struct sheet_part parts[] = { { diff_layer_columns, false }, { NULL, false } };
	static const char *const sides[] = { "a", "b" };
	const struct diff *const diff = &((const struct compared *)scene->content)->diff;
	struct fc_csv_writer csv = { .cells = 0 };

	add_identity(&csv, scene, sides);
	fc_sheet_csv_row(parts, NULL, 0, &csv);
	for (int i = 0; i < diff->count; i++) {
		const struct sheet_row row = { .analysis = scene->analyses, .item = &diff->rows[i] };

		add_identity(&csv, scene, NULL);
		fc_sheet_csv_row(parts, &row, 0, &csv);
	}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}

static void add_totals(struct fc_json *json, const struct scene *scene)
{
	static const char *const sides[] = { "a", "b" };

	fc_json_object(json, "totals");
	for (const struct diff_total *t = diff_totals; t->name; t++) {
		if (t->needs & ~fc_analyze_has(scene->options))
			continue;
		fc_json_object(json, t->name);
		for (int side = 0; side < 2; side++) {
			const struct analysis *const a = &scene->analyses[side];

			if (t->unit == UNIT_TIME)
				fc_json_number(json, sides[side], diff_total_number(a, t));
			else
				fc_json_u64(json, sides[side], diff_total_count(a, t));
		}
		fc_json_end_object(json);
	}
	fc_json_end_object(json);
}

static void write_json(const struct scene *scene, struct fc_str *out)
{
	const struct diff *const diff = &((const struct compared *)scene->content)->diff;
	struct fc_json json = { .depth = 0 };

	fc_json_object(&json, NULL);
	fc_json_u64(&json, "schema", FC_ANALYZE_SCHEMA);
	for (int side = 0; side < 2; side++) {
		fc_json_object(&json, side ? "b" : "a");
		json_identity(&json, &scene->analyses[side]);
		fc_json_end_object(&json);
	}
	json_device(&json, &scene->options->roofline);
	add_totals(&json, scene);
	fc_json_object(&json, "layers_by_status");
	for (enum diff_status status = 0; status < DIFF_STATUS_COUNT; status++)
		fc_json_i64(&json, fc_diff_status_name(status), diff->status[status]);
	fc_json_end_object(&json);
	fc_json_array(&json, "layers");
	for (int i = 0; i < diff->count; i++) {
		const struct sheet_row row = { .analysis = scene->analyses, .item = &diff->rows[i] };

		fc_json_object(&json, NULL);
		fc_sheet_json_members(diff_layer_columns, &row, 0, &json);
		fc_json_end_object(&json);
	}
	fc_json_end_array(&json);
	fc_json_end_object(&json);
	json_finish(&json, out);
}

const struct view fc_view_diff = {
	.open = open, .close = close, .document = write_document, .csv = write_csv, .json = write_json
};
