/* The emulated GPU: capture and replay, and that what a device forbids is noticed. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../cuda/kernel_launch.h"
#include "../../cuda/kernel_runtime.h"
#include "../gpu/host_block.h"
#include "cuda_kernels.h"

/* What was wrong, and nothing else. */
static void expect_misuse(struct bench *b, const char *text)
{
	const char *misuse = host_gpu_misuse(b->gpu);

	assert_non_null(misuse);
	assert_string_equal(misuse, text);
	assert_null(host_gpu_misuse(b->gpu));
}

static void begin(struct bench *b)
{
	struct fc_error err;

	bench_must(b->gpu->ops->capture_begin(b->gpu, &err), "capture", &err);
}

static void *end(struct bench *b)
{
	struct fc_error err;
	void *graph;

	bench_must(b->gpu->ops->capture_end(b->gpu, &graph, &err), "capture", &err);
	return graph;
}

/* ---- capture ---- */

/* What is captured runs with every replay and not before; its parameters lay on a stack that is long gone. */
static void test_replay(void **state)
{
	struct bench *b = *state;
	const float ones[] = { 1, 1, 1, 1, 1 };
	float *dy = bench_put(b, GPU_F32, ones, 5), *dx = bench_put(b, GPU_F32, ones, 5),
	      *y = bench_blank(b, GPU_F32, 5);
	const uint64_t before = host_gpu_launches(b->gpu);
	struct fc_error err;
	void *graph;

	begin(b);
	bench_must(b->gpu->ops->clear(b->gpu, y, 5 * sizeof(float), &err), "clear", &err);
	bench_must(kernel_give(b->gpu, GPU_F32, dy, dx, true, 5, &err), "give", &err);
	bench_must(kernel_give(b->gpu, GPU_F32, dx, y, true, 5, &err), "give", &err);
	graph = end(b);
	assert_int_equal(host_gpu_launches(b->gpu), before);
	assert_float_equal(bench_get(b, GPU_F32, dx, 5)[4], 1, 0);
	for (int k = 1; k <= 3; k++) {
		bench_must(b->gpu->ops->replay(b->gpu, graph, &err), "replay", &err);
		assert_float_equal(bench_get(b, GPU_F32, dx, 5)[4], 1 + k, 0);
		assert_float_equal(bench_get(b, GPU_F32, y, 5)[4], 1 + k, 0);
	}
	assert_int_equal(host_gpu_launches(b->gpu), before + 6);
	b->gpu->ops->graph_release(b->gpu, graph);
}

static int nothing(void *data, struct fc_error *err)
{
	(void)data;
	(void)err;
	return 0;
}

static void test_capture_misuse(void **state)
{
	struct bench *b = *state;
	const struct gpu_ops *ops = b->gpu->ops;
	char host[4] = { 0 }, *memory = bench_memory(b, 4);
	struct gpu_conv *conv;
	struct gpu_product *product;
	void *more;
	float ms;
	struct fc_error err;

	begin(b);
	assert_int_equal(ops->alloc(b->gpu, 16, &more, &err), -1);
	assert_string_equal(err.text, "an allocation while capturing");
	expect_misuse(b, "an allocation while capturing");
	ops->free(b->gpu, memory);
	expect_misuse(b, "a release of memory while capturing");
	assert_int_equal(ops->upload(b->gpu, memory, host, 4, &err), -1);
	expect_misuse(b, "an upload while capturing");
	assert_int_equal(ops->download(b->gpu, host, memory, 4, &err), -1);
	expect_misuse(b, "a download while capturing");
	assert_int_equal(ops->measure(b->gpu, 1, nothing, NULL, &ms, &err), -1);
	expect_misuse(b, "measuring while capturing");
	assert_int_equal(ops->sync(b->gpu, &err), -1);
	expect_misuse(b, "waiting while capturing");
	assert_int_equal(ops->conv_open(b->gpu, &(struct gpu_conv_request){ 0 }, &conv, &err), -1);
	expect_misuse(b, "planning while capturing");
	assert_int_equal(ops->product_open(b->gpu, &(struct gpu_product_request){ 0 }, &product, &err), -1);
	expect_misuse(b, "planning while capturing");
	assert_int_equal(ops->capture_begin(b->gpu, &err), -1);
	expect_misuse(b, "a second capture while capturing");
	ops->graph_release(b->gpu, end(b));
	assert_int_equal(ops->capture_end(b->gpu, &more, &err), -1);
	expect_misuse(b, "the end of a capture that never began");
}

/* ---- memory ---- */

