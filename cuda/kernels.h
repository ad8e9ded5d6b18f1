/*
 * Our own kernels, as C functions that launch them: one per operation, for tensors of GPU_F32 or GPU_BF16. They are written down
 * for channels-last ones; a plain (N, C, H, W) tensor is the channels-last one of the shape (N, W, C, H): W are its channels.
 * Sums are in fp32 or better and in a fixed order: the same input gives the same bits. Nothing here allocates or waits.
 *
 * The bodies are CUDA C (kernel_*.cu) in a subset that a C compiler takes too: the tests run the same bodies on the host.
 * `rows` is N * H * W, `channels` the physical channels of a row. Pointers are device pointers; `gpu` comes first.
 */
#ifndef FLOPCLOCK_CUDA_KERNELS_H
#define FLOPCLOCK_CUDA_KERNELS_H

#include "gpu.h"

/* One row each: the id, the name of the kernel (type suffix _f32 or _bf16 where `typed`), whether there is one per type. */
#define KERNELS(X)                                                                                               \
	X(FEED, feed, true) X(LOSS, loss, true) X(ADVANCE, advance, false)                                       \
	X(RELU, relu, true) X(RELU_BACKWARD, relu_backward, true)                                                \
	X(SIGMOID, sigmoid, true) X(SIGMOID_BACKWARD, sigmoid_backward, true)                                    \
	X(DROPOUT, dropout, true) X(ADD, add, true) X(GIVE, give, true) X(SLICE, slice, true)                    \
	X(COLUMN_SUM, column_sum, true) X(COLUMN_SUM_FINISH, column_sum_finish, false)                           \
	X(NORM_SUM, norm_sum, true) X(NORM_FINISH, norm_finish, false) X(NORM_APPLY, norm_apply, true)           \
	X(NORM_BACKWARD_SUM, norm_backward_sum, true) X(NORM_BACKWARD_FINISH, norm_backward_finish, false)       \
	X(NORM_BACKWARD_APPLY, norm_backward_apply, true)                                                        \
	X(MAX_POOL, max_pool, true) X(MAX_POOL_BACKWARD, max_pool_backward, true)                                \
	X(AVG_POOL, avg_pool, true) X(AVG_POOL_BACKWARD, avg_pool_backward, true)                                \
	X(ELEMENTWISE, elementwise, true) X(ELEMENTWISE_BACKWARD, elementwise_backward, true)                    \
	X(BROADCAST, broadcast, true) X(BROADCAST_BACKWARD, broadcast_backward, true)                            \
	X(MOVE, move, true) X(DEPTH, depth, true)                                                                \
	X(LAYER_NORM, layer_norm, true) X(LAYER_NORM_BACKWARD, layer_norm_backward, true)                        \
	X(LAYER_NORM_SUM, layer_norm_sum, true)                                                                  \
	X(SOFTMAX, softmax, true) X(SOFTMAX_BACKWARD, softmax_backward, true)                                    \
	X(SGD, sgd, false) X(SHADOW, shadow, false) X(WIDEN, widen, false) X(NOISE, noise, true)

enum kernel_id {
#define X(upper, lower, typed) KERNEL_##upper,
	KERNELS(X)
#undef X
	KERNEL_COUNT
};

/* "relu_f32" */
const char *kernel_name(enum kernel_id kernel, enum gpu_type type);

/* -------- state that lives on the device -------- */

/* Where a pass is; one per pass, in device memory. */
struct gpu_control {
	uint32_t batch;		/* of the epoch */
	uint32_t images;	/* of the epoch: batch b holds min(N, images - b * N) */
	uint32_t iteration;	/* of the run: dropout masks follow from it */
	uint32_t result;	/* index into the ring, modulo GPU_RESULTS */
};

#define GPU_RESULTS 512

/* What an iteration leaves. Its images and end_ns are written by advance. */
struct gpu_result {
	double loss[FC_MAX_HEADS];
	uint64_t end_ns;
	int32_t correct[FC_MAX_HEADS];
	int32_t images, unused;
};

/* A split on the device. */
struct gpu_images {
	const uint8_t *pixels, *labels;
	const uint32_t *order;		/* NULL: as they lie */
	int64_t count;			/* in pixels, labels and order */
	int64_t height, width;
	float mean, deviation;
};

/* y (n, h, w, channels): channels c .. channels-1 and images beyond the batch are zero. Formulas: flopclock/backend.h, feed. */
int kernel_feed(struct gpu *gpu, enum gpu_type type, const struct gpu_images *images, const struct gpu_control *control,
		struct fc_shape shape, int64_t channels, void *y, struct fc_error *err);
/* logits (n, k); dlogits NULL: only the loss. Adds nothing: writes result `head` of ring[control->result % GPU_RESULTS]. */
int kernel_loss(struct gpu *gpu, enum gpu_type type, const struct gpu_images *images, const struct gpu_control *control,
		int64_t n, int64_t k, const void *logits, void *dlogits, double weight, int head, struct gpu_result *ring,
		struct fc_error *err);
