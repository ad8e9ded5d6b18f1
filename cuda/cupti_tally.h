/* What a run of the probe counts beside the records that it hands on: what run.json says about how it was measured. */
#ifndef FLOPCLOCK_CUDA_CUPTI_TALLY_H
#define FLOPCLOCK_CUDA_CUPTI_TALLY_H

#include "flopclock/json.h"
#include "flopclock/probe.h"
#include "cupti_sample.h"

/* Kinds of records with a row in cupti_kinds[], and one for all others. */
#define CUPTI_KINDS 12

/* A gap is the launch's where the device had its work in time and yet waited less than this. */
#define CUPTI_LAUNCH_GAP_NS 10000

struct cupti_span {
	uint64_t count;
	int64_t ns;
};

/* Why the device was idle between two activities of iterations. */
#define CUPTI_GAPS(X)                                                                                                \
	X(HOST, host_bound) /* the host came too late: the call began after the device had become idle */            \
	X(LAUNCH, launch)   /* the work was there, the pause is a launch's */                                        \
	X(OTHER, other)	    /* the work was there, and the device waited for something else */

enum cupti_gap {
#define X(upper, lower) CUPTI_GAP_##upper,
	CUPTI_GAPS(X)
#undef X
		CUPTI_GAP_COUNT
};

/* Whose the overhead is that CUPTI reports: the program has it without a profiler too, or not. */
enum cupti_overhead { CUPTI_OVERHEAD_PROGRAM, CUPTI_OVERHEAD_PROFILER, CUPTI_OVERHEAD_COUNT };

/* The name in run.json, and what CUPTI's unit is in the name's. */
#define CUPTI_SENSORS(X)                                                                                             \
	X(SM_CLOCK, sm_clock_hz, 1e6)                                                                                \
	X(MEMORY_CLOCK, memory_clock_hz, 1e6)                                                                        \
	X(TEMPERATURE, temperature_c, 1)                                                                             \
	X(POWER, power_w, 1e-3)                                                                                      \
	X(POWER_LIMIT, power_limit_w, 1e-3)

enum cupti_sensor {
#define X(upper, lower, unit) CUPTI_SENSOR_##upper,
	CUPTI_SENSORS(X)
#undef X
		CUPTI_SENSOR_COUNT
};

struct cupti_tally {
	uint64_t buffers, bytes, lost_bytes;
	uint64_t records[CUPTI_KINDS];
	uint64_t anomalies[FC_ANOMALY_COUNT];
	struct cupti_span activities[FC_ACTIVITY_COUNT]; /* of iterations */
	struct cupti_span setup, between;		 /* before the run's first iteration; between iterations */
	uint64_t setup_flawed;
	struct cupti_span stray;   /* during the run, from a thread or a call that names no step */
	uint64_t replayed, missed; /* activities of replays; those whose node belongs to no step */
	uint64_t quantum_ns;	   /* the greatest number that divides all durations; 0: none yet */
	int64_t shortest_ns;	   /* but for 0 */
	struct cupti_sample queue; /* from the end of a call to the start of its first activity */
	uint64_t queue_negative;
	struct cupti_span gaps[CUPTI_GAP_COUNT];
	struct cupti_span overhead[CUPTI_OVERHEAD_COUNT], waits, compilations;
	struct cupti_sample sensors[CUPTI_SENSOR_COUNT]; /* in CUPTI's units */
	uint32_t throttled;				 /* CUpti_EnvironmentClocksThrottleReason, all together */
};

static inline void cupti_span_add(struct cupti_span *span, int64_t ns)
{
	span->count++;
	span->ns += ns;
}

void cupti_tally_describe(struct cupti_tally *tally, struct fc_json *json);
/* Back to nothing. */
void cupti_tally_release(struct cupti_tally *tally);

#endif
