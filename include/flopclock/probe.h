/*
 * Who measures. enter(step) and leave() surround every step on the thread that runs it; what was measured comes as records,
 * at once (clock, fake) or later and from another thread (a GPU's activity records), into one recorder.
 */
#ifndef FLOPCLOCK_PROBE_H
#define FLOPCLOCK_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/error.h"
#include "flopclock/json.h"
#include "flopclock/step.h"

/* One kernel, as executed. */
struct fc_record {
	enum fc_pass pass;
	uint32_t iteration;	/* counts both passes together, from 0 */
	int step;		/* index of the executed step in its program; -1: not attributed */
	const char *kernel;	/* borrowed for the call */
	int64_t start_ns, end_ns;
	int stream;
};

struct fc_recorder;
void fc_recorder_add(struct fc_recorder *recorder, const struct fc_record *record);

struct fc_executed_step;

struct fc_probe {
	const struct fc_probe_kind *kind;
	struct fc_recorder *recorder;	/* borrowed */
	void *impl;
};

struct fc_probe_kind {
	const char *name;	/* "clock" */
	const char *summary;
	const char *device;	/* "cpu", "cuda", "any": where it can measure */
	bool measures;		/* records are to be expected */
	int (*open)(struct fc_probe *probe, struct fc_error *err);
	void (*close)(struct fc_probe *probe);
	/* The clock that its records are on, in nanoseconds: the wall time of iterations is read from it. */
	int64_t (*now)(struct fc_probe *probe);
	void (*iteration)(struct fc_probe *probe, enum fc_pass pass, uint32_t iteration);
	/* cost: FLOPs of everything the step covers (the fake probe turns them into time). */
	void (*enter)(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops);
	void (*leave)(struct fc_probe *probe);
	/* All records so far have reached the recorder when it returns. */
	int (*drain)(struct fc_probe *probe, struct fc_error *err);
	/* Members for the "probe" object of run.json: resolution, anomalies. */
	void (*describe)(struct fc_probe *probe, struct fc_json *json);
};

const struct fc_probe_kind *fc_probe_at(int index);		/* NULL behind the last */
const struct fc_probe_kind *fc_probe_find(const char *name, struct fc_error *err);

#endif
