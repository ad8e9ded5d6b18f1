/* Whether and how cuDNN's older calls are used for batch norms and pools. */
#ifdef HAVE_CUDA

#include "cuda_calls_study.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes_of_norms),
		cmocka_unit_test(test_running_norms),
		cmocka_unit_test(test_pools),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
