/*
 * The steps of fc_study_build, in their order. Each fills its part of the study from the parts before it.
 */
#ifndef REPORT_STUDY_BUILD_H
#define REPORT_STUDY_BUILD_H

#include "study.h"

/* Growing lists of sentences in the study's arena. */
void fc_study_warn(struct fc_study *study, const char *format, ...) FC_PRINTF(2, 3);
void fc_study_note(struct fc_study *study, const char *format, ...) FC_PRINTF(2, 3);

/* The last part of the run's path: what a report calls it, so that its bytes do not depend on where the folder lies.
 */
const char *fc_run_name(const struct fc_run *run);
enum fc_family fc_family_of(const char *op, enum fc_phase phase);
/* "ResNet18" for "resnet18"; the model's own name where nothing better is known. */
const char *fc_network_title(struct fc_arena *arena, const char *model, const char *settings);

/* Chooses one run per network, in the study's order; refuses runs that do not compare. */
int fc_study_select(struct fc_study *study, const struct fc_run *runs, int run_count, struct fc_error *err);
/* Layers: the join. */
int fc_study_join(struct fc_study *study, struct fc_error *err);
/* Passes of every network: rates, shares of phases and families. */
void fc_study_passes(struct fc_study *study);
/* The paper's numbers and what its setting gives here. */
void fc_study_paper(struct fc_study *study);
void fc_study_relations(struct fc_study *study);
void fc_study_inversions(struct fc_study *study);
void fc_study_verdict(struct fc_study *study);
/* The setting, device and date of the whole, and warnings about them. */
void fc_study_context(struct fc_study *study);

/* Tables. */
void fc_study_table_flops(struct fc_study *study);
void fc_study_table_time(struct fc_study *study);
void fc_study_tables_share(struct fc_study *study);
void fc_study_tables_relation(struct fc_study *study);
void fc_study_tables_context(struct fc_study *study);

/* Everything in full precision, for data/: tables made one at a time, because the layers may be many. */
struct fc_study_data {
	const char *id;		/* "layers" */
	void (*build)(const struct fc_study *study, struct fc_table *table, struct fc_arena *arena);
};
const struct fc_study_data *fc_study_data_at(int index);	/* NULL behind the last */

/* What the paper printed; NULL for networks that it does not have. */
struct fc_paper_row {
	const char *model, *title, *flops_printed;
	double train_s;
};
const struct fc_paper_row *fc_paper_find(const char *model);
/* "3x224x224", 1000 classes. */
#define FC_PAPER_INPUT "3x224x224"
#define FC_PAPER_SIDE 224
#define FC_PAPER_CLASSES 1000
/* The paper's rounding: MACs to two decimals of a billion, then doubled. */
double fc_paper_gflops(uint64_t macs);

#endif
