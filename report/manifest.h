/* What a report consists of and what it was made from. */
#ifndef REPORT_MANIFEST_H
#define REPORT_MANIFEST_H

#include "study.h"

struct fc_manifest_options {
	const char *style, *paper;
	const char *templates;		/* "shipped" or "own" */
	bool figures;
};

/*
 * FOLDER/manifest.json: version, runs, options, and size and SHA-256 of every other file below the folder, sorted by
 * path. Neither the command line nor any time but the runs' own is in it: the same runs give the same file.
 */
int fc_manifest_write(const char *folder, const struct fc_study *study, const struct fc_manifest_options *options,
		      struct fc_error *err);

/* Whether the folder holds a report that flopclock wrote, so that a new one may replace it. */
bool fc_manifest_is_report(const char *folder);

#endif
