/* Windows over any number of sides, as convolutions and pools of ONNX describe them. */
#ifndef ANALYZER_ONNX_WINDOW_H
#define ANALYZER_ONNX_WINDOW_H

#include "onnx_machine.h"

#define ONNX_MAX_WINDOW 65536

struct onnx_window {
	int rank;				/* of the window: two less than the value's */
	bool same;				/* the output is the input over the stride, rounded up */
	int64_t kernel[ONNX_MAX_RANK], stride[ONNX_MAX_RANK], dilation[ONNX_MAX_RANK];
	int64_t begin[ONNX_MAX_RANK], end[ONNX_MAX_RANK];	/* padding; of SAME only known with the outputs */
	bool lower;				/* of SAME: the odd one at the beginning */
};

/* `kernel`: what it is when the node does not say; NULL: it must. Each number is checked to be of a sane size. */
int fc_onnx_read_window(struct onnx_call *call, const struct onnx_value *x, const int64_t *kernel,
			struct onnx_window *window);
/* The sides of the output; fails where a window does not fit. Completes the padding of SAME. */
int fc_onnx_window_outputs(struct onnx_call *call, struct onnx_window *window, const struct onnx_value *x, bool ceil,
			   int64_t *outputs);
/* Kernel, stride and padding of a window of one or two sides; of one the height is 1. */
struct fc_attributes fc_onnx_window_attributes(const struct onnx_window *window);
/* Pairs of a position and a tap along one side that fall on pixels. */
uint64_t fc_onnx_window_pairs(const struct onnx_window *window, int side, int64_t positions, int64_t pixels);

#endif
