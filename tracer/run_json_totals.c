/* The parts of run.json that add up: how each step was computed, where the time went, and whether it closes. */
#include <math.h>

#include "run_write.h"

/* -------- plans -------- */

/* Writes nothing at all where the backend has nothing to tell. */
static void add_plan(struct fc_json *json, const struct run_record *record, enum fc_pass pass, int index)
{
	const struct fc_backend *const backend = record->config->backend;
	const struct executed *const e = &record->network->programs[pass].steps[index];
	const struct fc_node *const node = &record->graph->nodes[e->step.step.node];
	const struct fc_json before = *json;

	if (!e->layer)
		return;
	fc_json_object(json, NULL);
	fc_json_text(json, "pass", fc_pass_name(pass));
	fc_json_text(json, "layer", node->name);
	fc_json_text(json, "op", fc_op_name(node->op));
	fc_json_text(json, "phase", fc_phase_name(e->step.step.phase));
	if (backend->plan(record->network->device, e->layer, e->step.step.phase, json)) {
		fc_json_end_object(json);
		return;
	}
	/* Taken back: the text may have moved meanwhile. */
	json->depth = before.depth;
	json->has_items = before.has_items;
	json->out.length = before.out.length;
	json->out.text[json->out.length] = 0;
}

void run_json_plans(struct fc_json *json, const struct run_record *record)
{
	fc_json_array(json, "plans");
	for (enum fc_pass pass = 0; record->config->backend->plan && pass < FC_PASS_COUNT; pass++)
		for (int i = 0; i < fc_network_step_count(record->network, pass); i++)
			add_plan(json, record, pass, i);
	fc_json_end_array(json);
}

/* -------- totals -------- */

static void add_totals_of(struct fc_json *json, const char *key, const struct recorder_totals *t, bool measures)
{
	const struct {
		const char *name;
		int64_t ns;
	} times[] = {
		{ "kernel_sum_s", t->kernel_ns }, { "device_busy_s", t->busy_ns },
		{ "idle_s", t->idle_ns }, { "copy_exposed_s", t->copy_exposed_ns },
		{ "overlap_s", t->overlap_ns }, { "unattributed_s", t->unattributed_ns },
	};

	fc_json_object(json, key);
	fc_json_u64(json, "iterations", t->iterations);
	fc_json_u64(json, "measured_iterations", t->measured);
	fc_json_u64(json, "images", t->images);
	fc_json_number(json, "wall_s", (double)t->wall_ns / 1e9);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
		fc_json_number(json, times[i].name, measures ? (double)times[i].ns / 1e9 : NAN);
	fc_json_u64(json, "kernels", t->activities[FC_ACTIVITY_KERNEL]);
	fc_json_u64(json, "copies", t->activities[FC_ACTIVITY_COPY]);
	fc_json_u64(json, "fills", t->activities[FC_ACTIVITY_FILL]);
	fc_json_number(json, "images_per_s", (double)t->images * 1e9 / (double)t->wall_ns);
	fc_json_end_object(json);
}

static void add_ns(struct fc_json *json, const char *key, int64_t ns, bool measures)
{
	if (measures)
		fc_json_i64(json, key, ns);
	else
		fc_json_text(json, key, NULL);
}

/* Wall time by the clock, busy time as a union, idle time gap by gap: only records at impossible places leave a rest. */
static void add_closure_of(struct fc_json *json, const char *key, const struct recorder_totals *t, bool measures)
{
	fc_json_object(json, key);
	fc_json_i64(json, "wall_ns", t->wall_ns);
	add_ns(json, "busy_ns", t->busy_ns, measures);
	add_ns(json, "idle_ns", t->idle_ns, measures);
	add_ns(json, "difference_ns", t->wall_ns - t->busy_ns - t->idle_ns, measures);
	fc_json_end_object(json);
}

void run_json_totals(struct fc_json *json, const struct run_record *record)
{
	struct recorder_totals totals[FC_PASS_COUNT];

	fc_json_object(json, "totals");
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		recorder_sum(record->recorder, pass, 0, &totals[pass]);
		add_totals_of(json, fc_pass_name(pass), &totals[pass], record->recorder->expects);
	}
	fc_json_end_object(json);
	fc_json_object(json, "closure");
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		add_closure_of(json, fc_pass_name(pass), &totals[pass], record->recorder->expects);
	add_ns(json, "outside_ns", record->recorder->outside_ns, record->recorder->expects);
	fc_json_end_object(json);
}
