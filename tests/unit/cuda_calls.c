/*
 * The real GPU's code over a stand-in for NVIDIA's libraries (fake_cuda.h): which calls it makes, which choices it draws from
 * times, and that whatever fails, at any call, ends in a sentence and leaves nothing behind.
 */
#ifdef HAVE_CUDA

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../gpu/fake_cuda.h"
#include "gpu_cuda.h"

struct study {
	struct fake_cuda fake;
	struct libraries libraries;
	struct gpu *gpu;
	const struct gpu_ops *ops;
	struct fc_error err;
};

static const struct fc_device_config config = { .precision = FC_PRECISION_TF32, .autotune = true };

static void open_study(struct study *s)
{
	memset(s, 0, sizeof(*s));
	fake_cuda_open(&s->fake, &s->libraries);
	if (gpu_cuda_open_with(&s->libraries, &config, &s->gpu, &s->err))
		fail_msg("%s", s->err.text);
	s->ops = s->gpu->ops;
	/* Clocks need no warming here. */
	gpu_cuda_of(s->gpu)->warm = true;
}

static void close_study(struct study *s)
{
	s->ops->close(s->gpu);
	assert_int_equal(s->fake.alive, 0);
	assert_int_equal(s->fake.used_bytes, 0);
}

static void must(const struct study *s, int rc)
{
	if (rc)
		fail_msg("%s", s->err.text);
}

/* -------- opening -------- */

static void expect_refusal(struct study *s, int index, const char *sentence)
{
	const struct fc_device_config chosen = { .index = index };

	assert_int_equal(gpu_cuda_open_with(&s->libraries, &chosen, &s->gpu, &s->err), -1);
	assert_string_equal(s->err.text, sentence);
	assert_int_equal(s->fake.alive, 0);
}

static void test_refusals(void **state)
{
	struct study s;

	(void)state;
	memset(&s, 0, sizeof(s));
	fake_cuda_open(&s.fake, &s.libraries);
	expect_refusal(&s, 1, "there is no GPU 1: CUDA sees 1, counted from 0");
	expect_refusal(&s, -1, "there is no GPU -1: CUDA sees 1, counted from 0");
	s.fake.driver = 12080;
	expect_refusal(&s, 0, "the NVIDIA driver knows CUDA 12.8, and the libraries here need one that knows CUDA 13.0");
	s.fake.driver = 0;
	expect_refusal(&s, 0, "there is no NVIDIA driver (libcuda.so.1)");
	s.fake.stub = true;
	expect_refusal(&s, 0, "the libcuda.so.1 that the loader finds is the stub of a toolkit, not that of a driver");
	s.fake.driver = 13000;
	setenv("CUDA_VISIBLE_DEVICES", "-1", 1);
	expect_refusal(&s, 0, "CUDA_VISIBLE_DEVICES is '-1' and hides every GPU");
	unsetenv("CUDA_VISIBLE_DEVICES");
}

static void test_description(void **state)
{
	static const char *const parts[] = {
		"\"name\": \"Invented GPU 0\"", "\"uuid\": \"GPU-30313233-3435-3637-3839-616263646566\"",
		"\"pci_id\": \"0000:00:00.0\"", "\"compute_capability\": \"9.0\"", "\"multiprocessors\": 100",
		"\"memory_bytes\": 1000000000", "\"ecc\": true", "\"driver_cuda\": \"13.0\"", "\"cudnn\": \"9.19.0\"",
		"\"cudnn_cuda_runtime\": \"13.1\"", "\"cublaslt\": \"13.1.0\"", "\"sm_clock_limit_mhz\": 1500",
		/* 2 transfers of 512 bits at 1 GHz. */
		"\"peak_bytes_per_s\": 128000000000", "\"clock\": \"highest\"", "\"tf32\": 307200000000000",
		"\"missing\": \"NVML (libnvidia-ml.so.1) was not found\"", "\"CUDA_LAUNCH_BLOCKING\": \"0\"",
		"\"properties\": \"{\\\"deviceName\\\": \\\"Invented GPU\\\"}\"",
	};
	struct fc_json json = { .depth = 0 };
	struct study s;

	(void)state;
	setenv("CUDA_LAUNCH_BLOCKING", "0", 1);
	open_study(&s);
	fc_json_object(&json, NULL);
	s.ops->describe(s.gpu, &json);
	fc_json_end_object(&json);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strstr(json.out.text, parts[i]))
			fail_msg("%s is not in %s", parts[i], json.out.text);
	fc_json_release(&json);
	unsetenv("CUDA_LAUNCH_BLOCKING");
	close_study(&s);
}

