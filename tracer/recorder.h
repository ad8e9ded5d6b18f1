/*
 * Where records come together: sums per iteration, times per step, times per kernel.
 *
 * Records wait until recorder_flush(), which is called when the probe has delivered all of them; then they are sorted
 * by time, checked against the iteration they belong to, and added up. What is strange about them is counted by kind:
 * any anomaly makes the run suspect.
 */
#ifndef FLOPCLOCK_TRACER_RECORDER_H
#define FLOPCLOCK_TRACER_RECORDER_H

#include "flopclock/executor.h"
#include "samples.h"

struct timeline;

/* Kinds of anomalies, with the sentence that says so: %llu times, first in iteration %u. */
#define RECORDER_ANOMALIES(X)                                                                          \
	X(BACKWARDS, "the clock went backwards")                                                       \
	X(OUTSIDE, "a record lies outside of the iteration that it belongs to")                        \
	X(OVERLAP, "two records of one stream overlap")                                                \
	X(UNATTRIBUTED, "time that belongs to no step")                                                \
	X(MISSING, "a step without a record")                                                          \
	X(UNKNOWN, "a record of an iteration or a step that never ran")

enum recorder_anomaly {
#define X(upper, text) RECORDER_##upper,
	RECORDER_ANOMALIES(X)
#undef X
	RECORDER_ANOMALY_COUNT
};

struct recorder_iteration {
	enum fc_pass pass;
	uint64_t epoch;			/* from 1 */
	bool measured;			/* false: warm-up */
	int64_t images, correct;
	double loss;			/* mean of the batch, head 0 */
	int64_t start_ns, end_ns;
	int64_t kernel_ns, busy_ns;	/* sum of the records; union of them */
	int64_t unattributed_ns;
};

struct recorder_kernel {
	const char *name;
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
	int step, kernel, stream;
	int64_t start_ns, end_ns;
};

struct fc_recorder {
	struct fc_arena arena;
	const struct fc_network *network;	/* borrowed */
	bool expects;				/* the probe measures: a step without a record is an anomaly */
	struct timeline *timeline;		/* borrowed, or NULL */
	struct recorder_iteration *iterations;
	uint32_t iteration_count, iteration_room, flushed;
	struct recorder_pending *pending;
	size_t pending_count, pending_room;
	int step_count[FC_PASS_COUNT];
	struct recorder_step *steps[FC_PASS_COUNT];
	struct recorder_kernel *kernels;
	int kernel_count, kernel_room;
	/* Per step of the iteration that is being added up. */
	int64_t *step_ns, *step_end;
	struct {
		uint64_t count;
		uint32_t first;
	} anomalies[RECORDER_ANOMALY_COUNT];
};

/* Measured iterations of a pass added up; iterations counts all. */
struct recorder_totals {
	uint64_t iterations, measured, images;
	int64_t wall_ns, kernel_ns, busy_ns, idle_ns, unattributed_ns;
};

struct fc_recorder *recorder_open(const struct fc_network *network, bool expects, struct timeline *timeline);
void recorder_close(struct fc_recorder *recorder);

/* The number of the iteration that begins. */
uint32_t recorder_begin(struct fc_recorder *recorder, enum fc_pass pass, uint64_t epoch, bool measured,
			int64_t now_ns);
/* The running iteration, to be filled with what came of it. */
struct recorder_iteration *recorder_end(struct fc_recorder *recorder, int64_t now_ns);
/* Enough records wait for it to be time for a flush. */
bool recorder_is_full(const struct fc_recorder *recorder);
void recorder_flush(struct fc_recorder *recorder);

/* epoch 0: all of them. */
void recorder_sum(const struct fc_recorder *recorder, enum fc_pass pass, uint64_t epoch,
		  struct recorder_totals *totals);
/* The sentence of an anomaly that was met, NULL where it was not. */
const char *recorder_anomaly(struct fc_recorder *recorder, enum recorder_anomaly anomaly);

#endif
