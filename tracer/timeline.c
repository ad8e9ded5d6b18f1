#include "timeline.h"

#include <stdlib.h>

#include "flopclock/json.h"
#include "flopclock/run.h"

struct timeline {
	const struct fc_network *network;
	const struct fc_graph *graph;
	struct recorder_pending *records;
	size_t count, room;
	uint32_t taken[FC_PASS_COUNT][TIMELINE_ITERATIONS];	/* iterations in the window */
	int taken_count[FC_PASS_COUNT];
};

struct timeline *timeline_open(const struct fc_network *network, const struct fc_graph *graph)
{
	struct timeline *const t = fc_calloc(1, sizeof(*t));

	t->network = network;
	t->graph = graph;
	return t;
}

void timeline_close(struct timeline *t)
{
	if (!t)
		return;
	free(t->records);
	free(t);
}

/* Records come iteration by iteration. */
static bool in_window(struct timeline *t, const struct recorder_iteration *iteration, uint32_t index)
{
	int *const count = &t->taken_count[iteration->pass];
	uint32_t *const taken = t->taken[iteration->pass];

	if (!iteration->measured)
		return false;
	if (*count && taken[*count - 1] == index)
		return true;
	if (*count == TIMELINE_ITERATIONS)
		return false;
	taken[(*count)++] = index;
	return true;
}

void timeline_add(struct timeline *t, const struct recorder_iteration *iteration, uint32_t index,
		  const struct recorder_pending *record)
{
	if (!in_window(t, iteration, index))
		return;
	if (t->count == t->room) {
		t->room = t->room ? 2 * t->room : 1024;
		t->records = fc_realloc(t->records, t->room, sizeof(*t->records));
	}
	t->records[t->count++] = *record;
}

/* Times from the start of the first iteration shown, so that the numbers stay short. */
static double micro(const struct fc_recorder *recorder, int64_t ns)
{
	return (double)(ns - recorder->iterations[0].start_ns) / 1e3;
}

static void begin_event(struct fc_json *json, const char *name, int track, double from, double length)
{
	fc_json_object(json, NULL);
	fc_json_text(json, "name", name);
	fc_json_text(json, "ph", "X");
	fc_json_i64(json, "pid", 1);
	fc_json_i64(json, "tid", track);
	fc_json_number(json, "ts", from);
	fc_json_number(json, "dur", length);
	fc_json_object(json, "args");
}

static void end_event(struct fc_json *json)
{
	fc_json_end_object(json);
	fc_json_end_object(json);
}

static void name_track(struct fc_json *json, int track, const char *name)
{
	fc_json_object(json, NULL);
	fc_json_text(json, "name", "thread_name");
	fc_json_text(json, "ph", "M");
	fc_json_i64(json, "pid", 1);
	fc_json_i64(json, "tid", track);
	fc_json_object(json, "args");
	fc_json_text(json, "name", name);
	end_event(json);
}

static void write_kernel(const struct recorder_kernel *kernel, enum fc_activity activity, struct fc_json *json)
{
	static const char *const activities[FC_ACTIVITY_COUNT] = {
		[FC_ACTIVITY_KERNEL] = "kernel", [FC_ACTIVITY_COPY] = "copy", [FC_ACTIVITY_FILL] = "fill" };
	struct fc_str size = { 0 };

	fc_json_text(json, activities[activity], kernel->name);
	if (!kernel->launched)
		return;
	recorder_launch_text(kernel->launch.grid, &size);
	fc_json_text(json, "grid", size.text);
	fc_str_clear(&size);
	recorder_launch_text(kernel->launch.block, &size);
	fc_json_text(json, "block", size.text);
	fc_str_release(&size);
}

static void write_record(const struct timeline *t, const struct fc_recorder *recorder,
			 const struct recorder_pending *p, struct fc_json *json)
{
	const enum fc_pass pass = recorder->iterations[p->iteration].pass;
	struct fc_str name = { 0 };

	if (p->step == recorder->step_count[pass]) {
		fc_str_add(&name, FC_RUN_UNATTRIBUTED);
	} else {
		const struct fc_step step = fc_network_step(t->network, pass, p->step)->step;

		fc_str_addf(&name, "%s %s", t->graph->nodes[step.node].name, fc_phase_name(step.phase));
	}
	begin_event(json, name.text, 1 + p->stream, micro(recorder, p->start_ns),
		    (double)(p->end_ns - p->start_ns) / 1e3);
	write_kernel(&recorder->kernels[p->kernel], p->activity, json);
	fc_json_u64(json, "iteration", p->iteration + 1);
	end_event(json);
	fc_str_release(&name);
}

static void write_iterations(const struct timeline *t, const struct fc_recorder *recorder, struct fc_json *json)
{
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int i = 0; i < t->taken_count[pass]; i++) {
			const struct recorder_iteration *const it = &recorder->iterations[t->taken[pass][i]];

			begin_event(json, fc_pass_name(pass), 0, micro(recorder, it->start_ns),
				    (double)(it->end_ns - it->start_ns) / 1e3);
			fc_json_u64(json, "iteration", t->taken[pass][i] + 1);
			fc_json_u64(json, "epoch", it->epoch);
			fc_json_i64(json, "images", it->images);
			fc_json_number(json, "loss", it->loss);
			end_event(json);
		}
}

/* A GPU numbers its streams with gaps. */
static bool has_stream(const struct timeline *t, int stream)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->records[i].stream == stream)
			return true;
	return !stream;
}

static int last_stream(const struct timeline *t)
{
	int last = 0;

	for (size_t i = 0; i < t->count; i++)
		last = t->records[i].stream > last ? t->records[i].stream : last;
	return last;
}

void timeline_text(const struct timeline *t, const struct fc_recorder *recorder, struct fc_str *out)
{
	struct fc_json json = { .depth = 0 };

	fc_json_object(&json, NULL);
	fc_json_text(&json, "displayTimeUnit", "ms");
	fc_json_array(&json, "traceEvents");
	name_track(&json, 0, "iterations");
	for (int s = 0; s <= last_stream(t); s++) {
		struct fc_str name = { 0 };

		if (!has_stream(t, s))
			continue;
		fc_str_addf(&name, "stream %d", s);
		name_track(&json, 1 + s, name.text);
		fc_str_release(&name);
	}
	write_iterations(t, recorder, &json);
	for (size_t i = 0; i < t->count; i++)
		write_record(t, recorder, &t->records[i], &json);
	fc_json_end_array(&json);
	fc_json_end_object(&json);
	*out = json.out;
}
