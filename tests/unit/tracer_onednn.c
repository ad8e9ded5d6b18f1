/*
 * Every leaf of the oneDNN backend, in every phase, against the reference. Tolerances are relative to the largest value of
 * the array: 2e-5 for sums of up to some thousand products in floats, less where nothing is summed.
 */
#include "tracer_leaf.h"

static const double usual_tolerance = 2e-5;

#ifndef RANDOM_CASES
#define RANDOM_CASES 150
#endif

#define SIZE(n, c, h, w) .x = { { n, c, h, w } }
#define CONV(out_channels, ...) .op = FC_OP_CONV, .y = { .c = out_channels }, .a = LEAF_CONV(__VA_ARGS__)

static const struct leaf_case conv_cases[] = {
	{ .name = "conv of 1 channel", CONV(6, 5, 1, 2, 1, 1, true), SIZE(2, 1, 12, 10) },
	{ .name = "conv 6 to 16", CONV(16, 5, 1, 0, 1, 1, true), SIZE(5, 6, 14, 14) },
	{ .name = "conv 3 to 64, 7x7 stride 2", CONV(64, 7, 2, 3, 1, 1, false), SIZE(2, 3, 19, 23), .no_dx = true },
	{ .name = "conv 3 to 64, 11x11 stride 4", CONV(64, 11, 4, 2, 1, 1, true), SIZE(2, 3, 64, 64), .no_dx = true,
	  .relu = true },
	{ .name = "conv 10 to 24", CONV(24, 3, 1, 1, 1, 1, true), SIZE(1, 10, 9, 7), .relu = true },
	{ .name = "conv 24 to 64, added to", CONV(64, 3, 1, 1, 1, 1, false), SIZE(2, 24, 8, 8), .accumulate = true },
	{ .name = "conv 1x1", CONV(48, 1, 1, 0, 1, 1, false), SIZE(5, 32, 7, 5) },
	{ .name = "conv 1x1 stride 2, added to", CONV(32, 1, 2, 0, 1, 1, false), SIZE(2, 16, 8, 9), .accumulate = true },
	{ .name = "conv 3x3 stride 2", CONV(32, 3, 2, 1, 1, 1, true), SIZE(2, 16, 15, 16), .relu = true },
	{ .name = "conv dilated", CONV(16, 3, 1, 2, 2, 1, true), SIZE(2, 16, 11, 11) },
	{ .name = "conv in 2 groups of 16", CONV(32, 3, 1, 1, 1, 2, true), SIZE(2, 32, 8, 8) },
	{ .name = "conv in 2 groups of 3", CONV(8, 3, 1, 1, 1, 2, true), SIZE(2, 6, 8, 7), .relu = true },
	{ .name = "conv in 8 groups of 4", CONV(32, 3, 1, 1, 1, 8, true), SIZE(2, 32, 8, 7), .relu = true, .accumulate = true },
	{ .name = "conv in 3 groups of 1, plain", CONV(6, 3, 1, 1, 1, 3, true), SIZE(2, 3, 9, 8) },
	{ .name = "conv depthwise", CONV(24, 3, 2, 1, 1, 24, false), SIZE(2, 24, 9, 9), .accumulate = true },
	{ .name = "conv of one pixel", CONV(20, 3, 1, 1, 1, 1, true), SIZE(5, 20, 1, 1) },
	{ .name = "conv that leaves a rest", CONV(16, 2, 2, 0, 1, 1, true), SIZE(1, 16, 7, 9) },
	{ .name = "conv of rows", CONV(16, 1, 1, 0, 1, 1, true), SIZE(3, 32, 1, 1), .dense_inputs = true },
	{ .name = "conv of odd rows", CONV(16, 1, 1, 0, 1, 1, true), SIZE(3, 10, 1, 1), .dense_inputs = true },
	{ .name = "conv 1 to 6, narrow network", CONV(6, 5, 1, 2, 1, 1, true), SIZE(5, 1, 12, 10), .whole = true },
	{ .name = "conv 6 to 16, narrow network", CONV(16, 5, 1, 0, 1, 1, true), SIZE(5, 6, 14, 13), .whole = true,
	  .relu = true },
	{ .name = "conv 3 to 10, narrow network", CONV(10, 3, 2, 1, 1, 1, false), SIZE(2, 3, 11, 9), .whole = true,
	  .accumulate = true },
	{ .name = "conv in 2 groups, narrow network", CONV(8, 3, 1, 1, 1, 2, true), SIZE(2, 6, 8, 7), .whole = true },
	{ .name = "conv in validation", CONV(24, 3, 1, 1, 1, 1, true), SIZE(2, 10, 6, 6), .relu = true, .validate = true },
};

