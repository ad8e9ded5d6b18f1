/* How the probe starts, in what order, and what it says when it cannot. */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include "cuda_cupti_play.h"
#include "../gpu/real_cupti.h"

/* Where the first call of a function is in the log. */
static long place(const char *log, const char *function)
{
	char word[64];
	const char *at;

	snprintf(word, sizeof(word), "%s ", function);
	at = strstr(log, word);
	if (!at)
		fail_msg("%s was not called: %s", function, log);
	return at - log;
}

static void it_starts_in_order(void **state)
{
	static const char *const order[] = {
		"cudaDriverGetVersion", "cuptiGetVersion",	     "cuptiSubscribe_v2",
		"cuptiSetThreadIdType", "cuptiActivitySetAttribute", "cuptiActivityRegisterCallbacks",
		"cuptiEnableCallback",	"cuptiActivityEnable",	     "cuptiActivityFlushAll",
		"cuptiActivityDisable", "cuptiUnsubscribe",
	};
	const struct fake_cupti_config config = { .seed = 0 };
	struct fake_cupti_state after;
	struct libraries libraries;
	struct fc_probe probe = { .kind = &fc_probe_cupti };
	struct fc_error err;

	(void)state;
	if (!fake_cupti_open(&config, &libraries))
		skip();
	assert_int_equal(cupti_probe_open_on(&probe, &libraries, NULL, &err), 0);
	after = fake_cupti_state();
	assert_true(after.subscribed);
	assert_int_equal(after.enabled, 10);
	assert_true(after.silenced > 500);
	/* Nothing has touched the device. */
	assert_int_equal(after.synchronised, 0);
	assert_int_equal(after.flushes, 0);
	probe.kind->close(&probe);
	after = fake_cupti_state();
	for (size_t i = 1; i < sizeof(order) / sizeof(order[0]); i++)
		assert_true(place(after.log, order[i - 1]) < place(after.log, order[i]));
	assert_false(after.subscribed);
	assert_int_equal(after.enabled, 0);
	assert_int_equal(after.forced, 1);
	fake_cupti_close();
}

static const struct refusal {
	struct fake_cupti_config config;
	const char *sentence;
} refusals[] = {
	{ { .no_driver = true }, "kernels cannot be timed: this machine has no driver for an NVIDIA GPU" },
	{ { .version = 130000 }, "CUPTI has version 130000, and before 130001 it loses records" },
	{ { .failing = "cuptiSubscribe_v2",
	    .result = CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED,
	    .holder = "Nsight Systems" },
	  "tracing refused: Nsight Systems is attached, and CUPTI serves one tool at a time" },
	{ { .failing = "cuptiSubscribe_v2", .result = CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED },
	  "tracing refused: another profiler is attached" },
	{ { .failing = "cuptiSubscribe_v2", .result = CUPTI_ERROR_INSUFFICIENT_PRIVILEGES },
	  "CUPTI does not start: this user may not trace" },
	{ { .failing = "cuptiSubscribe_v2", .result = CUPTI_ERROR_UNKNOWN },
	  "CUPTI does not start: CUPTI answers CUPTI_ERROR_UNKNOWN (999)" },
	{ { .failing = "cuptiActivityRegisterCallbacks", .result = CUPTI_ERROR_UNKNOWN },
	  "CUPTI does not take buffers" },
	{ { .failing = "cuptiEnableCallback", .result = CUPTI_ERROR_NOT_SUPPORTED },
	  "CUPTI does not tell of the nodes of graphs" },
	{ { .failing = "cuptiActivityEnable",
	    .result = CUPTI_ERROR_MIG_DEVICE_NOT_SUPPORTED,
	    .kind = CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL },
	  "CUPTI does not record: kernel: it does not trace on this part of a GPU (MIG)" },
	{ { .failing = "cuptiActivityEnable",
	    .result = CUPTI_ERROR_CONFIDENTIAL_COMPUTING_NOT_SUPPORTED,
	    .kind = CUPTI_ACTIVITY_KIND_DRIVER },
	  "CUPTI does not record: driver_call: it does not trace in confidential computing" },
};

