/* What CUPTI's records become: kernels, copies and memsets of steps, whatever the order they come in. */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include "cuda_cupti_study.h"

/* -------- what is right -------- */

static void kernels_copies_and_memsets_reach_their_steps(void **state)
{
	const struct fc_launch launch = {
		.grid = { 132, 1, 1 }, .block = { 256, 1, 1 }, .registers = 40, .shared_bytes = 3072
	};
	char name[] = "void convolve<float, 3>(float *)";
	const struct recorder_kernel *kernel;
	struct study s;

	(void)state;
	open_study(&s);
	put_call(&s, 1, 0, 2000);
	fake_put_copy(&s.buffer, CUPTI_ACTIVITY_MEMCPY_KIND_HTOD, 1, 6000, 6500, 0);
	put_call(&s, 2, 1, 5000);
	fake_put_kernel(&s.buffer, name, 2, 9000, 9100, 0);
	put_call(&s, 3, 1, 8000);
	fake_put_fill(&s.buffer, 3, 12000, 12020, 0);
	send(&s);
	/* CUPTI's text may be gone by now. */
	memset(name, 'x', sizeof(name) - 1);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(step_records(&s, 0), 1);
	assert_int_equal(step_time(&s, 0), 500);
	assert_int_equal(step_records(&s, 1), 2);
	assert_int_equal(step_time(&s, 1), 120);
	kernel = &s.f.recorder->kernels[s.f.recorder->steps[FC_PASS_TRAIN][0].first_kernel];
	assert_string_equal(kernel->name, "memcpy host to device");
	assert_false(kernel->launched);
	kernel = &s.f.recorder->kernels[s.f.recorder->steps[FC_PASS_TRAIN][1].first_kernel];
	assert_string_equal(kernel->name, "void convolve<float, 3>(float *)");
	assert_true(kernel->launched);
	assert_memory_equal(&kernel->launch, &launch, sizeof(launch));
	assert_string_equal(s.f.recorder->kernels[kernel->next].name, "memset");
	assert_int_equal(s.f.recorder->iterations[0].activities[FC_ACTIVITY_KERNEL], 1);
	assert_int_equal(s.f.recorder->iterations[0].activities[FC_ACTIVITY_COPY], 1);
	assert_int_equal(s.f.recorder->iterations[0].activities[FC_ACTIVITY_FILL], 1);
	assert_int_equal(s.decoder.tally.records[0], 3);
	close_study(&s);
}

/* Kernels first, names after them, times of calls last; each in a buffer of its own. */
static void ids_may_come_later(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	fake_put_kernel(&s.buffer, "a", 5, 6000, 6010, 0);
	fake_put_kernel(&s.buffer, "b", 6, 7000, 7010, 0);
	send(&s);
	assert_int_equal(s.decoder.waiting.count, 2);
	fake_put_external(&s.buffer, 6, scope(0, 1, 1));
	fake_put_external(&s.buffer, 5, scope(0, 0, 1));
	send(&s);
	assert_true(cupti_decoder_waits(&s.decoder));
	fake_put_call(&s.buffer, CUPTI_ACTIVITY_KIND_RUNTIME, 5, 2000, 3000);
	fake_put_call(&s.buffer, CUPTI_ACTIVITY_KIND_RUNTIME, 6, 3000, 4000);
	send(&s);
	assert_false(cupti_decoder_waits(&s.decoder));
	assert_int_equal(s.decoder.waiting.count, 0);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(step_records(&s, 0), 1);
	assert_int_equal(step_records(&s, 1), 1);
	close_study(&s);
}

/* What was delivered without its call waits for the next delivery, not longer. */
static void a_call_may_come_one_delivery_later(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	fake_put_kernel(&s.buffer, "late", 5, 6000, 6010, 0);
	fake_put_kernel(&s.buffer, "never", 6, 7000, 7010, 0);
	send(&s);
	cupti_decoder_deliver(&s.decoder, s.f.recorder);
	assert_int_equal(s.decoder.waiting.count, 2);
	put_call(&s, 5, 0, 2000);
	send(&s);
	deliver(&s);
	assert_int_equal(step_records(&s, 0), 1);
	assert_int_equal(s.decoder.waiting.count, 0);
	assert_int_equal(s.decoder.tally.stray.count, 1);
	assert_int_equal(s.decoder.tally.stray.ns, 10);
	assert_anomalies(&s.f, 1u << FC_ANOMALY_UNATTRIBUTED);
	close_study(&s);
}