static const struct leaf_case dense_cases[] = {
	{ .name = "dense of blocks", .op = FC_OP_DENSE, SIZE(5, 24, 3, 4), .a = { .out = 20, .bias = true }, .relu = true },
	{ .name = "dense of 6 channels", .op = FC_OP_DENSE, SIZE(2, 6, 5, 5), .a = { .out = 10, .bias = true } },
	{ .name = "dense of an image", .op = FC_OP_DENSE, SIZE(2, 1, 9, 7), .a = { .out = 10 }, .no_dx = true },
	{ .name = "dense of rows", .op = FC_OP_DENSE, SIZE(5, 84, 1, 1), .a = { .out = 10, .bias = true },
	  .dense_inputs = true, .accumulate = true },
	{ .name = "dense of odd rows", .op = FC_OP_DENSE, SIZE(1, 17, 1, 1), .a = { .out = 3, .bias = true } },
	{ .name = "dense, large", .op = FC_OP_DENSE, SIZE(32, 256, 2, 2), .a = { .out = 128, .bias = true }, .relu = true },
	{ .name = "dense, narrow network", .op = FC_OP_DENSE, SIZE(3, 6, 5, 5), .a = { .out = 10, .bias = true }, .whole = true },
	{ .name = "dense in validation", .op = FC_OP_DENSE, SIZE(2, 24, 2, 2), .a = { .out = 7, .bias = true },
	  .validate = true },
};

#define NORM .op = FC_OP_BATCH_NORM, .a = { .epsilon = 1e-5, .momentum = 0.1 }

static const struct leaf_case norm_cases[] = {
	{ .name = "batch norm", NORM, SIZE(5, 32, 7, 6) },
	{ .name = "batch norm and relu", NORM, SIZE(2, 24, 5, 5), .relu = true },
	{ .name = "batch norm and relu, added to", NORM, SIZE(2, 48, 20, 20), .relu = true, .accumulate = true },
	{ .name = "batch norm of 3 channels", NORM, SIZE(2, 3, 6, 5) },
	{ .name = "batch norm of 10 channels", NORM, SIZE(5, 10, 3, 3), .accumulate = true },
	{ .name = "batch norm of rows", NORM, SIZE(5, 20, 1, 1), .dense_inputs = true, .relu = true },
	{ .name = "batch norm of odd rows", NORM, SIZE(5, 7, 1, 1), .dense_inputs = true },
	{ .name = "batch norm of a single image", NORM, SIZE(1, 16, 4, 4) },
	{ .name = "batch norm, narrow network", NORM, SIZE(4, 6, 7, 7), .whole = true, .relu = true },
	{ .name = "batch norm in validation", NORM, SIZE(2, 24, 5, 5), .validate = true },
	{ .name = "batch norm and relu in validation", NORM, SIZE(2, 6, 5, 5), .relu = true, .validate = true },
};

