/* What the probe is made of: tables, samples, buffers, the thread that reads them. */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include <math.h>
#include <unistd.h>

#include <cupti_session.h>

static void scopes_survive_packing(void **state)
{
	static const struct cupti_scope scopes[] = {
		{ .iteration = 0, .step = 0, .run = 1, .pass = FC_PASS_TRAIN },
		{ .iteration = UINT32_MAX, .step = CUPTI_STEP_NONE, .run = CUPTI_RUNS - 1, .pass = FC_PASS_VALIDATE },
		{ .iteration = 123456789, .step = CUPTI_STEP_REPLAY, .run = 77, .pass = FC_PASS_VALIDATE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		const struct cupti_scope back = cupti_scope_unpack(cupti_scope_pack(&scopes[i]));

		assert_true(cupti_scope_pack(&scopes[i]) != 0);
		assert_int_equal(back.iteration, scopes[i].iteration);
		assert_int_equal(back.step, scopes[i].step);
		assert_int_equal(back.run, scopes[i].run);
		assert_int_equal(back.pass, scopes[i].pass);
	}
}

static void maps_find_what_was_put(void **state)
{
	struct cupti_map map = { .count = 0 };
	const uint32_t count = 5000;

	(void)state;
	assert_int_equal(cupti_map_get(&map, 1), CUPTI_MAP_NONE);
	for (int round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < count; i++)
			cupti_map_put(&map, (uint64_t)i << 32 | 5, i);
		for (uint32_t i = 0; i < count; i += 2)
			cupti_map_put(&map, (uint64_t)i << 32 | 5, i + 1000000);
		assert_int_equal(map.count, count);
		for (uint32_t i = 0; i < count; i++)
			assert_int_equal(cupti_map_get(&map, (uint64_t)i << 32 | 5), i % 2 ? i : i + 1000000);
		assert_int_equal(cupti_map_get(&map, (uint64_t)count << 32 | 5), CUPTI_MAP_NONE);
		cupti_map_clear(&map);
		assert_int_equal(cupti_map_get(&map, 5), CUPTI_MAP_NONE);
	}
	cupti_map_release(&map);
}

static void names_are_kept_once_and_whole(void **state)
{
	struct cupti_names names = { .count = 0 };
	char text[3000];

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(text, sizeof(text), "kernel%d_%02500d", i % 100, i % 100);
		assert_int_equal(cupti_names_intern(&names, text), i % 100);
		assert_string_equal(names.list[i % 100].text, text);
	}
	assert_int_equal(cupti_names_intern(&names, NULL), 100);
	assert_int_equal(cupti_names_intern(&names, NULL), 100);
	assert_string_equal(names.list[100].text, "(no name)");
	cupti_names_release(&names);
}

static void calls_are_forgotten_in_time(void **state)
{
	struct cupti_calls calls = { .present = { .count = 0 } };

	(void)state;
	for (uint32_t c = 1; c <= 3000; c++)
		cupti_calls_add(&calls, c)->scope = c + 7;
	cupti_calls_age(&calls);
	cupti_calls_add(&calls, 5000)->scope = 1;
	/* One of the past that comes again is still the same. */
	assert_int_equal(cupti_calls_add(&calls, 17)->scope, 24);
	assert_int_equal(cupti_calls_find(&calls, 3000)->scope, 3007);
	cupti_calls_age(&calls);
	assert_null(cupti_calls_find(&calls, 3000));
	assert_non_null(cupti_calls_find(&calls, 5000));
	assert_null(cupti_calls_find(&calls, 5001));
	cupti_calls_release(&calls);
}

static void samples_tell_the_truth(void **state)
{
	struct cupti_sample few = { .count = 0 }, many = { .count = 0 };

	(void)state;
	assert_true(isnan(cupti_sample_quantile(&few, 0.5)));
	for (int i = 10; i >= 1; i--)
		cupti_sample_add(&few, i - 6);
	assert_int_equal(few.least, -5);
	assert_int_equal(few.most, 4);
	assert_true(few.sum == -5);
	assert_true(cupti_sample_quantile(&few, 0.5) == -0.5);
	assert_true(cupti_sample_quantile(&few, 1) == 4);
	/* Asking in between changes nothing that matters. */
	for (uint64_t i = 0; i < 100000; i++) {
		cupti_sample_add(&many, (int64_t)(i / 100));
		if (i % 30000 == 0)
			cupti_sample_quantile(&many, 0.5);
	}
	assert_int_equal(many.count, 100000);
	assert_int_equal(many.kept, CUPTI_SAMPLE_LIMIT);
	/* Four standard errors of a share p of 4096: 4 sqrt(p (1 - p)) / 64, of 1000. */
	assert_true(fabs(cupti_sample_quantile(&many, 0.5) - 500) < 32);
	assert_true(fabs(cupti_sample_quantile(&many, 0.99) - 990) < 7);
	cupti_sample_release(&few);
	cupti_sample_release(&many);
}

