/*
 * A probe as a GPU's tracer is one: its records come when they are asked for, from another thread and in no order; a step
 * launches kernels, and the first and last ones copy and clear; a replay launches what was captured. The device has a clock
 * of its own pace: it runs behind the host, and the host waits for it whenever it reads the time. All times are invented
 * and exact.
 */
#ifndef TESTS_LATE_PROBE_H
#define TESTS_LATE_PROBE_H

#include <pthread.h>
#include <stdlib.h>

#include "flopclock/executor.h"
#include "flopclock/random.h"

enum {
	LATE_GAP_NS = 20,	/* between two kernels */
	LATE_COPY_NS = 300,	/* in front of step 0, */
	LATE_EXPOSED_NS = 200,	/* of it before the kernel begins */
	LATE_FILL_NS = 50,	/* behind the last step */
	LATE_STRAY_NS = 90,
	LATE_OUTSIDE_NS = 70,
};

struct late_list {
	int *steps;		/* -1: advance, which is a second entry of step 0 */
	size_t count, room;
};

struct late_probe {
	int64_t host_ns, device_ns;
	enum fc_pass pass;
	uint32_t iteration;
	bool capturing, stray;	/* stray: every replay has a kernel that belongs to no step */
	int entered;
	struct late_list captured[FC_PASS_COUNT];
	struct fc_record *records;
	size_t count, room;
	struct fc_recorder *recorder;
};

static inline int64_t late_kernel_ns(int step)
{
	return 500 + 100 * (step % 7);
}

static inline int late_open(struct fc_probe *probe, struct fc_error *err)
{
	struct late_probe *const late = calloc(1, sizeof(*late));

	(void)err;
	late->host_ns = late->device_ns = 1000000;
	probe->impl = late;
	return 0;
}

static inline void late_close(struct fc_probe *probe)
{
	struct late_probe *const late = probe->impl;

	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		free(late->captured[pass].steps);
	free(late->records);
	free(late);
}

/* Whoever reads the time has waited for the device. */
static inline int64_t late_now(struct fc_probe *probe)
{
	struct late_probe *const late = probe->impl;

	if (late->device_ns > late->host_ns)
		late->host_ns = late->device_ns;
	late->host_ns += 10;
	return late->host_ns;
}

/* From `from` on, as long as it takes. */
static inline void late_record(struct late_probe *late, int step, enum fc_activity activity, int64_t from, int64_t ns)
{
	static const char *const names[FC_ACTIVITY_COUNT] = { "kernel", "copy", "fill" };

	if (late->count == late->room) {
		late->room = late->room ? 2 * late->room : 256;
		late->records = realloc(late->records, late->room * sizeof(*late->records));
	}
	late->records[late->count++] = (struct fc_record){
		.pass = late->pass, .iteration = late->iteration, .step = step, .kernel = names[activity],
		.start_ns = from, .end_ns = from + ns, .stream = activity == FC_ACTIVITY_COPY ? 9 : 7,
		.activity = activity };
	if (from + ns > late->device_ns)
		late->device_ns = from + ns;
}

static inline int64_t late_start(const struct late_probe *late)
{
	return (late->device_ns > late->host_ns ? late->device_ns : late->host_ns) + LATE_GAP_NS;
}

static inline void late_execute(struct late_probe *late, int step)
{
	const int64_t start = late_start(late);

	if (step == 0) {
		late_record(late, step, FC_ACTIVITY_COPY, start, LATE_COPY_NS);
		late_record(late, step, FC_ACTIVITY_KERNEL, start + LATE_EXPOSED_NS, late_kernel_ns(step));
	} else if (step > 0) {
		late_record(late, step, FC_ACTIVITY_KERNEL, start, late_kernel_ns(step));
	} else {
		late_record(late, 0, FC_ACTIVITY_FILL, start, LATE_FILL_NS);
	}
}

static inline void late_iteration(struct fc_probe *probe, enum fc_pass pass, uint32_t iteration)
{
	struct late_probe *const late = probe->impl;

	late->pass = pass;
	late->iteration = iteration;
	late->entered = -1;
	if (iteration == FC_PROBE_NO_ITERATION)
		late_record(late, -1, FC_ACTIVITY_COPY, late_start(late), LATE_OUTSIDE_NS);
}

static inline void late_capture(struct fc_probe *probe, enum fc_pass pass, bool begin)
{
	struct late_probe *const late = probe->impl;

	late->capturing = begin;
	late->entered = -1;
	if (begin)
		late->captured[pass].count = 0;
}

/* Step 0 comes first, and once more when all the others are done. */
static inline void late_enter(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	struct late_probe *const late = probe->impl;
	const bool again = index == 0 && late->entered > 0;

	(void)step;
	(void)flops;
	late->host_ns += 40;
	late->entered = index;
	if (index == FC_PROBE_REPLAY) {
		const struct late_list *const list = &late->captured[late->pass];

		for (size_t i = 0; i < list->count; i++)
			late_execute(late, list->steps[i]);
		if (late->stray)
			late_record(late, -1, FC_ACTIVITY_KERNEL, late_start(late), LATE_STRAY_NS);
	} else if (late->capturing) {
		struct late_list *const list = &late->captured[late->pass];

		if (list->count == list->room) {
			list->room = list->room ? 2 * list->room : 64;
			list->steps = realloc(list->steps, list->room * sizeof(*list->steps));
		}
		list->steps[list->count++] = again ? -1 : index;
	} else {
		late_execute(late, again ? -1 : index);
	}
}

static inline void late_leave(struct fc_probe *probe)
{
	(void)probe;
}

static inline void *late_deliver(void *argument)
{
	static const struct fc_launch launch = { { 12, 3, 1 }, { 128, 1, 1 }, 40, 2048 };
	struct late_probe *const late = argument;

	for (size_t i = late->count; i > 0; i--) {
		uint32_t word[4];
		struct fc_record record;
		size_t at;

		fc_philox(1, 2, i, word);
		at = word[0] % i;
		record = late->records[at];
		late->records[at] = late->records[i - 1];
		record.launch = record.activity == FC_ACTIVITY_KERNEL ? &launch : NULL;
		fc_recorder_add(late->recorder, &record);
	}
	late->count = 0;
	return NULL;
}

static inline int late_drain(struct fc_probe *probe, struct fc_error *err)
{
	struct late_probe *const late = probe->impl;
	pthread_t thread;

	late->recorder = probe->recorder;
	if (pthread_create(&thread, NULL, late_deliver, late))
		return fc_fail(err, "no thread");
	pthread_join(thread, NULL);
	return 0;
}

static inline void late_describe(struct fc_probe *probe, struct fc_json *json)
{
	(void)probe;
	fc_json_text(json, "clock", "late");
}

static const struct fc_probe_kind late_kind = {
	.name = "late",
	.summary = "invented times that come late",
	.device = "any",
	.measures = true,
	.open = late_open,
	.close = late_close,
	.now = late_now,
	.iteration = late_iteration,
	.capture = late_capture,
	.enter = late_enter,
	.leave = late_leave,
	.drain = late_drain,
	.describe = late_describe,
};

#endif
