/*
 * Sliding windows: what a convolution and a pool have in common.
 */
#ifndef ANALYZER_WINDOW_H
#define ANALYZER_WINDOW_H

#include "flopclock/graph.h"

/*
 * How many positions a window has along one axis: floor((in + pad + pad_end - dilation (kernel - 1) - 1) / stride) + 1;
 * with `ceil` rounded up, without a last window that would begin behind the input and its first padding (PyTorch's
 * rule). Less than 1 when the window does not fit.
 */
int64_t fc_window_output(int64_t in, int64_t kernel, int64_t stride, int64_t pad, int64_t pad_end, int64_t dilation,
			 bool ceil);

/* Fails with "found ..., expected ..." when a side of node->shape is smaller than 1. */
int fc_window_check(struct fc_shape in, const struct fc_node *node, struct fc_error *err);

/* Pairs (position, tap) along one axis that fall on the input and not on its padding. */
uint64_t fc_window_pairs(int64_t in, int64_t out, int64_t kernel, int64_t stride, int64_t pad, int64_t dilation);

#endif