/* -------- memory and launches -------- */

static void test_memory(void **state)
{
	static const char text[] = "there and back";
	char back[sizeof(text)] = "";
	struct study s;
	void *memory = NULL, *more = NULL;

	(void)state;
	open_study(&s);
	must(&s, s.ops->alloc(s.gpu, sizeof(text), &memory, &s.err));
	must(&s, s.ops->download(s.gpu, back, memory, sizeof(text), &s.err));
	for (size_t i = 0; i < sizeof(text); i++)
		assert_int_equal(back[i], 0);
	must(&s, s.ops->upload(s.gpu, memory, text, sizeof(text), &s.err));
	must(&s, s.ops->download(s.gpu, back, memory, sizeof(text), &s.err));
	assert_string_equal(back, text);
	must(&s, s.ops->clear(s.gpu, memory, 5, &s.err));
	must(&s, s.ops->download(s.gpu, back, memory, sizeof(text), &s.err));
	assert_memory_equal(back, "\0\0\0\0\0 and back", sizeof(text));
	assert_int_equal(s.ops->alloc(s.gpu, 1500000000, &more, &s.err), -1);
	assert_string_equal(s.err.text, "Invented GPU 0 has no 1.50 GB of memory left: 1.00 of 1.00 GB are free");
	assert_int_equal(s.ops->memory_available(s.gpu), 1000000000 - sizeof(text) - (64 << 20));
	s.ops->free(s.gpu, memory);
	close_study(&s);
}

static void test_launch(void **state)
{
	const uint64_t arguments = 0x1122334455667788;
	struct gpu_launch launch = {
		.kernel = KERNEL_RELU, .type = GPU_BF16, .grid = { 7, 2, 3 }, .block = { 128, 1, 1 }, .shared_bytes = 48 << 10,
		.args = &arguments, .args_bytes = sizeof(arguments),
	};
	struct study s;

	(void)state;
	open_study(&s);
	must(&s, s.ops->launch(s.gpu, &launch, &s.err));
	assert_string_equal(s.fake.kernel, "relu_bf16");
	assert_memory_equal(s.fake.grid, launch.grid, sizeof(launch.grid));
	assert_memory_equal(s.fake.block, launch.block, sizeof(launch.block));
	assert_int_equal(s.fake.shared_bytes, 48 << 10);
	assert_memory_equal(s.fake.arguments, &arguments, sizeof(arguments));
	assert_int_equal(s.fake.shared_requests, 0);
	/* More than every kernel has must be asked for, once. */
	launch.shared_bytes = 100 << 10;
	must(&s, s.ops->launch(s.gpu, &launch, &s.err));
	must(&s, s.ops->launch(s.gpu, &launch, &s.err));
	assert_int_equal(s.fake.shared_requests, 1);
	s.fake.fail_at = s.fake.calls + 1;
	assert_int_equal(s.ops->launch(s.gpu, &launch, &s.err), -1);
	assert_string_equal(s.err.text, "the kernel relu_bf16: cannot be launched: as the test wants it (cudaErrorOfTheTest)");
	close_study(&s);
}

/* -------- capture and measuring -------- */

/* Takes as long as the next of these, in milliseconds. */
struct script {
	struct fake_cuda *fake;
	const double *times_ms;
	int calls, fails_from;
	bool capturable;
};

static int play(void *data, struct fc_error *err)
{
	struct script *const script = data;

	if (script->fails_from && script->calls + 1 >= script->fails_from)
		return fc_fail(err, "the work failed");
	if (script->fake->capturing && !script->capturable)
		return fc_fail(err, "cannot be captured");
	script->fake->clock_ms += script->times_ms[script->calls++];
	return 0;
}

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