static void test_bounds(void **state)
{
	struct bench *b = *state;
	float *x = bench_put(b, GPU_F32, (float[]){ 1, 2, 3, 4 }, 4),
	      *y = bench_put(b, GPU_F32, (float[]){ 1, 2, 3, 4 }, 4);
	char host[32];
	struct fc_error err;

	assert_int_equal(kernel_relu(b->gpu, GPU_F32, x, y, 5, &err), -1);
	assert_string_equal(err.text, "relu_f32 reads outside of its memory");
	expect_misuse(b, "relu_f32 reads outside of its memory");
	assert_int_equal(kernel_relu(b->gpu, GPU_F32, x, y + 1, 4, &err), -1);
	expect_misuse(b, "relu_f32 writes outside of its memory");
	assert_int_equal(b->gpu->ops->upload(b->gpu, x + 1, host, 16, &err), -1);
	expect_misuse(b, "an upload outside of the device's memory");
	assert_int_equal(b->gpu->ops->download(b->gpu, host, x, 17, &err), -1);
	expect_misuse(b, "a download outside of the device's memory");
	assert_int_equal(b->gpu->ops->clear(b->gpu, x, 17, &err), -1);
	expect_misuse(b, "clear writes outside of its memory");
	b->gpu->ops->free(b->gpu, x + 1);
	expect_misuse(b, "a release of memory that was not allocated");
}

/* The kernel is right, the list of what it reads and writes is not. */
static void test_unlisted(void **state)
{
	struct bench *b = *state;
	float *x = bench_put(b, GPU_F32, (float[]){ 1, 2, 3, 4 }, 4),
	      *y = bench_put(b, GPU_F32, (float[]){ 5, 6, 7, 8 }, 4);
	const struct flat_args args = { .a = x, .out = y, .count = 4 };
	struct gpu_launch launch = kernel_launch(KERNEL_GIVE, GPU_F32, &args, sizeof(args));
	struct fc_error err;

	kernel_reads(&launch, x, 16);
	kernel_writes(&launch, y, 12);
	assert_int_equal(kernel_run(b->gpu, &launch, 1, BLOCK_THREADS, &err), -1);
	expect_misuse(b, "give_f32 writes memory that it does not list");
	bench_set(b, GPU_F32, y, (float[]){ 5, 6, 7, 8 }, 4);
	launch = kernel_launch(KERNEL_GIVE, GPU_F32, &args, sizeof(args));
	kernel_reads(&launch, x + 1, 12);
	kernel_writes(&launch, y, 16);
	/* What was read there was the poison, so nothing seems to have been written. */
	assert_int_equal(kernel_run(b->gpu, &launch, 1, BLOCK_THREADS, &err), 0);
	assert_float_equal(bench_get(b, GPU_F32, y, 4)[0], 5, 0);
	assert_float_equal(bench_get(b, GPU_F32, y, 4)[1], 2, 0);
}

/* ---- blocks ---- */

struct block_args {
	uint32_t *out;
};

static uint32_t *out_of(const void *args)
{
	return ((const struct block_args *)args)->out;
}

static void some_wait(const void *args)
{
	(void)args;
	if (threadIdx.x > 3)
		__syncthreads();
}

static void some_exchange(const void *args)
{
	(void)args;
	if (threadIdx.x > 3)
		host_exchange(0, 1);
}

static void one_waits_at_another(const void *args)
{
	(void)args;
	if (threadIdx.x == 0)
		__syncthreads();
	else
		host_exchange(0, 1);
}

/* Each thread reads what its neighbour wrote, with and without waiting for it. */
static void neighbours(const void *args)
{
	uint32_t *shared = host_shared_memory();

	shared[threadIdx.x] = threadIdx.x;
	__syncthreads();
	out_of(args)[blockIdx.x * 64 + threadIdx.x] = shared[63 - threadIdx.x];
}

static void impatient(const void *args)
{
	uint32_t *shared = host_shared_memory();

	shared[threadIdx.x] = threadIdx.x;
	out_of(args)[blockIdx.x * 64 + threadIdx.x] = shared[63 - threadIdx.x];
}

/* Sums of a warp, twice over. */
static void exchange(const void *args)
{
	uint32_t sum = threadIdx.x;

	for (int turn = 0; turn < 2; turn++)
		for (int mask = 16; mask > 0; mask /= 2)
			sum += host_exchange(sum, mask);
	out_of(args)[blockIdx.x * 64 + threadIdx.x] = sum;
}

static const char *run(void (*body)(const void *args), uint32_t *out, uint32_t shared_bytes, bool reverse)
{
	const struct block_args args = { out };
	const struct host_kernel kernel = { "body", body, 64, sizeof(args) };
	const struct gpu_launch launch = { .grid = { 2, 1, 1 },
					   .block = { 64, 1, 1 },
					   .shared_bytes = shared_bytes,
					   .args = &args,
					   .args_bytes = sizeof(args) };
	struct host_blocks *blocks = host_blocks_new();
	uint64_t time_ns = 0;
	const char *forbidden = host_blocks_run(blocks, &kernel, &launch, reverse, &time_ns);

	host_blocks_free(blocks);
	return forbidden;
}

