/* A study becomes files. */
#ifndef REPORT_STUDY_WRITE_H
#define REPORT_STUDY_WRITE_H

#include "study.h"

/* FOLDER/tables/ID.csv and, by the template table.EXT, .tex and .md of every table that has rows;
 * FOLDER/report.md and FOLDER/paper.tex. */
int fc_study_write_tables(const struct fc_study *study, const char *folder, const char *templates,
			  struct fc_error *err);

/* FOLDER/data/NAME.csv, in full precision. */
int fc_study_write_data(const struct fc_study *study, const char *folder, struct fc_error *err);

#endif
