/* Which product is chosen of those that cuBLASLt offers, how it is run, what is said where there is none. */
#ifdef HAVE_CUDA

#include "cuda_calls_study.h"

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

/* Each matrix behind the other, and measured on as many of them. */
static void test_batch_of_products(void **state)
{
	struct gpu_product *product;
	struct study s;

	(void)state;
	open_study(&s);
	open_product(&s, &batched, &product);
	assert_int_equal(s.fake.batch, 24);
	assert_int_equal(s.fake.batch_distance, 17 * 17);
	assert_true(s.fake.peak_bytes >= 24 * (2 * 17 * 8 + 17 * 17) * sizeof(float));
	s.ops->product_close(s.gpu, product);
	s.fake.algorithms = 0;
	assert_int_equal(s.ops->product_open(s.gpu, &batched, &product, &s.err), -1);
	assert_string_equal(s.err.text, "24 products of 17 x 8 by 8 x 17 in tf32 with at most 1048576 bytes of workspace: "
					"cuBLASLt offers nothing: NOT_SUPPORTED (NOT_SUPPORTED)");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fastest_product),
		cmocka_unit_test(test_first_few_are_measured),
		cmocka_unit_test(test_favourite_product),
		cmocka_unit_test(test_running_a_product),
		cmocka_unit_test(test_batch_of_products),
		cmocka_unit_test(test_no_product),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

#include "cuda_without_module.h"

#endif