/* A sentence, and everything undone: the next one opens. */
static void refusals_have_sentences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct fc_probe probe = { .kind = &fc_probe_cupti };
		struct fake_cupti_state after;
		struct libraries libraries;
		struct fc_error err = { "" };

		if (!fake_cupti_open(&refusals[i].config, &libraries))
			skip();
		assert_int_equal(cupti_probe_open_on(&probe, &libraries, NULL, &err), -1);
		if (!strstr(err.text, refusals[i].sentence))
			fail_msg("'%s' does not say '%s'", err.text, refusals[i].sentence);
		assert_null(strchr(err.text, '\n'));
		after = fake_cupti_state();
		assert_false(after.subscribed);
		assert_int_equal(after.enabled, 0);
		assert_int_equal(after.synchronised, 0);
		fake_cupti_close();
	}
}

/* Without these kinds and settings everything that counts is recorded all the same. */
static void what_is_welcome_is_not_needed(void **state)
{
	static const struct fake_cupti_config configs[] = {
		{ .failing = "cuptiActivityEnable",
		  .result = CUPTI_ERROR_NOT_SUPPORTED,
		  .kind = CUPTI_ACTIVITY_KIND_ENVIRONMENT },
		{ .failing = "cuptiActivityEnable",
		  .result = CUPTI_ERROR_NOT_SUPPORTED,
		  .kind = CUPTI_ACTIVITY_KIND_JIT },
		{ .failing = "cuptiActivitySetAttribute", .result = CUPTI_ERROR_NOT_SUPPORTED },
		{ .failing = "cuptiSetThreadIdType", .result = CUPTI_ERROR_NOT_SUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		struct fc_json json = { .depth = 0 };
		struct play p;
		uint32_t it;

		open_play(&p, &configs[i], NULL);
		it = begin_iteration(&p, FC_PASS_TRAIN);
		for (int step = 0; step < p.f.steps; step++) {
			enter(&p, step);
			play(&p, it, step, FC_ACTIVITY_KERNEL, 100);
			leave(&p);
		}
		must_end_window(&p, FC_PASS_TRAIN);
		assert_sums(&p);
		assert_anomalies(&p.f, 0);
		fc_json_object(&json, NULL);
		p.probe.kind->describe(&p.probe, &json);
		fc_json_end_object(&json);
		if (configs[i].kind == CUPTI_ACTIVITY_KIND_ENVIRONMENT)
			assert_non_null(strstr(json.out.text, "\"environment\": 27"));
		fc_json_release(&json);
		close_play(&p);
	}
}

/* Its own open(), on the libraries of this machine. Where a GPU is, it opens. */
static void the_real_one_opens_or_says_why(void **state)
{
	struct fc_probe probe = { .kind = &fc_probe_cupti };
	struct libraries libraries;
	struct fc_error err = { "" };
	int driver = 0;

	(void)state;
	if (libraries_open(&libraries, LIBRARIES_TRACE, 0, &err)) {
		assert_int_equal(fc_probe_cupti.open(&probe, &err), -1);
		assert_true(strlen(err.text) > 0);
		return;
	}
	libraries.cudart.cudaDriverGetVersion(&driver);
	if (driver) {
		/* Another tool may be attached, so both answers are right. */
		if (!fc_probe_cupti.open(&probe, &err))
			probe.kind->close(&probe);
		return;
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(fc_probe_cupti.open(&probe, &err), -1);
		assert_string_equal(err.text,
				    "kernels cannot be timed: this machine has no driver for an NVIDIA GPU");
		assert_null(probe.impl);
	}
}

/* Behind the driver's version there is the real CUPTI: without a driver it refuses, and nothing is left behind. */
static cudaError_t some_driver(int *version)
{
	*version = 13000;
	return cudaSuccess;
}

static void the_real_cupti_refuses_without_a_driver(void **state)
{
	struct fc_probe probe = { .kind = &fc_probe_cupti };
	struct libraries libraries;
	struct fc_error err = { "" };
	int driver = 0;

	(void)state;
	if (libraries_open(&libraries, LIBRARIES_TRACE, 0, &err) || real_cupti_answers(&libraries, &err)) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	libraries.cudart.cudaDriverGetVersion(&driver);
	if (driver) {
		print_message("skipped: there is a driver\n");
		skip();
	}
	libraries.cudart.cudaDriverGetVersion = some_driver;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(cupti_probe_open_on(&probe, &libraries, NULL, &err), -1);
		assert_string_equal(err.text, "CUPTI does not start: CUPTI answers CUPTI_ERROR_UNKNOWN (999)");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_starts_in_order),
		cmocka_unit_test(refusals_have_sentences),
		cmocka_unit_test(what_is_welcome_is_not_needed),
		cmocka_unit_test(the_real_one_opens_or_says_why),
		cmocka_unit_test(the_real_cupti_refuses_without_a_driver),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
