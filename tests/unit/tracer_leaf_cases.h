/*
 * The cases that every backend's leaves are put through beside the reference: layers as networks have them and shapes that
 * nobody thought of. CASES_OF(CHECK) calls CHECK(name) for each of the tables name_cases.
 */
#ifndef FLOPCLOCK_TESTS_TRACER_LEAF_CASES_H
#define FLOPCLOCK_TESTS_TRACER_LEAF_CASES_H

#include "tracer_leaf.h"

#ifndef RANDOM_CASES
#define RANDOM_CASES 150
#endif

#define SIZE(n, c, h, w)	.x = { { n, c, h, w } }
#define CONV(out_channels, ...) .op = FC_OP_CONV, .y = { .c = out_channels }, .a = LEAF_CONV(__VA_ARGS__)

static const struct leaf_case conv_cases[] = {
	{ .name = "conv of 1 channel", CONV(6, 5, 1, 2, 1, 1, true), SIZE(2, 1, 12, 10) },
	{ .name = "conv 6 to 16", CONV(16, 5, 1, 0, 1, 1, true), SIZE(5, 6, 14, 14) },
	{ .name = "conv 3 to 64, 7x7 stride 2", CONV(64, 7, 2, 3, 1, 1, false), SIZE(2, 3, 19, 23), .no_dx = true },
	{ .name = "conv 3 to 64, 11x11 stride 4",
	  CONV(64, 11, 4, 2, 1, 1, true),
	  SIZE(2, 3, 64, 64),
	  .no_dx = true,
	  .relu = true },
	{ .name = "conv 10 to 24", CONV(24, 3, 1, 1, 1, 1, true), SIZE(1, 10, 9, 7), .relu = true },
	{ .name = "conv 24 to 64, added to", CONV(64, 3, 1, 1, 1, 1, false), SIZE(2, 24, 8, 8), .accumulate = true },
	{ .name = "conv 1x1", CONV(48, 1, 1, 0, 1, 1, false), SIZE(5, 32, 7, 5) },
	{ .name = "conv 1x1 stride 2, added to",
	  CONV(32, 1, 2, 0, 1, 1, false),
	  SIZE(2, 16, 8, 9),
	  .accumulate = true },
	{ .name = "conv 3x3 stride 2", CONV(32, 3, 2, 1, 1, 1, true), SIZE(2, 16, 15, 16), .relu = true },
	{ .name = "conv dilated", CONV(16, 3, 1, 2, 2, 1, true), SIZE(2, 16, 11, 11) },
	{ .name = "conv in 2 groups of 16", CONV(32, 3, 1, 1, 1, 2, true), SIZE(2, 32, 8, 8) },
	{ .name = "conv in 2 groups of 3", CONV(8, 3, 1, 1, 1, 2, true), SIZE(2, 6, 8, 7), .relu = true },
	{ .name = "conv in 8 groups of 4",
	  CONV(32, 3, 1, 1, 1, 8, true),
	  SIZE(2, 32, 8, 7),
	  .relu = true,
	  .accumulate = true },
	{ .name = "conv in 3 groups of 1, plain", CONV(6, 3, 1, 1, 1, 3, true), SIZE(2, 3, 9, 8) },
	{ .name = "conv depthwise", CONV(24, 3, 2, 1, 1, 24, false), SIZE(2, 24, 9, 9), .accumulate = true },
	{ .name = "conv depthwise 5x5", CONV(40, 5, 1, 2, 1, 40, true), SIZE(3, 40, 7, 6) },
	{ .name = "conv depthwise 5x5 stride 2", CONV(32, 5, 2, 2, 1, 32, false), SIZE(2, 32, 9, 8) },
	{ .name = "conv depthwise 7x7", CONV(24, 7, 1, 3, 1, 24, true), SIZE(2, 24, 8, 8), .accumulate = true },
	{ .name = "conv depthwise 5x5, dilated", CONV(17, 5, 1, 4, 2, 17, true), SIZE(2, 17, 9, 10) },
	{ .name = "conv depthwise 5x5 of two pixels", CONV(48, 5, 1, 2, 1, 48, false), SIZE(4, 48, 1, 2) },
	{ .name = "conv of one pixel", CONV(20, 3, 1, 1, 1, 1, true), SIZE(5, 20, 1, 1) },
	{ .name = "conv that leaves a rest", CONV(16, 2, 2, 0, 1, 1, true), SIZE(1, 16, 7, 9) },
	{ .name = "conv of rows", CONV(16, 1, 1, 0, 1, 1, true), SIZE(3, 32, 1, 1), .dense_inputs = true },
	{ .name = "conv of odd rows", CONV(16, 1, 1, 0, 1, 1, true), SIZE(3, 10, 1, 1), .dense_inputs = true },
	{ .name = "conv 1 to 6, narrow network", CONV(6, 5, 1, 2, 1, 1, true), SIZE(5, 1, 12, 10), .whole = true },
	{ .name = "conv 6 to 16, narrow network",
	  CONV(16, 5, 1, 0, 1, 1, true),
	  SIZE(5, 6, 14, 13),
	  .whole = true,
	  .relu = true },
	{ .name = "conv 3 to 10, narrow network",
	  CONV(10, 3, 2, 1, 1, 1, false),
	  SIZE(2, 3, 11, 9),
	  .whole = true,
	  .accumulate = true },
	{ .name = "conv in 2 groups, narrow network", CONV(8, 3, 1, 1, 1, 2, true), SIZE(2, 6, 8, 7), .whole = true },
	{ .name = "conv in validation",
	  CONV(24, 3, 1, 1, 1, 1, true),
	  SIZE(2, 10, 6, 6),
	  .relu = true,
	  .validate = true },
};

