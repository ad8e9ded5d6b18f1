/*
 * Exact invented times, on a clock that only this probe moves: the oracle for everything behind the measurement. An
 * iteration begins with PAUSE_NS, every step takes GAP_NS of idleness, then OVERHEAD_NS plus its FLOPs at one
 * TFLOP/s. A replay takes what its steps would have taken, one by one.
 */
#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/executor.h"
#include "probes.h"

#define START_NS INT64_C(1000000000)
#define PAUSE_NS 5000
#define GAP_NS 100
#define OVERHEAD_NS 1000
#define FLOPS_PER_NS 1000

/* A step between enter() and leave(). */
struct entered {
	int step;
	const char *kernel;
	uint64_t flops;
};

/* The steps of a captured iteration, in their order. */
struct captured {
	struct entered *steps;
	size_t count, room;
};

struct fake_probe {
	int64_t now;
	bool capturing;
	struct entered entered;
	struct fc_record record;
	struct captured captured[FC_PASS_COUNT];
};

static int fake_open(struct fc_probe *probe, struct fc_error *err)
{
	struct fake_probe *const fake = fc_calloc(1, sizeof(*fake));

	(void)err;
	fake->now = START_NS;
	probe->impl = fake;
	return 0;
}

static void fake_close(struct fc_probe *probe)
{
	struct fake_probe *const fake = probe->impl;

	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		free(fake->captured[pass].steps);
	free(fake);
}

static int64_t fake_now(struct fc_probe *probe)
{
	return ((struct fake_probe *)probe->impl)->now;
}

static void fake_iteration(struct fc_probe *probe, enum fc_pass pass, uint32_t iteration)
{
	struct fake_probe *const fake = probe->impl;

	fake->record.pass = pass;
	fake->record.iteration = iteration;
	if (iteration != FC_PROBE_NO_ITERATION)
		fake->now += PAUSE_NS;
}

static void fake_capture(struct fc_probe *probe, enum fc_pass pass, bool begin)
{
	struct fake_probe *const fake = probe->impl;

	fake->capturing = begin;
	if (begin)
		fake->captured[pass].count = 0;
}

static void fake_enter(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	struct fake_probe *const fake = probe->impl;

	fake->entered = (struct entered){ index, step ? step->kernel : NULL, flops };
}

static void keep(struct captured *captured, const struct entered *step)
{
	if (captured->count == captured->room) {
		captured->room = captured->room ? 2 * captured->room : 64;
		captured->steps = fc_realloc(captured->steps, captured->room, sizeof(*captured->steps));
	}
	captured->steps[captured->count++] = *step;
}

static void invent(struct fc_probe *probe, const struct entered *step)
{
	struct fake_probe *const fake = probe->impl;

	fake->record.step = step->step;
	fake->record.kernel = step->kernel;
	fake->record.start_ns = fake->now + GAP_NS;
	fake->record.end_ns = fake->record.start_ns + OVERHEAD_NS + (int64_t)(step->flops / FLOPS_PER_NS);
	fake->now = fake->record.end_ns;
	fc_recorder_add(probe->recorder, &fake->record);
}

static void fake_leave(struct fc_probe *probe)
{
	struct fake_probe *const fake = probe->impl;
	struct captured *const captured = &fake->captured[fake->record.pass];

	if (fake->capturing)
		keep(captured, &fake->entered);
	else if (fake->entered.step != FC_PROBE_REPLAY)
		invent(probe, &fake->entered);
	else
		for (size_t i = 0; i < captured->count; i++)
			invent(probe, &captured->steps[i]);
}

static int fake_drain(struct fc_probe *probe, struct fc_error *err)
{
	(void)probe;
	(void)err;
	return 0;
}

static void fake_describe(struct fc_probe *probe, struct fc_json *json)
{
	(void)probe;
	fc_json_text(json, "clock", "invented");
	fc_json_number(json, "overhead_per_step_s", OVERHEAD_NS / 1e9);
	fc_json_number(json, "flops_per_s", FLOPS_PER_NS * 1e9);
}

const struct fc_probe_kind fc_probe_fake = {
	.name = "fake",
	.summary = "exact invented times: for tests of everything behind the measurement",
	.device = "any",
	.measures = true,
	.open = fake_open,
	.close = fake_close,
	.now = fake_now,
	.iteration = fake_iteration,
	.capture = fake_capture,
	.enter = fake_enter,
	.leave = fake_leave,
	.drain = fake_drain,
	.describe = fake_describe,
};
