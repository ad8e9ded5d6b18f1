/* Plans in every format: a table per model for people, a row per plan for programs. */
#include <stdlib.h>

#include "flopclock/arena.h"

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

static void add_title(const struct sheet_format *format, const struct planned *m, struct fc_str *out)
{
	const struct fc_graph *const graph = &m->analysis->graph;
	const struct planning *const p = m->planning;
	struct fc_str line = { 0 };

	fc_str_addf(&line, "%s%s%s%s on %s: input " OP_SHAPE_FORMAT ", batch %lld, %s", graph->name,
		    *graph->settings ? " (" : "", graph->settings, *graph->settings ? ")" : "", p->device,
		    OP_SHAPE_VALUES(graph->nodes[0].shape), (long long)graph->batch, fc_precision_name(p->precision));
	format->title(out, line.text);
	fc_str_clear(&line);
	fc_str_addf(&line,
		    "what %s takes for each convolution, by its own rules; on the device the best few are measured "
		    "instead",
		    p->library);
	format->line(out, line.text);
	fc_str_release(&line);
}

static void add_gap(const struct sheet_format *format, struct fc_str *out)
{
	if (format == &fc_sheet_table)
		fc_str_addc(out, '\n');
}

static void add_model(const struct sheet_format *format, const struct planned *m, struct fc_str *out)
{
	struct sheet_row *const rows = fc_calloc((size_t)m->count + 1, sizeof(*rows));

	for (int i = 0; i < m->count; i++)
		rows[i] = row_of(m, &m->plans[i]);
	rows[m->count] = row_of(m, NULL);
	add_title(format, m, out);
	add_gap(format, out);
	format->sheet(out,
		      &(struct sheet){
			      .columns = fc_plan_columns, .rows = rows, .row_count = m->count + 1, .sum_rows = 1 });
	free(rows);
}

static void add_summary(const struct sheet_format *format, const struct planning *p, struct fc_str *out)
{
	struct sheet_row *const rows = fc_calloc((size_t)p->model_count, sizeof(*rows));
	struct fc_str line = { 0 };

	for (int i = 0; i < p->model_count; i++)
		rows[i] = row_of(&p->models[i], NULL);
	fc_str_addf(&line, "%d models on %s, %s", p->model_count, p->device, fc_precision_name(p->precision));
	format->title(out, line.text);
	add_gap(format, out);
	format->sheet(out,
		      &(struct sheet){ .columns = fc_planned_totals, .rows = rows, .row_count = p->model_count });
	fc_str_release(&line);
	free(rows);
}

void fc_plan_document(const struct sheet_format *format, const struct planning *p, struct fc_str *out)
{
	format->begin(out);
	for (int i = 0; i < p->model_count; i++)
		add_model(format, &p->models[i], out);
	if (p->model_count > 1)
		add_summary(format, p, out);
	format->end(out);
}

/* -------- for programs -------- */

/* Without a row the names. */
static void add_cells(const struct sheet_row *row, const struct sheet_column *columns, struct fc_csv_writer *csv)
{
	for (const struct sheet_column *column = columns; column->name; column++) {
		if (column->only_text)
			continue;
		if (row)
			fc_sheet_csv(row, column, csv);
		else
			fc_csv_text(csv, column->name);
	}
}

static void add_csv_row(const struct sheet_row *row, struct fc_csv_writer *csv)
{
	add_cells(row, fc_planned_columns, csv);
	add_cells(row, fc_plan_columns, csv);
	fc_csv_end_row(csv);
}

void fc_plan_csv(const struct planning *p, struct fc_str *out)
{
	struct fc_csv_writer csv = { .cells = 0 };

	add_csv_row(NULL, &csv);
	for (const struct planned *m = p->models; m < p->models + p->model_count; m++)
		for (int i = 0; i < m->count; i++) {
			const struct sheet_row row = row_of(m, &m->plans[i]);

			add_csv_row(&row, &csv);
		}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}

static void add_members(const struct sheet_row *row, const struct sheet_column *columns, struct fc_json *json)
{
	for (const struct sheet_column *column = columns; column->name; column++)
		if (!column->only_text)
			fc_sheet_json(row, column, json);
}

static void add_json_model(const struct planned *m, struct fc_json *json)
{
	const struct sheet_row sum = row_of(m, NULL);

	fc_json_object(json, NULL);
	add_members(&sum, fc_planned_columns, json);
	fc_json_array(json, "plans");
	for (int i = 0; i < m->count; i++) {
		const struct sheet_row row = row_of(m, &m->plans[i]);

		fc_json_object(json, NULL);
		add_members(&row, fc_plan_columns, json);
		fc_json_end_object(json);
	}
	fc_json_end_array(json);
	fc_json_object(json, "total");
	add_members(&sum, fc_planned_totals, json);
	fc_json_end_object(json);
	fc_json_end_object(json);
}

void fc_plan_json(const struct planning *p, struct fc_str *out)
{
	struct fc_json json = { .depth = 0 };

	fc_json_array(&json, NULL);
	for (const struct planned *m = p->models; m < p->models + p->model_count; m++)
		add_json_model(m, &json);
	fc_json_end_array(&json);
	fc_str_addn(out, json.out.text, json.out.length);
	fc_json_release(&json);
}
