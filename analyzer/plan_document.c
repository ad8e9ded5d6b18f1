/* Plans in every format: a table per model for people, a row per plan for programs. */
#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/version.h"

#include "op.h"
#include "plan.h"

static struct sheet_row row_of(const struct planned *m, const struct fc_plan *plan)
{
	return (struct sheet_row){
		.analysis = m->analysis,
		.node = plan ? &m->analysis->graph.nodes[plan->step.node] : NULL,
		.planned = m,
		.plan = plan,
	};
}

/* -------- for people -------- */

static void library_line(struct document *d, const struct planning *p)
{
	fc_str_addf(&d->line,
		    "flopclock " FC_VERSION
		    "; what %s takes for each convolution, by its own rules; on the device the best few are measured "
		    "instead",
		    p->library);
	document_sentence(d);
}

static void add_title(struct document *d, const struct planned *m)
{
	const struct fc_graph *const graph = &m->analysis->graph;
	const struct planning *const p = m->planning;

	fc_str_addf(&d->line, "%s%s%s%s on %s: input " OP_SHAPE_FORMAT ", %lld classes, batch %lld, %s", graph->name,
		    *graph->settings ? " (" : "", graph->settings, *graph->settings ? ")" : "", p->device,
		    OP_SHAPE_VALUES(graph->nodes[0].shape), (long long)graph->classes, (long long)graph->batch,
		    fc_precision_name(p->precision));
	document_title(d);
	library_line(d, p);
}

static void add_model(struct document *d, const struct planned *m)
{
	struct sheet_row *const rows = fc_calloc((size_t)m->count + 1, sizeof(*rows));

	for (int i = 0; i < m->count; i++)
		rows[i] = row_of(m, &m->plans[i]);
	rows[m->count] = row_of(m, NULL);
	add_title(d, m);
	document_gap(d);
	d->format->sheet(
		d->out, &(struct sheet){
				.columns = fc_plan_columns, .rows = rows, .row_count = m->count + 1, .sum_rows = 1 });
	free(rows);
}

static void add_summary(struct document *d, const struct planning *p)
{
	struct sheet_row *const rows = fc_calloc((size_t)p->model_count, sizeof(*rows));

	for (int i = 0; i < p->model_count; i++)
		rows[i] = row_of(&p->models[i], NULL);
	fc_str_addf(&d->line, "%d models on %s, %s", p->model_count, p->device, fc_precision_name(p->precision));
	document_title(d);
	library_line(d, p);
	document_gap(d);
	d->format->sheet(d->out,
			 &(struct sheet){ .columns = fc_planned_totals, .rows = rows, .row_count = p->model_count });
	free(rows);
}

static void write_document(const struct sheet_format *format, const struct scene *scene, struct fc_str *out)
{
	const struct planning *const p = scene->content;
	struct document d;

	document_begin(&d, format, out);
	for (int i = 0; i < p->model_count; i++)
		add_model(&d, &p->models[i]);
	if (p->model_count > 1)
		add_summary(&d, p);
	document_end(&d);
}

/* -------- for programs -------- */

static const struct sheet_part parts[] = { { fc_planned_columns, false },
					   { fc_plan_columns, false },
					   { NULL, false } };

static void write_csv(const struct scene *scene, struct fc_str *out)
{
	const struct planning *const p = scene->content;
	struct fc_csv_writer csv = { .cells = 0 };

	fc_sheet_csv_row(parts, NULL, 0, &csv);
	for (const struct planned *m = p->models; m < p->models + p->model_count; m++)
		for (int i = 0; i < m->count; i++) {
			const struct sheet_row row = row_of(m, &m->plans[i]);

			fc_sheet_csv_row(parts, &row, 0, &csv);
		}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}

static void add_json_model(const struct planned *m, struct fc_json *json)
{
	const struct sheet_row sum = row_of(m, NULL);

	fc_json_object(json, NULL);
	fc_json_u64(json, "schema", FC_ANALYZE_SCHEMA);
	fc_sheet_json_members(fc_planned_columns, &sum, 0, json);
	fc_json_array(json, "plans");
	for (int i = 0; i < m->count; i++) {
		const struct sheet_row row = row_of(m, &m->plans[i]);

		fc_json_object(json, NULL);
		fc_sheet_json_members(fc_plan_columns, &row, 0, json);
		fc_json_end_object(json);
	}
	fc_json_end_array(json);
	fc_json_object(json, "total");
	fc_sheet_json_members(fc_planned_totals, &sum, 0, json);
	fc_json_end_object(json);
	fc_json_end_object(json);
}

static void write_json(const struct scene *scene, struct fc_str *out)
{
	const struct planning *const p = scene->content;
	struct fc_json json = { .depth = 0 };

	fc_json_array(&json, NULL);
	for (const struct planned *m = p->models; m < p->models + p->model_count; m++)
		add_json_model(m, &json);
	fc_json_end_array(&json);
	json_finish(&json, out);
}

/* -------- the view -------- */

static int open(struct scene *scene, struct fc_error *err)
{
	const struct planning_request request = { .device = scene->options->plan,
						  .precision = scene->options->cost.precision };

	scene->content = fc_calloc(1, sizeof(struct planning));
	if (!fc_planning_open(&request, scene->analyses, scene->count, scene->content, err))
		return 0;
	free(scene->content);
	return -1;
}

static void close(struct scene *scene)
{
	fc_planning_close(scene->content);
	free(scene->content);
}

const struct view fc_view_plan = {
	.open = open, .close = close, .document = write_document, .csv = write_csv, .json = write_json
};
