/*
 * Every leaf of the oneDNN backend, in every phase, against the reference. Tolerances are relative to the largest value of
 * the array: 2e-5 for sums of up to some thousand products in floats, less where nothing is summed.
 */
#include "tracer_leaf_cases.h"
#include "tracer_leaf_kinds.h"

static const double usual_tolerance = 2e-5;

/* A loss that is a number has no NaN, so `<=` is asked, not `>`. */
static void check_close(const struct leaf_case *c, const char *what, int k, const float *expected, const float *found,
			int64_t count)
{
	const double tolerance = c->tolerance > 0 ? c->tolerance : usual_tolerance;
	double largest = 1e-3;

	for (int64_t i = 0; i < count; i++)
		largest = fmax(largest, fabs(expected[i]));
	for (int64_t i = 0; i < count; i++)
		if (!(fabs((double)expected[i] - found[i]) <= tolerance * largest))
			fail_msg("%s: %s %d [%d of %d] is %.9g, the reference says %.9g", c->name, what, k, (int)i, (int)count,
				 found[i], expected[i]);
}

static void run_all_phases(const struct leaf_case *c, const struct fc_backend *backend, struct leaf_values *v)
{
	struct leaf leaf;

	leaf_open(&leaf, c, backend, v);
	/* Twice, so that what is left over from a step before would show. */
	for (int round = 0; round < 2; round++) {
		struct leaf_values fresh = leaf_values_new(c);

		for (int k = 0; k < c->input_count; k++)
			memcpy(v->dx[k], fresh.dx[k], (size_t)fc_shape_elements(c->x[k]) * sizeof(float));
		leaf_values_free(&fresh);
		leaf_forward(&leaf, v);
		if (!c->validate) {
			leaf_backward(&leaf, v);
			leaf_update(&leaf, v);
		}
		leaf.iteration.index++;
	}
	leaf_close(&leaf);
}

static void compare(const struct leaf_case *c, const struct leaf_values *expected, const struct leaf_values *found)
{
	check_close(c, "y", 0, expected->y, found->y, fc_shape_elements(c->y));
	for (int k = 0; !c->validate && !c->no_dx && k < c->input_count; k++)
		check_close(c, "dx", k, expected->dx[k], found->dx[k], fc_shape_elements(c->x[k]));
	for (int k = 0; !c->validate && k < leaf_param_count(c); k++) {
		const int64_t count = fc_shape_elements(leaf_param_shape(c, k));

		check_close(c, "gradient of parameter", k, expected->gradient[k], found->gradient[k], count);
		check_close(c, "updated parameter", k, expected->param[k], found->param[k], count);
		check_close(c, "momentum", k, expected->momentum[k], found->momentum[k], count);
	}
	for (int k = 0; c->op == FC_OP_BATCH_NORM && k < 2; k++)
		check_close(c, "running statistic", k, expected->state[k], found->state[k], c->x[0].c);
}

static const struct fc_backend *tested(void)
{
	struct fc_error err;
	const struct fc_backend *backend = fc_backend_find("onednn", &err);

	if (!backend)
		skip();
	return backend;
}

static void check_cases(const struct leaf_case *cases, size_t count)
{
	struct fc_error err;
	const struct fc_backend *reference = fc_backend_find("reference", &err), *backend = tested();

	for (size_t i = 0; i < count; i++) {
		struct leaf_case given = cases[i], c;
		struct leaf_values expected, found;

		if (given.op == FC_OP_CONV && given.y.c)
			given.a.out = given.y.c;
		c = leaf_complete(&given);
		expected = leaf_values_new(&c);
		found = leaf_values_new(&c);
		run_all_phases(&c, reference, &expected);
		run_all_phases(&c, backend, &found);
		compare(&c, &expected, &found);
		leaf_values_free(&expected);
		leaf_values_free(&found);
	}
}

#define CHECK(name)                                                              \
	static void name##_match_reference(void **state)                         \
	{                                                                        \
		(void)state;                                                     \
		check_cases(name##_cases, sizeof(name##_cases) / sizeof(name##_cases[0])); \
	}
CASES_OF(CHECK)

/* ---- all other kinds: by leaves of their own, or by the reference's loops on plain copies */

/* Added to or not, and in validation; in blocks, and channels last where the layer is the whole network. */
static void check_kind(struct leaf_case c)
{
	check_cases(&c, 1);
	c.accumulate = !c.accumulate && !c.in_place && !c.gradient_in_place;
	check_cases(&c, 1);
	c.validate = true;
	check_cases(&c, 1);
}

static void all_kinds_match_reference(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(kind_cases) / sizeof(kind_cases[0]); i++) {
		struct leaf_case c = kind_cases[i];

		c.name = c.text;
		check_kind(c);
		c.whole = true;
		check_kind(c);
	}
}

/* ---- shapes that nobody thought of */

static void random_shapes_match_reference(void **state)
{
	uint64_t random = 0;
	char name[200];

	(void)state;
	for (int i = 0; i < RANDOM_CASES; i++) {
		struct leaf_case c = random_case(&random);

		name_random_case(&c, i, name, sizeof(name));
		if (fits(&c))
			check_cases(&c, 1);
	}
}