/* -------- products -------- */

static const struct gpu_product_request dense = {
	.m = 32, .n = 10, .k = 100, .transpose_b = true, .precision = FC_PRECISION_TF32, .bias = true, .autotune = true,
	.workspace_bytes = 1 << 20,
};

static struct gpu_plan open_product(struct study *s, const struct gpu_product_request *request, struct gpu_product **product)
{
	struct gpu_plan plan;

	must(s, s->ops->product_open(s->gpu, request, product, &s->err));
	s->ops->product_plan(s->gpu, *product, &plan);
	return plan;
}

static void test_fastest_product(void **state)
{
	struct gpu_product *product;
	struct gpu_plan plan;
	struct study s;

	(void)state;
	open_study(&s);
	s.fake.algorithms = 4;
	memcpy(s.fake.algorithm_ms, (double[]){ 3, -1, 1, 2 }, 4 * sizeof(double));
	memcpy(s.fake.algorithm_workspace, (size_t[]){ 0, 0, 1000, 5000 }, 4 * sizeof(size_t));
	s.fake.algorithm_arithmetic = CUBLASLT_NUMERICAL_IMPL_FLAGS_HMMA | CUBLASLT_NUMERICAL_IMPL_FLAGS_INPUT_TF32;
	plan = open_product(&s, &dense, &product);
	assert_string_equal(plan.name, "cublaslt:algorithm 62");
	assert_string_equal(plan.notes, "tensor_core down_convert_inputs");
	assert_non_null(strstr(plan.knobs, "split k"));
	assert_int_equal(plan.engine, 62);
	assert_true(plan.tensor_cores);
	assert_int_equal(plan.candidates, 4);
	assert_int_equal(plan.rank, 2);
	assert_int_equal(plan.measured, 4);
	assert_true(plan.times_ms[0] == 3 && isnan(plan.times_ms[1]) && plan.times_ms[2] == 1 && plan.times_ms[3] == 2);
	/* With room for a place that the library wants. */
	assert_int_equal(plan.workspace_bytes, 1256);
	s.ops->product_close(s.gpu, product);
	close_study(&s);
}

/* At most eight are measured, however many there are. */
static void test_first_few_are_measured(void **state)
{
	struct gpu_product *product;
	struct gpu_plan plan;
	struct study s;

	(void)state;
	open_study(&s);
	s.fake.algorithms = FAKE_ALGORITHMS;
	for (int i = 0; i < FAKE_ALGORITHMS; i++)
		s.fake.algorithm_ms[i] = 100 - i;
	plan = open_product(&s, &dense, &product);
	assert_int_equal(plan.candidates, FAKE_ALGORITHMS);
	assert_int_equal(plan.measured, 8);
	assert_int_equal(plan.rank, 7);
	s.ops->product_close(s.gpu, product);
	close_study(&s);
}

/* Deterministic, or without autotune: the library's favourite, and nothing is run. */
static void test_favourite_product(void **state)
{
	struct gpu_product_request requests[] = { dense, dense };

	(void)state;
	requests[0].deterministic = true;
	requests[1].autotune = false;
	for (size_t i = 0; i < 2; i++) {
		struct gpu_product *product;
		struct gpu_plan plan;
		struct study s;

		open_study(&s);
		s.fake.algorithms = 2;
		memcpy(s.fake.algorithm_ms, (double[]){ 9, 1 }, 2 * sizeof(double));
		plan = open_product(&s, &requests[i], &product);
		assert_int_equal(plan.rank, 0);
		assert_int_equal(plan.measured, 0);
		assert_int_equal(s.fake.products, 0);
		assert_int_equal(s.fake.peak_bytes, 0);
		s.ops->product_close(s.gpu, product);
		close_study(&s);
	}
}

