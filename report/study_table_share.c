/* Where the time goes: by phase, by family of layers, and in which single steps. */
#include <math.h>
#include <stdlib.h>

#include "study_build.h"

#define TOP 15

#define PERCENT .unit = "%", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_FIXED, .digits = 1, .scale = 100

/* -------- phases -------- */

enum { P_NETWORK, P_ITERATION, P_FIRST, P_IDLE = P_FIRST + FC_PHASE_COUNT, P_ZERO, P_COLUMNS };

static const struct fc_column phase_columns[P_COLUMNS] = {
	{ .name = "network", .header = "Network" },
	{ .name = "iteration_s", .header = "Iteration", .unit = "ms", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_SIGNIFICANT,
	  .digits = 4, .scale = 1e3 },
	{ .name = "forward_share", .header = "Forward", PERCENT, .group = "Share of attributed time" },
	{ .name = "backward_data_share", .header = "To data", PERCENT, .group = "Share of attributed time" },
	{ .name = "backward_weights_share", .header = "To weights", PERCENT, .group = "Share of attributed time" },
	{ .name = "update_share", .header = "Update", PERCENT, .group = "Share of attributed time" },
	{ .name = "input_share", .header = "Input", PERCENT, .group = "Share of attributed time" },
	{ .name = "loss_share", .header = "Loss", PERCENT, .group = "Share of attributed time" },
	{ .name = "idle_share_of_wall", .header = "Between", PERCENT },
	{ .name = "zero_flop_share", .header = "No FLOPs", PERCENT },
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
	fc_table_add_note(table, "Shares are parts of the time that is attributed to layers. \"Between\" is the part of the wall time between steps. \"No FLOPs\" is the part of the attributed time in steps that have none.");
}

/* -------- families -------- */

enum { F_NETWORK, F_FIRST, F_FLOPS = F_FIRST + FC_FAMILY_COUNT, F_COLUMNS = F_FLOPS + 2 };

#define FAMILY(name_, header_) { .name = name_ "_time_share", .header = header_, PERCENT, .group = "Share of attributed time" }
#define FAMILY_FLOPS(name_, header_) { .name = name_ "_flops_share", .header = header_, PERCENT, .group = "Share of FLOPs" }

static const struct fc_column family_columns[F_COLUMNS] = {
	{ .name = "network", .header = "Network" },
	FAMILY("conv", "Conv."),
	FAMILY("dense", "Dense"),
	FAMILY("norm", "Norm."),
	FAMILY("activation", "Act."),
	FAMILY("pool", "Pool"),
	FAMILY("join", "Join"),
	FAMILY("other", "Other"),
	FAMILY_FLOPS("conv", "Conv."),
	FAMILY_FLOPS("dense", "Dense"),
};

static void build_families(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_FAMILIES];
	bool fused = false;

	fc_table_init(table, &study->arena, "tab-5-families", "Training time by kind of layer.", family_columns, F_COLUMNS);
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
	fc_table_add_note(table, "All phases of a layer count with its kind, its update too; the rest of the FLOPs is the update of the other kinds. Join is addition and concatenation, other is input, loss and dropout.");
	if (fused)
		fc_table_add_note(table, "Where the library computes a layer together with its neighbour, the time counts with the one that did the work; data/layers.csv shows which covers what.");
}

/* -------- the largest steps -------- */

enum { T_NETWORK, T_LAYER, T_OP, T_PHASE, T_FLOPS, T_BYTES, T_TIME, T_SHARE, T_RATE, T_COLUMNS };

static const struct fc_column top_columns[T_COLUMNS] = {
	[T_NETWORK] = { .name = "network", .header = "Network" },
	[T_LAYER] = { .name = "layer", .header = "Layer", .code = true },
	[T_OP] = { .name = "op", .header = "Kind" },
	[T_PHASE] = { .name = "phase", .header = "Phase" },
	[T_FLOPS] = { .name = "flops", .header = "FLOPs", .unit = "G", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_FIXED,
		      .digits = 3, .scale = 1e-9 },
	[T_BYTES] = { .name = "bytes_min", .header = "Bytes", .unit = "MB", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_FIXED,
		      .digits = 1, .scale = 1e-6 },
	[T_TIME] = { .name = "time_median_s", .header = "Time", .unit = "ms", .align = FC_ALIGN_RIGHT,
		     .format = FC_FORMAT_SIGNIFICANT, .digits = 3, .scale = 1e3 },
	[T_SHARE] = { .name = "time_share", .header = "Share", PERCENT },
	[T_RATE] = { .name = "flop_per_s", .header = "GFLOP/s", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_SIGNIFICANT,
		     .digits = 3, .scale = 1e-9 },
};

/* Larger shares first; the study's own order decides between equals. */
static int compare_shares(const void *a, const void *b)
{
	const struct fc_study_layer *x = *(const struct fc_study_layer *const *)a, *y = *(const struct fc_study_layer *const *)b;

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
		      "The training steps with the largest share of their network's time, per iteration.", top_columns, T_COLUMNS);
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
