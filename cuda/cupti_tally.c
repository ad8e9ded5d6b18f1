#include "cupti_tally.h"

#include <string.h>

#include "cupti_decode.h"

static void describe_span(struct fc_json *json, const char *key, const struct cupti_span *span)
{
	fc_json_object(json, key);
	fc_json_u64(json, "count", span->count);
	fc_json_number(json, "time_s", (double)span->ns / 1e9);
	fc_json_end_object(json);
}

static void describe_records(const struct cupti_tally *tally, struct fc_json *json)
{
	fc_json_object(json, "records");
	for (int row = 0; row < cupti_kind_count; row++)
		fc_json_u64(json, cupti_kinds[row].name, tally->records[row]);
	fc_json_u64(json, "other", tally->records[cupti_kind_count]);
	fc_json_end_object(json);
}

static void describe_activities(const struct cupti_tally *tally, struct fc_json *json)
{
	static const char *const names[FC_ACTIVITY_COUNT] = {
		[FC_ACTIVITY_KERNEL] = "kernels", [FC_ACTIVITY_COPY] = "copies", [FC_ACTIVITY_FILL] = "memsets"
	};

	for (int a = 0; a < FC_ACTIVITY_COUNT; a++)
		describe_span(json, names[a], &tally->activities[a]);
	describe_span(json, "setup", &tally->setup);
	fc_json_u64(json, "setup_flawed", tally->setup_flawed);
	describe_span(json, "between_iterations", &tally->between);
	describe_span(json, "astray", &tally->stray);
	fc_json_u64(json, "replayed", tally->replayed);
	fc_json_u64(json, "replayed_without_step", tally->missed);
}

static void describe_anomalies(const struct cupti_tally *tally, struct fc_json *json)
{
	fc_json_object(json, "flawed");
	fc_json_u64(json, "dropped", tally->anomalies[FC_ANOMALY_DROPPED]);
	fc_json_u64(json, "unstamped", tally->anomalies[FC_ANOMALY_UNSTAMPED]);
	fc_json_u64(json, "backwards", tally->anomalies[FC_ANOMALY_BACKWARDS]);
	fc_json_u64(json, "acausal", tally->anomalies[FC_ANOMALY_ACAUSAL]);
	fc_json_u64(json, "unreadable_buffers", tally->anomalies[FC_ANOMALY_UNREADABLE]);
	fc_json_u64(json, "unreadable_bytes", tally->lost_bytes);
	fc_json_end_object(json);
}

/* What is not known is null. */
static void describe_queue(struct cupti_tally *tally, struct fc_json *json)
{
	struct cupti_sample *const queue = &tally->queue;

	fc_json_object(json, "queue");
	fc_json_u64(json, "calls", queue->count);
	fc_json_u64(json, "negative", tally->queue_negative);
	fc_json_number(json, "least_s", queue->count ? (double)queue->least / 1e9 : cupti_sample_quantile(queue, 0));
	fc_json_number(json, "median_s", cupti_sample_quantile(queue, 0.5) / 1e9);
	fc_json_number(json, "p95_s", cupti_sample_quantile(queue, 0.95) / 1e9);
	fc_json_number(json, "p99_s", cupti_sample_quantile(queue, 0.99) / 1e9);
	fc_json_end_object(json);
}

static void describe_gaps(const struct cupti_tally *tally, struct fc_json *json)
{
	static const char *const names[CUPTI_GAP_COUNT] = {
#define X(upper, lower) [CUPTI_GAP_##upper] = #lower,
		CUPTI_GAPS(X)
#undef X
	};

	fc_json_object(json, "gaps");
	fc_json_number(json, "launch_below_s", CUPTI_LAUNCH_GAP_NS / 1e9);
	for (int g = 0; g < CUPTI_GAP_COUNT; g++)
		describe_span(json, names[g], &tally->gaps[g]);
	fc_json_end_object(json);
}

static void describe_overhead(const struct cupti_tally *tally, struct fc_json *json)
{
	fc_json_object(json, "reported_overhead");
	describe_span(json, "program", &tally->overhead[CUPTI_OVERHEAD_PROGRAM]);
	describe_span(json, "profiler", &tally->overhead[CUPTI_OVERHEAD_PROFILER]);
	fc_json_end_object(json);
	describe_span(json, "synchronisations", &tally->waits);
	describe_span(json, "compilations", &tally->compilations);
}

static void describe_throttling(uint32_t reasons, struct fc_json *json)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ CUPTI_CLOCKS_THROTTLE_REASON_GPU_IDLE, "idle" },
		{ CUPTI_CLOCKS_THROTTLE_REASON_USER_DEFINED_CLOCKS, "user_defined_clocks" },
		{ CUPTI_CLOCKS_THROTTLE_REASON_SW_POWER_CAP, "software_power_cap" },
		{ CUPTI_CLOCKS_THROTTLE_REASON_HW_SLOWDOWN, "hardware_slowdown" },
		{ CUPTI_CLOCKS_THROTTLE_REASON_UNKNOWN, "unknown" },
		{ CUPTI_CLOCKS_THROTTLE_REASON_UNSUPPORTED, "unsupported" },
	};

	fc_json_array(json, "throttle_reasons");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (reasons & names[i].bit)
			fc_json_text(json, NULL, names[i].name);
	fc_json_end_array(json);
}

/* In SI units; empty where CUPTI told nothing. */
static void describe_sensors(struct cupti_tally *tally, struct fc_json *json)
{
	static const struct {
		const char *name;
		double unit;
	} sensors[CUPTI_SENSOR_COUNT] = {
#define X(upper, lower, unit_) [CUPTI_SENSOR_##upper] = { #lower, unit_ },
		CUPTI_SENSORS(X)
#undef X
	};

	fc_json_object(json, "environment");
	for (int s = 0; s < CUPTI_SENSOR_COUNT; s++) {
		struct cupti_sample *const sample = &tally->sensors[s];

		if (!sample->count)
			continue;
		fc_json_object(json, sensors[s].name);
		fc_json_u64(json, "samples", sample->count);
		fc_json_number(json, "least", (double)sample->least * sensors[s].unit);
		fc_json_number(json, "median", cupti_sample_quantile(sample, 0.5) * sensors[s].unit);
		fc_json_number(json, "most", (double)sample->most * sensors[s].unit);
		fc_json_end_object(json);
	}
	if (tally->sensors[CUPTI_SENSOR_SM_CLOCK].count)
		describe_throttling(tally->throttled, json);
	fc_json_end_object(json);
}

void cupti_tally_describe(struct cupti_tally *tally, struct fc_json *json)
{
	describe_records(tally, json);
	describe_activities(tally, json);
	describe_anomalies(tally, json);
	fc_json_u64(json, "timestamp_quantum_ns", tally->quantum_ns);
	fc_json_i64(json, "shortest_ns", tally->shortest_ns);
	describe_queue(tally, json);
	describe_gaps(tally, json);
	describe_overhead(tally, json);
	describe_sensors(tally, json);
}

void cupti_tally_release(struct cupti_tally *tally)
{
	cupti_sample_release(&tally->queue);
	for (int s = 0; s < CUPTI_SENSOR_COUNT; s++)
		cupti_sample_release(&tally->sensors[s]);
	memset(tally, 0, sizeof(*tally));
}
