/*
 * Who measures. enter(step) and leave() surround every step on the thread that runs it; what was measured comes as records,
 * at once (clock, fake) or later and from another thread (a GPU's activity records), into one recorder.
 *
 * A program opens one probe, before its first device, and closes it behind its last; the recorder changes from run to run
 * and is NULL between two runs: what comes then is nobody's. An iteration with number 0 begins a run.
 *
 * On a device that works behind its caller (stream_ops) the executor's advance() is a second entry of step 0, the input:
 * going on to the next batch belongs to it.
 */
#ifndef FLOPCLOCK_PROBE_H
#define FLOPCLOCK_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/error.h"
#include "flopclock/json.h"
#include "flopclock/step.h"

enum fc_activity { FC_ACTIVITY_KERNEL, FC_ACTIVITY_COPY, FC_ACTIVITY_FILL, FC_ACTIVITY_COUNT };

/* How a GPU kernel was launched. */
struct fc_launch {
	uint32_t grid[3], block[3];
	uint32_t registers;		/* per thread */
	uint32_t shared_bytes;		/* static and dynamic, per block */
};

/* One kernel, copy or memset, as executed. */
struct fc_record {
	enum fc_pass pass;
	uint32_t iteration;	/* counts both passes together, from 0 */
	int step;		/* index of the executed step in its program; -1: not attributed */
	const char *kernel;	/* borrowed for the call */
	int64_t start_ns, end_ns;
	int stream;
	enum fc_activity activity;
	const struct fc_launch *launch;	/* borrowed for the call; NULL: not a GPU kernel */
};

/* What can be wrong with records; any of it makes the run suspect. */
#define FC_ANOMALIES(X)                                                                                \
	X(BACKWARDS, "the clock went backwards")                                                       \
	X(OUTSIDE, "a record lies outside of the iteration that it belongs to")                        \
	X(OVERLAP, "two records of one stream overlap")                                                \
	X(UNATTRIBUTED, "time that belongs to no step")                                                \
	X(MISSING, "a step without a record")                                                          \
	X(UNKNOWN, "a record of an iteration or a step that never ran")                                \
	X(DROPPED, "records were lost")                                                                \
	X(UNSTAMPED, "a record without times")                                                         \
	X(ACAUSAL, "a kernel began before it was launched")                                            \
	X(UNREADABLE, "a buffer of records could not be read to its end")

enum fc_anomaly {
#define X(upper, text) FC_ANOMALY_##upper,
	FC_ANOMALIES(X)
#undef X
	FC_ANOMALY_COUNT
};

struct fc_recorder;
/* Both may be called from any thread at any time. */
void fc_recorder_add(struct fc_recorder *recorder, const struct fc_record *record);
/* `count` times; iteration UINT32_MAX: not known in which. */
void fc_recorder_note(struct fc_recorder *recorder, enum fc_anomaly anomaly, uint64_t count, uint32_t iteration);

struct fc_executed_step;

struct fc_probe {
	const struct fc_probe_kind *kind;
	struct fc_recorder *recorder;	/* borrowed; set between open() and the first iteration */
	void *impl;
};

/*
 * What iteration() names between iterations: uploads and collections, which are no part of any. Their records may carry it
 * as iteration number (the step is then -1): their time is added up apart. A probe may as well leave them out.
 */
#define FC_PROBE_NO_ITERATION UINT32_MAX

/* The step that enter() names around the replay of a captured iteration: all of its kernels, each by its own node. */
#define FC_PROBE_REPLAY (-1)

struct fc_probe_kind {
	const char *name;	/* "clock" */
	const char *summary;
	const char *device;	/* "cpu", "cuda", "any": where it can measure */
	bool measures;		/* records are to be expected */
	bool intrusive;		/* measuring costs time: a run without it beside this one tells how much */
	/* Before the device is opened: a GPU's tracer must be there before the first call to the GPU. recorder is NULL. */
	int (*open)(struct fc_probe *probe, struct fc_error *err);
	void (*close)(struct fc_probe *probe);
	/* The clock that its records are on, in nanoseconds: the wall time of iterations is read from it. */
	int64_t (*now)(struct fc_probe *probe);
	void (*iteration)(struct fc_probe *probe, enum fc_pass pass, uint32_t iteration);
	/*
	 * Optional. Between true and false steps are captured for later replays instead of executed: what is created while a
	 * step is open belongs to that step in every replay. Where a probe that measures has no such function, nothing is
	 * replayed: every iteration runs step by step.
	 */
	void (*capture)(struct fc_probe *probe, enum fc_pass pass, bool begin);
	/*
	 * index FC_PROBE_REPLAY: step is NULL, flops 0. flops: of everything that the step covers (the fake probe turns them
	 * into time).
	 */
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
