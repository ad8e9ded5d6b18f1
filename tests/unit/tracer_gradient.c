/*
 * The oracle's gradients against central differences of its own forward pass. The loss is sum of r * y with fixed random r, so
 * dy = r; each gradient is checked element by element: (L(v + e) - L(v - e)) / 2e. Floats leave about 1e-5 of noise in it.
 */
#include "tracer_leaf_kinds.h"

static const double epsilon = 1e-2, tolerance = 2e-3;


static const struct leaf_case cases[] = {
	{ .name = "conv 3x3", .op = FC_OP_CONV, .x = { { 2, 3, 5, 4 } }, .a = LEAF_CONV(3, 1, 1, 1, 1, true) },
	{ .name = "conv stride 2", .op = FC_OP_CONV, .x = { { 1, 2, 7, 6 } }, .a = LEAF_CONV(3, 2, 1, 1, 1, false) },
	{ .name = "conv dilated", .op = FC_OP_CONV, .x = { { 2, 2, 7, 7 } }, .a = LEAF_CONV(3, 1, 2, 2, 1, true) },
	{ .name = "conv in 2 groups", .op = FC_OP_CONV, .x = { { 2, 4, 4, 5 } }, .a = LEAF_CONV(3, 1, 1, 1, 2, true) },
	{ .name = "conv depthwise", .op = FC_OP_CONV, .x = { { 2, 4, 5, 5 } }, .a = LEAF_CONV(3, 2, 0, 1, 4, false) },
	{ .name = "conv 1x1, added to", .op = FC_OP_CONV, .x = { { 2, 3, 3, 3 } }, .a = LEAF_CONV(1, 1, 0, 1, 1, true),
	  .accumulate = true },
	{ .name = "dense", .op = FC_OP_DENSE, .x = { { 3, 2, 3, 2 } }, .a = { .out = 4, .bias = true } },
	{ .name = "dense without bias, added to", .op = FC_OP_DENSE, .x = { { 2, 7, 1, 1 } }, .a = { .out = 3 },
	  .accumulate = true },
	{ .name = "batch norm", .op = FC_OP_BATCH_NORM, .x = { { 3, 2, 3, 4 } }, .a = { .epsilon = 1e-5, .momentum = 0.1 } },
	{ .name = "batch norm of rows, added to", .op = FC_OP_BATCH_NORM, .x = { { 6, 3, 1, 1 } },
	  .a = { .epsilon = 1e-3, .momentum = 0.1 }, .accumulate = true },
	{ .name = "relu", .op = FC_OP_RELU, .x = { { 2, 3, 4, 4 } } },
	{ .name = "relu in place", .op = FC_OP_RELU, .x = { { 2, 3, 4, 4 } }, .in_place = true },
	{ .name = "relu, added to", .op = FC_OP_RELU, .x = { { 2, 3, 4, 4 } }, .accumulate = true },
	{ .name = "sigmoid", .op = FC_OP_SIGMOID, .x = { { 2, 3, 4, 4 } } },
	{ .name = "sigmoid in place", .op = FC_OP_SIGMOID, .x = { { 2, 3, 4, 4 } }, .in_place = true },
	{ .name = "sigmoid, added to", .op = FC_OP_SIGMOID, .x = { { 1, 3, 4, 4 } }, .accumulate = true },
	{ .name = "dropout", .op = FC_OP_DROPOUT, .x = { { 2, 3, 5, 3 } }, .a = { .probability = 0.4 } },
	{ .name = "dropout in place", .op = FC_OP_DROPOUT, .x = { { 2, 3, 5, 3 } }, .a = { .probability = 0.4 },
	  .in_place = true },
	{ .name = "max pool", .op = FC_OP_MAX_POOL, .x = { { 2, 2, 6, 6 } }, .a = LEAF_POOL(2, 2, 0, false) },
	{ .name = "max pool overlapping, padded", .op = FC_OP_MAX_POOL, .x = { { 1, 2, 7, 6 } },
	  .a = LEAF_POOL(3, 2, 1, false) },
	{ .name = "max pool ceil, added to", .op = FC_OP_MAX_POOL, .x = { { 1, 2, 6, 8 } }, .a = LEAF_POOL(3, 2, 0, true),
	  .accumulate = true },
	{ .name = "average pool", .op = FC_OP_AVG_POOL, .x = { { 2, 2, 6, 6 } }, .a = LEAF_POOL(2, 2, 0, false) },
	{ .name = "average pool padded, ceil", .op = FC_OP_AVG_POOL, .x = { { 1, 2, 6, 7 } }, .a = LEAF_POOL(3, 2, 1, true) },
	{ .name = "average pool, added to", .op = FC_OP_AVG_POOL, .x = { { 1, 2, 5, 5 } }, .a = LEAF_POOL(3, 1, 1, false),
	  .accumulate = true },
	{ .name = "adaptive pool down", .op = FC_OP_ADAPTIVE_AVG_POOL, .x = { { 2, 2, 7, 5 } },
	  .a = { .kernel_h = 3, .kernel_w = 2 } },
	{ .name = "adaptive pool up", .op = FC_OP_ADAPTIVE_AVG_POOL, .x = { { 1, 2, 2, 3 } },
	  .a = { .kernel_h = 7, .kernel_w = 7 }, .accumulate = true },
	{ .name = "add", .op = FC_OP_ADD, .input_count = 3, .x = { { 2, 3, 3, 3 }, { 2, 3, 3, 3 }, { 2, 3, 3, 3 } } },
	{ .name = "add in place", .op = FC_OP_ADD, .input_count = 2, .x = { { 2, 3, 3, 3 }, { 2, 3, 3, 3 } },
	  .in_place = true },
	{ .name = "concat", .op = FC_OP_CONCAT, .input_count = 3, .x = { { 2, 3, 3, 3 }, { 2, 1, 3, 3 }, { 2, 2, 3, 3 } } },
	{ .name = "concat, added to", .op = FC_OP_CONCAT, .input_count = 2, .x = { { 2, 3, 2, 3 }, { 2, 1, 2, 3 } },
	  .accumulate = true },
};

