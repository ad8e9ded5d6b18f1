/* The probe on a stand-in for CUPTI: what it records, and what it says when something is wrong. */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include <jansson.h>

#include "cuda_cupti_play.h"

/* One kernel of 1000 ns per step. */
static void play_steps(struct play *p, uint32_t iteration)
{
	for (int i = 0; i < p->f.steps; i++) {
		enter(p, i);
		play(p, iteration, i, FC_ACTIVITY_KERNEL, 1000);
		leave(p);
	}
}

static void play_iteration(struct play *p)
{
	play_steps(p, begin_iteration(p, FC_PASS_TRAIN));
}

static json_t *describe(struct play *p)
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
static double number(const json_t *root, const char *path)
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

/* -------- recording -------- */

static void plain_captured_and_replayed_iterations(void **state)
{
	const struct fake_cupti_config config = { .nested = true };
	struct fake_graph *graph, *exec;
	struct fc_error err;
	struct play p;
	json_t *root;

	(void)state;
	open_play(&p, &config, NULL);
	/* Set-up: nobody has named anything yet. */
	p.probe.kind->iteration(&p.probe, FC_PASS_TRAIN, FC_PROBE_NO_ITERATION);
	fake_kernel("tune", 5000);
	fake_copy(CUPTI_ACTIVITY_MEMCPY_KIND_HTOD, 3000);
	fake_wait();
	if (p.probe.kind->drain(&p.probe, &err))
		fail_msg("%s", err.text);
	assert_int_equal(p.f.recorder->outside, 0);
	play_iteration(&p);
	must_end_window(&p, FC_PASS_TRAIN);
	begin_iteration(&p, FC_PASS_TRAIN);
	begin_capture(&p, FC_PASS_TRAIN, true);
	play_steps(&p, 1);
	graph = begin_capture(&p, FC_PASS_TRAIN, false);
	exec = fake_instantiate(graph);
	fake_destroy(graph);
	replay(&p, 1, exec);
	replay(&p, begin_iteration(&p, FC_PASS_TRAIN), exec);
	must_end_window(&p, FC_PASS_TRAIN);
	fake_destroy(exec);
	assert_anomalies(&p.f, 0);
	assert_sums(&p);
	root = describe(&p);
	assert_true(number(root, "kernels.count") == 3 * p.f.steps);
	assert_true(number(root, "setup.count") == 2);
	assert_true(number(root, "setup.time_s") == 8000 / 1e9);
	assert_true(number(root, "between_iterations.count") == 2);
	assert_true(number(root, "replayed") == 2 * p.f.steps);
	assert_true(number(root, "replayed_without_step") == 0);
	assert_true(number(root, "graph_nodes") == 2 * p.f.steps);
	assert_true(number(root, "timestamp_quantum_ns") == 1000);
	/* One call per step of the plain iteration, one per replay. */
	assert_true(number(root, "queue.calls") == p.f.steps + 2);
	assert_true(number(root, "unnamed_scopes") == 0);
	json_decref(root);
	/* What was executable is gone with the next drain; the graph itself would still be there. */
	play_iteration(&p);
	must_end_window(&p, FC_PASS_TRAIN);
	root = describe(&p);
	assert_true(number(root, "graph_nodes") == p.f.steps);
	json_decref(root);
	close_play(&p);
}

static void runs_follow_each_other(void **state)
{
	const struct fake_cupti_config config = { .seed = 3 };
	struct fake_graph *graph;
	struct fc_recorder *second;
	struct fc_error err;
	uint32_t iteration;
	struct play p;
	json_t *root;

	(void)state;
	open_play(&p, &config, NULL);
	play_iteration(&p);
	begin_capture(&p, FC_PASS_TRAIN, true);
	play_steps(&p, 0);
	graph = begin_capture(&p, FC_PASS_TRAIN, false);
	play_iteration(&p);
	must_end_window(&p, FC_PASS_TRAIN);
	fake_destroy(graph);
	assert_sums(&p);
	assert_anomalies(&p.f, 0);
	/* Between two runs what comes is nobody's. */
	p.probe.recorder = NULL;
	fake_kernel("nobody's", 100);
	if (p.probe.kind->drain(&p.probe, &err))
		fail_msg("%s", err.text);
	fake_kernel("between", 100);
	second = recorder_open(p.f.network, true, NULL);
	recorder_close(p.f.recorder);
	p.f.recorder = p.probe.recorder = second;
	fake_kernel("tune", 5000);
	memset(p.step_records, 0, sizeof(p.step_records));
	memset(p.step_ns, 0, sizeof(p.step_ns));
	memset(p.kernel_ns, 0, sizeof(p.kernel_ns));
	memset(p.busy_ns, 0, sizeof(p.busy_ns));
	memset(p.activities, 0, sizeof(p.activities));
	iteration = begin_iteration(&p, FC_PASS_TRAIN);
	/* Nothing has run, so nothing is missing. */
	if (p.probe.kind->drain(&p.probe, &err))
		fail_msg("%s", err.text);
	assert_int_equal(fake_cupti_state().forced, 0);
	play_steps(&p, iteration);
	must_end_window(&p, FC_PASS_TRAIN);
	assert_sums(&p);
	assert_anomalies(&p.f, 0);
	root = describe(&p);
	assert_true(number(root, "graph_nodes") == 0);
	assert_true(number(root, "kernels.count") == p.f.steps);
	assert_true(number(root, "setup.count") == 2);
	json_decref(root);
	close_play(&p);
}

