/*
 * The one parameter of each kernel, by value: what a launcher (kernel_*.c) and a body (kernel_*.cu) agree on. Read by C and
 * by CUDA's compiler; no member is a bool, an enum or a size_t, so that all compilers see the same bytes.
 *
 * Pointers are device pointers. Activations are float or bf16 (void *), everything else is what its type says.
 */
#ifndef FLOPCLOCK_CUDA_KERNEL_ARGS_H
#define FLOPCLOCK_CUDA_KERNEL_ARGS_H

#include "kernels.h"

/* Values of a 16-byte pack: four floats or eight bf16. */
#define PACK_MOST 8

/* Threads of most blocks. Kernels that finish sums and the loss use more. */
#define BLOCK_THREADS  256
#define FINISH_THREADS 1024

/* Packs per thread of a flat kernel: that many independent loads of each operand are under way. */
#define FLAT_PACKS 2

/* Rows that a thread of a tile has under way. */
#define TILE_ROWS 4

/* Pixels that a block of the feed prepares. */
#define FEED_PIXELS 512

/* Constants to divide numbers below 2^31 by a fixed one without a division. */
struct kernel_divisor {
	uint32_t multiply, shift;
};

/*
 * How a block covers part of a matrix of rows and channels: its thread (x, y) has the channels of one pack (of one value
 * where `vector` is 0) and every blockDim.y-th row of `chunk` rows. Block (i, j) has chunk i and the j-th blockDim.x packs.
 */
struct kernel_tile {
	int64_t rows, chunk;
	int32_t channels; /* what is worked on, not the distance of rows */
	int32_t vector;	  /* all rows start on 16 bytes and channels fill whole packs */
};

/* relu, sigmoid, give: out from a. relu_backward, sigmoid_backward: dx from a = dy and b = y. widen, shadow: a to out. */
struct flat_args {
	const void *a, *b;
	void *out;
	int64_t count;
	int32_t accumulate, vector;
};

struct add_args {
	const void *x[KERNEL_MAX_INPUTS];
	void *y;
	int64_t count;
	int32_t inputs, relu, vector;
};

/* op: enum fc_op. x, y: NULL where the function's slope does not need them. */
struct elementwise_args {
	const void *x, *y, *dy;
	void *out;
	int64_t count;
	int32_t op, approximate, accumulate, vector;
	float a, b;
};

/* Sides in the order N, H, W, C. own: of the operand whose gradient is wanted. count: of the values of `out`. */
struct broadcast_args {
	const void *left, *right, *dy;
	void *out;
	int64_t count;
	int32_t side[4], own[4];
	struct kernel_divisor by_side[4]; /* of `out`: own where a gradient is wanted */
	int32_t left_stride[4], right_stride[4];
	int32_t op, which, accumulate;
};

/* Sides and count are in packs where `vector`, in values otherwise; strides and offsets in values. */
struct move_args {
	const void *from;
	void *to;
	int64_t side[MOVE_SIDES], from_stride[MOVE_SIDES], to_stride[MOVE_SIDES];
	int64_t from_offset, to_offset, count;
	struct kernel_divisor by_side[MOVE_SIDES]; /* where `small` */
	int32_t accumulate, vector;
	int32_t small; /* count is below 2^31 */
};

struct depth_args {
	const void *in;
	void *out;
	const struct gpu_control *control;
	uint64_t seed;
	int64_t count, each;
	uint32_t node;
	int32_t accumulate;
	float probability, keep;
};

struct noise_args {
	void *y;
	int64_t count;
	uint64_t seed;
};

struct dropout_args {
	struct kernel_tile tile;
	const void *in;
	void *out;
	const struct gpu_control *control;
	uint64_t seed;
	struct kernel_divisor image; /* by places of an image */
	uint32_t node;
	int32_t channels; /* logical; the tile has the physical ones */
	int32_t places;
	int32_t accumulate;
	float probability, keep; /* keep: what survivors are multiplied with */
};

struct slice_args {
	struct kernel_tile tile;
	const void *from;
	void *to;
	int64_t from_channels, to_channels; /* distance of rows; the offsets are in the pointers */
	int32_t accumulate;
};

