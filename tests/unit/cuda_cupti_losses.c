/* The probe on a stand-in for CUPTI that loses, spoils or refuses something. */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include "cuda_cupti_play.h"

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
		cmocka_unit_test(lost_records_are_told),	  cmocka_unit_test(running_out_of_buffers_is_told),
		cmocka_unit_test(a_pool_grows_before_it_loses),	  cmocka_unit_test(bad_stamps_make_a_run_suspect),
		cmocka_unit_test(draining_fails_with_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