/* Writes images and the device's time into the result, then batch++, iteration++, result++. n: the batch size. */
int kernel_advance(struct gpu *gpu, struct gpu_control *control, struct gpu_result *ring, int64_t n, struct fc_error *err);

/* -------- element by element; in place is allowed (y == x, dx == dy) -------- */

int kernel_relu(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t count, struct fc_error *err);
int kernel_relu_backward(struct gpu *gpu, enum gpu_type type, const void *y, const void *dy, void *dx, bool accumulate,
			 int64_t count, struct fc_error *err);
int kernel_sigmoid(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t count, struct fc_error *err);
int kernel_sigmoid_backward(struct gpu *gpu, enum gpu_type type, const void *y, const void *dy, void *dx, bool accumulate,
			    int64_t count, struct fc_error *err);
/*
 * out = or += in * factor, forward and backward alike. The factor of an element follows from seed, node,
 * control->iteration and the element's index in (N, C, H, W) order, as the reference backend has it.
 */
int kernel_dropout(struct gpu *gpu, enum gpu_type type, const void *in, void *out, bool accumulate, struct fc_shape shape,
		   int64_t channels, double probability, uint64_t seed, uint32_t node, const struct gpu_control *control,
		   struct fc_error *err);
/* y = x[0] + ... [then ReLU]; 2 <= inputs <= KERNEL_MAX_INPUTS. y may be x[0]. */
#define KERNEL_MAX_INPUTS 8
int kernel_add(struct gpu *gpu, enum gpu_type type, const void *const *x, int inputs, void *y, bool relu, int64_t count,
	       struct fc_error *err);
/* dx = or += dy. */
int kernel_give(struct gpu *gpu, enum gpu_type type, const void *dy, void *dx, bool accumulate, int64_t count,
		struct fc_error *err);
/* Channels [from_offset, from_offset + width) of rows of from_channels to [to_offset, ...) of rows of to_channels; = or +=. */
int kernel_slice(struct gpu *gpu, enum gpu_type type, const void *from, int64_t from_channels, int64_t from_offset, void *to,
		 int64_t to_channels, int64_t to_offset, int64_t width, int64_t rows, bool accumulate, struct fc_error *err);

/* Any of FC_ELEMENTWISE_OPS but relu and sigmoid, which have their own. */
int kernel_elementwise(struct gpu *gpu, enum gpu_type type, const struct fc_node *node, const void *x, void *y, int64_t count,
		       struct fc_error *err);
/* x or y is NULL where the kind's traits say that its backward does not read it. */
int kernel_elementwise_backward(struct gpu *gpu, enum gpu_type type, const struct fc_node *node, const void *x, const void *y,
				const void *dy, void *dx, bool accumulate, int64_t count, struct fc_error *err);
/*
 * Two operands of FC_BROADCAST_OPS whose sides are the output's or 1, channels without gaps. out may be neither of them where
 * it is repeated.
 */
struct kernel_operand {
	const void *data;
	struct fc_shape shape;
};
int kernel_broadcast(struct gpu *gpu, enum gpu_type type, enum fc_op op, struct kernel_operand left,
		     struct kernel_operand right, void *out, struct fc_shape shape, struct fc_error *err);
/* The gradient of one of them, which 0 or 1; an add reads neither. */
int kernel_broadcast_backward(struct gpu *gpu, enum gpu_type type, enum fc_op op, struct kernel_operand left,
			      struct kernel_operand right, int which, const void *dy, struct fc_shape shape, void *dx,
			      bool accumulate, struct fc_error *err);
/* side[0] * ... values from `from` + offset + index * strides to `to` likewise, in values; = or +=. */
#define MOVE_SIDES 5
struct kernel_move {
	int64_t side[MOVE_SIDES], from_stride[MOVE_SIDES], to_stride[MOVE_SIDES];
	int64_t from_offset, to_offset;
	int64_t from_count, to_count;	/* values of the whole tensors */
};
int kernel_move(struct gpu *gpu, enum gpu_type type, const struct kernel_move *move, const void *from, void *to,
		bool accumulate, struct fc_error *err);
/* Stochastic depth: out = or += in * factor of the image; `each` values per image. See kernel_dropout. */
int kernel_depth(struct gpu *gpu, enum gpu_type type, const void *in, void *out, bool accumulate, int64_t images, int64_t each,
		 double probability, uint64_t seed, uint32_t node, const struct gpu_control *control, struct fc_error *err);

/* -------- sums over rows -------- */

/* Scratch that the following need for `channels`. */
uint64_t kernel_column_scratch(int64_t rows, int64_t channels);

/*
 * sum[c] = sum over rows of dy. With y: dy is first set to zero where y <= 0 (ReLU's backward, in place). sum NULL: only that.
 */
int kernel_column_sum(struct gpu *gpu, enum gpu_type type, void *dy, const void *y, int64_t rows, int64_t channels, float *sum,
		      void *scratch, struct fc_error *err);

