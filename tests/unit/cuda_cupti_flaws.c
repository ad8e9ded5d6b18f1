/* What is wrong with CUPTI's records, and what they tell beside times. */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include "cuda_cupti_study.h"

/* -------- what is wrong -------- */

static void bad_times_are_noted_and_left_out(void **state)
{
	static const struct {
		int64_t start, end;
		enum fc_anomaly anomaly;
	} cases[] = {
		{ 0, 0, FC_ANOMALY_UNSTAMPED },
		{ 7000, 6000, FC_ANOMALY_BACKWARDS },
		{ 1999, 6000, FC_ANOMALY_ACAUSAL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct study s;

		open_study(&s);
		put_call(&s, 1, 0, 2000);
		fake_put_kernel(&s.buffer, "bad", 1, cases[i].start, cases[i].end, 0);
		put_call(&s, 2, 0, 2000);
		fake_put_kernel(&s.buffer, "good", 2, 6000, 6100, 0);
		send(&s);
		deliver(&s);
		assert_anomalies(&s.f, 1u << cases[i].anomaly);
		assert_int_equal(s.decoder.tally.anomalies[cases[i].anomaly], 1);
		assert_int_equal(s.f.recorder->anomalies[cases[i].anomaly].first, 0);
		assert_int_equal(step_records(&s, 0), 1);
		assert_int_equal(step_time(&s, 0), 100);
		close_study(&s);
	}
}

/* Also where the call's own times come behind the kernel and its name. */
static void late_calls_are_compared_too(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	fake_put_kernel(&s.buffer, "bad", 1, 1500, 1600, 0);
	fake_put_external(&s.buffer, 1, scope(0, 0, 1));
	send(&s);
	fake_put_call(&s.buffer, CUPTI_ACTIVITY_KIND_RUNTIME, 1, 2000, 3000);
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 1u << FC_ANOMALY_ACAUSAL);
	assert_int_equal(step_records(&s, 0), 0);
	close_study(&s);
}

/* Another tool's names are not ours. */
static void other_names_are_passed_over(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	put_call(&s, 1, 0, 2000);
	fake_put_external(&s.buffer, 1, scope(0, 1, 1))->externalKind = CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM1;
	fake_put_kernel(&s.buffer, "a", 1, 6000, 6100, 0);
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(step_records(&s, 0), 1);
	assert_int_equal(step_records(&s, 1), 0);
	close_study(&s);
}

/* A kind that CUPTI does not know: what is behind it is lost, and that is said. */
static void unknown_records_end_a_buffer(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	put_call(&s, 1, 0, 2000);
	fake_put_kernel(&s.buffer, "a", 1, 6000, 6100, 0);
	fake_put(&s.buffer, (CUpti_ActivityKind)4711, 40);
	put_call(&s, 2, 1, 2000);
	fake_put_kernel(&s.buffer, "b", 2, 7000, 7100, 0);
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 1u << FC_ANOMALY_UNREADABLE);
	assert_int_equal(step_records(&s, 0), 1);
	assert_int_equal(step_records(&s, 1), 0);
	assert_int_equal(s.decoder.tally.lost_bytes, 40 + 24 + 40 + 216);
	close_study(&s);
}

/* Also behind a record whose size we do not know. */
static void unknown_behind_others(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	fake_put(&s.buffer, CUPTI_ACTIVITY_KIND_CUDA_EVENT, sizeof(CUpti_ActivityCudaEvent2));
	fake_put(&s.buffer, (CUpti_ActivityKind)4711, 40);
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 1u << FC_ANOMALY_UNREADABLE);
	close_study(&s);
}

/* CUPTI knows it, we have no use for it. */
static void other_records_are_passed_over(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	fake_put(&s.buffer, CUPTI_ACTIVITY_KIND_CUDA_EVENT, sizeof(CUpti_ActivityCudaEvent2));
	put_call(&s, 1, 0, 2000);
	fake_put_kernel(&s.buffer, "a", 1, 6000, 6100, 0);
	fake_put(&s.buffer, CUPTI_ACTIVITY_KIND_CONTEXT, sizeof(CUpti_ActivityContext3));
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 0);
	assert_int_equal(s.decoder.tally.records[cupti_kind_count], 2);
	assert_int_equal(step_records(&s, 0), 1);
	close_study(&s);
}

