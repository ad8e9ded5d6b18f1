/*
 * The state of a device while it works (clocks, temperature, power, what slows it down), sampled by a thread of its own.
 * Where the samples come from is a small table: NVML (state_nvml.c), or values that a test invents.
 */
#ifndef FLOPCLOCK_CUDA_STATE_H
#define FLOPCLOCK_CUDA_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/error.h"
#include "flopclock/json.h"

/* Metric, its name in run.json, one more than the largest value that is told apart, units per 1 of the name. */
#define STATE_METRICS(X)                                                \
	X(SM_CLOCK, "sm_clock_mhz", 8192, 1)                            \
	X(MEMORY_CLOCK, "memory_clock_mhz", 16384, 1)                   \
	X(TEMPERATURE, "temperature_c", 256, 1)                         \
	X(POWER, "power_w", 40960, 10)

enum state_metric {
#define X(upper, name, values, scale) STATE_##upper,
	STATE_METRICS(X)
#undef X
	STATE_METRIC_COUNT
};

/*
 * Reasons why clocks are not as high as they could be: bit, name, whether it means that the device is slowed down (and not
 * merely idle, or set so). Source of the bits: NVIDIA's NVML API reference, nvmlClocksEventReasons.
 */
#define STATE_REASONS(X)                                                \
	X(0x001, "idle", false)                                         \
	X(0x002, "application_clocks", false)                           \
	X(0x004, "power_cap", true)                                     \
	X(0x008, "hardware_slowdown", true)                             \
	X(0x010, "sync_boost", false)                                   \
	X(0x020, "software_thermal", true)                              \
	X(0x040, "hardware_thermal", true)                              \
	X(0x080, "power_brake", true)                                   \
	X(0x100, "display_clocks", false)

#define STATE_IDLE 0x001u

struct state_sample {
	unsigned valid;				/* a bit 1 << enum state_metric each */
	unsigned value[STATE_METRIC_COUNT];	/* in the metric's units */
	bool has_reasons;
	uint64_t reasons;
};

/* Exact order statistics in bounded memory: how often each value came. Zero-initialised is empty. */
struct state_statistics {
	uint32_t *counts[STATE_METRIC_COUNT];
	uint64_t samples, idle;		/* idle ones count in neither clocks nor power nor temperature */
	uint64_t reasons;		/* of all samples that were not idle, together */
	bool has_reasons;
};

struct state_range {
	double min, median, max;	/* NaN: no sample had a value */
};

void state_add(struct state_statistics *statistics, const struct state_sample *sample);
struct state_range state_range(const struct state_statistics *statistics, enum state_metric metric);
bool state_is_throttled(const struct state_statistics *statistics);
void state_describe(const struct state_statistics *statistics, struct fc_json *json);
void state_release(struct state_statistics *statistics);

struct state_source {
	void *impl;
	/* Fills what it can; called from the sampler's thread only. */
	void (*read)(void *impl, struct state_sample *sample);
	void (*close)(void *impl);
};

struct state_sampler;

/* Samples at once and then every period, until it is stopped. Owns the source, also when it fails. */
int state_sampler_start(const struct state_source *source, int period_ms, struct state_sampler **sampler,
			struct fc_error *err);
void state_sampler_stop(struct state_sampler *sampler);
/* Members "samples", "sm_clock_mhz" ... of what came so far. */
void state_sampler_describe(struct state_sampler *sampler, struct fc_json *json);
struct state_range state_sampler_range(struct state_sampler *sampler, enum state_metric metric);

#endif
