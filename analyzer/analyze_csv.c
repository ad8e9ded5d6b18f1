/* One row per model, or per layer and phase, with exact integers and units in the names. */
#include "flopclock/csv.h"

#include "analyze.h"

/* What a row is made of: some of the columns of these tables, one table behind the other. */
struct part {
	const struct sheet_column *columns;
	bool only_keys;
};

static const struct part model_row[] = { { fc_model_columns, false }, { NULL, false } };
static const struct part layer_row[] = {
	{ fc_model_columns, true }, { fc_layer_columns, false }, { fc_phase_columns, false }, { NULL, false }
};

static bool shown(const struct part *part, const struct sheet_column *column, const struct analyze_options *options)
{
	return !column->only_text && (column->key || !part->only_keys) && (options->training || !column->training);
}

/* Without a row its names. */
static void add_row(struct fc_csv_writer *csv, const struct part *parts, const struct sheet_row *row,
		    const struct analyze_options *options)
{
	for (; parts->columns; parts++)
		for (const struct sheet_column *column = parts->columns; column->name; column++) {
			if (!shown(parts, column, options))
				continue;
			if (row)
				fc_sheet_csv(row, column, csv);
			else
				fc_csv_text(csv, column->name);
		}
	fc_csv_end_row(csv);
}

static void add_layers(struct fc_csv_writer *csv, const struct analysis *a, const struct analyze_options *options)
{
	for (int i = 0; i < a->costs.count; i++) {
		const struct fc_cost *const cost = &a->costs.costs[i];
		const struct sheet_row row = { .analysis = a,
					       .node = &a->graph.nodes[cost->step.node],
					       .cost = cost,
					       .phase = cost->step.phase };

		if (options->training || cost->step.phase == FC_PHASE_FORWARD)
			add_row(csv, layer_row, &row, options);
	}
}

void fc_analyze_csv(const struct analysis *analyses, int count, const struct analyze_options *options,
		    struct fc_str *out)
{
	const struct part *const parts = options->per_layer ? layer_row : model_row;
	struct fc_csv_writer csv = { .cells = 0 };

	add_row(&csv, parts, NULL, options);
	for (int i = 0; i < count; i++) {
		const struct sheet_row row = { .analysis = &analyses[i] };

		if (options->per_layer)
			add_layers(&csv, &analyses[i], options);
		else
			add_row(&csv, parts, &row, options);
	}
	fc_str_addn(out, csv.out.text, csv.out.length);
	fc_csv_release(&csv);
}