static void test_barriers(void **state)
{
	uint32_t out[2][128];

	(void)state;
	for (int reverse = 0; reverse < 2; reverse++) {
		assert_null(run(neighbours, out[0], 256, reverse));
		for (uint32_t i = 0; i < 128; i++)
			assert_int_equal(out[0][i], 63 - i % 64);
		assert_null(run(exchange, out[0], 256, reverse));
		for (uint32_t i = 0; i < 128; i++)
			assert_int_equal(out[0][i], 32 * (i % 64 < 32 ? 496 : 496 + 1024));
		assert_null(run(impatient, out[reverse], 256, reverse));
	}
	assert_memory_not_equal(out[0], out[1], sizeof(out[0]));
}

static void test_barrier_misuse(void **state)
{
	uint32_t out[128];

	(void)state;
	assert_string_equal(run(some_wait, out, 256, false),
			    "has a barrier that some threads of the block never reach");
	assert_string_equal(run(some_exchange, out, 256, false),
			    "exchanges values within a warp of which some threads do not take part");
	assert_string_equal(run(one_waits_at_another, out, 256, true),
			    "exchanges values within a warp of which some threads do not take part");
	assert_string_equal(run(some_wait, out, 0, false),
			    "waits for other threads without having asked for shared memory");
}

static void test_shapes(void **state)
{
	struct bench *b = *state;
	float *x = bench_put(b, GPU_F32, (float[]){ 1 }, 1);
	const struct flat_args args = { .a = x, .out = x, .count = 1 };
	struct gpu_launch launch = kernel_launch(KERNEL_GIVE, GPU_F32, &args, sizeof(args));
	struct fc_error err;

	assert_int_equal(kernel_run(b->gpu, &launch, 1, BLOCK_THREADS + 1, &err), -1);
	expect_misuse(b, "give_f32 has more threads in a block than it was compiled for");
	launch.grid[1] = 65536;
	assert_int_equal(kernel_run(b->gpu, &launch, 1, BLOCK_THREADS, &err), -1);
	expect_misuse(b, "give_f32 has a grid that no device takes");
	launch.grid[1] = 1;
	launch.args_bytes--;
	assert_int_equal(kernel_run(b->gpu, &launch, 1, BLOCK_THREADS, &err), -1);
	expect_misuse(b, "give_f32 is launched with the parameter of another kernel");
	launch.args_bytes++;
	launch.shared_bytes = 50000;
	assert_int_equal(kernel_run(b->gpu, &launch, 1, BLOCK_THREADS, &err), -1);
	expect_misuse(b, "give_f32 asks for more shared memory than a device has");
	assert_int_equal(kernel_run(b->gpu, &launch, (int64_t)1 << 31, BLOCK_THREADS, &err), -1);
	assert_string_equal(err.text, "kernel give_f32: a tensor of 2147483648 blocks is too large");
}

/* ---- closing ---- */

enum careless { LEAKS, LEAVES_PLAN, LEAVES_GRAPH, STILL_CAPTURES, MISUSED, CAREFUL };

static void be_careless(enum careless how)
{
	struct fc_error err;
	struct gpu *gpu;
	struct gpu_product *product;
	void *memory;

	host_gpu_open(&gpu, &err);
	if (how == LEAKS)
		gpu->ops->alloc(gpu, 1, &memory, &err);
	if (how == LEAVES_PLAN)
		gpu->ops->product_open(gpu, &(struct gpu_product_request){ 0 }, &product, &err);
	if (how == LEAVES_GRAPH || how == STILL_CAPTURES)
		gpu->ops->capture_begin(gpu, &err);
	if (how == LEAVES_GRAPH)
		gpu->ops->capture_end(gpu, &memory, &err);
	if (how == MISUSED)
		gpu->ops->free(gpu, &err);
	gpu->ops->close(gpu);
}

/* Whoever does not look at what was wrong is stopped when the device is closed. */
static void test_close(void **state)
{
	(void)state;
	for (int how = 0; how <= CAREFUL; how++) {
		int status;
		pid_t child = fork();

		assert_true(child >= 0);
		if (!child) {
			signal(SIGABRT, SIG_DFL);
			if (!freopen("/dev/null", "w", stderr))
				_exit(2);
			be_careless((enum careless)how);
			_exit(0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(how == CAREFUL ? WIFEXITED(status) && !WEXITSTATUS(status)
					   : WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BENCH_TEST(test_replay),   BENCH_TEST(test_capture_misuse), BENCH_TEST(test_bounds),
		BENCH_TEST(test_unlisted), BENCH_TEST(test_barriers),	    BENCH_TEST(test_barrier_misuse),
		BENCH_TEST(test_shapes),   BENCH_TEST(test_close),
	};

	return cmocka_run_group_tests_name("cuda_host_misuse", tests, NULL, NULL);
}
