/* --rule all: every rule beside core, and what makes the difference. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#include "rule_terms.h"
#include "sheet_cell.h"
#include "view.h"

struct rules {
	struct fc_arena arena;
	int rule_count;
	struct rule_terms *terms; /* per model its rules */
};

static int open(struct scene *scene, struct fc_error *err)
{
	struct rules *const r = fc_calloc(1, sizeof(*r));

	scene->content = r;
	fc_arena_init(&r->arena);
	while (fc_rule_at(r->rule_count))
		r->rule_count++;
	r->terms = FC_NEW_ARRAY(&r->arena, struct rule_terms, r->rule_count * scene->count);
	for (int m = 0; m < scene->count; m++)
		for (int i = 0; i < r->rule_count; i++) {
			const struct analysis *const a = &scene->analyses[m];

			if (!fc_rule_terms(fc_rule_at(i), &a->costs, a->options->pass, &r->arena,
					   &r->terms[m * r->rule_count + i], err))
				continue;
			fc_arena_release(&r->arena);
			free(r);
			return -1;
		}
	return 0;
}

static void close(struct scene *scene)
{
	struct rules *const r = scene->content;

	fc_arena_release(&r->arena);
	free(r);
}

/* -------- columns: the item of a row is a struct rule_terms -------- */

SHEET_GET(rule_text)
{
	const struct rule_terms *const terms = row->item;

	set_text(cell, *(const char *const *)(const void *)((const char *)terms->rule + column->offset));
}

SHEET_GET(terms_count)
{
	cell->count = *(const uint64_t *)(const void *)((const char *)row->item + column->offset);
}

SHEET_GET(beyond_core)
{
	const struct rule_terms *const terms = row->item;

	if (!terms->added && !terms->omitted)
		return;
	fc_str_add(cell->owned, terms->added ? "+" : "-");
	fc_si(cell->owned, terms->added + terms->omitted, "");
}

SHEET_GET(terms_text)
{
	fc_rule_terms_text(row->item, cell->owned);
}

SHEET_GET(terms_unseen)
{
	const struct rule_terms *const terms = row->item;

	cell->count = (uint64_t)terms->unseen;
}

#define RULE(field) .unit = UNIT_TEXT, .get = rule_text, .offset = offsetof(struct fc_rule, field)
#define AT(field)   .get = terms_count, .offset = offsetof(struct rule_terms, field)

static const struct sheet_column columns[] = {
	{ .name = "rule", .heading = "rule", RULE(name) },
	{ .name = "rule_version", .heading = "version", RULE(version) },
	{ .name = "rule_unit", .heading = "unit", RULE(unit) },
	{ .name = "total", .heading = "total", .unit = UNIT_EXACT, AT(total) },
	{ .name = "core_total", .unit = UNIT_COUNT, AT(base) },
	{ .name = "added", .unit = UNIT_COUNT, AT(added) },
	{ .name = "omitted", .unit = UNIT_COUNT, AT(omitted) },
	/* Aligned to the right, though it is text. */
	{ .name = "beyond_core",
	  .heading = "to core",
	  .unit = UNIT_NUMBER_TEXT,
	  .only_text = true,
	  .get = beyond_core },
	{ .name = "uncounted_layers",
	  .heading = "unknown",
	  .blank_zero = true,
	  .unit = UNIT_COUNT,
	  .get = terms_unseen },
	{ .name = "terms",
	  .heading = "what makes the difference",
	  .wide = true,
	  .unit = UNIT_TEXT,
	  .get = terms_text },
	{ .name = NULL },
};

/* -------- formats -------- */

static unsigned has(const struct scene *scene)
{
	return scene_has(scene) & ~(unsigned)NEED_RULE;
}

static struct sheet_row row_of(const struct scene *scene, int model, int rule)
{
	const struct rules *const r = scene->content;

	return (struct sheet_row){ .analysis = &scene->analyses[model],
				   .item = &r->terms[model * r->rule_count + rule] };
}

static void write_document(const struct sheet_format *format, const struct scene *scene, struct fc_str *out)
{
	const struct rules *const r = scene->content;
	struct sheet_row *const rows = fc_calloc((size_t)r->rule_count, sizeof(*rows));
	struct document d;

	document_begin(&d, format, out);
	for (int m = 0; m < scene->count; m++) {
		const struct analysis *const a = &scene->analyses[m];

		document_name(&d, a);
		document_title(&d);
		fc_str_addf(&d.line, "%s forward by every rule",
			    a->options->pass == FC_PASS_TRAIN ? "training" : "validation");
		document_program(&d);
		fc_str_add(&d.line, "; the difference of a rule in FLOPs is that to 2 x core");
		document_sentence(&d);
		document_gap(&d);
		for (int i = 0; i < r->rule_count; i++)
			rows[i] = row_of(scene, m, i);
		format->sheet(out, &(struct sheet){ .columns = columns, .rows = rows, .row_count = r->rule_count });
	}
	document_end(&d);
	free(rows);
}

static void write_csv(const struct scene *scene, struct fc_str *out)
{
	static const struct sheet_part parts[] = { { fc_identity_columns, true },
						   { columns, false },
						   { NULL, false } };
	const struct rules *const r = scene->content;
	struct fc_csv_writer csv = { .cells = 0 };

	fc_sheet_csv_row(parts, NULL, has(scene), &csv);
	for (int m = 0; m < scene->count; m++)
		for (int i = 0; i < r->rule_count; i++) {
			const struct sheet_row row = row_of(scene, m, i);

			fc_sheet_csv_row(parts, &row, has(scene), &csv);
		}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}

static void add_rule(struct fc_json *json, const struct rule_terms *terms)
{
	fc_json_object(json, NULL);
	fc_json_text(json, "rule", terms->rule->name);
	fc_json_text(json, "rule_version", terms->rule->version);
	fc_json_text(json, "rule_unit", terms->rule->unit);
	fc_json_text(json, "rule_formula", terms->rule->formula);
	fc_json_text(json, "source", terms->rule->source);
	fc_json_u64(json, "total", terms->total);
	fc_json_u64(json, "core_total", terms->base);
	fc_json_u64(json, "added", terms->added);
	fc_json_u64(json, "omitted", terms->omitted);
	fc_json_array(json, "terms");
	for (int i = 0; i < terms->count; i++) {
		const struct rule_term *const t = &terms->terms[i];

		fc_json_object(json, NULL);
		fc_json_text(json, "term", t->what);
		fc_json_u64(json, "added", t->added);
		fc_json_u64(json, "omitted", t->omitted);
		fc_json_end_object(json);
	}
	fc_json_end_array(json);
	fc_json_i64(json, "uncounted_layers", terms->unseen);
	fc_json_end_object(json);
}

static void write_json(const struct scene *scene, struct fc_str *out)
{
	const struct rules *const r = scene->content;
	struct fc_json json = { .depth = 0 };

	fc_json_array(&json, NULL);
	for (int m = 0; m < scene->count; m++) {
		const struct sheet_row row = row_of(scene, m, 0);

		fc_json_object(&json, NULL);
		fc_json_u64(&json, "schema", FC_ANALYZE_SCHEMA);
		fc_sheet_json_members(fc_identity_columns, &row, has(scene), &json);
		fc_json_array(&json, "rules");
		for (int i = 0; i < r->rule_count; i++)
			add_rule(&json, &r->terms[m * r->rule_count + i]);
		fc_json_end_array(&json);
		fc_json_end_object(&json);
	}
	fc_json_end_array(&json);
	json_finish(&json, out);
}

const struct view fc_view_rules = {
	.open = open, .close = close, .document = write_document, .csv = write_csv, .json = write_json
};