/* Cut at every length: either all is there, or the loss is noted. */
static void cut_buffers_are_noticed(void **state)
{
	struct study s;
	size_t whole;

	(void)state;
	for (size_t cut = 0; cut <= sizeof(cupti_kernel_record); cut += 4) {
		open_study(&s);
		put_call(&s, 1, 0, 2000);
		fake_put_kernel(&s.buffer, "a", 1, 6000, 6100, 0);
		whole = s.buffer.valid;
		fake_put_kernel(&s.buffer, "b", 1, 7000, 7100, 0);
		s.buffer.valid -= cut;
		send(&s);
		deliver(&s);
		assert_int_equal(step_records(&s, 0), cut ? 1 : 2);
		if (cut && cut < sizeof(cupti_kernel_record)) {
			assert_anomalies(&s.f, 1u << FC_ANOMALY_UNREADABLE);
			assert_int_equal(s.decoder.tally.lost_bytes, sizeof(cupti_kernel_record) - cut);
		} else {
			assert_anomalies(&s.f, 0);
		}
		assert_true(whole);
		close_study(&s);
	}
}

static void a_cut_first_record_is_noticed(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	fake_put_kernel(&s.buffer, "a", 1, 6000, 6100, 0);
	s.buffer.valid = 100;
	send(&s);
	deliver(&s);
	assert_anomalies(&s.f, 1u << FC_ANOMALY_UNREADABLE);
	assert_int_equal(s.decoder.tally.lost_bytes, 100);
	close_study(&s);
}

/* -------- what is told beside -------- */

static void overhead_has_two_groups(void **state)
{
	struct study s;

	(void)state;
	open_study(&s);
	fake_put_overhead(&s.buffer, CUPTI_ACTIVITY_OVERHEAD_LAZY_FUNCTION_LOADING, 10, 15);
	fake_put_overhead(&s.buffer, CUPTI_ACTIVITY_OVERHEAD_DRIVER_COMPILER, 10, 17);
	/* What it points to is the reader's to free. */
	fake_put_overhead(&s.buffer, CUPTI_ACTIVITY_OVERHEAD_COMMAND_BUFFER_FULL, 20, 30)->overheadData = malloc(16);
	fake_put_overhead(&s.buffer, CUPTI_ACTIVITY_OVERHEAD_CUPTI_BUFFER_FLUSH, 30, 31);
	fake_put_overhead(&s.buffer, CUPTI_ACTIVITY_OVERHEAD_ACTIVITY_BUFFER_REQUEST, 30, 32);
	fake_put_wait(&s.buffer, 100, 130);
	fake_put_jit(&s.buffer, 100, 1100);
	send(&s);
	deliver(&s);
	assert_int_equal(s.decoder.tally.overhead[CUPTI_OVERHEAD_PROGRAM].count, 3);
	assert_int_equal(s.decoder.tally.overhead[CUPTI_OVERHEAD_PROGRAM].ns, 22);
	assert_int_equal(s.decoder.tally.overhead[CUPTI_OVERHEAD_PROFILER].count, 2);
	assert_int_equal(s.decoder.tally.overhead[CUPTI_OVERHEAD_PROFILER].ns, 3);
	assert_int_equal(s.decoder.tally.waits.ns, 30);
	assert_int_equal(s.decoder.tally.compilations.ns, 1000);
	close_study(&s);
}

