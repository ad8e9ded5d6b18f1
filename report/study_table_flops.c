/* Table 1 of the study: what the networks cost on paper. */
#include <math.h>
#include <string.h>

#include "study_build.h"
#include "study_columns.h"

enum { NETWORK, INPUT, PARAMS, MACS, FLOPS, TRAIN, THOP, ROUNDED, PRINTED, COLUMNS };

#define OWN "This run"
#define PAPER "The paper's setting"

static const struct fc_column columns[COLUMNS] = {
	[NETWORK] = { WORDS("network", "Network") },
	[INPUT] = { WORDS("input", "Input"), .group = OWN },
	[PARAMS] = { WHOLE("params", "Parameters"), .group = OWN },
	[MACS] = { FIXED("forward_macs_per_image", "MACs", "G", 4, 1e-9), .group = OWN },
	[FLOPS] = { FIXED("forward_flops_per_image", "FLOPs", "G", 4, 1e-9), .group = OWN },
	[TRAIN] = { FIXED("training_flops_per_image", "Training FLOPs", "G", 4, 1e-9), .group = OWN },
	[THOP] = { FIXED("thop_macs_at_paper_setting", "MACs, rule thop", "G", 4, 1e-9), .group = PAPER },
	[ROUNDED] = { FIXED("thop_gflops_paper_rounding", "FLOPs", "G", 2, 1), .group = PAPER },
	[PRINTED] = {
		WORDS("paper_printed_gflops", "Printed"), .unit = "G", .align = FC_ALIGN_RIGHT, .group = PAPER,
	},
};

static void add_network(struct fc_table *table, const struct fc_study_network *network, bool paper)
{
	const struct fc_study_pass *train = &network->passes[FC_PASS_TRAIN];
	struct fc_cell *row = fc_table_add_row(table);

	row[NETWORK] = fc_cell_text(network->name);
	row[INPUT] = fc_cell_text(network->input);
	row[PARAMS] = fc_cell_count(network->params);
	row[MACS] = fc_cell_count(network->macs);
	row[FLOPS] = fc_cell_count(network->flops);
	row[TRAIN] = fc_cell_number(train->present ? train->flops_per_image : NAN);
	if (!paper || !network->paper.present)
		return;
	if (network->paper.counted) {
		row[THOP] = fc_cell_count(network->paper.thop_macs);
		row[ROUNDED] = fc_cell_number(network->paper.gflops);
	}
	row[PRINTED] = fc_cell_text(network->paper.flops_printed);
}

static void note_classes(const struct fc_study *study, struct fc_table *table)
{
	for (int i = 1; i < study->network_count; i++)
		if (study->networks[i].classes != study->networks[0].classes)
			return;
	fc_table_add_note(table, "This run has %llu classes.", (unsigned long long)study->networks[0].classes);
}

void fc_study_table_flops(struct fc_study *study)
{
	struct fc_table *table = &study->tables[FC_TABLE_FLOPS];
	bool paper = false, densenet = false;

	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_network *network = &study->networks[i];

		paper |= network->paper.present;
		densenet |= network->paper.present && !strcmp(network->paper.flops_printed, "157");
	}
	fc_table_init(table, &study->arena, "tab-1-flops", "FLOPs of the networks, for one image.", columns,
		      paper ? COLUMNS : THOP);
	for (int i = 0; i < study->network_count; i++)
		add_network(table, &study->networks[i], paper);
	fc_table_add_note(table, "MACs are multiply-accumulates of convolutions and fully connected layers in the "
				 "forward pass (rule core); FLOPs = 2 MACs. Training FLOPs are counted step by step: "
				 "forward, backward to data and to weights, and the optimizer's update shared out "
				 "over the images of a batch.");
	note_classes(study, table);
	if (paper)
		fc_table_add_note(table, "The paper's setting is %s with %d classes, counted by rule thop and "
					 "rounded its way: MACs to two decimals, then doubled. \"Printed\" is what "
					 "the paper shows.",
				  FC_PAPER_INPUT, FC_PAPER_CLASSES);
	if (densenet)
		fc_table_add_note(table, "The paper's \"157\" is 15.7: it lost its decimal point.");
}