static const struct leaf_case pool_cases[] = {
	{ .name = "max pool 2", .op = FC_OP_MAX_POOL, SIZE(2, 32, 8, 6), .a = LEAF_POOL(2, 2, 0, false) },
	{ .name = "max pool 3 stride 2 pad 1", .op = FC_OP_MAX_POOL, SIZE(5, 24, 9, 11), .a = LEAF_POOL(3, 2, 1, false) },
	{ .name = "max pool 3 stride 2 ceil", .op = FC_OP_MAX_POOL, SIZE(2, 16, 8, 12), .a = LEAF_POOL(3, 2, 0, true) },
	{ .name = "max pool 3 stride 1 pad 1 ceil, added to", .op = FC_OP_MAX_POOL, SIZE(2, 48, 4, 4),
	  .a = LEAF_POOL(3, 1, 1, true), .accumulate = true },
	{ .name = "max pool 2 stride 2 ceil", .op = FC_OP_MAX_POOL, SIZE(2, 16, 7, 5), .a = LEAF_POOL(2, 2, 0, true) },
	{ .name = "max pool to one pixel", .op = FC_OP_MAX_POOL, SIZE(2, 24, 2, 2), .a = LEAF_POOL(2, 2, 0, false) },
	{ .name = "max pool of 3 plain channels", .op = FC_OP_MAX_POOL, SIZE(2, 3, 8, 7), .a = LEAF_POOL(3, 2, 1, false) },
	{ .name = "max pool of a huge window", .op = FC_OP_MAX_POOL, SIZE(1, 16, 20, 20), .a = LEAF_POOL(17, 3, 0, false) },
	{ .name = "max pool, narrow network", .op = FC_OP_MAX_POOL, SIZE(2, 6, 9, 11), .a = LEAF_POOL(3, 2, 1, false),
	  .whole = true },
	{ .name = "max pool in validation", .op = FC_OP_MAX_POOL, SIZE(2, 24, 9, 11), .a = LEAF_POOL(3, 2, 1, false),
	  .validate = true },
	{ .name = "average pool 2", .op = FC_OP_AVG_POOL, SIZE(2, 32, 8, 6), .a = LEAF_POOL(2, 2, 0, false) },
	{ .name = "average pool padded, ceil", .op = FC_OP_AVG_POOL, SIZE(2, 6, 8, 7), .a = LEAF_POOL(3, 2, 1, true),
	  .accumulate = true },
	{ .name = "average pool of 3 plain channels", .op = FC_OP_AVG_POOL, SIZE(2, 3, 8, 8), .a = LEAF_POOL(5, 3, 2, false) },
	{ .name = "adaptive pool to 1", .op = FC_OP_ADAPTIVE_AVG_POOL, SIZE(5, 24, 4, 5), .a = { .kernel_h = 1, .kernel_w = 1 } },
	{ .name = "adaptive pool up to 7", .op = FC_OP_ADAPTIVE_AVG_POOL, SIZE(2, 32, 2, 2),
	  .a = { .kernel_h = 7, .kernel_w = 7 } },
	{ .name = "adaptive pool uneven, added to", .op = FC_OP_ADAPTIVE_AVG_POOL, SIZE(2, 10, 7, 5),
	  .a = { .kernel_h = 3, .kernel_w = 4 }, .accumulate = true },
	{ .name = "average pool, narrow network", .op = FC_OP_AVG_POOL, SIZE(2, 6, 8, 8), .a = LEAF_POOL(2, 2, 0, false),
	  .whole = true },
	{ .name = "adaptive pool to 1, narrow network", .op = FC_OP_ADAPTIVE_AVG_POOL, SIZE(2, 10, 5, 5),
	  .a = { .kernel_h = 1, .kernel_w = 1 }, .whole = true },
	{ .name = "adaptive pool in validation", .op = FC_OP_ADAPTIVE_AVG_POOL, SIZE(1, 16, 3, 3),
	  .a = { .kernel_h = 6, .kernel_w = 6 }, .validate = true },
};

static const struct leaf_case eltwise_cases[] = {
	{ .name = "relu", .op = FC_OP_RELU, SIZE(2, 24, 5, 5), .tolerance = 1e-7 },
	{ .name = "relu in place", .op = FC_OP_RELU, SIZE(2, 10, 5, 5), .in_place = true, .tolerance = 1e-7 },
	{ .name = "relu, added to", .op = FC_OP_RELU, SIZE(2, 3, 5, 5), .accumulate = true, .tolerance = 1e-6 },
	{ .name = "relu large", .op = FC_OP_RELU, SIZE(2, 64, 32, 32), .tolerance = 1e-7 },
	{ .name = "sigmoid", .op = FC_OP_SIGMOID, SIZE(2, 6, 9, 9), .tolerance = 1e-6 },
	{ .name = "sigmoid, narrow network", .op = FC_OP_SIGMOID, SIZE(2, 6, 9, 9), .whole = true, .tolerance = 1e-6 },
	{ .name = "sigmoid in place", .op = FC_OP_SIGMOID, SIZE(2, 24, 5, 5), .in_place = true, .tolerance = 1e-6 },
	{ .name = "sigmoid of rows, added to", .op = FC_OP_SIGMOID, SIZE(5, 84, 1, 1), .dense_inputs = true,
	  .accumulate = true, .tolerance = 1e-6 },
	{ .name = "sigmoid of plain channels", .op = FC_OP_SIGMOID, SIZE(2, 3, 5, 5), .tolerance = 1e-6 },
	{ .name = "sigmoid in validation", .op = FC_OP_SIGMOID, SIZE(2, 10, 5, 5), .validate = true, .tolerance = 1e-6 },
	{ .name = "dropout of blocks", .op = FC_OP_DROPOUT, SIZE(3, 24, 5, 7), .a = { .probability = 0.3 },
	  .tolerance = 1e-6 },
	{ .name = "dropout, narrow network", .op = FC_OP_DROPOUT, SIZE(3, 6, 5, 7), .a = { .probability = 0.3 }, .whole = true,
	  .tolerance = 1e-6 },
	{ .name = "dropout in place", .op = FC_OP_DROPOUT, SIZE(2, 10, 6, 6), .a = { .probability = 0.5 }, .in_place = true,
	  .tolerance = 1e-6 },
	{ .name = "dropout of rows, added to", .op = FC_OP_DROPOUT, SIZE(5, 1003, 1, 1), .dense_inputs = true,
	  .a = { .probability = 0.5 }, .accumulate = true, .tolerance = 1e-6 },
	{ .name = "dropout of plain channels", .op = FC_OP_DROPOUT, SIZE(2, 3, 17, 19), .a = { .probability = 0.7 },
	  .tolerance = 1e-6 },
	{ .name = "dropout in validation", .op = FC_OP_DROPOUT, SIZE(2, 10, 6, 6), .a = { .probability = 0.5 },
	  .validate = true, .tolerance = 1e-7 },
};

