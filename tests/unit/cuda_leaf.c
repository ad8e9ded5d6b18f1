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

static const struct leaf_case *find_case(const char *name)
{
	for (size_t i = 0; i < sizeof(row_cases) / sizeof(row_cases[0]); i++)
		if (!strcmp(row_cases[i].name, name))
			return &row_cases[i];
	fail_msg("there is no case %s", name);
	return NULL;
}

/* How many phases of a layer have a plan, and which kernel its forward pass names. */
static int count_plans(const char *name, const char *kernel)
{
	const struct fc_device_config config = { .precision = FC_PRECISION_FP32 };
	const struct leaf_case c = leaf_complete(find_case(name));
	struct leaf_values v = leaf_values_new(&c);
	struct fc_json json = { .depth = 0 };
	struct device_leaf leaf;
	struct fc_device *device;
	struct fc_error err;
	int plans = 0;

	device_must(emulated.open(&config, &device, &err), name, &err);
	device_must(device_leaf_open(&leaf, &c, &emulated, device, &v, &err), name, &err);
	fc_json_object(&json, NULL);
	for (enum fc_phase phase = 0; phase <= FC_PHASE_UPDATE; phase++)
		plans += emulated.plan(device, &leaf.layer, phase, &json);
	fc_json_end_object(&json);
	assert_string_equal(emulated.kernel(device, &leaf.layer, FC_PHASE_FORWARD), kernel);
	assert_string_equal(emulated.kernel(device, &leaf.layer, FC_PHASE_UPDATE), "flopclock:sgd");
	fc_json_release(&json);
	device_leaf_close(&leaf);
	emulated.close(device);
	leaf_values_free(&v);
	return plans;
}

/* A layer between two orders tells of the one inside. */
static void test_plans(void **state)
{
	(void)state;
	assert_int_equal(count_plans("conv of rows", "library:convolution"), 3);
	assert_int_equal(count_plans("linear 20 bias=0", "library:product"), 3);
	assert_int_equal(count_plans("matmul in x1", "library:product"), 2);
	assert_int_equal(count_plans("dense 10 of rows", "library:product"), 3);
	assert_int_equal(count_plans("layer_norm sides=3", "flopclock:layer_norm"), 0);
}

/* A layer that cannot be prepared leaves nothing behind, between two orders neither. */
static void test_refused(void **state)
{
	static const struct leaf_case given = {
		.name = "a huge window", .text = "max_pool 257", .x = { { 1, 2, 258, 258 } }, .dense_inputs = true
	};
	const struct leaf_case c = leaf_complete(&given);
	struct leaf_values v = leaf_values_new(&c);
	const struct fc_device_config config = { .precision = FC_PRECISION_FP32 };
	struct device_leaf leaf;
	struct fc_device *device;
	struct fc_error err;

	(void)state;
	device_must(emulated.open(&config, &device, &err), c.name, &err);
	assert_int_equal(device_leaf_open(&leaf, &c, &emulated, device, &v, &err), -1);
	assert_string_equal(err.text, "a GPU's max pool knows windows of at most 65535 places, found 257x257");
	emulated.close(device);
	leaf_values_free(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fp32),  cmocka_unit_test(test_tf32),    cmocka_unit_test(test_bf16),
		cmocka_unit_test(test_plans), cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