/*
 * Training: mean and factor = 1 / sqrt(biased variance + epsilon) of every channel, running statistics moved
 * (reference_norm.c has the formulas). The variance must not suffer from cancellation.
 */
int kernel_norm_statistics(struct gpu *gpu, enum gpu_type type, const void *x, int64_t rows, int64_t channels, double epsilon,
			   double momentum, float *mean, float *factor, float *running_mean, float *running_variance,
			   void *scratch, struct fc_error *err);
/*
 * y = scale * (x - mean) * factor + shift [then ReLU]. With variance != NULL (validation) factor is not read but
 * 1 / sqrt(variance + epsilon).
 */
int kernel_norm_apply(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t rows, int64_t channels,
		      const float *mean, const float *factor, const float *variance, double epsilon, const float *scale,
		      const float *shift, bool relu, struct fc_error *err);
/*
 * dscale, dshift, and dx where it is not NULL; with y: dy counts only where y > 0 (ReLU fused). dx may be dy unless
 * accumulate.
 */
int kernel_norm_backward(struct gpu *gpu, enum gpu_type type, const void *x, const void *dy, const void *y, void *dx,
			 bool accumulate, int64_t rows, int64_t channels, const float *mean, const float *factor,
			 const float *scale, float *dscale, float *dshift, void *scratch, struct fc_error *err);

/* -------- rows of their own -------- */

/*
 * Each of the rows of `width` values by itself: y = scale * (x - mean) * factor + shift, factor = 1 / sqrt(biased variance +
 * epsilon). mean, factor: a float per row is left there for the backward pass; NULL: validation. scale, shift: per column.
 */
int kernel_layer_norm(struct gpu *gpu, enum gpu_type type, const void *x, void *y, int64_t rows, int64_t width, double epsilon,
		      const float *scale, const float *shift, float *mean, float *factor, struct fc_error *err);
/* dscale, dshift, and dx where it is not NULL; dx may be dy unless accumulate. Scratch: kernel_column_scratch(). */
int kernel_layer_norm_backward(struct gpu *gpu, enum gpu_type type, const void *x, const void *dy, void *dx, bool accumulate,
			       int64_t rows, int64_t width, const float *mean, const float *factor, const float *scale,
			       float *dscale, float *dshift, void *scratch, struct fc_error *err);

/* Lines of values: element j of line l is at l / stride * size * stride + l % stride + j * stride. */
struct kernel_lines {
	int64_t count, size, stride;
};
/* y = exp(x - largest) / sum of exp(x - largest), line by line; y may be x. */
int kernel_softmax(struct gpu *gpu, enum gpu_type type, const void *x, void *y, const struct kernel_lines *lines,
		   struct fc_error *err);
/* dx = or += y * (dy - sum of dy * y); dx may be dy unless accumulate. */
int kernel_softmax_backward(struct gpu *gpu, enum gpu_type type, const void *y, const void *dy, void *dx, bool accumulate,
			    const struct kernel_lines *lines, struct fc_error *err);

/* -------- pools -------- */

struct kernel_pool {
	int64_t n, c, h, w, p, q;	/* channels c; input h x w, output p x q */
	int64_t r, s, stride_h, stride_w, pad_h, pad_w;
	bool adaptive;			/* averages: bins instead of windows, r .. pad_w are not read */
};

/* Bytes that max_pool saves for its backward: one or two bytes per output; fails for windows beyond 65535 places. */
uint64_t kernel_max_pool_saved(const struct kernel_pool *pool);
/* saved NULL: validation. */
int kernel_max_pool(struct gpu *gpu, enum gpu_type type, const struct kernel_pool *pool, const void *x, void *y, void *saved,
		    struct fc_error *err);
int kernel_max_pool_backward(struct gpu *gpu, enum gpu_type type, const struct kernel_pool *pool, const void *dy,
			     const void *saved, void *dx, bool accumulate, struct fc_error *err);
int kernel_avg_pool(struct gpu *gpu, enum gpu_type type, const struct kernel_pool *pool, const void *x, void *y,
		    struct fc_error *err);
int kernel_avg_pool_backward(struct gpu *gpu, enum gpu_type type, const struct kernel_pool *pool, const void *dy, void *dx,
			     bool accumulate, struct fc_error *err);

/* -------- parameters -------- */

/* One launch over all of flat->params; shadows get the new values rounded to bf16. */
int kernel_sgd(struct gpu *gpu, const struct fc_flat *flat, struct fc_error *err);
/* shadow = bf16(master), rounded to nearest even; count values. */
int kernel_shadow(struct gpu *gpu, const float *master, void *shadow, int64_t count, struct fc_error *err);
/* y = x, from bf16 to fp32; count values. */
int kernel_widen(struct gpu *gpu, const void *x, float *y, int64_t count, struct fc_error *err);
/* Small values of both signs, a function of seed and index: something to measure with. */
int kernel_noise(struct gpu *gpu, enum gpu_type type, void *y, int64_t count, uint64_t seed, struct fc_error *err);

#endif
