/*
 * A training program played on the stand-in for CUPTI, with the probe on it and a recorder behind it, and beside it the
 * sums as they must come out. Only in a build with the CUDA module.
 */
#ifndef FLOPCLOCK_TESTS_CUDA_CUPTI_PLAY_H
#define FLOPCLOCK_TESTS_CUDA_CUPTI_PLAY_H

#include "cuda_cupti_fixture.h"

#include <jansson.h>

#include <cupti_probe.h>
#include <cupti_session.h>

#include "../gpu/fake_cupti.h"

#define PLAY_ITERATIONS 8192
#define PLAY_NODES	256

struct play {
	struct fixture f;
	struct libraries libraries;
	struct fc_probe probe;
	/* What must come out. One stream, so that sums and unions are the same but for a step's gaps. */
	uint64_t step_records[FC_PASS_COUNT][16];
	int64_t step_ns[FC_PASS_COUNT][16];
	int64_t kernel_ns[PLAY_ITERATIONS], busy_ns[PLAY_ITERATIONS];
	uint64_t activities[FC_ACTIVITY_COUNT];
	/* The window that is open. */
	uint32_t window;
	int64_t window_ns;
	/* Steps and activities of the nodes of a captured iteration. */
	int node_step[PLAY_NODES];
	enum fc_activity node_activity[PLAY_NODES];
	int node_count;
	bool capturing;
};

/* Skips the test where CUPTI is not installed. */
static inline void open_play(struct play *p, const struct fake_cupti_config *config,
			     const struct cupti_pool_size *pool)
{
	struct fc_error err = { "" };

	memset(p, 0, sizeof(*p));
	if (!fake_cupti_open(config, &p->libraries)) {
		print_message("skipped: CUPTI is not installed\n");
		skip();
	}
	open_fixture(&p->f);
	assert_true(p->f.steps <= 16);
	p->probe.kind = &fc_probe_cupti;
	if (cupti_probe_open_on(&p->probe, &p->libraries, pool, &err))
		fail_msg("%s", err.text);
	p->probe.recorder = p->f.recorder;
}

static inline void close_play(struct play *p)
{
	struct fake_cupti_state state;

	p->probe.kind->close(&p->probe);
	state = fake_cupti_state();
	assert_false(state.subscribed);
	assert_int_equal(state.enabled, 0);
	assert_int_equal(state.named, 0);
	fake_cupti_close();
	close_fixture(&p->f);
}

/* -------- an iteration -------- */

static inline uint32_t begin_iteration(struct play *p, enum fc_pass pass)
{
	uint32_t number;

	if (!p->window)
		p->window_ns = p->probe.kind->now(&p->probe);
	number = recorder_begin(p->f.recorder, pass, 1, true, p->window_ns);
	assert_true(number < PLAY_ITERATIONS);
	p->probe.kind->iteration(&p->probe, pass, number);
	p->window++;
	return number;
}

static inline void expect(struct play *p, uint32_t iteration, int step, enum fc_activity activity,
			  const struct fake_span *span)
{
	const enum fc_pass pass = p->f.recorder->iterations[iteration].pass;
	const int64_t ns = span->end_ns - span->start_ns;

	p->step_records[pass][step]++;
	p->step_ns[pass][step] += ns;
	p->busy_ns[iteration] += ns;
	p->kernel_ns[iteration] += activity == FC_ACTIVITY_KERNEL ? ns : 0;
	p->activities[activity]++;
}

/* Something of a step; while capturing, a node. */
static inline void play(struct play *p, uint32_t iteration, int step, enum fc_activity activity, int64_t ns)
{
	struct fake_span span;

	if (activity == FC_ACTIVITY_KERNEL)
		span = fake_kernel(step % 2 ? "odd" : "even", ns);
	else if (activity == FC_ACTIVITY_COPY)
		span = fake_copy(CUPTI_ACTIVITY_MEMCPY_KIND_DTOD, ns);
	else
		span = fake_fill(ns);
	if (!p->capturing) {
		expect(p, iteration, step, activity, &span);
		return;
	}
	p->node_step[p->node_count] = step;
	p->node_activity[p->node_count++] = activity;
}

static inline void enter(struct play *p, int step)
{
	p->probe.kind->enter(&p->probe, step, NULL, 0);
}

static inline void leave(struct play *p)
{
	p->probe.kind->leave(&p->probe);
}