static const struct leaf_case join_cases[] = {
	{ .name = "add", .op = FC_OP_ADD, .input_count = 2, .x = { { 2, 24, 5, 5 }, { 2, 24, 5, 5 } }, .tolerance = 1e-6 },
	{ .name = "add and relu", .op = FC_OP_ADD, .input_count = 2, .x = { { 2, 64, 16, 16 }, { 2, 64, 16, 16 } },
	  .relu = true, .tolerance = 1e-6 },
	{ .name = "add in place", .op = FC_OP_ADD, .input_count = 2, .x = { { 2, 32, 5, 5 }, { 2, 32, 5, 5 } },
	  .in_place = true, .relu = true, .tolerance = 1e-6 },
	{ .name = "add three, added to", .op = FC_OP_ADD, .input_count = 3,
	  .x = { { 2, 10, 5, 5 }, { 2, 10, 5, 5 }, { 2, 10, 5, 5 } }, .accumulate = true, .tolerance = 1e-6 },
	{ .name = "add of plain channels", .op = FC_OP_ADD, .input_count = 2, .x = { { 2, 3, 5, 5 }, { 2, 3, 5, 5 } },
	  .tolerance = 1e-6 },
	{ .name = "concat of whole blocks", .op = FC_OP_CONCAT, .input_count = 3,
	  .x = { { 2, 32, 7, 7 }, { 2, 16, 7, 7 }, { 2, 48, 7, 7 } }, .tolerance = 1e-7 },
	{ .name = "concat, added to", .op = FC_OP_CONCAT, .input_count = 2, .x = { { 2, 64, 16, 16 }, { 2, 32, 16, 16 } },
	  .accumulate = true, .tolerance = 1e-6 },
	{ .name = "concat of odd channels", .op = FC_OP_CONCAT, .input_count = 3,
	  .x = { { 2, 10, 3, 5 }, { 2, 24, 3, 5 }, { 2, 7, 3, 5 } }, .tolerance = 1e-7 },
	{ .name = "concat of odd channels, added to", .op = FC_OP_CONCAT, .input_count = 3,
	  .x = { { 2, 16, 3, 5 }, { 2, 24, 3, 5 }, { 2, 7, 3, 5 } }, .accumulate = true, .tolerance = 1e-6 },
	{ .name = "concat of plain and blocked", .op = FC_OP_CONCAT, .input_count = 2,
	  .x = { { 2, 3, 4, 4 }, { 2, 16, 4, 4 } }, .tolerance = 1e-7 },
	{ .name = "concat, narrow network", .op = FC_OP_CONCAT, .input_count = 2, .x = { { 2, 6, 3, 5 }, { 2, 7, 3, 5 } },
	  .whole = true, .accumulate = true, .tolerance = 1e-6 },
	{ .name = "add, narrow network", .op = FC_OP_ADD, .input_count = 2, .x = { { 2, 6, 3, 5 }, { 2, 6, 3, 5 } },
	  .whole = true, .relu = true, .tolerance = 1e-6 },
	{ .name = "concat of rows", .op = FC_OP_CONCAT, .input_count = 2, .x = { { 5, 10, 1, 1 }, { 5, 7, 1, 1 } },
	  .dense_inputs = true, .tolerance = 1e-7 },
};

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
CHECK(conv)
CHECK(dense)
CHECK(norm)
CHECK(pool)
CHECK(eltwise)
CHECK(join)

/* ---- shapes that nobody thought of */

