/* Where the time goes: by phase, by family of layers, and in which single steps. */
#include <math.h>
#include <stdlib.h>

#include "study_build.h"
#include "study_columns.h"

#define TOP 15

#define TIME_SHARE(name, header) { PERCENT(name "_share", header), .group = "Share of time" }

/* -------- phases -------- */

enum { P_NETWORK, P_ITERATION, P_FIRST, P_IDLE = P_FIRST + FC_PHASE_COUNT, P_ZERO, P_COLUMNS };

static const struct fc_column phase_columns[P_COLUMNS] = {
	{ WORDS("network", "Network") },
	{ SIGNIFICANT("iteration_s", "Iteration", "ms", 4, 1e3) },
	TIME_SHARE("forward", "Forward"),
	TIME_SHARE("backward_data", "To data"),
	TIME_SHARE("backward_weights", "To weights"),
	TIME_SHARE("update", "Update"),
	TIME_SHARE("input", "Input"),
	TIME_SHARE("loss", "Loss"),
	{ PERCENT("idle_share_of_wall", "Between") },
	{ PERCENT("zero_flop_share", "No FLOPs") },
};

static void build_phases(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_PHASES];

	fc_table_init(table, &study->arena, "tab-4-phases", "Training time by phase.", phase_columns, P_COLUMNS);
	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_pass *pass = &study->networks[i].passes[FC_PASS_TRAIN];
		struct fc_cell *row;

		if (!(pass->all.time_s > 0))
			continue;
		row = fc_table_add_row(table);
		row[P_NETWORK] = fc_cell_text(study->networks[i].name);
		row[P_ITERATION] = fc_cell_number(pass->wall_s / (double)pass->measured_iterations);
		for (enum fc_phase phase = 0; phase < FC_PHASE_COUNT; phase++)
			row[P_FIRST + phase] = fc_cell_number(pass->phases[phase].time_share);
		row[P_IDLE] = fc_cell_number(pass->idle_s / pass->wall_s);
		row[P_ZERO] = fc_cell_number(pass->zero_flop_share);
	}
	fc_table_add_note(table, "Shares are parts of the time that is attributed to layers. \"Between\" is the part "
				 "of the wall time between steps. \"No FLOPs\" is the part of the attributed time in "
				 "steps that have none.");
}

/* -------- families -------- */

enum { F_NETWORK, F_FIRST, F_FLOPS = F_FIRST + FC_FAMILY_COUNT, F_COLUMNS = F_FLOPS + 2 };

#define FLOPS_SHARE(name, header) { PERCENT(name "_flops_share", header), .group = "Share of FLOPs" }

static const struct fc_column family_columns[F_COLUMNS] = {
	{ WORDS("network", "Network") },
	TIME_SHARE("conv_time", "Conv."),
	TIME_SHARE("dense_time", "Dense"),
	TIME_SHARE("norm_time", "Norm."),
	TIME_SHARE("activation_time", "Act."),
	TIME_SHARE("pool_time", "Pool"),
	TIME_SHARE("join_time", "Join"),
	TIME_SHARE("other_time", "Other"),
	FLOPS_SHARE("conv", "Conv."),
	FLOPS_SHARE("dense", "Dense"),
};

