#include <inttypes.h>

#include "flopclock/version.h"

#include "op.h"
#include "view.h"

unsigned scene_has(const struct scene *scene)
{
	unsigned has = fc_analyze_has(scene->options);

	for (int i = 0; i < scene->count; i++)
		if (*scene->analyses[i].graph.settings)
			has |= NEED_SETTINGS;
	return has;
}

void document_begin(struct document *d, const struct sheet_format *format, struct fc_str *out)
{
	*d = (struct document){ .format = format, .out = out };
	format->begin(out);
}

void document_end(struct document *d)
{
	d->format->end(d->out);
	fc_str_release(&d->line);
}

void document_title(struct document *d)
{
	d->format->title(d->out, d->line.text);
	fc_str_clear(&d->line);
}

void document_sentence(struct document *d)
{
	d->format->line(d->out, d->line.text);
	fc_str_clear(&d->line);
}

void document_gap(struct document *d)
{
	if (d->format == &fc_sheet_table)
		fc_str_addc(d->out, '\n');
}

void document_name(struct document *d, const struct analysis *a)
{
	const struct fc_graph *const graph = &a->graph;

	const int auxiliary = fc_analysis_auxiliary_heads(a);

	fc_str_addf(&d->line, "%s%s%s%s: input " OP_SHAPE_FORMAT ", %lld classes, batch %lld, %s", graph->name,
		    *graph->settings ? " (" : "", graph->settings, *graph->settings ? ")" : "",
		    OP_SHAPE_VALUES(graph->nodes[0].shape), (long long)graph->classes, (long long)graph->batch,
		    fc_precision_name(a->options->cost.precision));
	if (auxiliary)
		fc_str_addf(&d->line, ", %d auxiliary head%s in training", auxiliary, auxiliary == 1 ? "" : "s");
}

void document_program(struct document *d)
{
	fc_str_add(&d->line, ", counted by flopclock " FC_VERSION);
}

void document_rule(struct document *d, const struct analyze_options *o)
{
	const struct fc_rule *const rule = o->rule;

	fc_str_addf(&d->line, "rule %s %s in %ss: %s", rule->name, rule->version, rule->unit, rule->formula);
	document_program(d);
	document_sentence(d);
}

void document_floor(struct document *d, const struct analyze_options *o)
{
	const struct roofline *const r = &o->roofline;

	if (!r->name)
		return;
	fc_str_addf(&d->line, "floor of time, no prediction: %s at %.4g TFLOP/s in %s and %.4g GB/s (%s), ", r->name,
		    r->peak_flops / 1e12, fc_precision_name(o->cost.precision), r->bandwidth / 1e9, r->source);
	fc_str_add(&d->line, "each layer by itself, every operand moved once");
	document_sentence(d);
}

void document_quantity(struct document *d, uint64_t value, const char *unit)
{
	fc_si(&d->line, value, unit);
	if (value >= 10000)
		fc_str_addf(&d->line, " (%" PRIu64 ")", value);
}