/* CUPTI may need to be asked more than once; only what does not come is forced. */
static void slow_flushes_are_repeated(void **state)
{
	static const struct {
		int hold_back, forced;
	} cases[] = { { 0, 0 }, { 1, 0 }, { 2, 0 }, { 1000, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fake_cupti_config config = { .hold_back = cases[i].hold_back };
		struct play p;

		open_play(&p, &config, NULL);
		play_iteration(&p);
		must_end_window(&p, FC_PASS_TRAIN);
		assert_anomalies(&p.f, 0);
		assert_sums(&p);
		assert_int_equal(fake_cupti_state().forced, cases[i].forced);
		assert_int_equal(fake_cupti_state().flushes, cases[i].hold_back < 3 ? cases[i].hold_back + 1 : 4);
		close_play(&p);
	}
}

/* -------- losses -------- */

static void lost_records_are_told(void **state)
{
	const struct fake_cupti_config config = { .seed = 0 };
	struct play p;
	json_t *root;

	(void)state;
	open_play(&p, &config, NULL);
	play_iteration(&p);
	fake_drop(17);
	must_end_window(&p, FC_PASS_TRAIN);
	assert_anomalies(&p.f, 1u << FC_ANOMALY_DROPPED);
	assert_int_equal(p.f.recorder->anomalies[FC_ANOMALY_DROPPED].count, 17);
	root = describe(&p);
	assert_true(number(root, "flawed.dropped") == 17);
	json_decref(root);
	close_play(&p);
}

/* One buffer, and two are wanted at once: the other one's content is lost, and that is said. */
static void running_out_of_buffers_is_told(void **state)
{
	static const struct cupti_pool_size one = { 1, 1, 65536 };
	const struct fake_cupti_config config = { .seed = 0 };
	struct play p;
	json_t *root;

	(void)state;
	open_play(&p, &config, &one);
	play_iteration(&p);
	must_end_window(&p, FC_PASS_TRAIN);
	assert_non_null(recorder_anomaly(p.f.recorder, FC_ANOMALY_DROPPED));
	/* The host's buffer came first, the device's records are those that are lost: of the steps, and of the last copy. */
	assert_int_equal(p.f.recorder->anomalies[FC_ANOMALY_DROPPED].count, p.f.steps + 1);
	root = describe(&p);
	assert_true(number(root, "buffers.discarded") == 1);
	json_decref(root);
	close_play(&p);
}

static void a_pool_grows_before_it_loses(void **state)
{
	static const struct cupti_pool_size small = { 1, 64, 4096 };
	const struct fake_cupti_config config = { .seed = 0 };
	struct play p;
	json_t *root;

	(void)state;
	open_play(&p, &config, &small);
	for (int i = 0; i < 50; i++)
		play_iteration(&p);
	must_end_window(&p, FC_PASS_TRAIN);
	assert_anomalies(&p.f, 0);
	assert_sums(&p);
	root = describe(&p);
	assert_true(number(root, "buffers.discarded") == 0);
	assert_true(number(root, "buffers.made_late") >= 1);
	assert_true(number(root, "buffers.made") == 1 + number(root, "buffers.made_late"));
	json_decref(root);
	close_play(&p);
}

static void bad_stamps_make_a_run_suspect(void **state)
{
	const struct fake_cupti_config config = { .seed = 0 };
	struct play p;
	uint32_t number_of;

	(void)state;
	open_play(&p, &config, NULL);
	play_iteration(&p);
	number_of = begin_iteration(&p, FC_PASS_TRAIN);
	play_steps(&p, number_of);
	fake_stamp_next(0, 0);
	enter(&p, 0);
	fake_kernel("bad", 100);
	leave(&p);
	must_end_window(&p, FC_PASS_TRAIN);
	assert_anomalies(&p.f, 1u << FC_ANOMALY_UNSTAMPED);
	assert_int_equal(p.f.recorder->anomalies[FC_ANOMALY_UNSTAMPED].first, number_of);
	assert_sums(&p);
	close_play(&p);
}

/* -------- ends -------- */

static void draining_fails_with_a_sentence(void **state)
{
	static const struct {
		const char *failing, *sentence;
		CUptiResult result;
	} cases[] = {
		{ "cudaDeviceSynchronize", "waiting for the device: an illegal memory access", CUPTI_SUCCESS },
		{ "cuptiActivityFlushAll", "CUPTI does not give its records: CUPTI answers CUPTI_ERROR_UNKNOWN (999)",
		  CUPTI_ERROR_UNKNOWN },
		{ NULL, "CUPTI gave up while it recorded: no more memory (999)", CUPTI_SUCCESS },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fake_cupti_config config = { .failing = cases[i].failing, .result = cases[i].result };
		struct fc_error err = { "" };
		struct play p;

		open_play(&p, &config, NULL);
		play_iteration(&p);
		if (!cases[i].failing)
			fake_fail("no more memory");
		assert_int_equal(end_window(&p, FC_PASS_TRAIN, &err), -1);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].sentence);
		close_play(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_captured_and_replayed_iterations),
		cmocka_unit_test(runs_follow_each_other),
		cmocka_unit_test(slow_flushes_are_repeated),
		cmocka_unit_test(lost_records_are_told),
		cmocka_unit_test(running_out_of_buffers_is_told),
		cmocka_unit_test(a_pool_grows_before_it_loses),
		cmocka_unit_test(bad_stamps_make_a_run_suspect),
		cmocka_unit_test(draining_fails_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
