/* The runs that a report is made from. */
#ifndef REPORT_RUNS_H
#define REPORT_RUNS_H

#include "flopclock/run.h"

struct fc_runs {
	struct fc_run *run;
	int count;
	/* Folders that looked half-written and were passed over inside a folder of runs; owned. */
	char **passed_over;
	int passed_over_count;
};

/*
 * Each path is a run folder or a folder that holds run folders, which are taken in the order of their names. Inside a
 * folder of runs, what is no run is not looked at, and a half-written run is passed over; named directly, both are
 * errors. A run named twice is read once.
 */
int fc_runs_read(char *const *paths, int path_count, struct fc_runs *runs, struct fc_error *err);
void fc_runs_release(struct fc_runs *runs);

#endif
