#include "study.h"

#include <string.h>

#include "study_build.h"

#define SEED 1
#define RESAMPLES 2000

int fc_study_build(const struct fc_run *runs, int run_count, struct fc_study *study, struct fc_error *err)
{
	*study = (struct fc_study){ .seed = SEED, .resamples = RESAMPLES };
	fc_arena_init(&study->arena);
	if (fc_study_select(study, runs, run_count, err) || fc_study_join(study, err))
		return -1;
	fc_study_context(study);
	fc_study_passes(study);
	fc_study_paper(study);
	fc_study_relations(study);
	fc_study_inversions(study);
	fc_study_verdict(study);
	fc_study_table_flops(study);
	fc_study_table_time(study);
	fc_study_tables_share(study);
	fc_study_tables_relation(study);
	fc_study_tables_context(study);
	return 0;
}

void fc_study_release(struct fc_study *study)
{
	fc_arena_release(&study->arena);
	*study = (struct fc_study){ 0 };
}

const struct fc_relation *fc_study_relation(const struct fc_study *study, const char *id)
{
	for (int i = 0; i < study->relation_count; i++)
		if (!strcmp(study->relations[i].id, id))
			return &study->relations[i];
	return NULL;
}
