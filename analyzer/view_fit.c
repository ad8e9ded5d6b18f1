/* --fit: the largest batch that trains and that infers in so much memory, and what one image more would take. */
#include <stddef.h>
#include <stdlib.h>

#include "flopclock/arena.h"

#include "fit.h"
#include "sheet_cell.h"
#include "view.h"

static const char *const uses[FC_PASS_COUNT] = { [FC_PASS_TRAIN] = "training", [FC_PASS_VALIDATE] = "inference" };

struct fitted {
	enum fc_pass pass;
	uint64_t limit;
	struct fc_fit fit;
};

static int open(struct scene *scene, struct fc_error *err)
{
	struct fitted *const fitted = fc_calloc((size_t)scene->count, FC_PASS_COUNT * sizeof(*fitted));

	scene->content = fitted;
	for (int i = 0; i < scene->count * FC_PASS_COUNT; i++) {
		const struct fc_cost_options *const cost = &scene->options->cost;
		const struct fc_memory_options options = {
			.pass = (enum fc_pass)(i % FC_PASS_COUNT),
			.optimizer_values = cost->optimizer->state,
			.precision = cost->precision,
		};
		struct fitted *const f = &fitted[i];

		f->pass = options.pass;
		f->limit = scene->options->fit_bytes;
		if (!fc_fit_search(&scene->analyses[i / FC_PASS_COUNT].graph, &options, f->limit, &f->fit, err))
			continue;
		free(fitted);
		return -1;
	}
	return 0;
}

static void close(struct scene *scene)
{
	free(scene->content);
}

/* -------- columns: the item of a row is a struct fitted -------- */

SHEET_GET(fit_use)
{
	const struct fitted *const f = row->item;

	set_text(cell, uses[f->pass]);
}

SHEET_GET(fit_batch)
{
	const struct fitted *const f = row->item;

	cell->count = (uint64_t)f->fit.batch;
}

/* Any 64-bit field of struct fitted. */
SHEET_GET(fit_count)
{
	cell->count = *(const uint64_t *)(const void *)((const char *)row->item + column->offset);
}

SHEET_GET(fit_taken)
{
	const struct fitted *const f = row->item;

	cell->missing = !f->fit.batch;
	fit_count(row, column, cell);
}

SHEET_GET(fit_beyond)
{
	const struct fitted *const f = row->item;

	cell->missing = !f->fit.beyond.total;
	cell->count = f->fit.beyond.total;
}

/* What there is to say goes by what does not fit any more: one image, or one more. */
static const struct fc_memory *refused(const struct fitted *f)
{
	return f->fit.beyond.total ? &f->fit.beyond : &f->fit.at;
}

static const char *limit(const struct fitted *f)
{
	const struct fc_memory *const m = refused(f);

	if (!f->fit.beyond.total)
		return "batch";
	return m->total - m->activations > f->limit || m->activations < m->total - m->activations ? "parameters"
												  : "activations";
}

SHEET_GET(fit_limited_by)
{
	set_text(cell, limit(row->item));
}

SHEET_GET(fit_peak_layer)
{
	const struct fitted *const f = row->item;

	set_text(cell, row->analysis->graph.nodes[refused(f)->peak.node].name);
}

SHEET_GET(fit_peak_phase)
{
	const struct fitted *const f = row->item;

	set_text(cell, fc_phase_name(refused(f)->peak.phase));
}

SHEET_GET(fit_text)
{
	const struct fitted *const f = row->item;
	const struct fc_memory *const m = refused(f);

	if (!f->fit.beyond.total) {
		fc_str_add(cell->owned, "a batch cannot be larger");
		return;
	}
	fc_si(cell->owned, m->total - m->activations, "B");
	fc_str_add(cell->owned, " parameters and their like, ");
	fc_si(cell->owned, m->activations, "B");
	fc_str_addf(cell->owned, " activations in %s %s", row->analysis->graph.nodes[m->peak.node].name,
		    fc_phase_name(m->peak.phase));
}

#define AT(field) .get = fit_count, .offset = offsetof(struct fitted, field)