static inline struct fake_graph *begin_capture(struct play *p, enum fc_pass pass, bool begin)
{
	struct fake_graph *graph = NULL;

	if (begin)
		fake_capture_begin();
	else
		graph = fake_capture_end();
	p->capturing = begin;
	if (begin)
		p->node_count = 0;
	p->probe.kind->capture(&p->probe, pass, begin);
	return graph;
}

static inline void replay(struct play *p, uint32_t iteration, const struct fake_graph *graph)
{
	struct fake_span spans[PLAY_NODES];

	enter(p, FC_PROBE_REPLAY);
	fake_replay(graph, spans);
	leave(p);
	assert_int_equal(fake_graph_length(graph), p->node_count);
	for (int i = 0; i < p->node_count; i++)
		expect(p, iteration, p->node_step[i], p->node_activity[i], &spans[i]);
}

/* One kernel of 1000 ns per step. */
static inline void play_steps(struct play *p, uint32_t iteration)
{
	for (int i = 0; i < p->f.steps; i++) {
		enter(p, i);
		play(p, iteration, i, FC_ACTIVITY_KERNEL, 1000);
		leave(p);
	}
}

static inline void play_iteration(struct play *p)
{
	play_steps(p, begin_iteration(p, FC_PASS_TRAIN));
}

/* The device is waited for, then everything is fetched; what ran between is outside of all iterations. */
static inline int end_window(struct play *p, enum fc_pass pass, struct fc_error *err)
{
	struct fc_result *const results = test_calloc(p->window, sizeof(*results));
	int64_t end_ns;
	int rc;

	fake_wait();
	end_ns = p->probe.kind->now(&p->probe);
	p->probe.kind->iteration(&p->probe, pass, FC_PROBE_NO_ITERATION);
	fake_copy(CUPTI_ACTIVITY_MEMCPY_KIND_DTOH, 700);
	rc = p->probe.kind->drain(&p->probe, err);
	recorder_tile(p->f.recorder, p->window, p->window_ns, end_ns, results);
	test_free(results);
	recorder_flush(p->f.recorder);
	p->window = 0;
	return rc;
}

static inline void must_end_window(struct play *p, enum fc_pass pass)
{
	struct fc_error err;

	if (end_window(p, pass, &err))
		fail_msg("%s", err.text);
}

/* -------- what came out -------- */

static inline void assert_sums(const struct play *p)
{
	const struct fc_recorder *const r = p->f.recorder;
	uint64_t activities[FC_ACTIVITY_COUNT] = { 0 };

	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int i = 0; i < r->step_count[pass]; i++) {
			assert_int_equal(r->steps[pass][i].records, p->step_records[pass][i]);
			assert_int_equal(r->steps[pass][i].samples.total_ns, p->step_ns[pass][i]);
		}
	for (uint32_t i = 0; i < r->iteration_count; i++) {
		const struct recorder_iteration *const it = &r->iterations[i];

		assert_int_equal(it->kernel_ns, p->kernel_ns[i]);
		assert_int_equal(it->busy_ns, p->busy_ns[i]);
		assert_int_equal(it->unattributed_ns, 0);
		/* The closure, to the nanosecond. */
		assert_int_equal(it->end_ns - it->start_ns, it->busy_ns + it->idle_ns);
		assert_int_equal(it->step_ns, it->busy_ns);
		for (int a = 0; a < FC_ACTIVITY_COUNT; a++)
			activities[a] += it->activities[a];
	}
	for (int a = 0; a < FC_ACTIVITY_COUNT; a++)
		assert_int_equal(activities[a], p->activities[a]);
}

static inline json_t *describe(struct play *p)
{
	struct fc_json json = { .depth = 0 };
	json_t *root;

	fc_json_object(&json, NULL);
	p->probe.kind->describe(&p->probe, &json);
	fc_json_end_object(&json);
	root = json_loads(json.out.text, 0, NULL);
	if (!root)
		fail_msg("not JSON: %s", json.out.text);
	fc_json_release(&json);
	return root;
}

/* "queue.calls" */
static inline double number(const json_t *root, const char *path)
{
	char part[64];

	while (strchr(path, '.')) {
		snprintf(part, sizeof(part), "%.*s", (int)strcspn(path, "."), path);
		root = json_object_get(root, part);
		path += strcspn(path, ".") + 1;
	}
	root = json_object_get(root, path);
	if (!json_is_number(root))
		fail_msg("there is no number %s", path);
	return json_number_value(root);
}

#endif