static void only_calls_that_put_work_on_a_device_are_recorded(void **state)
{
	static const char *const recorded[] = {
		"cudaLaunchKernel_v7000",
		"cudaLaunchKernelExC_ptsz_v11060",
		"__cudaLaunchKernel_v13000",
		"cudaLaunchCooperativeKernel_v9000",
		"cudaGraphLaunch_v10000",
		"cudaMemcpyAsync_v3020",
		"cudaMemcpyBatchAsync_ptsz_v13000",
		"cudaMemsetAsync_ptsz_v7000",
		"cudaMemset_v3020",
		"cuLaunchKernel",
		"cuLaunchKernelEx_ptsz",
		"cuLaunchCooperativeKernel",
		"cuGraphLaunch_ptsz",
		"cuMemcpyHtoDAsync_v2",
		"cuMemcpyDtoHAsync_v2_ptsz",
		"cuMemcpyAsync",
		"cuMemsetD8Async",
		"cuMemsetD32Async",
	};
	static const char *const silent[] = {
		"cudaGetDevice_v3020",
		"cudaGetLastError_v3020",
		"cudaStreamSynchronize_v3020",
		"cudaGraphAddMemcpyNode_v10000",
		"cudaGraphExecMemsetNodeSetParams_v10020",
		"cudaGraphInstantiate_v12000",
		"cudaLaunchHostFunc_v10000",
		"cuGraphAddMemsetNode",
		"cuFuncSetAttribute",
		"cuEventRecord",
		"cuModuleLoadData",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(recorded) / sizeof(recorded[0]); i++)
		if (!cupti_is_traced(recorded[i]))
			fail_msg("%s is not recorded", recorded[i]);
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (cupti_is_traced(silent[i]))
			fail_msg("%s is recorded", silent[i]);
}

/* -------- buffers and the thread that reads them -------- */

static void pools_never_say_no(void **state)
{
	static const struct cupti_pool_size size = { 2, 4, 4096 };
	struct cupti_pool pool;
	uint8_t *taken[6], *discard;
	size_t bytes, discard_bytes;

	(void)state;
	assert_int_equal(cupti_pool_open(&pool, &size), 0);
	discard = cupti_pool_discard(&discard_bytes);
	for (int i = 0; i < 6; i++) {
		taken[i] = cupti_pool_take(&pool, &bytes);
		assert_int_equal(bytes, i < 4 ? 4096 : discard_bytes);
		assert_int_equal(taken[i] == discard, i >= 4);
		assert_int_equal((uintptr_t)taken[i] % 8, 0);
		for (int k = 0; k < i && i < 4; k++)
			assert_ptr_not_equal(taken[k], taken[i]);
		for (size_t k = 0; k < 4096; k++)
			assert_int_equal(taken[i][k], 0);
	}
	assert_int_equal(pool.grown, 2);
	assert_int_equal(pool.discarded, 2);
	memset(taken[1], 0xff, 4096);
	for (int i = 0; i < 6; i++)
		cupti_pool_give(&pool, taken[i]);
	for (int i = 0; i < 4; i++) {
		taken[i] = cupti_pool_take(&pool, &bytes);
		for (size_t k = 0; k < 4096; k++)
			assert_int_equal(taken[i][k], 0);
	}
	cupti_pool_give(&pool, taken[0]);
	cupti_pool_give(&pool, taken[1]);
	cupti_pool_give(&pool, taken[2]);
	assert_int_equal(cupti_pool_close(&pool), 1);
}

struct readings {
	size_t valid[1000];
	int count;
};

static void read_slowly(void *owner, const struct cupti_buffer *buffer)
{
	struct readings *const readings = owner;

	if (buffer->valid % 50 == 0)
		usleep(200);
	readings->valid[readings->count++] = buffer->valid;
}

static void a_worker_reads_in_order(void **state)
{
	struct readings readings = { .count = 0 };
	struct cupti_worker worker;

	(void)state;
	assert_int_equal(cupti_worker_open(&worker, read_slowly, &readings), 0);
	for (size_t i = 0; i < 900; i++) {
		const struct cupti_buffer buffer = { .valid = i };

		cupti_worker_add(&worker, &buffer);
		if (i % 300 == 299) {
			cupti_worker_hold(&worker);
			assert_int_equal(readings.count, i + 1);
			/* What comes now is read later. */
			cupti_worker_add(&worker, &(struct cupti_buffer){ .valid = ++i });
			usleep(1000);
			assert_int_equal(readings.count, i);
			cupti_worker_resume(&worker);
		}
	}
	/* Closing reads the rest. */
	cupti_worker_close(&worker);
	assert_int_equal(readings.count, 901);
	for (size_t i = 0; i < 901; i++)
		assert_int_equal(readings.valid[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scopes_survive_packing),
		cmocka_unit_test(maps_find_what_was_put),
		cmocka_unit_test(names_are_kept_once_and_whole),
		cmocka_unit_test(calls_are_forgotten_in_time),
		cmocka_unit_test(samples_tell_the_truth),
		cmocka_unit_test(only_calls_that_put_work_on_a_device_are_recorded),
		cmocka_unit_test(pools_never_say_no),
		cmocka_unit_test(a_worker_reads_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