static const struct sheet_column columns[] = {
	{ .name = "use", .heading = "use", .unit = UNIT_TEXT, .get = fit_use },
	{ .name = "memory_limit_bytes", .unit = UNIT_BYTES, AT(limit) },
	{ .name = "largest_batch", .heading = "largest batch", .unit = UNIT_EXACT, .get = fit_batch },
	{ .name = "memory_bytes",
	  .heading = "takes",
	  .unit = UNIT_BYTES,
	  .get = fit_taken,
	  .offset = offsetof(struct fitted, fit.at.total) },
	{ .name = "activations_bytes",
	  .unit = UNIT_BYTES,
	  .get = fit_taken,
	  .offset = offsetof(struct fitted, fit.at.activations) },
	{ .name = "next_memory_bytes", .heading = "one more", .unit = UNIT_BYTES, .get = fit_beyond },
	{ .name = "limited_by", .heading = "limited by", .unit = UNIT_TEXT, .get = fit_limited_by },
	{ .name = "peak_layer", .unit = UNIT_TEXT, .get = fit_peak_layer },
	{ .name = "peak_phase", .unit = UNIT_TEXT, .get = fit_peak_phase },
	{ .name = "text",
	  .heading = "of one more",
	  .wide = true,
	  .unit = UNIT_TEXT,
	  .only_text = true,
	  .get = fit_text },
	{ .name = NULL },
};

/* -------- formats -------- */

static unsigned has(const struct scene *scene)
{
	return scene_has(scene) & ~(unsigned)NEED_RULE;
}

static struct sheet_row row_of(const struct scene *scene, int i)
{
	const struct fitted *const fitted = scene->content;

	return (struct sheet_row){ .analysis = &scene->analyses[i / FC_PASS_COUNT], .item = &fitted[i] };
}

static const struct sheet_part parts[] = { { fc_identity_columns, true }, { columns, false }, { NULL, false } };

static void write_document(const struct sheet_format *format, const struct scene *scene, struct fc_str *out)
{
	const int count = scene->count * FC_PASS_COUNT;
	struct sheet_row *const rows = fc_calloc((size_t)count, sizeof(*rows));
	struct sheet_column joined[24];
	struct document d;
	int kept = 0;

	document_begin(&d, format, out);
	fc_str_add(&d.line, "the largest batch in ");
	fc_si(&d.line, scene->options->fit_bytes, "B");
	fc_str_addf(&d.line, " (%llu bytes): %s, %s", (unsigned long long)scene->options->fit_bytes,
		    fc_precision_name(scene->options->cost.precision), scene->options->cost.optimizer->name);
	document_title(&d);
	fc_str_add(&d.line,
		   "bytes by the life of every buffer, under any rule; a library's workspace and the padding of its layouts "
		   "come on top");
	document_program(&d);
	document_sentence(&d);
	document_gap(&d);
	/* Which batch it is, is the answer. */
	fc_sheet_join(parts, joined, sizeof(joined) / sizeof(joined[0]));
	for (int i = 0; joined[i].name; i++)
		if (joined[i].get != fc_identity_batch)
			joined[kept++] = joined[i];
	joined[kept] = (struct sheet_column){ .name = NULL };
	for (int i = 0; i < count; i++)
		rows[i] = row_of(scene, i);
	format->sheet(out, &(struct sheet){ .columns = joined, .has = has(scene), .rows = rows, .row_count = count });
	document_end(&d);
	free(rows);
}

static void write_csv(const struct scene *scene, struct fc_str *out)
{
	struct fc_csv_writer csv = { .cells = 0 };

	fc_sheet_csv_row(parts, NULL, has(scene), &csv);
	for (int i = 0; i < scene->count * FC_PASS_COUNT; i++) {
		const struct sheet_row row = row_of(scene, i);

		fc_sheet_csv_row(parts, &row, has(scene), &csv);
	}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}

static void write_json(const struct scene *scene, struct fc_str *out)
{
	struct fc_json json = { .depth = 0 };

	fc_json_array(&json, NULL);
	for (int m = 0; m < scene->count; m++) {
		const struct sheet_row model = row_of(scene, m * FC_PASS_COUNT);

		fc_json_object(&json, NULL);
		fc_json_u64(&json, "schema", FC_ANALYZE_SCHEMA);
		fc_sheet_json_members(fc_identity_columns, &model, has(scene), &json);
		for (int pass = 0; pass < FC_PASS_COUNT; pass++) {
			const struct sheet_row row = row_of(scene, m * FC_PASS_COUNT + pass);

			fc_json_object(&json, uses[pass]);
			fc_sheet_json_members(columns + 1, &row, has(scene), &json);
			fc_json_end_object(&json);
		}
		fc_json_end_object(&json);
	}
	fc_json_end_array(&json);
	json_finish(&json, out);
}

const struct view fc_view_fit = {
	.open = open, .close = close, .document = write_document, .csv = write_csv, .json = write_json
};