/* ---- what is no leaf: input and loss */

static void feed_one(const struct fc_backend *backend, struct fc_shape shape, const struct fc_batch *batch, float *plain)
{
	const struct fc_device_config config = { 0 };
	const struct fc_node node = { .op = FC_OP_INPUT, .shape = shape };
	struct fc_tensor y = { .shape = shape };
	const struct fc_graph graph = { .node_count = 0 };
	struct fc_layer layer = { .graph = &graph, .node = &node, .pass = FC_PASS_TRAIN, .y = &y };
	struct fc_device *device;
	struct fc_error err;

	assert_int_equal(backend->open(&config, &device, &err), 0);
	assert_int_equal(backend->prepare(device, &layer, &err), 0);
	y.data = leaf_memory(y.bytes);
	assert_int_equal(backend->feed(device, &layer, batch, &err), 0);
	assert_int_equal(backend->read(device, &y, plain, &err), 0);
	free(y.data);
	backend->release(device, &layer);
	backend->tensor_release(device, &y);
	backend->close(device);
}

static void feed_matches_reference(void **state)
{
	static const struct fc_shape shapes[] = { { 3, 1, 28, 28 }, { 3, 3, 64, 64 }, { 4, 3, 17, 40 }, { 3, 20, 5, 9 } };
	const struct fc_backend *backend = tested();
	uint8_t pixels[4 * 28 * 28];
	const struct fc_batch batch = { .pixels = pixels, .count = 3, .height = 28, .width = 28, .mean = 0.3f,
					.deviation = 0.35f };
	struct fc_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = (uint8_t)(i * 7919 >> 3);
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		const int64_t count = fc_shape_elements(shapes[i]);
		float *expected = malloc((size_t)count * sizeof(float)), *found = malloc((size_t)count * sizeof(float));

		feed_one(fc_backend_find("reference", &err), shapes[i], &batch, expected);
		feed_one(backend, shapes[i], &batch, found);
		for (int64_t k = 0; k < count; k++)
			assert_true(fabsf(expected[k] - found[k]) < 1e-5f);
		free(expected);
		free(found);
	}
}

/* Logits from a dense layer, and from a convolution of ten channels (blocked, with physical channels behind them). */
static void loss_one(const struct fc_backend *backend, bool dense, float *gradient, struct fc_loss *loss)
{
	const struct leaf_case c = { .name = "logits", .op = FC_OP_RELU, .input_count = 1, .x = { { 4, 10, 1, 1 } },
				     .y = { 4, 10, 1, 1 }, .dense_inputs = dense };
	const uint8_t labels[] = { 3, 9, 0, 5 };
	const struct fc_batch batch = { .labels = labels, .count = 3 };
	struct leaf_values v = leaf_values_new(&c);
	struct fc_error err;
	struct leaf leaf;

	leaf_open(&leaf, &c, backend, &v);
	leaf_write(&leaf, &leaf.x[0], v.x[0]);
	assert_int_equal(backend->loss(leaf.device, &leaf.x[0], &leaf.dx[0], &batch, 0.3, loss, &err), 0);
	leaf_read(&leaf, &leaf.dx[0], gradient);
	leaf_check_physical(&leaf, &leaf.dx[0], gradient);
	leaf_close(&leaf);
	leaf_values_free(&v);
}

static void loss_matches_reference(void **state)
{
	const struct fc_backend *backend = tested();
	struct fc_loss expected, found;
	float plain[2][40];
	struct fc_error err;

	(void)state;
	for (int dense = 0; dense < 2; dense++) {
		loss_one(fc_backend_find("reference", &err), dense, plain[0], &expected);
		loss_one(backend, dense, plain[1], &found);
		assert_true(fabs(expected.sum - found.sum) < 1e-6);
		assert_int_equal(expected.correct, found.correct);
		for (int i = 0; i < 40; i++)
			assert_true(fabsf(plain[0][i] - plain[1][i]) < 1e-7f);
	}
}

static void memory_is_refused(void **state)
{
	const struct fc_backend *backend = tested();
	const struct fc_device_config config = { 0 };
	struct fc_device *device;
	struct fc_error err;
	void *memory;

	(void)state;
	assert_int_equal(backend->open(&config, &device, &err), 0);
	assert_int_equal(backend->memory_alloc(device, UINT64_C(1) << 50, &memory, &err), -1);
	assert_non_null(strstr(err.text, "not enough memory: 1125899.91 GB are needed"));
	assert_int_equal(backend->memory_alloc(device, 1000, &memory, &err), 0);
	assert_int_equal((uintptr_t)memory % 64, 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(((char *)memory)[i], 0);
	backend->memory_free(device, memory);
	backend->close(device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conv_match_reference),	  cmocka_unit_test(dense_match_reference),
		cmocka_unit_test(norm_match_reference),	  cmocka_unit_test(pool_match_reference),
		cmocka_unit_test(eltwise_match_reference), cmocka_unit_test(join_match_reference),
		cmocka_unit_test(all_kinds_match_reference),
		cmocka_unit_test(random_shapes_match_reference),
		cmocka_unit_test(feed_matches_reference),  cmocka_unit_test(loss_matches_reference),
		cmocka_unit_test(memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