/* A number in low ... high from a stream of its own. */
static int64_t pick(uint64_t *state, int64_t low, int64_t high)
{
	uint32_t word[4];

	fc_philox(11, 1, (*state)++, word);
	return low + (int64_t)(word[0] % (uint64_t)(high - low + 1));
}

static struct leaf_case random_window(uint64_t *state, enum fc_op op)
{
	struct leaf_case c = { .op = op,
			       .x = { { pick(state, 1, 3), pick(state, 1, 40), pick(state, 1, 12), pick(state, 1, 12) } } };

	c.a.kernel_h = pick(state, 1, 5);
	c.a.kernel_w = pick(state, 1, 5);
	c.a.stride_h = pick(state, 1, 3);
	c.a.stride_w = pick(state, 1, 3);
	c.a.pad_h = pick(state, 0, op == FC_OP_CONV ? c.a.kernel_h + 1 : c.a.kernel_h / 2);
	c.a.pad_w = pick(state, 0, op == FC_OP_CONV ? c.a.kernel_w + 1 : c.a.kernel_w / 2);
	c.a.ceil = op != FC_OP_CONV && pick(state, 0, 1);
	c.a.dilation_h = op == FC_OP_CONV ? pick(state, 1, 2) : 1;
	c.a.dilation_w = op == FC_OP_CONV ? pick(state, 1, 2) : 1;
	return c;
}

static struct leaf_case random_case(uint64_t *state)
{
	static const enum fc_op ops[] = { FC_OP_CONV, FC_OP_CONV, FC_OP_CONV, FC_OP_MAX_POOL, FC_OP_AVG_POOL,
					  FC_OP_ADAPTIVE_AVG_POOL, FC_OP_BATCH_NORM, FC_OP_DENSE, FC_OP_DROPOUT };
	struct leaf_case c = random_window(state, ops[pick(state, 0, sizeof(ops) / sizeof(ops[0]) - 1)]);

	c.relu = pick(state, 0, 1) && (c.op == FC_OP_CONV || c.op == FC_OP_BATCH_NORM || c.op == FC_OP_DENSE);
	c.accumulate = pick(state, 0, 1);
	c.validate = pick(state, 0, 4) == 0;
	c.whole = pick(state, 0, 3) == 0 && c.x[0].c <= 16;
	c.a.bias = pick(state, 0, 1);
	c.a.out = pick(state, 1, c.whole ? 16 : 40);
	c.a.groups = 1;
	for (int64_t g = 2; c.op == FC_OP_CONV && g <= c.x[0].c; g++)
		if (c.x[0].c % g == 0 && pick(state, 0, 3) == 0)
			c.a.groups = g;
	c.a.out = (c.a.out + c.a.groups - 1) / c.a.groups * c.a.groups;
	c.a.probability = 0.4;
	c.a.epsilon = 1e-3;
	c.a.momentum = 0.1;
	/* A single value per channel is all rounding error once its mean is gone. */
	if (c.op == FC_OP_BATCH_NORM)
		c.x[0].n += 2;
	return c;
}

static bool fits(const struct leaf_case *c)
{
	const struct fc_attributes *a = &c->a;

	if (c->op != FC_OP_CONV && c->op != FC_OP_MAX_POOL && c->op != FC_OP_AVG_POOL)
		return true;
	return c->x[0].h + 2 * a->pad_h >= a->dilation_h * (a->kernel_h - 1) + 1 &&
	       c->x[0].w + 2 * a->pad_w >= a->dilation_w * (a->kernel_w - 1) + 1;
}

static void random_shapes_match_reference(void **state)
{
	uint64_t random = 0;
	char name[200];

	(void)state;
	for (int i = 0; i < RANDOM_CASES; i++) {
		struct leaf_case c = random_case(&random);

		snprintf(name, sizeof(name),
			 "case %d: %s of %dx%dx%dx%d to %d, kernel %dx%d stride %dx%d pad %dx%d groups %d%s%s", i,
			 fc_op_name(c.op), (int)c.x[0].n, (int)c.x[0].c, (int)c.x[0].h, (int)c.x[0].w, (int)c.a.out,
			 (int)c.a.kernel_h, (int)c.a.kernel_w, (int)c.a.stride_h, (int)c.a.stride_w, (int)c.a.pad_h,
			 (int)c.a.pad_w, (int)c.a.groups, c.whole ? " narrow" : "", c.validate ? " validation" : "");
		c.name = name;
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
		cmocka_unit_test(random_shapes_match_reference),
		cmocka_unit_test(feed_matches_reference),  cmocka_unit_test(loss_matches_reference),
		cmocka_unit_test(memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
