/* The relation of time and FLOPs in numbers: ranks, powers, models, inverted networks. */
#include <math.h>
#include <string.h>

#include "quantity.h"
#include "study_build.h"
#include "study_columns.h"

enum {
	R_TITLE, R_N, R_SPEARMAN, R_KENDALL, R_INVERTED, R_INVERTED_LOW, R_INVERTED_HIGH, R_B, R_B_LOW, R_B_HIGH,
	R_SPREAD, R_COLUMNS
};

#define INVERTED "Inverted pairs"
#define POWER "Power of FLOPs"

static const struct fc_column relation_columns[R_COLUMNS] = {
	[R_TITLE] = { WORDS("relation", "Rows") },
	[R_N] = { WHOLE("n", "n") },
	[R_SPEARMAN] = { FIXED("spearman", "Spearman", NULL, 3, 1) },
	[R_KENDALL] = { FIXED("kendall_tau_b", "Kendall", NULL, 3, 1) },
	[R_INVERTED] = { PERCENT("inversion_rate", "Rate"), .group = INVERTED },
	[R_INVERTED_LOW] = { PERCENT("inversion_rate_low", "from"), .group = INVERTED },
	[R_INVERTED_HIGH] = { PERCENT("inversion_rate_high", "to"), .group = INVERTED },
	[R_B] = { FIXED("exponent", "b", NULL, 2, 1), .group = POWER },
	[R_B_LOW] = { FIXED("exponent_low", "from", NULL, 2, 1), .group = POWER },
	[R_B_HIGH] = { FIXED("exponent_high", "to", NULL, 2, 1), .group = POWER },
	[R_SPREAD] = { SIGNIFICANT("spread", "Spread", NULL, 3, 1) },
};

static void build_relations(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_RELATIONS];
	bool few = false;

	fc_table_init(table, &study->arena, "tab-6-relations", "Time against FLOPs.", relation_columns, R_COLUMNS);
	for (int i = 0; i < study->relation_count; i++) {
		const struct fc_relation *r = &study->relations[i];
		struct fc_cell *row;

		if (!r->has_statistics)
			continue;
		few |= r->few_clusters;
		row = fc_table_add_row(table);
		row[R_TITLE] = fc_cell_text(r->title);
		row[R_N] = fc_cell_count(r->n);
		row[R_SPEARMAN] = fc_cell_number(r->spearman);
		row[R_KENDALL] = fc_cell_number(r->kendall);
		row[R_INVERTED] = fc_cell_number(r->inversion_rate.value);
		row[R_INVERTED_LOW] = fc_cell_number(r->inversion_rate.low);
		row[R_INVERTED_HIGH] = fc_cell_number(r->inversion_rate.high);
		row[R_B] = fc_cell_number(r->exponent.value);
		row[R_B_LOW] = fc_cell_number(r->exponent.low);
		row[R_B_HIGH] = fc_cell_number(r->exponent.high);
		row[R_SPREAD] = fc_cell_number(r->spread);
	}
	fc_table_add_note(table, "Steps with FLOPs, median times. A pair is inverted when the one with fewer FLOPs "
				 "takes longer. Power: b of t = a F^b. Spread: 95th to 5th percentile of the time "
				 "per FLOP; of networks, largest to smallest.");
	fc_table_add_note(table, "From and to: 95 %% intervals, resampling networks (layers where there is one "
				 "network), %d times, seed %llu.",
			  study->resamples, (unsigned long long)study->seed);
	if (few)
		fc_table_add_note(table, "Intervals that rest on fewer than 8 networks are too short.");
}

enum { M_NAME, M_FORMULA, M_PARAMETERS, M_AICC, M_WEIGHT, M_ERROR, M_CV, M_COLUMNS };

static const struct fc_column fit_columns[M_COLUMNS] = {
	[M_NAME] = { WORDS("model", "Model") },
	[M_FORMULA] = { WORDS("formula", "Formula") },
	[M_PARAMETERS] = { WORDS("parameters", "Fitted values") },
	[M_AICC] = { FIXED("aicc", "AICc", NULL, 1, 1) },
	[M_WEIGHT] = { FIXED("akaike_weight", "Weight", NULL, 3, 1) },
	[M_ERROR] = { FIXED("error_factor", "Error", NULL, 2, 1) },
	[M_CV] = { FIXED("cv_error_factor", "Error, unseen", NULL, 2, 1) },
};

