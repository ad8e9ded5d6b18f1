/*
 * Asks a real GPU and CUPTI what no document answers; tests/gpu/FINDINGS.md lists the questions. One at a time, as CUPTI can be
 * switched on once in a process: cuda_questions NAME prints lines "answer NUMBER text". Without a name it asks for the
 * description of the device only. Skipped where there is no GPU.
 */
#ifdef HAVE_CUDA

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "conv_cudnn.h"
#include "cuda_questions.h"
#include "cupti_session.h"
#include "gpu_cuda.h"

enum { LAUNCHES = 2000, NODES = 100, REPLAYS = 200 };

/* What a question switches on. */
struct way {
	const char *name;
	bool subscribe, kernels, runtime, driver, launches_only, latency, hardware, again, cost;
};

static const struct way ways[] = {
	{ .name = "device" },
	{ .name = "calls-runtime", .subscribe = true, .kernels = true, .runtime = true },
	{ .name = "calls-driver", .subscribe = true, .kernels = true, .driver = true },
	{ .name = "calls-both", .subscribe = true, .kernels = true, .runtime = true, .driver = true },
	{ .name = "calls-launches", .subscribe = true, .kernels = true, .launches_only = true },
	{ .name = "latency", .subscribe = true, .kernels = true, .runtime = true, .latency = true },
	{ .name = "hardware", .subscribe = true, .kernels = true, .runtime = true, .hardware = true },
	{ .name = "second-subscriber", .subscribe = true, .again = true },
	{ .name = "cost-nothing", .cost = true },
	{ .name = "cost-subscribed", .subscribe = true, .cost = true },
	{ .name = "cost-kernels", .subscribe = true, .kernels = true, .cost = true },
	{ .name = "cost-all", .subscribe = true, .kernels = true, .runtime = true, .driver = true, .cost = true },
};

struct question {
	const struct way *way;
	struct libraries l;
	struct gpu *gpu;
	CUpti_SubscriberHandle subscriber;
	void *a, *b, *c;
};

/* -------- switching on -------- */

static void no_event(void *data, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void *event)
{
	(void)data;
	(void)domain;
	(void)id;
	(void)event;
}

static void tell_result(const struct question *q, const char *number, const char *what, CUptiResult result)
{
	const char *name = NULL;

	q->l.cupti.cuptiGetResultString(result, &name);
	printf("answer %s %s: %s (%d)\n", number, what, name ? name : "?", (int)result);
}

/* One of CUPTI's switches that the program itself has no use for. */
static void tell_switch(const struct question *q, const char *number, const char *what, const char *function)
{
	void *const library = dlopen(q->l.path[LIBRARY_CUPTI], RTLD_LAZY | RTLD_NOLOAD);
	CUptiResult (*enable)(uint8_t) = NULL;
	void *const address = library ? dlsym(library, function) : NULL;

	memcpy(&enable, &address, sizeof(enable));
	if (enable)
		tell_result(q, number, what, enable(1));
	else
		printf("answer %s %s: CUPTI has no function %s\n", number, what, function);
}

static CUptiResult subscribe(struct question *q, const char *as, char holder[128])
{
	CUpti_SubscriberHandle second = NULL, *const handle = q->subscriber ? &second : &q->subscriber;
	CUpti_SubscriberParams params = { .structSize = CUpti_SubscriberParams_STRUCT_SIZE,
					  .subscriberName = as,
					  .oldSubscriberName = holder,
					  .oldSubscriberSize = 128 };

	holder[0] = '\0';
	return q->l.cupti.cuptiSubscribe_v2(handle, no_event, NULL, &params);
}

/* Only what launches, copies or fills, function by function, without the kinds of records as a whole. */
static void enable_launches(struct question *q)
{
	static const CUpti_CallbackDomain domains[] = { CUPTI_CB_DOMAIN_RUNTIME_API, CUPTI_CB_DOMAIN_DRIVER_API };
	const struct cupti_functions *const cupti = &q->l.cupti;
	int enabled = 0;

	for (int d = 0; d < 2; d++)
		for (CUpti_CallbackId id = 1; id < 2000; id++) {
			const char *name = NULL;

			if (cupti->cuptiGetCallbackName(domains[d], id, &name) == CUPTI_SUCCESS && name &&
			    cupti_is_traced(name))
				enabled += (d ? cupti->cuptiActivityEnableDriverApi(id, 1)
					      : cupti->cuptiActivityEnableRuntimeApi(id, 1)) == CUPTI_SUCCESS;
		}
	printf("answer P1 %d functions enabled one by one\n", enabled);
}