static void build_families(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_FAMILIES];
	bool fused = false;

	fc_table_init(table, &study->arena, "tab-5-families", "Training time by kind of "
							      "layer.", family_columns, F_COLUMNS);
	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_pass *pass = &study->networks[i].passes[FC_PASS_TRAIN];
		struct fc_cell *row;

		if (!(pass->all.time_s > 0))
			continue;
		row = fc_table_add_row(table);
		row[F_NETWORK] = fc_cell_text(study->networks[i].name);
		for (enum fc_family family = 0; family < FC_FAMILY_COUNT; family++)
			row[F_FIRST + family] = fc_cell_number(pass->families[family].time_share);
		row[F_FLOPS] = fc_cell_number(pass->families[FC_FAMILY_CONV].flops_share);
		row[F_FLOPS + 1] = fc_cell_number(pass->families[FC_FAMILY_DENSE].flops_share);
	}
	for (size_t i = 0; i < study->layer_count; i++)
		fused |= study->layers[i].cover_count > 0;
	fc_table_add_note(table, "All phases of a layer count with its kind, its update too; the rest of the FLOPs "
				 "is the update of the other kinds. Join is addition and concatenation, other is "
				 "input, loss and dropout.");
	if (fused)
		fc_table_add_note(table, "Where the library computes a layer together with its neighbour, the time "
					 "counts with the one that did the work; data/layers.csv shows which covers "
					 "what.");
}

/* -------- the largest steps -------- */

enum { T_NETWORK, T_LAYER, T_OP, T_PHASE, T_FLOPS, T_BYTES, T_TIME, T_SHARE, T_RATE, T_COLUMNS };

static const struct fc_column top_columns[T_COLUMNS] = {
	[T_NETWORK] = { WORDS("network", "Network") },
	[T_LAYER] = { WORDS("layer", "Layer"), .code = true },
	[T_OP] = { WORDS("op", "Kind") },
	[T_PHASE] = { WORDS("phase", "Phase") },
	[T_FLOPS] = { FIXED("flops", "FLOPs", "G", 3, 1e-9) },
	[T_BYTES] = { FIXED("bytes_min", "Bytes", "MB", 1, 1e-6) },
	[T_TIME] = { SIGNIFICANT("time_median_s", "Time", "ms", 3, 1e3) },
	[T_SHARE] = { PERCENT("time_share", "Share") },
	[T_RATE] = { SIGNIFICANT("flop_per_s", "GFLOP/s", NULL, 3, 1e-9) },
};

/* Larger shares first; the study's own order decides between equals. */
static int compare_shares(const void *a, const void *b)
{
	const struct fc_study_layer *x = *(const struct fc_study_layer *const *)a;
	const struct fc_study_layer *y = *(const struct fc_study_layer *const *)b;

	if (x->share != y->share)
		return x->share > y->share ? -1 : 1;
	return (x > y) - (x < y);
}

static void build_top(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_TOP_LAYERS];
	const struct fc_study_layer **order = fc_calloc(study->layer_count + 1, sizeof(*order));
	size_t n = 0;

	fc_table_init(table, &study->arena, "tab-3-layers",
		      "The training steps with the largest share of their network's time, per "
		      "iteration.", top_columns, T_COLUMNS);
	for (size_t i = 0; i < study->layer_count; i++)
		if (study->layers[i].pass == FC_PASS_TRAIN && study->layers[i].share > 0)
			order[n++] = &study->layers[i];
	qsort(order, n, sizeof(*order), compare_shares);
	for (size_t i = 0; i < n && i < TOP; i++) {
		const struct fc_study_layer *layer = order[i];
		struct fc_cell *row = fc_table_add_row(table);

		row[T_NETWORK] = fc_cell_text(study->networks[layer->network].name);
		row[T_LAYER] = fc_cell_text(layer->layer);
		row[T_OP] = fc_cell_text(layer->op);
		row[T_PHASE] = fc_cell_text(fc_phase_title(layer->phase));
		row[T_FLOPS] = fc_cell_count(layer->flops);
		row[T_BYTES] = fc_cell_count(layer->bytes);
		row[T_TIME] = fc_cell_number(layer->time_s);
		row[T_SHARE] = fc_cell_number(layer->share);
		row[T_RATE] = fc_cell_number(layer->flop_per_s);
	}
	if (n > TOP)
		fc_table_add_note(table, "%d of %zu steps; all of them are in data/layers.csv.", TOP, n);
	free(order);
}

void fc_study_tables_share(struct fc_study *study)
{
	build_top(study);
	build_phases(study);
	build_families(study);
}
