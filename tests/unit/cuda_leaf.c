/*
 * Layers that work on rows, move values or join values of different shapes, on the emulated GPU beside the reference: what
 * module_leaf.c asks of a real one. Every call runs strictly (tests/gpu/host_gpu.h).
 */
#include "../gpu/host_gpu.h"
#include "backend.h"
#include "module_leaf_cases.h"
#include "module_leaf_check.h"

static int always(struct fc_error *err)
{
	(void)err;
	return 0;
}

static int open_emulated(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	struct gpu *gpu;

	if (host_gpu_open(&gpu, err))
		return -1;
	host_gpu_set(gpu, &(struct host_gpu_options){ .strict = true });
	return backend_cuda_open_on(gpu, config, device, err);
}

static const struct fc_backend emulated = {
	.name = "emulated",
	.device = "cuda",
	.summary = "our kernels on the host",
	.available = always,
	.open = open_emulated,
	BACKEND_FUNCTIONS,
};

/* What takes long here and says no more than a smaller one. */
static bool is_large(const struct leaf_case *c)
{
	return fc_shape_elements(c->x[0]) > 100000;
}

static void check_precision(const struct check_precision *allowed)
{
	struct check check;

	check_open(&check, &emulated, allowed, false, false);
	for (size_t i = 0; i < sizeof(row_cases) / sizeof(row_cases[0]); i++)
		if (!is_large(&row_cases[i]))
			check_case(&check, &row_cases[i]);
	check_close_device(&check, "row, emulated", false);
}

static void test_fp32(void **state)
{
	(void)state;
	check_precision(&check_precisions[0]);
}

static void test_tf32(void **state)
{
	(void)state;
	check_precision(&check_precisions[1]);
}

static void test_bf16(void **state)
{
	(void)state;
	check_precision(&check_precisions[2]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fp32),
		cmocka_unit_test(test_tf32),
		cmocka_unit_test(test_bf16),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