static const struct leaf_case dense_cases[] = {
	{ .name = "dense of blocks",
	  .op = FC_OP_DENSE,
	  SIZE(5, 24, 3, 4),
	  .a = { .out = 20, .bias = true },
	  .relu = true },
	{ .name = "dense of 6 channels", .op = FC_OP_DENSE, SIZE(2, 6, 5, 5), .a = { .out = 10, .bias = true } },
	{ .name = "dense of an image", .op = FC_OP_DENSE, SIZE(2, 1, 9, 7), .a = { .out = 10 }, .no_dx = true },
	{ .name = "dense of rows",
	  .op = FC_OP_DENSE,
	  SIZE(5, 84, 1, 1),
	  .a = { .out = 10, .bias = true },
	  .dense_inputs = true,
	  .accumulate = true },
	{ .name = "dense of odd rows", .op = FC_OP_DENSE, SIZE(1, 17, 1, 1), .a = { .out = 3, .bias = true } },
	{ .name = "dense, large",
	  .op = FC_OP_DENSE,
	  SIZE(32, 256, 2, 2),
	  .a = { .out = 128, .bias = true },
	  .relu = true },
	{ .name = "dense, narrow network",
	  .op = FC_OP_DENSE,
	  SIZE(3, 6, 5, 5),
	  .a = { .out = 10, .bias = true },
	  .whole = true },
	{ .name = "dense in validation",
	  .op = FC_OP_DENSE,
	  SIZE(2, 24, 2, 2),
	  .a = { .out = 7, .bias = true },
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
	{ .name = "max pool 3 stride 2 pad 1",
	  .op = FC_OP_MAX_POOL,
	  SIZE(5, 24, 9, 11),
	  .a = LEAF_POOL(3, 2, 1, false) },
	{ .name = "max pool 3 stride 2 ceil",
	  .op = FC_OP_MAX_POOL,
	  SIZE(2, 16, 8, 12),
	  .a = LEAF_POOL(3, 2, 0, true) },
	{ .name = "max pool 3 stride 1 pad 1 ceil, added to",
	  .op = FC_OP_MAX_POOL,
	  SIZE(2, 48, 4, 4),
	  .a = LEAF_POOL(3, 1, 1, true),
	  .accumulate = true },
	{ .name = "max pool 2 stride 2 ceil",
	  .op = FC_OP_MAX_POOL,
	  SIZE(2, 16, 7, 5),
	  .a = LEAF_POOL(2, 2, 0, true) },
	{ .name = "max pool to one pixel", .op = FC_OP_MAX_POOL, SIZE(2, 24, 2, 2), .a = LEAF_POOL(2, 2, 0, false) },
	{ .name = "max pool of 3 plain channels",
	  .op = FC_OP_MAX_POOL,
	  SIZE(2, 3, 8, 7),
	  .a = LEAF_POOL(3, 2, 1, false) },
	{ .name = "max pool of a huge window",
	  .op = FC_OP_MAX_POOL,
	  SIZE(1, 16, 20, 20),
	  .a = LEAF_POOL(17, 3, 0, false) },
	{ .name = "max pool, narrow network",
	  .op = FC_OP_MAX_POOL,
	  SIZE(2, 6, 9, 11),
	  .a = LEAF_POOL(3, 2, 1, false),
	  .whole = true },
	{ .name = "max pool in validation",
	  .op = FC_OP_MAX_POOL,
	  SIZE(2, 24, 9, 11),
	  .a = LEAF_POOL(3, 2, 1, false),
	  .validate = true },
	{ .name = "average pool 2", .op = FC_OP_AVG_POOL, SIZE(2, 32, 8, 6), .a = LEAF_POOL(2, 2, 0, false) },
	{ .name = "average pool padded, ceil",
	  .op = FC_OP_AVG_POOL,
	  SIZE(2, 6, 8, 7),
	  .a = LEAF_POOL(3, 2, 1, true),
	  .accumulate = true },
	{ .name = "average pool of 3 plain channels",
	  .op = FC_OP_AVG_POOL,
	  SIZE(2, 3, 8, 8),
	  .a = LEAF_POOL(5, 3, 2, false) },
	{ .name = "adaptive pool to 1",
	  .op = FC_OP_ADAPTIVE_AVG_POOL,
	  SIZE(5, 24, 4, 5),
	  .a = { .kernel_h = 1, .kernel_w = 1 } },
	{ .name = "adaptive pool up to 7",
	  .op = FC_OP_ADAPTIVE_AVG_POOL,
	  SIZE(2, 32, 2, 2),
	  .a = { .kernel_h = 7, .kernel_w = 7 } },
	{ .name = "adaptive pool uneven, added to",
	  .op = FC_OP_ADAPTIVE_AVG_POOL,
	  SIZE(2, 10, 7, 5),
	  .a = { .kernel_h = 3, .kernel_w = 4 },
	  .accumulate = true },
	{ .name = "average pool, narrow network",
	  .op = FC_OP_AVG_POOL,
	  SIZE(2, 6, 8, 8),
	  .a = LEAF_POOL(2, 2, 0, false),
	  .whole = true },
	{ .name = "adaptive pool to 1, narrow network",
	  .op = FC_OP_ADAPTIVE_AVG_POOL,
	  SIZE(2, 10, 5, 5),
	  .a = { .kernel_h = 1, .kernel_w = 1 },
	  .whole = true },
	{ .name = "adaptive pool in validation",
	  .op = FC_OP_ADAPTIVE_AVG_POOL,
	  SIZE(1, 16, 3, 3),
	  .a = { .kernel_h = 6, .kernel_w = 6 },
	  .validate = true },
};

static const struct leaf_case eltwise_cases[] = {
	{ .name = "relu", .op = FC_OP_RELU, SIZE(2, 24, 5, 5), .tolerance = 1e-7 },
	{ .name = "relu in place", .op = FC_OP_RELU, SIZE(2, 10, 5, 5), .in_place = true, .tolerance = 1e-7 },
	{ .name = "relu, added to", .op = FC_OP_RELU, SIZE(2, 3, 5, 5), .accumulate = true, .tolerance = 1e-6 },
	{ .name = "relu large", .op = FC_OP_RELU, SIZE(2, 64, 32, 32), .tolerance = 1e-7 },
	{ .name = "sigmoid", .op = FC_OP_SIGMOID, SIZE(2, 6, 9, 9), .tolerance = 1e-6 },
	{ .name = "sigmoid, narrow network",
	  .op = FC_OP_SIGMOID,
	  SIZE(2, 6, 9, 9),
	  .whole = true,
	  .tolerance = 1e-6 },
	{ .name = "sigmoid in place", .op = FC_OP_SIGMOID, SIZE(2, 24, 5, 5), .in_place = true, .tolerance = 1e-6 },
	{ .name = "sigmoid of rows, added to",
	  .op = FC_OP_SIGMOID,
	  SIZE(5, 84, 1, 1),
	  .dense_inputs = true,
	  .accumulate = true,
	  .tolerance = 1e-6 },
	{ .name = "sigmoid of plain channels", .op = FC_OP_SIGMOID, SIZE(2, 3, 5, 5), .tolerance = 1e-6 },
	{ .name = "sigmoid in validation",
	  .op = FC_OP_SIGMOID,
	  SIZE(2, 10, 5, 5),
	  .validate = true,
	  .tolerance = 1e-6 },
	{ .name = "dropout of blocks",
	  .op = FC_OP_DROPOUT,
	  SIZE(3, 24, 5, 7),
	  .a = { .probability = 0.3 },
	  .tolerance = 1e-6 },
	{ .name = "dropout, narrow network",
	  .op = FC_OP_DROPOUT,
	  SIZE(3, 6, 5, 7),
	  .a = { .probability = 0.3 },
	  .whole = true,
	  .tolerance = 1e-6 },
	{ .name = "dropout in place",
	  .op = FC_OP_DROPOUT,
	  SIZE(2, 10, 6, 6),
	  .a = { .probability = 0.5 },
	  .in_place = true,
	  .tolerance = 1e-6 },
	{ .name = "dropout of rows, added to",
	  .op = FC_OP_DROPOUT,
	  SIZE(5, 1003, 1, 1),
	  .dense_inputs = true,
	  .a = { .probability = 0.5 },
	  .accumulate = true,
	  .tolerance = 1e-6 },
	{ .name = "dropout of plain channels",
	  .op = FC_OP_DROPOUT,
	  SIZE(2, 3, 17, 19),
	  .a = { .probability = 0.7 },
	  .tolerance = 1e-6 },
	{ .name = "dropout in validation",
	  .op = FC_OP_DROPOUT,
	  SIZE(2, 10, 6, 6),
	  .a = { .probability = 0.5 },
	  .validate = true,
	  .tolerance = 1e-7 },
};

static const struct leaf_case join_cases[] = {
	{ .name = "add",
	  .op = FC_OP_ADD,
	  .input_count = 2,
	  .x = { { 2, 24, 5, 5 }, { 2, 24, 5, 5 } },
	  .tolerance = 1e-6 },
	{ .name = "add and relu",
	  .op = FC_OP_ADD,
	  .input_count = 2,
	  .x = { { 2, 64, 16, 16 }, { 2, 64, 16, 16 } },
	  .relu = true,
	  .tolerance = 1e-6 },
	{ .name = "add in place",
	  .op = FC_OP_ADD,
	  .input_count = 2,
	  .x = { { 2, 32, 5, 5 }, { 2, 32, 5, 5 } },
	  .in_place = true,
	  .relu = true,
	  .tolerance = 1e-6 },
	{ .name = "add three, added to",
	  .op = FC_OP_ADD,
	  .input_count = 3,
	  .x = { { 2, 10, 5, 5 }, { 2, 10, 5, 5 }, { 2, 10, 5, 5 } },
	  .accumulate = true,
	  .tolerance = 1e-6 },
	{ .name = "add of plain channels",
	  .op = FC_OP_ADD,
	  .input_count = 2,
	  .x = { { 2, 3, 5, 5 }, { 2, 3, 5, 5 } },
	  .tolerance = 1e-6 },
	{ .name = "concat of whole blocks",
	  .op = FC_OP_CONCAT,
	  .input_count = 3,
	  .x = { { 2, 32, 7, 7 }, { 2, 16, 7, 7 }, { 2, 48, 7, 7 } },
	  .tolerance = 1e-7 },
	{ .name = "concat, added to",
	  .op = FC_OP_CONCAT,
	  .input_count = 2,
	  .x = { { 2, 64, 16, 16 }, { 2, 32, 16, 16 } },
	  .accumulate = true,
	  .tolerance = 1e-6 },
	{ .name = "concat of odd channels",
	  .op = FC_OP_CONCAT,
	  .input_count = 3,
	  .x = { { 2, 10, 3, 5 }, { 2, 24, 3, 5 }, { 2, 7, 3, 5 } },
	  .tolerance = 1e-7 },
	{ .name = "concat of odd channels, added to",
	  .op = FC_OP_CONCAT,
	  .input_count = 3,
	  .x = { { 2, 16, 3, 5 }, { 2, 24, 3, 5 }, { 2, 7, 3, 5 } },
	  .accumulate = true,
	  .tolerance = 1e-6 },
	{ .name = "concat of plain and blocked",
	  .op = FC_OP_CONCAT,
	  .input_count = 2,
	  .x = { { 2, 3, 4, 4 }, { 2, 16, 4, 4 } },
	  .tolerance = 1e-7 },
	{ .name = "concat, narrow network",
	  .op = FC_OP_CONCAT,
	  .input_count = 2,
	  .x = { { 2, 6, 3, 5 }, { 2, 7, 3, 5 } },
	  .whole = true,
	  .accumulate = true,
	  .tolerance = 1e-6 },
	{ .name = "add, narrow network",
	  .op = FC_OP_ADD,
	  .input_count = 2,
	  .x = { { 2, 6, 3, 5 }, { 2, 6, 3, 5 } },
	  .whole = true,
	  .relu = true,
	  .tolerance = 1e-6 },
	{ .name = "concat of rows",
	  .op = FC_OP_CONCAT,
	  .input_count = 2,
	  .x = { { 5, 10, 1, 1 }, { 5, 7, 1, 1 } },
	  .dense_inputs = true,
	  .tolerance = 1e-7 },
};

/* ---- shapes that nobody thought of */

/* A number in low ... high from a stream of its own. */
static inline int64_t pick(uint64_t *state, int64_t low, int64_t high)
{
	uint32_t word[4];

	fc_philox(11, 1, (*state)++, word);
	return low + (int64_t)(word[0] % (uint64_t)(high - low + 1));
}

static inline struct leaf_case random_window(uint64_t *state, enum fc_op op)
{
	struct leaf_case c = {
		.op = op, .x = { { pick(state, 1, 3), pick(state, 1, 40), pick(state, 1, 12), pick(state, 1, 12) } }
	};

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

static inline struct leaf_case random_case(uint64_t *state)
{
	static const enum fc_op ops[] = { FC_OP_CONV,	    FC_OP_CONV,	    FC_OP_CONV,
					  FC_OP_MAX_POOL,   FC_OP_AVG_POOL, FC_OP_ADAPTIVE_AVG_POOL,
					  FC_OP_BATCH_NORM, FC_OP_DENSE,    FC_OP_DROPOUT };
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

static inline bool fits(const struct leaf_case *c)
{
	const struct fc_attributes *a = &c->a;

	if (c->op != FC_OP_CONV && c->op != FC_OP_MAX_POOL && c->op != FC_OP_AVG_POOL)
		return true;
	return c->x[0].h + 2 * a->pad_h >= a->dilation_h * (a->kernel_h - 1) + 1 &&
	       c->x[0].w + 2 * a->pad_w >= a->dilation_w * (a->kernel_w - 1) + 1;
}

/* The i-th of them in words; the name stays valid as long as the buffer. */
static inline void name_random_case(struct leaf_case *c, int i, char *name, size_t size)
{
	snprintf(name, size, "case %d: %s of %dx%dx%dx%d to %d, kernel %dx%d stride %dx%d pad %dx%d groups %d%s%s", i,
		 fc_op_name(c->op), (int)c->x[0].n, (int)c->x[0].c, (int)c->x[0].h, (int)c->x[0].w, (int)c->a.out,
		 (int)c->a.kernel_h, (int)c->a.kernel_w, (int)c->a.stride_h, (int)c->a.stride_w, (int)c->a.pad_h,
		 (int)c->a.pad_w, (int)c->a.groups, c->whole ? " narrow" : "", c->validate ? " validation" : "");
	c->name = name;
}

#define CASES_OF(X) X(conv) X(dense) X(norm) X(pool) X(eltwise) X(join)

#endif
