/* The counts themselves: for people a header, layers, phases, an epoch and memory for each model; several models as one table. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#include "counts.h"

#define MAX_COLUMNS 32

/* -------- the header -------- */

static const char *selected_title(const struct analysis *a)
{
	switch (a->options->phase) {
	case SELECT_ALL:
	case SELECT_FORWARD:
		return a->options->pass == FC_PASS_TRAIN ? "training forward" : "validation forward";
	case SELECT_TRAINING:
		return "training iteration";
	default:
		return fc_selection_name(a->options->phase);
	}
}

static void total_line(struct document *d, const struct analysis *a)
{
	fc_str_addf(&d->line, "%s: ", selected_title(a));
	document_quantity(d, a->macs, "MACs");
	fc_str_add(&d->line, ", ");
	document_quantity(d, a->flops, "FLOPs");
	fc_str_add(&d->line, "; parameters ");
	document_quantity(d, a->total.params, "");
	document_sentence(d);
}

static void published_line(struct document *d, const struct analysis *a)
{
	const uint64_t hundredths = fc_rule_published_hundredths(a->rule_total);

	if (!a->options->rule->paper || !hundredths)
		return;
	fc_str_addf(&d->line,
		    "rounded as in print, GMACs to two decimals and then doubled: %" PRIu64 ".%02" PRIu64 " GFLOPs",
		    hundredths / 100, hundredths % 100);
	document_sentence(d);
}

static void unseen_line(struct document *d, const struct analysis *a)
{
	if (!a->unseen)
		return;
	fc_str_addf(&d->line, "not counted, because rule %s does not know %s: ", a->options->rule->name,
		    a->unseen == 1 ? "it" : "them");
	fc_analysis_unseen(a, &d->line);
	document_sentence(d);
}

static void uncounted_line(struct document *d, const struct analysis *a)
{
	if (!a->graph.uncounted_count)
		return;
	fc_str_add(&d->line, "not counted, because nothing tells what they cost: ");
	fc_analysis_uncounted(a, &d->line);
	document_sentence(d);
}

static void header(struct document *d, const struct analysis *a)
{
	document_name(d, a);
	document_title(d);
	document_rule(d, a->options);
	total_line(d, a);
	published_line(d, a);
	unseen_line(d, a);
	uncounted_line(d, a);
	counts_epoch_line(d, a);
	document_floor(d, a->options);
}

/* -------- several -------- */

static const struct sheet_part model_row[] = { { fc_identity_columns, true },
					       { fc_model_columns, false },
					       { NULL, false } };

/* What a total lacks, with the model's name. */
static void missing_line(struct document *d, const struct analysis *a,
			 void (*line)(struct document *d, const struct analysis *a), int missing)
{
	if (!missing)
		return;
	fc_str_addf(&d->line, "%s: ", a->graph.name);
	line(d, a);
}

static void summary(struct document *d, const struct scene *scene)
{
	struct sheet_column columns[MAX_COLUMNS];
	struct sheet_row *const rows = fc_calloc((size_t)scene->count, sizeof(*rows));
	const struct analysis *const analyses = scene->analyses;
	const struct sheet sheet = {
		.columns = columns, .has = scene_has(scene), .rows = rows, .row_count = scene->count
	};

	fc_sheet_join(model_row, columns, MAX_COLUMNS);
	for (int i = 0; i < scene->count; i++)
		rows[i].analysis = &analyses[i];
	fc_str_addf(&d->line, "%d models, %s, %s", scene->count, fc_precision_name(scene->options->cost.precision),
		    selected_title(analyses));
	document_title(d);
	document_rule(d, scene->options);
	document_floor(d, scene->options);
	for (int i = 0; i < scene->count; i++) {
		missing_line(d, &analyses[i], unseen_line, analyses[i].unseen);
		missing_line(d, &analyses[i], uncounted_line, analyses[i].graph.uncounted_count);
	}
	document_gap(d);
	d->format->sheet(d->out, &sheet);
	free(rows);
}

static void write_document(const struct sheet_format *format, const struct scene *scene, struct fc_str *out)
{
	struct document d;

	document_begin(&d, format, out);
	for (int i = 0; i < scene->count && (scene->count == 1 || scene->options->per_layer); i++) {
		header(&d, &scene->analyses[i]);
		document_gap(&d);
		counts_sheets(&d, &scene->analyses[i]);
	}
	if (scene->count > 1)
		summary(&d, scene);
	document_end(&d);
}

/* -------- a row per model, or per layer and phase -------- */

static const struct sheet_part layer_row[] = {
	{ fc_identity_columns, true }, { fc_layer_columns, false }, { fc_work_columns, false }, { NULL, false }
};

static void add_layers(struct fc_csv_writer *csv, const struct analysis *a, unsigned has)
{
	struct fc_arena arena;
	struct layer *layers;
	int count;

	fc_arena_init(&arena);
	layers = fc_analysis_blocks(a, a->options->depth ? a->options->depth : fc_analysis_depth(a), &arena, &count);
	for (int i = 0; i < count; i++)
		for (int work = 0; work < WORK_COUNT; work++) {
			const struct sheet_row row = { .analysis = a,
						       .layer = &layers[i],
						       .work = &layers[i].work[work],
						       .phase = fc_work_name(work) };

			if (counts_shows(a->options, work) && layers[i].phases >> work & 1)
				fc_sheet_csv_row(layer_row, &row, has, csv);
		}
	fc_arena_release(&arena);
}

static void write_csv(const struct scene *scene, struct fc_str *out)
{
	const struct sheet_part *const parts = scene->options->per_layer ? layer_row : model_row;
	const unsigned has = fc_analyze_has(scene->options);
	struct fc_csv_writer csv = { .cells = 0 };

	fc_sheet_csv_row(parts, NULL, has, &csv);
	for (int i = 0; i < scene->count; i++) {
		const struct sheet_row row = { .analysis = &scene->analyses[i] };

		if (scene->options->per_layer)
			add_layers(&csv, &scene->analyses[i], has);
		else
			fc_sheet_csv_row(parts, &row, has, &csv);
	}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}

const struct view fc_view_counts = { .document = write_document, .csv = write_csv, .json = counts_json };