struct feed_args {
	struct gpu_images images;
	const struct gpu_control *control;
	void *y;
	int64_t pixels; /* of y: n * h * w */
	uint32_t n, h, w;
	int32_t channels, filled; /* physical; the first `filled` get the value */
	int32_t vector;
	struct kernel_divisor by_w, by_h, by_channels, by_2w, by_2h;
};

struct loss_args {
	const uint8_t *labels;
	const uint32_t *order;
	const struct gpu_control *control;
	const void *logits;
	void *dlogits;
	struct gpu_result *ring;
	double weight;
	int32_t n, classes, head;
	int32_t lanes; /* that share a row: a power of two up to 32 */
	int32_t rows;  /* whose gradient a block writes */
};

struct advance_args {
	struct gpu_control *control;
	struct gpu_result *ring;
	uint32_t n;
};

/* partial[chunk][channel] of every sum, the sums one after the other. */
struct column_sum_args {
	struct kernel_tile tile;
	void *dy;
	const void *y;
	float *partial; /* NULL: only the mask */
};

struct column_sum_finish_args {
	const float *partial;
	float *sum;
	int32_t chunks, channels;
};

struct norm_sum_args {
	struct kernel_tile tile;
	const void *x;
	float *origin;	       /* [channel]: what the means are counted from */
	float *mean, *squares; /* [chunk][channel] */
};

struct norm_finish_args {
	const float *origin, *partial_mean, *partial_squares;
	float *mean, *factor, *running_mean, *running_variance;
	int64_t rows, chunk;
	int32_t chunks, channels;
	float epsilon, momentum;
};

struct norm_apply_args {
	struct kernel_tile tile;
	const void *x;
	void *y;
	const float *mean, *factor, *variance, *scale, *shift;
	float epsilon;
	int32_t relu;
};

struct norm_backward_sum_args {
	struct kernel_tile tile;
	const void *x, *dy, *y; /* y NULL: no mask */
	const float *mean;
	float *dshift, *dscale; /* [chunk][channel]; dscale still without factor */
};

struct norm_backward_finish_args {
	const float *partial_dshift, *partial_dscale, *factor;
	float *dshift, *dscale;
	int32_t chunks, channels;
};

struct norm_backward_apply_args {
	struct kernel_tile tile;
	const void *x, *dy, *y;
	void *dx;
	const float *mean, *factor, *scale, *dscale, *dshift;
	float count;
	int32_t accumulate;
};

/* lanes: threads that share a row (kernel_row.h). vector: rows begin on 16 bytes and fill whole packs. */
struct layer_norm_args {
	const void *x;
	void *y;
	const float *scale, *shift;
	float *mean, *factor; /* [row]; NULL: not kept */
	int64_t rows;
	int32_t width, lanes, vector;
	float epsilon;
};

struct layer_norm_backward_args {
	const void *x, *dy;
	void *dx;
	const float *mean, *factor, *scale;
	int64_t rows;
	int32_t width, lanes, vector, accumulate;
};

struct layer_norm_sum_args {
	struct kernel_tile tile;
	const void *x, *dy;
	const float *mean, *factor;
	float *dshift, *dscale; /* [chunk][column] */
};

/* x: of the backward pass it is y. */
struct softmax_args {
	const void *x, *dy;
	void *out;
	int64_t lines, stride;
	int32_t size, lanes, accumulate;
};

struct pool_args {
	const void *from; /* x, or dy in backward */
	void *to;	  /* y, or dx */
	void *saved;
	int64_t packs; /* of `to` */
	int32_t c, h, w, p, q;
	int32_t r, s, stride_h, stride_w, pad_h, pad_w;
	int32_t adaptive, accumulate, vector;
	int32_t wide;				   /* saved has two bytes per place */
	struct kernel_divisor by_packs;		   /* packs of a pixel */
	struct kernel_divisor by_columns, by_rows; /* of `to` */
	struct kernel_divisor by_stride_h, by_stride_w;
};

struct sgd_args {
	float *params, *momentum;
	const float *gradients;
	uint16_t *shadows;
	int64_t count;
	float rate, inertia, decay;
	int32_t vector;
};

#endif
