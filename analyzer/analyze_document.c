/*
 * What people read: for each model a header, its layers, its phases and its memory; several models as one table.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#include "analyze.h"
#include "op.h"

#define MAX_COLUMNS 32

struct document {
	const struct sheet_format *format;
	const struct analyze_options *options;
	struct fc_str *out, line;
};

static void end_line(struct document *d)
{
	d->format->line(d->out, d->line.text);
	fc_str_clear(&d->line);
}

/* -------- the header -------- */

/* "1.814 G (1814073344)" */
static void add_quantity(struct document *d, uint64_t value, const char *unit)
{
	fc_si(&d->line, value, unit);
	if (value >= 10000)
		fc_str_addf(&d->line, " (%" PRIu64 ")", value);
}

static void rule_line(struct document *d)
{
	const struct fc_rule *const rule = d->options->rule;

	fc_str_addf(&d->line, "rule %s %s in %ss: %s", rule->name, rule->version, rule->unit, rule->formula);
	end_line(d);
}

static void total_line(struct document *d, const struct analysis *a)
{
	fc_str_addf(&d->line, "%s forward: ", a->pass == FC_PASS_TRAIN ? "training" : "validation");
	add_quantity(d, a->macs, "MACs");
	fc_str_add(&d->line, ", ");
	add_quantity(d, a->flops, "FLOPs");
	fc_str_add(&d->line, "; parameters ");
	add_quantity(d, a->costs.params, "");
	end_line(d);
}

static void published_line(struct document *d, const struct analysis *a)
{
	const uint64_t hundredths = fc_rule_published_hundredths(a->rule_total);

	if (!a->rule->paper || !hundredths)
		return;
	fc_str_addf(&d->line,
		    "rounded as in print, GMACs to two decimals and then doubled: %" PRIu64 ".%02" PRIu64 " GFLOPs",
		    hundredths / 100, hundredths % 100);
	end_line(d);
}

static void unseen_line(struct document *d, const struct analysis *a)
{
	if (!a->unseen)
		return;
	fc_str_addf(&d->line, "not counted, because rule %s does not know %s: ", a->rule->name,
		    a->unseen == 1 ? "it" : "them");
	fc_analysis_unseen(a, &d->line);
	end_line(d);
}

static void uncounted_line(struct document *d, const struct analysis *a)
{
	if (!a->graph.uncounted_count)
		return;
	fc_str_add(&d->line, "not counted, because nothing tells what they cost: ");
	fc_analysis_uncounted(a, &d->line);
	end_line(d);
}

static void header(struct document *d, const struct analysis *a)
{
	const struct fc_graph *const graph = &a->graph;

	fc_str_addf(&d->line, "%s%s%s%s: input " OP_SHAPE_FORMAT ", %lld classes, batch %lld, fp32", graph->name,
		    *graph->settings ? " (" : "", graph->settings, *graph->settings ? ")" : "",
		    OP_SHAPE_VALUES(graph->nodes[0].shape), (long long)graph->classes, (long long)graph->batch);
	d->format->title(d->out, d->line.text);
	fc_str_clear(&d->line);
	rule_line(d);
	total_line(d, a);
	published_line(d, a);
	unseen_line(d, a);
	uncounted_line(d, a);
}

/* -------- the sheets -------- */

static void gap(struct document *d)
{
	if (d->format == &fc_sheet_table)
		fc_str_addc(d->out, '\n');
}

