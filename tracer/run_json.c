/* run.json: what a run was, on what, and whether it can be believed. Its members are listed in flopclock/run.h. */
#include <math.h>

#include "flopclock/file.h"
#include "flopclock/version.h"
#include "environment.h"
#include "run_write.h"

static void add_time(struct fc_json *json, const char *key, time_t when)
{
	char text[32];
	struct tm utc;

	gmtime_r(&when, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fc_json_text(json, key, text);
}

static void add_anomalies(struct fc_json *json, const struct run_record *record)
{
	fc_json_array(json, "anomalies");
	for (enum fc_anomaly a = 0; a < FC_ANOMALY_COUNT; a++) {
		const char *const text = recorder_anomaly(record->recorder, a);

		if (text)
			fc_json_text(json, NULL, text);
	}
	fc_json_end_array(json);
}

static bool is_suspect(const struct run_record *record)
{
	for (enum fc_anomaly a = 0; a < FC_ANOMALY_COUNT; a++)
		if (recorder_anomaly(record->recorder, a))
			return true;
	return false;
}

/* Forward, per image: what the network answers with, so without auxiliary heads. Zero where a total does not fit. */
static void add_model(struct fc_json *json, const struct run_record *record)
{
	const struct fc_graph *const graph = record->graph;
	const struct fc_cost_table *const costs = &record->network->costs;
	uint64_t macs = 0;

	for (int i = 0; i < costs->count; i++)
		if (costs->costs[i].step.phase == FC_PHASE_FORWARD &&
		    !graph->nodes[costs->costs[i].step.node].train_only)
			macs += costs->costs[i].macs;
	macs /= (uint64_t)graph->batch;
	fc_json_object(json, "model");
	fc_json_text(json, "name", graph->name);
	fc_json_text(json, "path", graph->path);
	fc_json_text(json, "settings", graph->settings ? graph->settings : "");
	fc_json_text(json, "digest", graph->digest);
	fc_json_u64(json, "layers", (uint64_t)graph->node_count - 1);
	fc_json_u64(json, "params", costs->params);
	fc_json_u64(json, "macs", macs);
	fc_json_u64(json, "flops", 2 * macs);
	fc_json_end_object(json);
}

static void add_configuration(struct fc_json *json, const struct run_record *record)
{
	const struct fc_trainer_config *const config = record->config;
	const struct fc_shape in = record->graph->nodes[0].shape;
	struct fc_str input = { 0 };

	fc_str_addf(&input, "%lldx%lldx%lld", (long long)in.c, (long long)in.h, (long long)in.w);
	fc_json_object(json, "configuration");
	fc_json_text(json, "input", input.text);
	fc_json_i64(json, "classes", record->graph->classes);
	fc_json_i64(json, "batch", record->graph->batch);
	fc_json_u64(json, "epochs", config->epochs);
	fc_json_u64(json, "steps", record->steps);
	fc_json_u64(json, "validate_steps", record->validate_steps);
	fc_json_u64(json, "warmup", record->warmup);
	fc_json_text(json, "precision", fc_precision_name(config->device.precision));
	fc_json_bool(json, "deterministic", config->device.deterministic);
	fc_json_bool(json, "autotune", config->device.autotune);
	fc_json_bool(json, "replay", config->backend->stream && !config->no_replay);
	fc_json_u64(json, "seed", config->seed);
	fc_json_text(json, "preset", config->preset ? config->preset : "none");
	fc_json_number(json, "rate", config->sgd.rate);
	fc_json_number(json, "momentum", config->sgd.momentum);
	fc_json_number(json, "weight_decay", config->sgd.weight_decay);
	fc_json_end_object(json);
	fc_str_release(&input);
}

static void add_data(struct fc_json *json, const struct fc_dataset *data)
{
	fc_json_object(json, "data");
	fc_json_text(json, "path", data->path);
	fc_json_i64(json, "train_images", data->train.count);
	fc_json_i64(json, "validate_images", data->validate.count);
	fc_json_text(json, "train_digest", data->train.digest);
	fc_json_text(json, "validate_digest", data->validate.digest);
	fc_json_number(json, "mean", data->mean);
	fc_json_number(json, "deviation", data->deviation);
	fc_json_end_object(json);
}

/* What measuring costs: how much longer the same first steps took than without it. */
static void add_overhead(struct fc_json *json, const struct run_record *record)
{
	const bool any = record->config->untraced_steps > 0;
	const double untraced = any ? record->config->untraced_images_per_s : NAN;
	const double traced = any ? recorder_rate(record->recorder, FC_PASS_TRAIN, record->config->untraced_steps) : NAN;

	fc_json_number(json, "overhead", untraced / traced - 1);
	fc_json_number(json, "untraced_images_per_s", untraced);
	fc_json_number(json, "traced_images_per_s", traced);
}

static void add_machine(struct fc_json *json, const struct run_record *record)
{
	const struct fc_backend *const backend = record->config->backend;

	fc_json_object(json, "device");
	fc_json_text(json, "backend", backend->name);
	fc_json_text(json, "kind", backend->device);
	backend->describe(record->network->device, json);
	fc_json_end_object(json);
	fc_json_object(json, "probe");
	fc_json_text(json, "name", record->probe->kind->name);
	record->probe->kind->describe(record->probe, json);
	add_overhead(json, record);
	fc_json_end_object(json);
	fc_json_object(json, "host");
	environment_describe(json, record->preemptions_per_s);
	fc_json_end_object(json);
}

static void add_memory(struct fc_json *json, const struct run_record *record)
{
	static const char *const names[FC_ROLE_COUNT] = {
#define X(upper, lower) [FC_ROLE_##upper] = #lower "_bytes",
		FC_ROLES(X)
#undef X
	};
	uint64_t bytes[FC_ROLE_COUNT], total;

	fc_network_memory(record->network, bytes, &total);
	fc_json_object(json, "memory");
	fc_json_u64(json, "announced_bytes", record->announced_bytes);
	fc_json_u64(json, "allocated_bytes", total);
	fc_json_u64(json, "peak_bytes", record->peak_bytes);
	for (int role = 0; role < FC_ROLE_COUNT; role++)
		fc_json_u64(json, names[role], bytes[role]);
	fc_json_end_object(json);
}

bool run_json_text(const struct run_record *record, struct fc_str *out)
{
	const bool suspect = is_suspect(record);
	struct fc_json json = { .depth = 0 };

	fc_json_object(&json, NULL);
	fc_json_u64(&json, "schema", FC_RUN_SCHEMA);
	fc_json_text(&json, "program", "flopclock");
	fc_json_text(&json, "version", FC_VERSION);
	fc_json_text(&json, "status", suspect ? "suspect" : "complete");
	add_anomalies(&json, record);
	fc_json_array(&json, "command");
	for (int i = 0; i < record->config->argc; i++)
		fc_json_text(&json, NULL, record->config->argv[i]);
	fc_json_end_array(&json);
	add_time(&json, "started", record->started);
	add_time(&json, "finished", record->finished);
	add_model(&json, record);
	add_configuration(&json, record);
	add_data(&json, record->config->dataset);
	add_machine(&json, record);
	add_memory(&json, record);
	run_json_plans(&json, record);
	run_json_totals(&json, record);
	fc_json_end_object(&json);
	*out = json.out;
	return suspect;
}
