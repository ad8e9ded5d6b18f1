/*
 * The probe on a real GPU, where there is one: memsets and copies, plain, captured and replayed, each put to its step.
 * Nothing of ours is launched, so what fails here is the probe or CUPTI.
 */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include <cupti_probe.h>
#include <cupti_session.h>

#define BYTES ((size_t)1 << 20)

struct device_study {
	struct fixture f;
	struct libraries l;
	struct fc_probe probe;
	cudaStream_t stream;
	void *from, *to;
	cudaGraphExec_t exec;
	int64_t start_ns;
};

static void must(const struct device_study *s, cudaError_t status, const char *what)
{
	struct fc_error err;

	if (cudart_check(&s->l, status, what, &err))
		fail_msg("%s", err.text);
}

/* The probe comes before the first call to the device. */
static void open_study(struct device_study *s)
{
	struct fc_error err = { "" };
	int driver = 0, devices = 0;

	memset(s, 0, sizeof(*s));
	s->probe.kind = &fc_probe_cupti;
	if (libraries_open(&s->l, LIBRARIES_TRACE, 0, &err)) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	s->l.cudart.cudaDriverGetVersion(&driver);
	if (!driver || s->probe.kind->open(&s->probe, &err)) {
		print_message("skipped: %s\n", driver ? err.text : "there is no driver for an NVIDIA GPU");
		skip();
	}
	if (s->l.cudart.cudaGetDeviceCount(&devices) != cudaSuccess || !devices) {
		s->probe.kind->close(&s->probe);
		print_message("skipped: there is no NVIDIA GPU\n");
		skip();
	}
	open_fixture(&s->f);
	s->probe.recorder = s->f.recorder;
	must(s, s->l.cudart.cudaStreamCreateWithFlags(&s->stream, cudaStreamNonBlocking), "a stream");
	must(s, s->l.cudart.cudaMalloc(&s->from, BYTES), "memory");
	must(s, s->l.cudart.cudaMalloc(&s->to, BYTES), "memory");
	must(s, s->l.cudart.cudaMemsetAsync(s->from, 1, BYTES, s->stream), "set-up");
	must(s, s->l.cudart.cudaStreamSynchronize(s->stream), "set-up");
}

static void close_study(struct device_study *s)
{
	must(s, s->l.cudart.cudaGraphExecDestroy(s->exec), "the graph's end");
	must(s, s->l.cudart.cudaFree(s->from), "memory");
	must(s, s->l.cudart.cudaFree(s->to), "memory");
	must(s, s->l.cudart.cudaStreamDestroy(s->stream), "the stream's end");
	s->probe.kind->close(&s->probe);
	close_fixture(&s->f);
}

/* Every step fills, then copies. */
static void run_steps(struct device_study *s)
{
	for (int i = 0; i < s->f.steps; i++) {
		s->probe.kind->enter(&s->probe, i, NULL, 0);
		must(s, s->l.cudart.cudaMemsetAsync(s->from, i, BYTES, s->stream), "a memset");
		must(s, s->l.cudart.cudaMemcpyAsync(s->to, s->from, BYTES, cudaMemcpyDeviceToDevice, s->stream),
		     "a copy");
		s->probe.kind->leave(&s->probe);
	}
}

static void capture(struct device_study *s)
{
	cudaGraph_t graph;

	s->probe.kind->capture(&s->probe, FC_PASS_TRAIN, true);
	must(s, s->l.cudart.cudaStreamBeginCapture(s->stream, cudaStreamCaptureModeThreadLocal), "capture");
	run_steps(s);
	must(s, s->l.cudart.cudaStreamEndCapture(s->stream, &graph), "capture");
	s->probe.kind->capture(&s->probe, FC_PASS_TRAIN, false);
	must(s, s->l.cudart.cudaGraphInstantiate(&s->exec, graph, 0), "an executable graph");
	must(s, s->l.cudart.cudaGraphDestroy(graph), "the graph's end");
}

static void replay(struct device_study *s)
{
	s->probe.kind->enter(&s->probe, FC_PROBE_REPLAY, NULL, 0);
	must(s, s->l.cudart.cudaGraphLaunch(s->exec, s->stream), "a replay");
	s->probe.kind->leave(&s->probe);
}

static void begin(struct device_study *s)
{
	s->probe.kind->iteration(&s->probe, FC_PASS_TRAIN,
				 recorder_begin(s->f.recorder, FC_PASS_TRAIN, 1, true, s->start_ns));
}

static void a_gpu_is_recorded_whole(void **state)
{
	enum { ITERATIONS = 4 };
	struct fc_result results[ITERATIONS] = { { .images = 1 } };
	struct fc_error err = { "" };
	struct cupti_tally *tally;
	struct device_study s;
	int64_t end_ns;

	(void)state;
	open_study(&s);
	s.start_ns = s.probe.kind->now(&s.probe);
	begin(&s);
	run_steps(&s);
	begin(&s);
	capture(&s);
	replay(&s);
	for (int i = 2; i < ITERATIONS; i++) {
		begin(&s);
		replay(&s);
	}
	must(&s, s.l.cudart.cudaStreamSynchronize(s.stream), "waiting");
	end_ns = s.probe.kind->now(&s.probe);
	s.probe.kind->iteration(&s.probe, FC_PASS_TRAIN, FC_PROBE_NO_ITERATION);
	must(&s, s.l.cudart.cudaMemsetAsync(s.from, 0, BYTES, s.stream), "something between");
	if (s.probe.kind->drain(&s.probe, &err))
		fail_msg("%s", err.text);
	recorder_tile(s.f.recorder, ITERATIONS, s.start_ns, end_ns, results);
	recorder_flush(s.f.recorder);
	assert_anomalies(&s.f, 0);
	tally = &cupti_probe_session(&s.probe)->decoder.tally;
	assert_int_equal(tally->missed, 0);
	assert_int_equal(tally->stray.count, 0);
	assert_true(tally->setup.count >= 1);
	assert_int_equal(tally->between.count, 1);
	for (int i = 0; i < s.f.steps; i++)
		assert_int_equal(s.f.recorder->steps[FC_PASS_TRAIN][i].records, 2 * ITERATIONS);
	for (int i = 0; i < ITERATIONS; i++) {
		const struct recorder_iteration *const it = &s.f.recorder->iterations[i];

		assert_int_equal(it->end_ns - it->start_ns, it->busy_ns + it->idle_ns);
		assert_int_equal(it->unattributed_ns, 0);
	}
	close_study(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_gpu_is_recorded_whole) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