static double loss(struct leaf *leaf, struct leaf_values *v, const float *r)
{
	double sum = 0;

	for (int k = 0; k < leaf_param_count(leaf->c); k++)
		leaf_write(leaf, &leaf->param[k], v->param[k]);
	leaf_forward(leaf, v);
	for (int64_t i = 0; i < fc_shape_elements(leaf->c->y); i++)
		sum += (double)r[i] * v->y[i];
	return sum;
}

/* `offset`: what the gradient was before this layer added to it. */
static void check_differences(struct leaf *leaf, struct leaf_values *v, float *values, const float *gradient,
			      const float *offset, int64_t count, const char *what)
{
	float *analytic = malloc((size_t)count * sizeof(float));

	for (int64_t i = 0; i < count; i++)
		analytic[i] = gradient[i] - (offset ? offset[i] : 0);
	for (int64_t i = 0; i < count; i++) {
		const float kept = values[i];
		double plus, minus, numeric;

		values[i] = kept + (float)epsilon;
		plus = loss(leaf, v, v->dy);
		values[i] = kept - (float)epsilon;
		minus = loss(leaf, v, v->dy);
		values[i] = kept;
		numeric = (plus - minus) / (2 * epsilon);
		if (fabs(numeric - analytic[i]) > tolerance * (1 + fabs(numeric)))
			fail_msg("%s: %s[%d]: %g, by differences %g", leaf->c->name, what, (int)i, analytic[i], numeric);
	}
	free(analytic);
}

/* A step of epsilon must not change which value is the largest: all values of a max pool's input are far apart. */
static void spread_values(float *values, int64_t count)
{
	for (int64_t i = 0; i < count; i++)
		values[i] = (float)((i * 37) % count) * 0.05f - 1;
}

