/* Capture and measuring over a stand-in for CUDA whose clock moves as the test wants it. */
#ifdef HAVE_CUDA

#include "cuda_calls_study.h"

static void test_capture(void **state)
{
	const double times[] = { 3, 4 };
	struct study s;
	struct script script;
	void *graph = NULL;
	double before;

	(void)state;
	open_study(&s);
	script = (struct script){ .fake = &s.fake, .times_ms = times, .capturable = true };
	must(&s, s.ops->capture_begin(s.gpu, &s.err));
	must(&s, play(&script, &s.err));
	must(&s, play(&script, &s.err));
	must(&s, s.ops->capture_end(s.gpu, &graph, &s.err));
	before = s.fake.clock_ms;
	must(&s, s.ops->replay(s.gpu, graph, &s.err));
	must(&s, s.ops->replay(s.gpu, graph, &s.err));
	assert_true(s.fake.clock_ms - before == 14);
	s.ops->graph_release(s.gpu, graph);
	s.ops->graph_release(s.gpu, NULL);
	close_study(&s);
}

static float median_of(struct study *s, bool capturable, const double *times_ms, int runs)
{
	struct script script = { .fake = &s->fake, .times_ms = times_ms, .capturable = capturable };
	float ms = -1;

	must(s, s->ops->measure(s->gpu, runs, play, &script, &ms, &s->err));
	assert_int_equal(script.calls, runs + 1);
	return ms;
}

static void test_measure(void **state)
{
	/* The first does not count. */
	static const double odd[] = { 99, 5, 1, 2, 4, 3 }, even[] = { 99, 1, 8, 2, 4 };
	struct study s;

	(void)state;
	open_study(&s);
	assert_true(median_of(&s, true, odd, 5) == 3);
	assert_int_equal(s.fake.replays, 1);
	assert_true(median_of(&s, true, even, 4) == 3);
	/* What cannot be captured is measured plainly. */
	assert_true(median_of(&s, false, odd, 5) == 3);
	assert_int_equal(s.fake.captures, 3);
	assert_int_equal(s.fake.replays, 2);
	assert_false(s.fake.capturing);
	close_study(&s);
}

static void test_measuring_what_fails(void **state)
{
	static const double times[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

	(void)state;
	for (int from = 1; from <= 4; from++) {
		struct study s;
		struct script script;
		float ms;

		open_study(&s);
		script = (struct script){ .fake = &s.fake, .times_ms = times, .fails_from = from, .capturable = true };
		assert_int_equal(s.ops->measure(s.gpu, 5, play, &script, &ms, &s.err), -1);
		assert_string_equal(s.err.text, "the work failed");
		assert_false(s.fake.capturing);
		close_study(&s);
	}
}

/* The first measurement waits until clocks are up; later ones do not. */
static void test_warming_up(void **state)
{
	static const double times[] = { 1, 1, 1 };
	struct study s;
	int calls;

	(void)state;
	open_study(&s);
	gpu_cuda_of(s.gpu)->warm = false;
	median_of(&s, true, times, 2);
	assert_true(gpu_cuda_of(s.gpu)->warm);
	assert_int_equal(s.fake.peak_bytes, 64 << 20);
	calls = s.fake.calls;
	median_of(&s, true, times, 2);
	assert_true(s.fake.calls - calls < 30);
	close_study(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_measure),
		cmocka_unit_test(test_measuring_what_fails),
		cmocka_unit_test(test_warming_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
