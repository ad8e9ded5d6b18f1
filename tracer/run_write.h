/*
 * The run folder. It has a hidden name (".NAME.partial") until everything in it is written; then it is renamed.
 * run_write.c makes, fills and renames it, run_tables.c, run_json.c and run_json_totals.c make the texts.
 */
#ifndef FLOPCLOCK_TRACER_RUN_WRITE_H
#define FLOPCLOCK_TRACER_RUN_WRITE_H

#include <time.h>

#include "flopclock/csv.h"
#include "flopclock/run.h"
#include "flopclock/trainer.h"
#include "network.h"
#include "recorder.h"
#include "timeline.h"

struct run_folder {
	struct fc_str partial, final;	/* paths */
};

/* Everything that goes into a run folder; all borrowed. */
struct run_record {
	const struct fc_graph *graph;
	const struct fc_trainer_config *config;
	const struct fc_network *network;
	struct fc_probe *probe;
	struct fc_recorder *recorder;
	const struct timeline *timeline;	/* NULL: not wanted */
	const struct fc_run_epoch *epochs;
	uint64_t epoch_count;
	uint64_t steps, validate_steps;		/* per epoch, as really run */
	uint64_t warmup;			/* as it really was */
	uint64_t announced_bytes, peak_bytes;
	double preemptions_per_s;
	time_t started, finished;
};

/* Makes OUT and in it the hidden folder; picks a name that is free. */
int run_folder_open(struct run_folder *folder, const struct fc_graph *graph, const struct fc_trainer_config *config,
		    const char *out, time_t started, struct fc_error *err);
/* Writes all files. *suspect: the run has anomalies. */
int run_folder_write(const struct run_folder *folder, const struct run_record *record, bool *suspect,
		     struct fc_error *err);
/* The folder gets its name. */
int run_folder_finish(const struct run_folder *folder, struct fc_error *err);
void run_folder_release(struct run_folder *folder);

/* run.json; returns whether the run is suspect. */
bool run_json_text(const struct run_record *record, struct fc_str *out);

/* Its parts "plans", "totals" and "closure". */
void run_json_plans(struct fc_json *json, const struct run_record *record);
void run_json_totals(struct fc_json *json, const struct run_record *record);

/* The CSV files. */
struct run_table {
	const char *name;
	void (*text)(const struct run_record *record, struct fc_csv_writer *csv);
};
extern const struct run_table run_tables[];
extern const int run_table_count;

#endif
