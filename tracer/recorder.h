/*
 * Where records come together: sums per iteration, times per step, times per kernel.
 *
 * Records wait until recorder_flush(), which is called when the probe has delivered all of them; then they are sorted
 * by time, checked against the iteration they belong to, and added up. What is strange about them is counted by kind:
 * any anomaly makes the run suspect. Time that belongs to no step is kept as a step of its own, the remainder.
 *
 * recorder.c (what comes in), recorder_flush.c (adding up), recorder_sum.c (what comes out). Records and anomalies may
 * come from any thread; everything else is called from the one that trains.
 */
#ifndef FLOPCLOCK_TRACER_RECORDER_H
#define FLOPCLOCK_TRACER_RECORDER_H

#include <pthread.h>

#include "flopclock/executor.h"
#include "flopclock/str.h"
#include "samples.h"

struct timeline;

struct recorder_iteration {
	enum fc_pass pass;
	uint64_t epoch;			/* from 1 */
	bool measured;			/* false: warm-up */
	int64_t images, correct;
	double loss;			/* mean of the batch, head 0 */
	int64_t start_ns, end_ns;
	int64_t kernel_ns;		/* sum of the kernels */
	int64_t busy_ns;		/* union of all records */
	int64_t idle_ns;		/* the gaps between them, added up one by one */
	int64_t copy_exposed_ns;	/* copying while no kernel ran */
	int64_t step_ns;		/* sum over the steps, remainder included, of the union of each one's records */
	int64_t unattributed_ns;	/* the remainder's part of that */
	uint32_t activities[FC_ACTIVITY_COUNT];
};

/* A kernel by its name and its launch, within a step. */
struct recorder_kernel {
	const char *name;
	bool launched;
	struct fc_launch launch;	/* zero where it is not known */
	int next;			/* of the same step, -1 */
	struct samples samples;		/* per record */
};

struct recorder_step {
	struct samples samples;		/* per measured iteration: union of its records */
	uint64_t records;
	int first_kernel;		/* in recorder->kernels, -1 */
};

struct recorder_pending {
	uint32_t iteration;
	int step, kernel, stream;	/* step: step_count of the pass is the remainder */
	enum fc_activity activity;
	int64_t start_ns, end_ns;
};

/* Time covered so far by intervals that come in the order of their beginnings. */
struct recorder_cover {
	int64_t until_ns, total_ns;	/* until INT64_MIN: there was none */
};

struct fc_recorder {
	struct fc_arena arena;
	const struct fc_network *network;	/* borrowed */
	bool expects;				/* the probe measures: a step without a record is an anomaly */
	/*
	 * Of one stream no two records may overlap. A GPU may begin a kernel while the one before it ends (programmatic
	 * launches): there the overlap is only added up.
	 */
	bool serial;
	struct timeline *timeline;		/* borrowed, or NULL */
	pthread_mutex_t lock;
	struct recorder_iteration *iterations;
	uint32_t iteration_count, iteration_room, flushed;
	struct recorder_pending *pending;
	size_t pending_count, pending_room;
	int step_count[FC_PASS_COUNT];
	struct recorder_step *steps[FC_PASS_COUNT];	/* step_count and one more: the remainder */
	struct recorder_kernel *kernels;
	int kernel_count, kernel_room;
	struct recorder_cover *covers;		/* per step of the iteration that is being added up */
	struct {
		uint64_t count;
		uint32_t first;			/* iteration, UINT32_MAX: not known */
	} anomalies[FC_ANOMALY_COUNT];
	/* What ran between iterations: how many records, how long they took together. */
	uint64_t outside;
	int64_t outside_ns;
};

/* Measured iterations of a pass added up; iterations counts all. */
struct recorder_totals {
	uint64_t iterations, measured, images;
	int64_t wall_ns, kernel_ns, busy_ns, idle_ns, copy_exposed_ns, unattributed_ns;
	int64_t overlap_ns;		/* by how much the times of the steps exceed the time in which any of them ran */
	uint64_t activities[FC_ACTIVITY_COUNT];
};

struct fc_recorder *recorder_open(const struct fc_network *network, bool expects, struct timeline *timeline);
void recorder_close(struct fc_recorder *recorder);

/* The number of the iteration that begins. */
uint32_t recorder_begin(struct fc_recorder *recorder, enum fc_pass pass, uint64_t epoch, bool measured,
			int64_t now_ns);
/* The running iteration, to be filled with what came of it. */
struct recorder_iteration *recorder_end(struct fc_recorder *recorder, int64_t now_ns);
/*
 * The last `count` iterations ran behind their caller, one after the other, between two moments: each ends with the last
 * of its records, or, where it has none, where the device's own clock says (results[i].end_ns; the last one ended at
 * end_ns). Together they fill the time between the moments exactly. Returns the first of them. Called when their
 * records are there.
 */
struct recorder_iteration *recorder_tile(struct fc_recorder *recorder, uint32_t count, int64_t start_ns,
					 int64_t end_ns, const struct fc_result *results);
/* How many records wait; with as many as this it is time for a flush, so that memory stays small. */
#define RECORDER_FULL 131072u
size_t recorder_waiting(struct fc_recorder *recorder);
void recorder_flush(struct fc_recorder *recorder);

/* epoch 0: all of them. */
void recorder_sum(const struct fc_recorder *recorder, enum fc_pass pass, uint64_t epoch,
		  struct recorder_totals *totals);
/* Images per second of the first `most` measured iterations of a pass, NaN where there are none. */
double recorder_rate(const struct fc_recorder *recorder, enum fc_pass pass, uint64_t most);
/* The sentence of an anomaly that was met, NULL where it was not. */
const char *recorder_anomaly(struct fc_recorder *recorder, enum fc_anomaly anomaly);
/* A grid or a block as text: "128x1x1". */
void recorder_launch_text(const uint32_t size[3], struct fc_str *out);

#endif