static void sensors_are_kept(void **state)
{
	struct cupti_sample *sensors;
	struct study s;

	(void)state;
	open_study(&s);
	for (uint32_t i = 0; i < 3; i++) {
		cupti_environment_record *e = fake_put_environment(&s.buffer, CUPTI_ACTIVITY_ENVIRONMENT_SPEED);

		e->data.speed.smClock = 1980 - 15 * i;
		e->data.speed.memoryClock = 2619;
		e->data.speed.clocksThrottleReasons = i ? CUPTI_CLOCKS_THROTTLE_REASON_SW_POWER_CAP : 0;
		e = fake_put_environment(&s.buffer, CUPTI_ACTIVITY_ENVIRONMENT_POWER);
		e->data.power.power = 650000 + i;
		e->data.power.powerLimit = 700000;
		fake_put_environment(&s.buffer, CUPTI_ACTIVITY_ENVIRONMENT_TEMPERATURE)
			->data.temperature.gpuTemperature = 61;
		fake_put_environment(&s.buffer, CUPTI_ACTIVITY_ENVIRONMENT_COOLING);
	}
	send(&s);
	sensors = s.decoder.tally.sensors;
	assert_int_equal(sensors[CUPTI_SENSOR_SM_CLOCK].least, 1950);
	assert_int_equal(sensors[CUPTI_SENSOR_SM_CLOCK].most, 1980);
	assert_true(cupti_sample_quantile(&sensors[CUPTI_SENSOR_SM_CLOCK], 0.5) == 1965);
	assert_int_equal(sensors[CUPTI_SENSOR_POWER].most, 650002);
	assert_int_equal(sensors[CUPTI_SENSOR_POWER_LIMIT].least, 700000);
	assert_int_equal(sensors[CUPTI_SENSOR_TEMPERATURE].count, 3);
	assert_int_equal(s.decoder.tally.throttled, CUPTI_CLOCKS_THROTTLE_REASON_SW_POWER_CAP);
	close_study(&s);
}

/* Idle because the host was late, because a launch takes time, because of something else. */
static void gaps_have_causes(void **state)
{
	const struct cupti_span *gaps;
	struct study s;

	(void)state;
	open_study(&s);
	put_call(&s, 1, 0, 2000);
	fake_put_kernel(&s.buffer, "a", 1, 6000, 7000, 0);
	put_call(&s, 2, 0, 5000);
	fake_put_kernel(&s.buffer, "b", 2, 7600, 8000, 0);
	put_call(&s, 3, 0, 8100);
	fake_put_kernel(&s.buffer, "c", 3, 12000, 13000, 0);
	put_call(&s, 4, 0, 9000);
	fake_put_kernel(&s.buffer, "d", 4, 33000, 34000, 0);
	/* On another stream, within the first one: the device was busy anyway. */
	put_call(&s, 5, 1, 2000);
	fake_put_kernel(&s.buffer, "e", 5, 6200, 6400, 0)->streamId = 8;
	send(&s);
	deliver(&s);
	gaps = s.decoder.tally.gaps;
	assert_int_equal(gaps[CUPTI_GAP_LAUNCH].count, 1);
	assert_int_equal(gaps[CUPTI_GAP_LAUNCH].ns, 600);
	assert_int_equal(gaps[CUPTI_GAP_HOST].count, 1);
	assert_int_equal(gaps[CUPTI_GAP_HOST].ns, 4000);
	assert_int_equal(gaps[CUPTI_GAP_OTHER].count, 1);
	assert_int_equal(gaps[CUPTI_GAP_OTHER].ns, 20000);
	assert_int_equal(s.decoder.tally.quantum_ns, 200);
	assert_int_equal(s.decoder.tally.shortest_ns, 200);
	assert_int_equal(s.decoder.tally.queue.count, 5);
	assert_int_equal(s.decoder.tally.queue.least, 7600 - 8000);
	assert_int_equal(s.decoder.tally.queue.most, 33000 - 12000);
	assert_int_equal(s.decoder.tally.queue_negative, 1);
	close_study(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_times_are_noted_and_left_out),
		cmocka_unit_test(late_calls_are_compared_too),
		cmocka_unit_test(other_names_are_passed_over),
		cmocka_unit_test(unknown_records_end_a_buffer),
		cmocka_unit_test(unknown_behind_others),
		cmocka_unit_test(other_records_are_passed_over),
		cmocka_unit_test(cut_buffers_are_noticed),
		cmocka_unit_test(a_cut_first_record_is_noticed),
		cmocka_unit_test(overhead_has_two_groups),
		cmocka_unit_test(sensors_are_kept),
		cmocka_unit_test(gaps_have_causes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
