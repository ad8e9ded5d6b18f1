/*
 * The monotonic clock before and after every step, for backends whose steps are done when they return: there is nothing to
 * see in a replay. What a pair of readings costs is measured when the probe is opened.
 */
#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/executor.h"
#include "probes.h"

struct clock_probe {
	struct fc_record record;
	double pair_s;
};

/* The least of many: what reading the clock costs when nothing disturbs. */
static double measure_pair(void)
{
	int64_t least = INT64_MAX;

	for (int i = 0; i < 200; i++) {
		const int64_t start = probe_monotonic_ns();

		for (int k = 0; k < 10; k++)
			probe_monotonic_ns();
		const int64_t taken = probe_monotonic_ns() - start;

		least = taken < least ? taken : least;
	}
	return (double)least / 5.5 / 1e9;
}

static int clock_open(struct fc_probe *probe, struct fc_error *err)
{
	struct clock_probe *const clock = fc_calloc(1, sizeof(*clock));

	(void)err;
	clock->pair_s = measure_pair();
	probe->impl = clock;
	return 0;
}

static void clock_close(struct fc_probe *probe)
{
	free(probe->impl);
}

static int64_t clock_now(struct fc_probe *probe)
{
	(void)probe;
	return probe_monotonic_ns();
}

static void clock_iteration(struct fc_probe *probe, enum fc_pass pass, uint32_t iteration)
{
	struct clock_probe *const clock = probe->impl;

	clock->record.pass = pass;
	clock->record.iteration = iteration;
}

static void clock_enter(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	struct clock_probe *const clock = probe->impl;

	(void)flops;
	clock->record.step = index;
	clock->record.kernel = step->kernel;
	clock->record.start_ns = probe_monotonic_ns();
}

static void clock_leave(struct fc_probe *probe)
{
	struct clock_probe *const clock = probe->impl;

	clock->record.end_ns = probe_monotonic_ns();
	fc_recorder_add(probe->recorder, &clock->record);
}

static int clock_drain(struct fc_probe *probe, struct fc_error *err)
{
	(void)probe;
	(void)err;
	return 0;
}

static void clock_describe(struct fc_probe *probe, struct fc_json *json)
{
	const struct clock_probe *const clock = probe->impl;
	struct timespec resolution = { .tv_nsec = 0 };

	clock_getres(CLOCK_MONOTONIC, &resolution);
	fc_json_text(json, "clock", "CLOCK_MONOTONIC");
	fc_json_number(json, "resolution_s", (double)resolution.tv_sec + (double)resolution.tv_nsec / 1e9);
	fc_json_number(json, "overhead_per_step_s", clock->pair_s);
}

const struct fc_probe_kind fc_probe_clock = {
	.name = "clock",
	.summary = "the monotonic clock around every step of a synchronous backend",
	.device = "cpu",
	.measures = true,
	.open = clock_open,
	.close = clock_close,
	.now = clock_now,
	.iteration = clock_iteration,
	.enter = clock_enter,
	.leave = clock_leave,
	.drain = clock_drain,
	.describe = clock_describe,
};