static void switch_on(struct question *q)
{
	const struct cupti_functions *const cupti = &q->l.cupti;
	char holder[128];

	if (!q->way->subscribe)
		return;
	told()->next = cupti->cuptiActivityGetNextRecord;
	tell_result(q, "P7", "subscribing", subscribe(q, "flopclock", holder));
	if (q->way->again) {
		tell_result(q, "P7", "subscribing a second time", subscribe(q, "another", holder));
		printf("answer P7 the holder's name is given as '%s'\n", holder);
	}
	cupti->cuptiActivityRegisterCallbacks(told_request, told_complete);
	if (q->way->latency)
		tell_switch(q, "P2", "latency timestamps", "cuptiActivityEnableLatencyTimestamps");
	if (q->way->kernels) {
		cupti->cuptiActivityEnable(CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL);
		cupti->cuptiActivityEnable(CUPTI_ACTIVITY_KIND_EXTERNAL_CORRELATION);
	}
	if (q->way->runtime)
		cupti->cuptiActivityEnable(CUPTI_ACTIVITY_KIND_RUNTIME);
	if (q->way->driver)
		cupti->cuptiActivityEnable(CUPTI_ACTIVITY_KIND_DRIVER);
	if (q->way->launches_only)
		enable_launches(q);
}

/* -------- work -------- */

#define SIDE	 28
#define CHANNELS 64
#define BATCH	 16
#define FLOATS	 ((int64_t)BATCH * SIDE * SIDE * CHANNELS)

static void must(int rc, const struct fc_error *err)
{
	if (rc)
		fail_msg("%s", err->text);
}

static void work_own(struct question *q)
{
	struct fc_error err;

	must(kernel_noise(q->gpu, GPU_F32, q->a, FLOATS, 1, &err), &err);
}

static void work_conv(struct question *q)
{
	const struct gpu_conv_request request = { .phase = FC_PHASE_FORWARD,
						  .n = BATCH,
						  .c = CHANNELS,
						  .h = SIDE,
						  .w = SIDE,
						  .k = CHANNELS,
						  .p = SIDE,
						  .q = SIDE,
						  .r = 3,
						  .s = 3,
						  .stride_h = 1,
						  .stride_w = 1,
						  .pad_h = 1,
						  .pad_w = 1,
						  .dilation_h = 1,
						  .dilation_w = 1,
						  .groups = 1,
						  .precision = FC_PRECISION_TF32,
						  .workspace_bytes = 1 << 20 };
	struct gpu_conv *conv;
	struct fc_error err;

	must(q->gpu->ops->conv_open(q->gpu, &request, &conv, &err), &err);
	assert_non_null(conv);
	must(q->gpu->ops->conv_run(q->gpu, conv, q->a, q->b, NULL, q->c, (char *)q->b + (1 << 20), &err), &err);
	q->gpu->ops->sync(q->gpu, &err);
	q->gpu->ops->conv_close(q->gpu, conv);
}

static void work_product(struct question *q)
{
	const struct gpu_product_request request = {
		.m = 256, .n = 256, .k = 256, .precision = FC_PRECISION_TF32, .workspace_bytes = 1 << 20
	};
	struct gpu_product *product;
	struct fc_error err;

	must(q->gpu->ops->product_open(q->gpu, &request, &product, &err), &err);
	must(q->gpu->ops->product_run(q->gpu, product, q->a, q->b, NULL, q->c, (char *)q->b + (1 << 20), &err), &err);
	q->gpu->ops->sync(q->gpu, &err);
	q->gpu->ops->product_close(q->gpu, product);
}

static const struct work {
	const char *name;
	void (*run)(struct question *q);
} works[] = { { "own kernel", work_own }, { "cuDNN", work_conv }, { "cuBLASLt", work_product } };

enum { WORKS = sizeof(works) / sizeof(works[0]) };

static void open_gpu(struct question *q)
{
	const struct fc_device_config config = { .precision = FC_PRECISION_TF32 };
	struct fc_error err;

	must(gpu_cuda_open_with(&q->l, &config, &q->gpu, &err), &err);
	must(q->gpu->ops->alloc(q->gpu, (uint64_t)FLOATS * 4, &q->a, &err), &err);
	must(q->gpu->ops->alloc(q->gpu, (uint64_t)FLOATS * 4, &q->b, &err), &err);
	must(q->gpu->ops->alloc(q->gpu, (uint64_t)FLOATS * 4, &q->c, &err), &err);
}

/* -------- answers -------- */

static void answer_calls(struct question *q)
{
	const struct cupti_functions *const cupti = &q->l.cupti;
	const CUpti_ExternalCorrelationKind kind = CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0;
	int end[WORKS];
	uint64_t popped;
	struct fc_error err;

	for (int w = 0; w < WORKS; w++) {
		cupti->cuptiActivityPushExternalCorrelationId(kind, (uint64_t)w + 1);
		works[w].run(q);
		cupti->cuptiActivityPopExternalCorrelationId(kind, &popped);
		q->gpu->ops->sync(q->gpu, &err);
		cupti->cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
		end[w] = told()->kernel_count;
	}
	for (int w = 0; w < WORKS; w++) {
		const int first = w ? end[w - 1] : 0;
		char callers[400] = "";
		int with = 0;

		for (int k = first; k < end[w]; k++) {
			with += told_with(told()->kernels[k].correlation, (uint64_t)w + 1);
			told_callers(cupti, told()->kernels[k].correlation, callers, sizeof(callers));
		}
		printf("answer P1 %s, %s: %d kernels, %d with their id; called by%s\n", q->way->name, works[w].name,
		       end[w] - first, with, *callers ? callers : " nobody recorded");
	}
}

