/* Work that is captured once and replayed; measuring, which is built on it. */
#include <stdlib.h>
#include <time.h>

#include "flopclock/arena.h"
#include "gpu_cuda.h"

/* Thread-local: what other threads do (a tracer's, the sampler's) cannot break a capture. */
int gpu_graph_begin(struct gpu *gpu, struct fc_error *err)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);

	return cudart_check(
		&cuda->libraries,
		cuda->libraries.cudart.cudaStreamBeginCapture(cuda->stream, cudaStreamCaptureModeThreadLocal),
		"beginning to capture", err);
}

int gpu_graph_end(struct gpu *gpu, void **graph, struct fc_error *err)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);
	const struct cudart_functions *const cudart = &cuda->libraries.cudart;
	cudaGraph_t captured = NULL;
	cudaGraphExec_t executable = NULL;
	int rc;

	if (cudart_check(&cuda->libraries, cudart->cudaStreamEndCapture(cuda->stream, &captured), "ending a capture",
			 err))
		return -1;
	rc = cudart_check(&cuda->libraries, cudart->cudaGraphInstantiate(&executable, captured, 0),
			  "making a graph of what was captured", err);
	cudart->cudaGraphDestroy(captured);
	/* So that the first replay takes no longer than the others. */
	if (!rc && cudart_check(&cuda->libraries, cudart->cudaGraphUpload(executable, cuda->stream),
				"uploading a graph", err)) {
		cudart->cudaGraphExecDestroy(executable);
		rc = -1;
	}
	if (!rc)
		*graph = executable;
	return rc;
}

int gpu_graph_replay(struct gpu *gpu, void *graph, struct fc_error *err)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);

	return cudart_check(&cuda->libraries, cuda->libraries.cudart.cudaGraphLaunch(graph, cuda->stream),
			    "replaying what was captured", err);
}

void gpu_graph_release(struct gpu *gpu, void *graph)
{
	if (graph)
		gpu_cuda_of(gpu)->libraries.cudart.cudaGraphExecDestroy(graph);
}

/* -------- measuring -------- */

/* Executions with an event in front of the first and behind each. */
struct measurement {
	struct gpu_cuda *cuda;
	int runs;
	int (*work)(void *data, struct fc_error *err);
	void *data;
	cudaEvent_t *events; /* runs + 1 */
	float *times_ms;     /* runs */
};

static int open_measurement(struct measurement *m, struct fc_error *err)
{
	const struct libraries *const libraries = &m->cuda->libraries;

	m->events = fc_calloc((size_t)m->runs + 1, sizeof(*m->events));
	m->times_ms = fc_calloc((size_t)m->runs, sizeof(*m->times_ms));
	for (int i = 0; i <= m->runs; i++)
		if (cudart_check(libraries,
				 libraries->cudart.cudaEventCreateWithFlags(&m->events[i], cudaEventDefault),
				 "making an event", err))
			return -1;
	return 0;
}

static void close_measurement(struct measurement *m)
{
	for (int i = 0; m->events && i <= m->runs; i++)
		if (m->events[i])
			m->cuda->libraries.cudart.cudaEventDestroy(m->events[i]);
	free(m->events);
	free(m->times_ms);
}

/* While capturing an event must be external: only then it becomes a node of the graph that can be read afterwards. */
static int run_all(const struct measurement *m, bool capturing, struct fc_error *err)
{
	const struct libraries *const libraries = &m->cuda->libraries;
	const unsigned flags = capturing ? cudaEventRecordExternal : cudaEventRecordDefault;

	for (int i = 0; i <= m->runs; i++) {
		if (i && m->work(m->data, err))
			return -1;
		if (cudart_check(libraries,
				 libraries->cudart.cudaEventRecordWithFlags(m->events[i], m->cuda->stream, flags),
				 "recording an event", err))
			return -1;
	}
	return 0;
}

/*
 * In one graph the executions follow each other as closely as they will in training, and none waits for the host, which
 * takes longer to launch a small kernel than the device to run it.
 */
static int run_as_graph(const struct measurement *m, struct fc_error *err)
{
	struct gpu *const gpu = &m->cuda->gpu;
	struct fc_error ignored;
	void *graph = NULL;
	int rc;

	if (gpu_graph_begin(gpu, err))
		return -1;
	rc = run_all(m, true, err);
	if (gpu_graph_end(gpu, &graph, rc ? &ignored : err))
		return -1;
	if (!rc)
		rc = gpu_graph_replay(gpu, graph, err) || gpu_sync(gpu, err) ? -1 : 0;
	gpu_graph_release(gpu, graph);
	return rc;
}

static int run_plainly(const struct measurement *m, struct fc_error *err)
{
	return run_all(m, false, err) || gpu_sync(&m->cuda->gpu, err) ? -1 : 0;
}

static int read_times(const struct measurement *m, struct fc_error *err)
{
	const struct libraries *const libraries = &m->cuda->libraries;

	for (int i = 0; i < m->runs; i++)
		if (cudart_check(
			    libraries,
			    libraries->cudart.cudaEventElapsedTime(&m->times_ms[i], m->events[i], m->events[i + 1]),
			    "reading a time", err))
			return -1;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const float x = *(const float *)a, y = *(const float *)b;

	return (x > y) - (x < y);
}

static float median(float *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* A device at rest clocks down and takes its time to clock up: what is measured first would look slow. */
static int warm_up(struct gpu_cuda *cuda, struct fc_error *err)
{
	const uint64_t bytes = 64u << 20;
	const int64_t begin_ns = now_ns(), least_ns = 200000000;
	struct gpu *const gpu = &cuda->gpu;
	void *memory;
	int rc = 0;

	if (cuda->warm)
		return 0;
	if (gpu_memory_alloc(gpu, bytes, &memory, err))
		return -1;
	while (!rc && now_ns() - begin_ns < least_ns) {
		for (int i = 0; i < 16 && !rc; i++)
			rc = gpu_memory_clear(gpu, memory, bytes, err);
		rc = rc || gpu_sync(gpu, err) ? -1 : 0;
	}
	gpu_memory_free(gpu, memory);
	cuda->warm = !rc;
	return rc;
}

/* Some of the library's calls cannot be captured: those are measured as the host launches them. */
static int run_measurement(const struct measurement *m, struct fc_error *err)
{
	struct fc_error ignored;

	if (m->work(m->data, err) || gpu_sync(&m->cuda->gpu, err))
		return -1;
	if (!run_as_graph(m, &ignored) && !read_times(m, &ignored))
		return 0;
	return run_plainly(m, err) || read_times(m, err) ? -1 : 0;
}

int gpu_graph_measure(struct gpu *gpu, int runs, int (*work)(void *data, struct fc_error *err), void *data, float *ms,
		      struct fc_error *err)
{
	struct measurement m = {.cuda = gpu_cuda_of(gpu), .runs = runs > 0 ? runs : 1, .work = work, .data = data};
	int rc;

	rc = warm_up(m.cuda, err) || open_measurement(&m, err) || run_measurement(&m, err) ? -1 : 0;
	if (!rc)
		*ms = median(m.times_ms, m.runs);
	close_measurement(&m);
	return rc;
}