static void test_running_a_product(void **state)
{
	struct gpu_product_request request = dense;
	struct gpu_product *product;
	struct gpu_plan plan;
	struct study s;
	char *memory;

	(void)state;
	open_study(&s);
	s.fake.algorithm_workspace[0] = 700;
	plan = open_product(&s, &request, &product);
	must(&s, s.ops->alloc(s.gpu, 4096, (void **)&memory, &s.err));
	/* A workspace that lies badly is straightened, and nothing behind it is written. */
	memset(memory, 7, 4096);
	must(&s, s.ops->product_run(s.gpu, product, memory, memory + 512, memory + 1024, memory + 2048, memory + 3 + 2048,
				    &s.err));
	assert_true(s.fake.beta == 0);
	assert_ptr_equal(s.fake.bias, memory + 1024);
	assert_true((const char *)s.fake.workspace >= memory + 2051);
	assert_int_equal(s.fake.workspace_bytes, 700);
	for (uint64_t i = 2051 + plan.workspace_bytes; i < 4096; i++)
		assert_int_equal(memory[i], 7);
	s.ops->product_close(s.gpu, product);
	request.bias = false;
	request.accumulate = true;
	open_product(&s, &request, &product);
	must(&s, s.ops->product_run(s.gpu, product, memory, memory, NULL, memory, memory + 2048, &s.err));
	assert_true(s.fake.beta == 1);
	s.ops->product_close(s.gpu, product);
	s.ops->free(s.gpu, memory);
	close_study(&s);
}

static void test_no_product(void **state)
{
	struct gpu_product *product = NULL;
	struct study s;

	(void)state;
	open_study(&s);
	s.fake.algorithms = 0;
	assert_int_equal(s.ops->product_open(s.gpu, &dense, &product, &s.err), -1);
	assert_string_equal(s.err.text, "a product of 32 x 100 by 100 x 10 in tf32 with at most 1048576 bytes of workspace: "
					"cuBLASLt offers nothing: NOT_SUPPORTED (NOT_SUPPORTED)");
	s.fake.algorithms = 1;
	s.fake.algorithm_ms[0] = -1;
	assert_int_equal(s.ops->product_open(s.gpu, &dense, &product, &s.err), -1);
	assert_string_equal(s.err.text, "none of the products that cuBLASLt offers can be run: a matrix product: "
					"NOT_SUPPORTED (NOT_SUPPORTED)");
	close_study(&s);
}

/* -------- norms and pools -------- */

static const struct gpu_legacy_request norm = {
	.kind = GPU_LEGACY_NORM_TRAIN, .n = 2, .c = 8, .h = 4, .w = 4, .p = 4, .q = 4, .epsilon = 1e-5, .momentum = 0.1,
};

static struct gpu_legacy *open_legacy(struct study *s, const struct gpu_legacy_request *request)
{
	struct gpu_legacy *legacy = (struct gpu_legacy *)s;

	must(s, s->ops->legacy_open(s->gpu, request, &legacy, &s->err));
	return legacy;
}