static void answer_latency(struct question *q)
{
	int queued = 0, submitted = 0;
	struct fc_error err;

	answer_calls(q);
	q->gpu->ops->sync(q->gpu, &err);
	for (int k = 0; k < told()->kernel_count; k++) {
		queued += told()->kernels[k].queued != 0;
		submitted += told()->kernels[k].submitted != 0;
	}
	printf("answer P2 of %d kernels %d have the time of queueing, %d that of submission\n", told()->kernel_count,
	       queued, submitted);
}

static void answer_device(struct question *q)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(q->gpu);
	struct fc_str json = { 0 };
	struct fc_error err;

	must(conv_cudnn_device(&cuda->libraries, cuda->cudnn, &json, &err), &err);
	printf("json %s\nanswer C1 cuDNN describes this device in %zu bytes\n", json.text, json.length);
	fc_str_release(&json);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

static void launch_many(struct question *q, int count)
{
	struct fc_error err;

	for (int i = 0; i < count; i++)
		must(kernel_noise(q->gpu, GPU_F32, q->a, 1024, 1, &err), &err);
}

static double timed_us(struct question *q, void *graph, int count)
{
	struct fc_error err;
	double start;

	q->gpu->ops->sync(q->gpu, &err);
	start = now_us();
	if (!graph)
		launch_many(q, count);
	for (int i = 0; graph && i < count; i++)
		must(q->gpu->ops->replay(q->gpu, graph, &err), &err);
	q->gpu->ops->sync(q->gpu, &err);
	return (now_us() - start) / count;
}

static void answer_cost(struct question *q)
{
	const struct gpu_ops *const ops = q->gpu->ops;
	double launch, replay;
	struct fc_error err;
	void *graph;

	launch_many(q, NODES);
	must(ops->sync(q->gpu, &err) || ops->capture_begin(q->gpu, &err), &err);
	launch_many(q, NODES);
	must(ops->capture_end(q->gpu, &graph, &err), &err);
	timed_us(q, graph, REPLAYS / 10);
	timed_us(q, NULL, LAUNCHES / 10);
	launch = timed_us(q, NULL, LAUNCHES);
	replay = timed_us(q, graph, REPLAYS);
	printf("answer P5 %s: a small kernel takes %.3f us launched, %.3f us as a node of a replayed graph\n",
	       q->way->name, launch, replay / NODES);
	ops->graph_release(q->gpu, graph);
}

static void ask(struct question *q)
{
	const struct cupti_functions *const cupti = &q->l.cupti;

	switch_on(q);
	open_gpu(q);
	if (q->way->hardware)
		tell_switch(q, "P3", "hardware tracing", "cuptiActivityEnableHWTrace");
	if (q->way->cost)
		answer_cost(q);
	else if (q->way->latency)
		answer_latency(q);
	else if (q->way->kernels)
		answer_calls(q);
	else if (!q->way->again)
		answer_device(q);
	for (int i = 0; i < 3; i++)
		q->gpu->ops->free(q->gpu, i == 0 ? q->a : i == 1 ? q->b : q->c);
	q->gpu->ops->close(q->gpu);
	if (q->subscriber) {
		cupti->cuptiActivityFlushAll(CUPTI_ACTIVITY_FLAG_FLUSH_FORCED);
		cupti->cuptiUnsubscribe(q->subscriber);
	}
}

static void test_question(void **state)
{
	struct question q = { .way = *state };
	struct fc_error err = { "" };
	int driver = 0;

	if (libraries_open(&q.l, LIBRARIES_TRAIN | LIBRARIES_TRACE, LIBRARIES_STATE, &err)) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	/* Nothing here may initialise CUDA before CUPTI is on. */
	if (q.l.cudart.cudaDriverGetVersion(&driver) != cudaSuccess || !driver) {
		print_message("skipped: there is no NVIDIA driver\n");
		skip();
	}
	ask(&q);
}

int main(int argc, char **argv)
{
	const struct way *way = argc > 1 ? NULL : &ways[0];

	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(argv[1], ways[i].name))
			way = &ways[i];
	if (!way) {
		fprintf(stderr, "cuda_questions: there is no question %s\n", argv[1]);
		return 2;
	}
	const struct CMUnitTest tests[] = { cmocka_unit_test_prestate(test_question, (void *)(uintptr_t)way) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
