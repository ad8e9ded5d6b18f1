/* Measures no step: iterations are still timed as a whole, so that the cost of measuring can be seen. */
#include "probes.h"

static int none_open(struct fc_probe *probe, struct fc_error *err)
{
	(void)probe;
	(void)err;
	return 0;
}

static void none_close(struct fc_probe *probe)
{
	(void)probe;
}

static int64_t none_now(struct fc_probe *probe)
{
	(void)probe;
	return probe_monotonic_ns();
}

static void none_iteration(struct fc_probe *probe, enum fc_pass pass, uint32_t iteration)
{
	(void)probe;
	(void)pass;
	(void)iteration;
}

static void none_enter(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	(void)probe;
	(void)index;
	(void)step;
	(void)flops;
}

static void none_leave(struct fc_probe *probe)
{
	(void)probe;
}

static int none_drain(struct fc_probe *probe, struct fc_error *err)
{
	(void)probe;
	(void)err;
	return 0;
}

static void none_describe(struct fc_probe *probe, struct fc_json *json)
{
	(void)probe;
	(void)json;
}

const struct fc_probe_kind fc_probe_none = {
	.name = "none",
	.summary = "no step is measured, only whole iterations",
	.device = "any",
	.measures = false,
	.open = none_open,
	.close = none_close,
	.now = none_now,
	.iteration = none_iteration,
	.enter = none_enter,
	.leave = none_leave,
	.drain = none_drain,
	.describe = none_describe,
};
