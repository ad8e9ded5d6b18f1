/* The probe on a stand-in for CUPTI: iterations of every sort, runs one after the other. */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include "cuda_cupti_play.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_captured_and_replayed_iterations),
		cmocka_unit_test(runs_follow_each_other),
		cmocka_unit_test(slow_flushes_are_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
