/* What the ops of ONNX do, one function a family, and what these functions share. */
#ifndef ANALYZER_ONNX_OPS_H
#define ANALYZER_ONNX_OPS_H

#include "onnx_layer.h"

#define X(name) int fc_onnx_run_##name(struct onnx_call *call);
#define ONNX_FAMILIES(X)                                                                                                    \
	/* onnx_op_constant.c */ X(constant) X(constant_of_shape) X(shape) X(size) X(range) X(random) X(window)             \
	/* onnx_op_view.c */ X(identity) X(cast) X(reshape) X(flatten) X(squeeze) X(unsqueeze) X(dropout)                   \
	X(expand)                                                                                                           \
	/* onnx_op_transpose.c */ X(transpose)                                                                              \
	/* onnx_op_move.c */ X(concat) X(tile) X(pad) X(same_move) X(depth_to_space) X(space_to_depth)                      \
	X(col2im) X(later)                                                                                                  \
	/* onnx_op_gather.c */ X(gather) X(gather_elements) X(gather_nd) X(one_hot) X(top_k)                                \
	/* onnx_op_slice.c */ X(slice) X(split) X(crop)                                                                     \
	/* onnx_op_resize.c */ X(resize) X(grid_sample) X(affine_grid) X(roi)                                               \
	/* onnx_op_unary.c */ X(unary) X(clip) X(softmax) X(rotate) X(swiglu) X(bias_gelu)                                  \
	/* onnx_op_binary.c */ X(binary) X(where)                                                                           \
	/* onnx_op_reduce.c */ X(reduce) X(arg) X(cumulate) X(loss)                                                         \
	/* onnx_op_norm.c */ X(batch_norm) X(layer_norm) X(group_norm) X(plain_norm) X(lrn) X(skip_norm)                    \
	/* onnx_op_conv.c */ X(conv) X(conv_transpose) X(causal_conv)                                                       \
	/* onnx_op_pool.c */ X(pool) X(global_pool) X(max_unpool)                                                           \
	/* onnx_op_product.c */ X(matmul) X(gemm)                                                                           \
	/* onnx_op_einsum.c */ X(einsum)                                                                                    \
	/* onnx_op_recurrent.c */ X(recurrent)                                                                              \
	/* onnx_op_attention.c */ X(attention) X(multi_head) X(linear_attention)                                            \
	/* onnx_op_control.c */ X(if) X(loop) /* onnx_op_scan.c */ X(scan)                                                  \
	/* onnx_op_sequence.c */ X(sequence_construct) X(sequence_at) X(split_to_sequence) X(sequence_empty)                \
	X(sequence_insert) X(sequence_erase) X(concat_from_sequence) X(sequence_length) X(optional) X(optional_has)         \
	/* onnx_op_quantize.c */ X(quantize) X(dequantize) X(dynamic_quantize) X(with_scales)
ONNX_FAMILIES(X)
#undef X

/* Variants of what works element by element: one learns even a single number, one gives no truth values, one is approximate. */
enum { ONNX_LEARNS_SLOPE = 1, ONNX_KEEPS_TYPE, ONNX_BY_TANH };

/* -------- what they share: onnx_op_share.c -------- */

/* The place of an axis in (N, C, H, W); 0: N, or none. */
int fc_onnx_folded_axis(int rank, int axis, enum onnx_fold fold);
/* Rows for fewer than four dimensions where these are the last, images where they are the second. */
enum onnx_fold fc_onnx_fold_of(int rank, int axis);
/* The fold in which a value already lies in its layer. */
enum onnx_fold fc_onnx_fold_like(const struct onnx_call *call, const struct onnx_value *value);

/* The dims that two or more operands have together; fails where they do not fit. */
int fc_onnx_broadcast(struct onnx_call *call, const struct onnx_value *const *values, int count, int64_t dims[ONNX_MAX_RANK],
		      int *rank);
/* Element of an operand for an element of the output that it was repeated to. */
int64_t fc_onnx_broadcast_index(const struct onnx_value *operand, const struct onnx_value *output, int64_t element);

/*
 * Moves known values: source() gives for each element of the output, by its coordinates, the element of the input that it
 * is; -1: none, 0 then. Does nothing when the input is not known or the output too large.
 */
void fc_onnx_move_content(struct onnx_call *call, struct onnx_value *output, const struct onnx_value *input,
			  int64_t (*source)(const void *context, const int64_t *at), const void *context);
/* Coordinates in a shape to an element, rows first. */
int64_t fc_onnx_element(const struct onnx_value *value, const int64_t *at);

/* A reshape of a transposed value: a layer that writes it in its new order, then a view. */
int fc_onnx_copy_transposed(struct onnx_call *call);

/* A layer that only moves values: all of its data, or as much as it writes. */
int fc_onnx_move(struct onnx_call *call);
int fc_onnx_move_part(struct onnx_call *call);

/* A layer that counts `elements` in the counter of the op's row. */
int fc_onnx_count_elements(struct onnx_call *call, int64_t elements, bool moves);
struct fc_counts fc_onnx_counts(size_t counter, uint64_t elements);

/* What the attribute "activation" adds: a function that an optimiser put into the op. */
void fc_onnx_count_fused(struct onnx_call *call, struct fc_counts *counts);

/* A value that is one known number. */
bool fc_onnx_scalar(const struct onnx_value *value, double *number);

#endif
