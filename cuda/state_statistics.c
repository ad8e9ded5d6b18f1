#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "flopclock/arena.h"
#include "state.h"

static const struct {
	const char *name;
	unsigned values, scale;
} metrics[STATE_METRIC_COUNT] = {
#define X(upper, label, value_count, units) [STATE_##upper] = {label, value_count, units},
	STATE_METRICS(X)
#undef X
};

static const struct {
	unsigned bit;
	const char *name;
	bool slows;
} reasons[] = {
#define X(mask, label, means_slower) {mask, label, means_slower},
	STATE_REASONS(X)
#undef X
};

#define REASON_COUNT (sizeof(reasons) / sizeof(reasons[0]))

void state_add(struct state_statistics *statistics, const struct state_sample *sample)
{
	statistics->samples++;
	statistics->has_reasons |= sample->has_reasons;
	/* An idle device clocks down: that says nothing about its work. */
	if (sample->has_reasons && sample->reasons & STATE_IDLE) {
		statistics->idle++;
		return;
	}
	if (sample->has_reasons)
		statistics->reasons |= sample->reasons;
	for (int m = 0; m < STATE_METRIC_COUNT; m++) {
		const unsigned last = metrics[m].values - 1;

		if (!(sample->valid & 1u << m))
			continue;
		if (!statistics->counts[m])
			statistics->counts[m] = fc_calloc(metrics[m].values, sizeof(*statistics->counts[m]));
		statistics->counts[m][sample->value[m] < last ? sample->value[m] : last]++;
	}
}

/* The value at `place` of all values in order; the counts hold more than `place`. */
static unsigned value_at(const uint32_t *counts, uint64_t place)
{
	unsigned value = 0;

	while (place >= counts[value])
		place -= counts[value++];
	return value;
}

struct state_range state_range(const struct state_statistics *statistics, enum state_metric metric)
{
	const uint32_t *const counts = statistics->counts[metric];
	const double scale = metrics[metric].scale;
	uint64_t count = 0;

	for (unsigned v = 0; counts && v < metrics[metric].values; v++)
		count += counts[v];
	if (!count)
		return (struct state_range){NAN, NAN, NAN};
	return (struct state_range){
		.min = value_at(counts, 0) / scale,
		.median = (value_at(counts, (count - 1) / 2) + value_at(counts, count / 2)) / 2.0 / scale,
		.max = value_at(counts, count - 1) / scale,
	};
}

bool state_is_throttled(const struct state_statistics *statistics)
{
	for (size_t r = 0; r < REASON_COUNT; r++)
		if (reasons[r].slows && statistics->reasons & reasons[r].bit)
			return true;
	return false;
}

void state_describe(const struct state_statistics *statistics, struct fc_json *json)
{
	fc_json_u64(json, "samples", statistics->samples);
	fc_json_u64(json, "idle_samples", statistics->idle);
	for (int m = 0; m < STATE_METRIC_COUNT; m++) {
		const struct state_range range = state_range(statistics, (enum state_metric)m);

		if (isnan(range.median))
			continue;
		fc_json_object(json, metrics[m].name);
		fc_json_number(json, "min", range.min);
		fc_json_number(json, "median", range.median);
		fc_json_number(json, "max", range.max);
		fc_json_end_object(json);
	}
	if (!statistics->has_reasons)
		return;
	fc_json_bool(json, "throttled", state_is_throttled(statistics));
	fc_json_u64(json, "throttle_bits", statistics->reasons);
	fc_json_array(json, "throttle_reasons");
	for (size_t r = 0; r < REASON_COUNT; r++)
		if (statistics->reasons & reasons[r].bit)
			fc_json_text(json, NULL, reasons[r].name);
	fc_json_end_array(json);
}

void state_release(struct state_statistics *statistics)
{
	for (int m = 0; m < STATE_METRIC_COUNT; m++)
		free(statistics->counts[m]);
	*statistics = (struct state_statistics){.samples = 0};
}
