/*
 * Layers that work on rows, move values or join values of different shapes, as a model has them. Inputs come channels-last; with
 * dense_inputs they come in plain order, as from other layers of rows.
 */
#ifndef FLOPCLOCK_TESTS_MODULE_LEAF_CASES_H
#define FLOPCLOCK_TESTS_MODULE_LEAF_CASES_H

#include "tracer_leaf.h"

#define LAYER(line, ...)                                                                                             \
	{                                                                                                            \
		.name = line, .text = line, .x = { __VA_ARGS__ }                                                     \
	}
#define ROWS(line, ...)                                                                                              \
	{                                                                                                            \
		.name = line " of rows", .text = line, .x = { __VA_ARGS__ }, .dense_inputs = true                    \
	}
#define ADDED(line, ...)                                                                                             \
	{                                                                                                            \
		.name = line " of rows, added to", .text = line, .x = { __VA_ARGS__ }, .dense_inputs = true,         \
		.accumulate = true                                                                                   \
	}

static const struct leaf_case row_cases[] = {
	ROWS("linear 24", { 2, 17, 1, 16 }),
	ROWS("linear 96", { 4, 197, 1, 64 }),
	LAYER("linear 20 bias=0", { 2, 6, 5, 12 }),
	ADDED("linear 7", { 3, 5, 3, 10 }),
	ROWS("matmul in x1", { 2, 3, 17, 16 }, { 2, 3, 16, 24 }),
	ROWS("matmul in x1 transpose_b", { 2, 3, 17, 16 }, { 2, 3, 17, 16 }),
	ROWS("matmul in x1 transpose_b", { 4, 12, 197, 64 }, { 4, 12, 197, 64 }),
	ADDED("matmul in x1", { 2, 3, 17, 17 }, { 2, 3, 17, 8 }),
	ADDED("matmul in x1 transpose_a", { 2, 3, 9, 5 }, { 2, 3, 9, 7 }),
	ADDED("matmul in x1 transpose_a transpose_b", { 2, 3, 9, 5 }, { 2, 3, 7, 9 }),
	LAYER("matmul in x1", { 2, 4, 6, 8 }, { 2, 4, 8, 6 }),
	ROWS("layer_norm", { 3, 17, 1, 64 }),
	ADDED("layer_norm", { 3, 17, 1, 7 }),
	ROWS("layer_norm sides=2", { 3, 4, 5, 12 }),
	LAYER("layer_norm sides=3", { 3, 24, 14, 14 }),
	LAYER("layer_norm channels", { 3, 96, 7, 7 }),
	LAYER("layer_norm channels", { 3, 10, 5, 4 }),
	ROWS("layer_norm channels", { 2, 10, 5, 4 }),
	LAYER("softmax", { 2, 10, 5, 4 }),
	LAYER("softmax axis=2", { 2, 10, 5, 4 }),
	ROWS("softmax axis=3", { 2, 12, 17, 17 }),
	ROWS("softmax axis=3", { 2, 2, 3, 1500 }),
	ADDED("softmax axis=3", { 2, 2, 17, 33 }),
	ADDED("softmax", { 2, 12, 5, 3 }),
	LAYER("reshape 8 1 20", { 3, 8, 4, 5 }),
	LAYER("reshape 5 4 8", { 3, 8, 4, 5 }),
	ADDED("reshape 5 4 8", { 3, 8, 4, 5 }),
	LAYER("permute 2 3 1", { 3, 8, 4, 5 }),
	LAYER("permute 3 2 1", { 3, 8, 1, 20 }),
	ROWS("permute 2 1 3", { 3, 17, 4, 16 }),
	ADDED("permute 3 1 2", { 3, 4, 5, 8 }),
	ROWS("slice 16 16 axis=3", { 3, 17, 1, 48 }),
	LAYER("slice 1 2 axis=2 step=2", { 3, 6, 5, 4 }),
	ADDED("slice 0 1", { 3, 17, 1, 16 }),
	LAYER("channel_shuffle 3", { 2, 24, 5, 5 }),
	ROWS("channel_shuffle 2", { 2, 8, 3, 5 }),
	ROWS("gelu", { 3, 17, 1, 50 }),
	ROWS("scale 0.125", { 2, 4, 17, 17 }),
	ROWS("dropout 0.3", { 3, 17, 1, 16 }),
	ROWS("stochastic_depth 0.4", { 9, 17, 1, 16 }),
	ROWS("add in x1", { 3, 17, 1, 16 }, { 3, 17, 1, 16 }),
	LAYER("multiply in x1", { 3, 24, 6, 6 }, { 3, 24, 1, 1 }),
	ROWS("subtract in x1", { 3, 6, 5, 8 }, { 3, 1, 1, 8 }),
	ROWS("concat in x1", { 3, 1, 1, 24 }, { 3, 16, 1, 24 }),
	ROWS("dense 10", { 3, 6, 5, 4 }),
	{ .name = "conv of rows", .text = "conv 8 3 pad=1", .x = { { 2, 6, 5, 7 } }, .dense_inputs = true },
};

#undef LAYER
#undef ROWS
#undef ADDED

#endif