static const char *parameters_of(struct fc_arena *arena, enum fc_fit_kind kind, const struct fc_fit *fit)
{
	switch (kind) {
	case FC_FIT_PROPORTIONAL:
		return fc_arena_printf(arena, "P = %s", fc_quantity_rate(arena, fit->rate));
	case FC_FIT_AFFINE:
		/* The search ends at a millionth of the smallest time: such an overhead was not found. */
		if (fit->overhead < 1e-9)
			return fc_arena_printf(arena, "P = %s, no overhead found",
					       fc_quantity_rate(arena, fit->rate));
		return fc_arena_printf(arena, "P = %s, t0 = %s", fc_quantity_rate(arena, fit->rate),
				       fc_quantity_time(arena, fit->overhead));
	case FC_FIT_POWER:
		return fc_arena_printf(arena, "a = %.3g s, b = %.3f", fit->factor, fit->exponent);
	case FC_FIT_ROOFLINE:
		return fc_arena_printf(arena, "P = %s, W = %s", fc_quantity_rate(arena, fit->rate),
				       fc_quantity_bandwidth(arena, fit->bandwidth));
	case FC_FIT_COUNT:
		break;
	}
	return "";
}

static void build_fits(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_FITS];
	const struct fc_relation *r = &study->relations[0];

	fc_table_init(table, &study->arena, "tab-7-models", "Models of a training step's time from its FLOPs F and "
							    "bytes B.",
		      fit_columns, M_COLUMNS);
	for (enum fc_fit_kind kind = 0; kind < FC_FIT_COUNT && r->has_statistics; kind++) {
		const struct fc_fit *fit = &r->fits[kind];
		struct fc_cell *row;

		if (!fit->valid)
			continue;
		row = fc_table_add_row(table);
		row[M_NAME] = fc_cell_text(fc_fit_name(kind));
		row[M_FORMULA] = fc_cell_text(fc_fit_formula(kind));
		row[M_PARAMETERS] = fc_cell_text(parameters_of(&study->arena, kind, fit));
		row[M_AICC] = fc_cell_number(fit->aicc);
		row[M_WEIGHT] = fc_cell_number(fit->weight);
		row[M_ERROR] = fc_cell_number(fit->error_factor);
		row[M_CV] = fc_cell_number(fit->cv_error_factor);
	}
	fc_table_add_note(table, "Fitted to ln t by least squares. Error is the typical factor between measured and "
				 "fitted time, exp of the mean absolute residual; unseen: each network predicted by "
				 "a fit to the others. A smaller AICc is better, weights add up to 1; rows of one "
				 "network are not independent, so weights look surer than they are.");
}

enum { I_PASS, I_FEWER, I_MORE, I_FLOPS, I_TIME, I_COLUMNS };

static const struct fc_column inversion_columns[I_COLUMNS] = {
	[I_PASS] = { WORDS("pass", "Pass") },
	[I_FEWER] = { WORDS("fewer_flops_longer_time", "Fewer FLOPs, longer time") },
	[I_MORE] = { WORDS("more_flops_shorter_time", "More FLOPs, shorter time") },
	[I_FLOPS] = { SIGNIFICANT("flops_ratio", "FLOPs ratio", NULL, 3, 1) },
	[I_TIME] = { SIGNIFICANT("time_ratio", "Time ratio", NULL, 3, 1) },
};

static void build_inversions(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_INVERSIONS];

	fc_table_init(table, &study->arena, "tab-8-inversions", "Pairs of networks whose order by time is not their "
								"order by FLOPs.",
		      inversion_columns, I_COLUMNS);
	for (int i = 0; i < study->inversion_count; i++) {
		const struct fc_study_inversion *inversion = &study->inversions[i];
		struct fc_cell *row = fc_table_add_row(table);

		row[I_PASS] = fc_cell_text(fc_pass_name(inversion->pass));
		row[I_FEWER] = fc_cell_text(study->networks[inversion->fewer].name);
		row[I_MORE] = fc_cell_text(study->networks[inversion->more].name);
		row[I_FLOPS] = fc_cell_number(inversion->flops_ratio);
		row[I_TIME] = fc_cell_number(inversion->time_ratio);
	}
}

void fc_study_tables_relation(struct fc_study *study)
{
	build_relations(study);
	build_fits(study);
	build_inversions(study);
}