static void check_case(const struct leaf_case *given)
{
	static const char *const names[FC_MAX_PARAMS] = { "parameter 0", "parameter 1", "parameter 2", "parameter 3" };
	struct fc_error err;
	const struct fc_backend *backend = fc_backend_find("reference", &err);
	const struct leaf_case c = leaf_complete(given);
	struct leaf_values v = leaf_values_new(&c), before = leaf_values_new(&c);
	struct leaf leaf;

	assert_non_null(backend);
	if (c.op == FC_OP_MAX_POOL || c.op == FC_OP_ADAPTIVE_MAX_POOL)
		spread_values(v.x[0], fc_shape_elements(c.x[0]));
	leaf_open(&leaf, &c, backend, &v);
	loss(&leaf, &v, v.dy);
	leaf_backward(&leaf, &v);
	for (int k = 0; k < c.input_count && !c.no_dx; k++)
		check_differences(&leaf, &v, v.x[k], v.dx[k], c.accumulate ? before.dx[k] : NULL,
				  fc_shape_elements(c.x[k]), "dx");
	for (int k = 0; k < leaf_param_count(&c); k++)
		check_differences(&leaf, &v, v.param[k], v.gradient[k], NULL, fc_shape_elements(leaf_param_shape(&c, k)),
				  names[k]);
	leaf_close(&leaf);
	leaf_values_free(&v);
	leaf_values_free(&before);
}

static void gradients_match_differences(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct leaf_case given = cases[i];

		if (given.op == FC_OP_CONV)
			given.a.out = 4;
		check_case(&given);
	}
}

/* The same of layers that are written as a model writes them; every kind there is has its case here or above. */
static void gradients_of_all_kinds(void **state)
{
	bool seen[FC_OP_COUNT] = { [FC_OP_INPUT] = true };

	(void)state;
	for (size_t i = 0; i < sizeof(kind_cases) / sizeof(kind_cases[0]); i++) {
		struct leaf_case given = kind_cases[i];

		given.name = given.text;
		seen[leaf_complete(&given).op] = true;
		check_case(&given);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		seen[cases[i].op] = true;
	for (int op = 0; op < FC_OP_FOREIGN; op++)
		if (!seen[op])
			fail_msg("%s has no case", fc_op_name((enum fc_op)op));
}

/* The loss against its own differences, and its conventions: sum over images, mean in the gradient, missing images zero. */
static void loss_gradient(void **state)
{
	enum { N = 4, K = 5, COUNT = 3 };
	struct fc_error err;
	const struct fc_backend *backend = fc_backend_find("reference", &err);
	const struct fc_device_config config = { 0 };
	const uint8_t labels[N] = { 2, 0, 4, 1 };
	const struct fc_batch batch = { .labels = labels, .count = COUNT };
	float logits[N * K], gradient[N * K];
	struct fc_tensor z = { .shape = { N, K, 1, 1 }, .bytes = sizeof(logits), .data = logits };
	struct fc_tensor dz = { .shape = { N, K, 1, 1 }, .bytes = sizeof(gradient), .data = gradient };
	struct fc_device *device;
	struct fc_loss plus, minus;

	(void)state;
	assert_int_equal(backend->open(&config, &device, &err), 0);
	for (int i = 0; i < N * K; i++)
		logits[i] = (float)((i * 7) % 11) * 0.3f - 1;
	assert_int_equal(backend->loss(device, &z, &dz, &batch, 0.3, &plus, &err), 0);
	for (int i = 0; i < N * K; i++) {
		const float kept = logits[i];
		double numeric;

		logits[i] = kept + (float)epsilon;
		assert_int_equal(backend->loss(device, &z, NULL, &batch, 0.3, &plus, &err), 0);
		logits[i] = kept - (float)epsilon;
		assert_int_equal(backend->loss(device, &z, NULL, &batch, 0.3, &minus, &err), 0);
		logits[i] = kept;
		numeric = 0.3 * (plus.sum - minus.sum) / (2 * epsilon) / COUNT;
		assert_true(fabs(numeric - gradient[i]) < 1e-4);
	}
	for (int k = 0; k < K; k++)
		logits[k] = k == 2 || k == 3 ? 5 : 0;
	assert_int_equal(backend->loss(device, &z, NULL, &(struct fc_batch){ .labels = labels, .count = 1 }, 1, &plus, &err), 0);
	assert_int_equal(plus.correct, 1);
	assert_true(fabs(plus.sum - log(2 + 3 * exp(-5))) < 1e-6);
	backend->close(device);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients_match_differences),
		cmocka_unit_test(gradients_of_all_kinds),
		cmocka_unit_test(loss_gradient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
