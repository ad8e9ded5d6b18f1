/*
 * The real GPU's code over a stand-in for NVIDIA's libraries (fake_cuda.h): opening, memory, launches; and that whatever fails,
 * at any call, ends in a sentence and leaves nothing behind.
 */
#ifdef HAVE_CUDA

#include "cuda_calls_study.h"

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

/* -------- whatever fails -------- */

/* All that a network asks for, once; false at the first failure, everything given back. */
static bool live(struct fake_cuda *fake, const struct libraries *libraries, struct fc_error *err)
{
	/* Once, three times captured, three times again where that did not go well. */
	static const double times[7] = { 1, 1, 1, 1, 1, 1, 1 };
	struct script script = { .fake = fake, .times_ms = times, .capturable = true };
	struct gpu_legacy *legacy = NULL;
	struct gpu_product *product = NULL, *products = NULL;
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
	       !gpu->ops->product_open(gpu, &batched, &products, err) &&
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
	if (products)
		gpu->ops->product_close(gpu, products);
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
		cmocka_unit_test(test_every_call_fails_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