static void test_modes_of_norms(void **state)
{
	static const struct {
		cudnnStatus_t persistent, spatial;
		size_t workspace, kept;
		int mode;		/* -1: none */
	} cases[] = {
		{ 0, 0, 0, 0, CUDNN_BATCHNORM_SPATIAL_PERSISTENT },
		{ 0, 0, 4096, 0, CUDNN_BATCHNORM_SPATIAL_PERSISTENT },
		{ CUDNN_STATUS_NOT_SUPPORTED, 0, 0, 0, CUDNN_BATCHNORM_SPATIAL },
		/* What would have to be kept from forward to backward has no place. */
		{ 0, 0, 0, 64, CUDNN_BATCHNORM_SPATIAL },
		{ 0, CUDNN_STATUS_NOT_SUPPORTED, 0, 64, -1 },
		{ 0, 0, 100 << 20, 0, -1 },
		{ CUDNN_STATUS_NOT_SUPPORTED, CUDNN_STATUS_NOT_SUPPORTED, 0, 0, -1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int kind = GPU_LEGACY_NORM_TRAIN; kind <= GPU_LEGACY_NORM_BACKWARD; kind++) {
			struct gpu_legacy_request request = norm;
			struct gpu_legacy *legacy;
			struct study s;

			open_study(&s);
			request.kind = (enum gpu_legacy_kind)kind;
			s.fake.mode_status[CUDNN_BATCHNORM_SPATIAL_PERSISTENT] = cases[i].persistent;
			s.fake.mode_status[CUDNN_BATCHNORM_SPATIAL] = cases[i].spatial;
			s.fake.norm_workspace = cases[i].workspace;
			s.fake.norm_kept = cases[i].kept;
			legacy = open_legacy(&s, &request);
			assert_int_equal(legacy != NULL, cases[i].mode >= 0);
			if (legacy) {
				assert_int_equal(s.fake.mode, cases[i].mode);
				/* Only the workspace stays behind the trial. */
				assert_int_equal(s.fake.used_bytes, cases[i].workspace);
				s.ops->legacy_close(s.gpu, legacy);
			}
			close_study(&s);
		}
}

static void test_running_norms(void **state)
{
	struct gpu_legacy_request request = norm;
	struct gpu_legacy_call call;
	struct gpu_legacy *legacy;
	struct study s;
	char *m;

	(void)state;
	open_study(&s);
	must(&s, s.ops->alloc(s.gpu, 4096, (void **)&m, &s.err));
	call = (struct gpu_legacy_call){ .a = m, .b = m, .c = m, .out = m, .aux = { m, m, m, m } };
	legacy = open_legacy(&s, &request);
	must(&s, s.ops->legacy_run(s.gpu, legacy, &call, &s.err));
	assert_int_equal(s.fake.norms, 2);
	assert_true(s.fake.factor == 0.1 && s.fake.epsilon == 1e-5 && s.fake.beta == 0);
	s.ops->legacy_close(s.gpu, legacy);
	request.kind = GPU_LEGACY_NORM_BACKWARD;
	request.accumulate = true;
	legacy = open_legacy(&s, &request);
	must(&s, s.ops->legacy_run(s.gpu, legacy, &call, &s.err));
	assert_true(s.fake.beta == 1);
	s.ops->legacy_close(s.gpu, legacy);
	request.kind = GPU_LEGACY_NORM_VALIDATE;
	legacy = open_legacy(&s, &request);
	call.aux[2] = call.aux[3] = NULL;
	must(&s, s.ops->legacy_run(s.gpu, legacy, &call, &s.err));
	assert_int_equal(s.fake.mode, CUDNN_BATCHNORM_SPATIAL);
	s.fake.fail_at = s.fake.calls + 1;
	assert_int_equal(s.ops->legacy_run(s.gpu, legacy, &call, &s.err), -1);
	assert_string_equal(s.err.text, "a batch norm in validation: FAILED: a condition of the test");
	s.ops->legacy_close(s.gpu, legacy);
	s.ops->free(s.gpu, m);
	close_study(&s);
}

static void test_pools(void **state)
{
	static const enum gpu_legacy_kind kinds[] = { GPU_LEGACY_MAX_POOL, GPU_LEGACY_AVG_POOL, GPU_LEGACY_AVG_POOL_BACKWARD };
	struct gpu_legacy_request request = {
		.n = 2, .c = 8, .h = 4, .w = 4, .p = 2, .q = 2, .r = 2, .s = 2, .stride_h = 2, .stride_w = 2,
	};

	(void)state;
	for (size_t k = 0; k < 3; k++) {
		struct gpu_legacy_call call;
		struct gpu_legacy *legacy;
		struct study s;
		char *m;

		open_study(&s);
		must(&s, s.ops->alloc(s.gpu, 4096, (void **)&m, &s.err));
		call = (struct gpu_legacy_call){ .a = m, .out = m + 2048 };
		request.kind = kinds[k];
		request.accumulate = kinds[k] == GPU_LEGACY_AVG_POOL_BACKWARD;
		legacy = open_legacy(&s, &request);
		assert_non_null(legacy);
		must(&s, s.ops->legacy_run(s.gpu, legacy, &call, &s.err));
		assert_int_equal(s.fake.pools, 2);
		assert_true(s.fake.beta == (request.accumulate ? 1 : 0));
		s.ops->legacy_close(s.gpu, legacy);
		/* A type that the library does not pool is no failure. */
		s.fake.pool_status = CUDNN_STATUS_NOT_SUPPORTED;
		assert_null(open_legacy(&s, &request));
		/* Nor is an output that it would not give. */
		s.fake.pool_status = 0;
		request.p = 3;
		assert_null(open_legacy(&s, &request));
		request.p = 2;
		s.ops->free(s.gpu, m);
		close_study(&s);
	}
}

/* -------- whatever fails -------- */

/* All that a network asks for, once; false at the first failure, everything given back. */
static bool live(struct fake_cuda *fake, const struct libraries *libraries, struct fc_error *err)
{
	/* Once, three times captured, three times again where that did not go well. */
	static const double times[7] = { 1, 1, 1, 1, 1, 1, 1 };
	struct script script = { .fake = fake, .times_ms = times, .capturable = true };
	struct gpu_legacy *legacy = NULL;
	struct gpu_product *product = NULL;
	void *memory = NULL, *graph = NULL;
	struct fc_json json = { .depth = 0 };
	struct gpu *gpu;
	float ms;
	bool done;

	if (gpu_cuda_open_with(libraries, &config, &gpu, err))
		return false;
	gpu_cuda_of(gpu)->warm = true;
	done = !gpu->ops->alloc(gpu, 4096, &memory, err) && !gpu->ops->upload(gpu, memory, "abc", 4, err) &&
	       !gpu->ops->measure(gpu, 3, play, &script, &ms, err) && !gpu->ops->product_open(gpu, &dense, &product, err) &&
	       !gpu->ops->legacy_open(gpu, &norm, &legacy, err) && !gpu->ops->capture_begin(gpu, err);
	if (done) {
		done = !kernel_noise(gpu, GPU_F32, memory, 8, 1, err);
		if (gpu->ops->capture_end(gpu, &graph, err))
			done = false;
	}
	done = done && !gpu->ops->replay(gpu, graph, err) && !gpu->ops->sync(gpu, err);
	fc_json_object(&json, NULL);
	gpu->ops->describe(gpu, &json);
	fc_json_end_object(&json);
	fc_json_release(&json);
	gpu->ops->graph_release(gpu, graph);
	if (legacy)
		gpu->ops->legacy_close(gpu, legacy);
	if (product)
		gpu->ops->product_close(gpu, product);
	gpu->ops->free(gpu, memory);
	gpu->ops->close(gpu);
	return done;
}

static void test_every_call_fails_once(void **state)
{
	struct libraries libraries;
	struct fake_cuda fake;
	struct fc_error err;
	int calls, survived = 0;

	(void)state;
	fake_cuda_open(&fake, &libraries);
	if (!live(&fake, &libraries, &err))
		fail_msg("%s", err.text);
	assert_int_equal(fake.alive, 0);
	calls = fake.calls;
	for (int at = 1; at <= calls; at++) {
		bool done;

		fake_cuda_open(&fake, &libraries);
		fake.fail_at = at;
		strcpy(err.text, "");
		done = live(&fake, &libraries, &err);
		if (!fake.failed)
			fail_msg("call %d of %d was not reached", at, calls);
		if (fake.alive || fake.used_bytes || fake.capturing)
			fail_msg("%s failed (call %d) and left %d things and %llu bytes", fake.failed, at, fake.alive,
				 (unsigned long long)fake.used_bytes);
		if (!done && !*err.text)
			fail_msg("%s failed (call %d) without a word", fake.failed, at);
		survived += done;
	}
	/* Trials and measurements may fail without an end to everything, and a kernel not be in the first image. */
	assert_true(survived > 0 && survived < calls);
	print_message("%d calls, %d of them may fail\n", calls, survived);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_description),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_launch),
		cmocka_unit_test(test_capture),
		cmocka_unit_test(test_measure),
		cmocka_unit_test(test_measuring_what_fails),
		cmocka_unit_test(test_warming_up),
		cmocka_unit_test(test_fastest_product),
		cmocka_unit_test(test_first_few_are_measured),
		cmocka_unit_test(test_favourite_product),
		cmocka_unit_test(test_running_a_product),
		cmocka_unit_test(test_no_product),
		cmocka_unit_test(test_modes_of_norms),
		cmocka_unit_test(test_running_norms),
		cmocka_unit_test(test_pools),
		cmocka_unit_test(test_every_call_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
