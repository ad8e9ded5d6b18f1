/* Table 2 of the study: how long the networks take. */
#include <limits.h>
#include <math.h>
#include <string.h>

#include "flopclock/str.h"
#include "study_build.h"
#include "study_columns.h"

enum { NETWORK, TRAIN, VALIDATE = TRAIN + 4, PRINTED = VALIDATE + 4, COLUMNS };
enum { PER_IMAGE, RATE, EPOCH, FLOP_RATE };

#define TIMES(prefix, title)                                                                                         \
	{ SIGNIFICANT(prefix "_time_per_image_s", "Per image", "ms", 3, 1e3), .group = title },                      \
	{ SIGNIFICANT(prefix "_images_per_s", "Images/s", NULL, 4, 1), .group = title },                             \
	{ SIGNIFICANT(prefix "_epoch_s", "Epoch", "s", 4, 1), .group = title },                                      \
	{ SIGNIFICANT(prefix "_flop_per_s", "GFLOP/s", NULL, 3, 1e-9), .group = title }

static const struct fc_column columns[COLUMNS] = {
	{ WORDS("network", "Network") },
	TIMES("train", "Training"),
	TIMES("validate", "Validation"),
	{ FIXED("paper_train_s", "Training", "s", 2, 1), .group = "Paper" },
};

static void fill_pass(struct fc_cell *cells, const struct fc_study_pass *pass)
{
	if (!pass->present)
		return;
	cells[PER_IMAGE] = fc_cell_number(pass->time_per_image_s);
	cells[RATE] = fc_cell_number(pass->images_per_s);
	cells[EPOCH] = fc_cell_number(pass->epoch_images ? pass->epoch_s : NAN);
	cells[FLOP_RATE] = fc_cell_number(pass->flops_per_image > 0 ? pass->achieved_flop_per_s : NAN);
}

/* Sizes of the epochs, or nothing when the runs had different data. */
static bool epoch_sizes(const struct fc_study *study, uint64_t sizes[FC_PASS_COUNT])
{
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		sizes[pass] = study->networks[0].passes[pass].epoch_images;
		for (int i = 1; i < study->network_count; i++)
			if (study->networks[i].passes[pass].epoch_images != sizes[pass])
				return false;
	}
	return true;
}

static void note_epochs(const struct fc_study *study, struct fc_table *table)
{
	uint64_t sizes[FC_PASS_COUNT];
	struct fc_str names = { 0 };
	int extrapolated = 0;

	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_network *network = &study->networks[i];

		if (!network->passes[FC_PASS_TRAIN].extrapolated && !network->passes[FC_PASS_VALIDATE].extrapolated)
			continue;
		fc_str_addf(&names, "%s%s", extrapolated++ ? ", " : "", network->name);
	}
	if (epoch_sizes(study, sizes))
		fc_table_add_note(table, "An epoch is %llu images of training and %llu of validation.",
				  (unsigned long long)sizes[FC_PASS_TRAIN],
				  (unsigned long long)sizes[FC_PASS_VALIDATE]);
	if (extrapolated)
		fc_table_add_note(table, "Times of an epoch are extrapolated from the measured iterations, not "
					 "measured, for: %s.",
				  extrapolated == study->network_count ? "all networks" : names.text);
	fc_str_release(&names);
}

static void note_iterations(const struct fc_study *study, struct fc_table *table)
{
	unsigned long long fewest = ULLONG_MAX, most = 0, warmup = 0;

	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_pass *train = &study->networks[i].passes[FC_PASS_TRAIN];
		const unsigned long long measured = train->measured_iterations, before = train->iterations - measured;

		fewest = measured < fewest ? measured : fewest;
		most = measured > most ? measured : most;
		warmup = before > warmup ? before : warmup;
	}
	if (fewest == most)
		fc_table_add_note(table, "Times are wall time of %llu measured training iterations and the "
					 "validation behind them, after %llu of warm-up.",
				  most, warmup);
	else
		fc_table_add_note(table, "Times are wall time of %llu to %llu measured training iterations and the "
					 "validation behind them, after at most %llu of warm-up.",
				  fewest, most, warmup);
}

/* Where the wall time is that no layer has. */
static void note_closure(const struct fc_study *study, struct fc_table *table)
{
	double wall = 0, idle = 0, unattributed = 0;

	for (int i = 0; i < study->network_count; i++) {
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
			const struct fc_study_pass *p = &study->networks[i].passes[pass];

			if (isnan(p->kernel_sum_s))
				continue;
			wall += p->wall_s;
			idle += p->idle_s;
			unattributed += p->unattributed_s;
		}
	}
	if (!(wall > 0))
		return;
	fc_table_add_note(table, "Closure: of the measured wall time %.2f %% is attributed to layers, %.2f %% lies "
				 "between steps, %.2f %% was computed but belongs to no layer.",
			  (wall - idle - unattributed) / wall * 100, idle / wall * 100, unattributed / wall * 100);
}

void fc_study_table_time(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_TIME];
	bool paper = false;

	for (int i = 0; i < study->network_count; i++)
		paper |= study->networks[i].paper.present;
	fc_table_init(table, &study->arena, "tab-2-time",
		      fc_arena_printf(&study->arena, "Running time of training and validation on %s, "
						     "%s.", study->device,
				      study->setting),
		      columns, paper ? COLUMNS : PRINTED);
	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_network *network = &study->networks[i];
		struct fc_cell *row = fc_table_add_row(table);

		row[NETWORK] = fc_cell_text(network->name);
		fill_pass(row + TRAIN, &network->passes[FC_PASS_TRAIN]);
		fill_pass(row + VALIDATE, &network->passes[FC_PASS_VALIDATE]);
		if (paper && network->paper.present)
			row[PRINTED] = fc_cell_number(network->paper.train_s);
	}
	note_epochs(study, table);
	note_iterations(study, table);
	note_closure(study, table);
	fc_table_add_note(table, "GFLOP/s are counted FLOPs divided by wall time, whatever the library really "
				 "computes.");
	if (paper)
		fc_table_add_note(table, "The paper's times are as published (GeForce RTX 4080, cuDNN); epochs, "
					 "batch and input size behind them are not known, so only their order can be "
					 "compared.");
}