static void layer_sheet(struct document *d, const struct analysis *a)
{
	const int count = a->graph.node_count + 1;
	struct sheet_row *const rows = fc_calloc((size_t)count, sizeof(*rows));
	struct sheet_column columns[MAX_COLUMNS];
	int outside = 0;

	/* The unit of the rule is the heading of its column. */
	for (int i = 0; i < MAX_COLUMNS; i++) {
		columns[i] = fc_layer_columns[i];
		if (!columns[i].name)
			break;
		if (!strcmp(columns[i].name, "rule_total"))
			columns[i].heading = strcmp(a->rule->unit, "FLOP") ? "MACs" : "FLOPs";
	}
	for (int i = 0; i < count; i++)
		rows[i] = (struct sheet_row){ .analysis = a, .node = i < count - 1 ? &a->graph.nodes[i] : NULL };
	rows[count - 1].title = "total";
	d->format->sheet(d->out, &(struct sheet){ .columns = columns,
						  .training = d->options->training,
						  .rows = rows,
						  .row_count = count,
						  .sum_rows = 1 });
	for (int i = 0; i < a->graph.node_count; i++)
		outside += !fc_analysis_covers(a, &a->graph.nodes[i]);
	if (outside) {
		fc_str_addf(&d->line, "%d layers of auxiliary heads run in training only", outside);
		end_line(d);
		gap(d);
	}
	free(rows);
}

static void phase_sheet(struct document *d, const struct analysis *a)
{
	struct sheet_row rows[FC_PHASE_COUNT + 1];

	for (int phase = 0; phase < FC_PHASE_COUNT; phase++)
		rows[phase] = (struct sheet_row){ .analysis = a, .phase = (enum fc_phase)phase };
	rows[FC_PHASE_COUNT] = (struct sheet_row){ .analysis = a, .title = "iteration" };
	fc_str_addf(&d->line, "one training iteration of %lld image%s, counted exactly (not three times forward):",
		    (long long)a->graph.batch, a->graph.batch == 1 ? "" : "s");
	end_line(d);
	d->format->sheet(d->out, &(struct sheet){ .columns = fc_phase_columns,
						  .training = true,
						  .rows = rows,
						  .row_count = FC_PHASE_COUNT + 1,
						  .sum_rows = 1 });
}

static void memory_sheet(struct document *d, const struct analysis *a)
{
	const struct sheet_row row = { .analysis = a };

	d->format->line(d->out, "memory of a training iteration, SGD with momentum:");
	d->format->sheet(
		d->out,
		&(struct sheet){ .columns = fc_memory_columns, .training = true, .rows = &row, .row_count = 1 });
}

static void one_model(struct document *d, const struct analysis *a)
{
	header(d, a);
	gap(d);
	if (d->options->per_layer)
		layer_sheet(d, a);
	if (!d->options->training)
		return;
	phase_sheet(d, a);
	memory_sheet(d, a);
}

static void summary(struct document *d, const struct analysis *analyses, int count)
{
	struct sheet_row *const rows = fc_calloc((size_t)count, sizeof(*rows));

	for (int i = 0; i < count; i++)
		rows[i].analysis = &analyses[i];
	fc_str_addf(&d->line, "%d models, batch %lld, fp32, %s forward", count, (long long)analyses->graph.batch,
		    analyses->pass == FC_PASS_TRAIN ? "training" : "validation");
	d->format->title(d->out, d->line.text);
	fc_str_clear(&d->line);
	rule_line(d);
	for (int i = 0; i < count; i++) {
		if (!analyses[i].unseen)
			continue;
		fc_str_addf(&d->line, "%s: ", analyses[i].graph.name);
		unseen_line(d, &analyses[i]);
	}
	gap(d);
	d->format->sheet(d->out, &(struct sheet){ .columns = fc_model_columns,
						  .training = d->options->training,
						  .published = d->options->rule->paper,
						  .rows = rows,
						  .row_count = count });
	free(rows);
}

void fc_analyze_document(const struct sheet_format *format, const struct analysis *analyses, int count,
			 const struct analyze_options *options, struct fc_str *out)
{
	struct document d = { .format = format, .options = options, .out = out };

	format->begin(out);
	for (int i = 0; i < count && (count == 1 || options->per_layer); i++)
		one_model(&d, &analyses[i]);
	if (count > 1)
		summary(&d, analyses, count);
	format->end(out);
	fc_str_release(&d.line);
}