/* The runtime's call and the driver's within it, both named, with one id: it is one call, the outer one. */
static void nested_calls_are_one(void **state)
{
	static const CUpti_ActivityKind kinds[] = { CUPTI_ACTIVITY_KIND_DRIVER, CUPTI_ACTIVITY_KIND_RUNTIME };

	(void)state;
	for (int first = 0; first < 2; first++) {
		struct study s;

		open_study(&s);
		for (int i = 0; i < 2; i++) {
			const int64_t inside = (first ^ i) ? 0 : 500;

			fake_put_external(&s.buffer, 9, scope(0, 0, 1));
			fake_put_call(&s.buffer, kinds[first ^ i], 9, 3000 + inside, 5000 - inside);
		}
		/* Before the inner call, behind the begin of the outer one: no anomaly. */
		fake_put_kernel(&s.buffer, "a", 9, 3200, 3300, 0);
		send(&s);
		deliver(&s);
		assert_anomalies(&s.f, 0);
		assert_int_equal(step_records(&s, 0), 1);
		assert_int_equal(s.decoder.tally.queue.count, 1);
		assert_int_equal(s.decoder.tally.queue.least, 3200 - 5000);
		assert_int_equal(s.decoder.tally.queue_negative, 1);
		close_study(&s);
	}
}

static void copies_know_two_calls(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	fake_put_copy(&s.buffer, CUPTI_ACTIVITY_MEMCPY_KIND_DTOH, 20, 6000, 6500, 0)->runtimeCorrelationId = 21;
	fake_put_call(&s.buffer, CUPTI_ACTIVITY_KIND_DRIVER, 20, 2500, 4500);
	put_call(&s, 21, 1, 2000);
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(step_records(&s, 1), 1);
	/* Its way to the device began with the call that names its step. */
	assert_int_equal(s.decoder.tally.queue.least, 6000 - 5000);
	close_study(&s);
}

static void nothing_is_nothing(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	send(&s);
	deliver(&s);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(s.decoder.tally.buffers, 1);
	assert_int_equal(flaws(&s), 0);
	close_study(&s);
}

/* -------- what belongs to no step -------- */

static void set_up_is_counted_apart(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	/* Called for before the run's first iteration, without a name; then with the name of an earlier run. */
	fake_put_call(&s.buffer, CUPTI_ACTIVITY_KIND_RUNTIME, 1, 100, 200);
	fake_put_kernel(&s.buffer, "tune", 1, 300, 400, 0);
	fake_put_external(&s.buffer, 2, scope(7, 0, 9));
	fake_put_call(&s.buffer, CUPTI_ACTIVITY_KIND_RUNTIME, 2, 200, 300);
	fake_put_kernel(&s.buffer, "old", 2, 400, 450, 0);
	/* One without times, and one that nobody called for. */
	fake_put_kernel(&s.buffer, "tune", 1, 0, 0, 0);
	fake_put_copy(&s.buffer, CUPTI_ACTIVITY_MEMCPY_KIND_HTOD, 99, 500, 520, 0);
	send(&s);
	assert_false(cupti_decoder_waits(&s.decoder));
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(s.decoder.tally.setup.count, 4);
	assert_int_equal(s.decoder.tally.setup.ns, 100 + 50 + 20);
	assert_int_equal(s.decoder.tally.setup_flawed, 1);
	assert_int_equal(s.f.recorder->iterations[0].busy_ns, 0);
	close_study(&s);
}

/* In the iteration, but outside of all steps; between iterations; from a thread that names nothing. */
static void what_has_no_step_is_told(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	put_call(&s, 1, CUPTI_STEP_NONE, 2000);
	fake_put_kernel(&s.buffer, "a", 1, 6000, 6100, 0);
	fake_put_external(&s.buffer, 2, scope(FC_PROBE_NO_ITERATION, CUPTI_STEP_NONE, 1));
	fake_put_call(&s.buffer, CUPTI_ACTIVITY_KIND_RUNTIME, 2, 7000, 8000);
	fake_put_copy(&s.buffer, CUPTI_ACTIVITY_MEMCPY_KIND_DTOH, 2, 9000, 9040, 0);
	fake_put_call(&s.buffer, CUPTI_ACTIVITY_KIND_RUNTIME, 3, 8000, 8500);
	fake_put_kernel(&s.buffer, "b", 3, 9100, 9101, 0);
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 1u << FC_ANOMALY_UNATTRIBUTED);
	assert_int_equal(s.f.recorder->iterations[0].unattributed_ns, 100);
	assert_int_equal(s.decoder.tally.between.count, 1);
	assert_int_equal(s.decoder.tally.between.ns, 40);
	assert_int_equal(s.decoder.tally.stray.count, 1);
	/* Each is told once. */
	deliver(&s);
	assert_int_equal(s.f.recorder->anomalies[FC_ANOMALY_UNATTRIBUTED].count, 2);
	close_study(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernels_copies_and_memsets_reach_their_steps),
		cmocka_unit_test(ids_may_come_later),
		cmocka_unit_test(a_call_may_come_one_delivery_later),
		cmocka_unit_test(nested_calls_are_one),
		cmocka_unit_test(copies_know_two_calls),
		cmocka_unit_test(nothing_is_nothing),
		cmocka_unit_test(set_up_is_counted_apart),
		cmocka_unit_test(what_has_no_step_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
