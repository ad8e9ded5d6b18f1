/* The ops of ONNX, a row each: what carries it out, and what is particular to it. */
#include <stdlib.h>
#include <string.h>

#include "onnx_ops.h"

#define N(counter) offsetof(struct fc_counts, counter)
#define NO	   ONNX_NO_COUNTER
#define RUN(name)  fc_onnx_run_##name

/* Rows by how they are carried out: name, function, inputs. */
#define OP(name, run, inputs)                                                                                        \
	{                                                                                                            \
		name, RUN(run), inputs, false, false, 0, NO, 0                                                       \
	}
#define FREE(name, run, inputs)                                                                                      \
	{                                                                                                            \
		name, RUN(run), inputs, false, true, 0, NO, 0                                                        \
	}
#define ANY(name, run, inputs)                                                                                       \
	{                                                                                                            \
		name, RUN(run), inputs, true, false, 0, NO, 0                                                        \
	}
#define KIND(name, run, inputs, kind, counter, variant)                                                              \
	{                                                                                                            \
		name, RUN(run), inputs, false, false, FC_OP_##kind, counter, variant                                 \
	}
#define PLAIN(name, run, inputs, counter, variant)                                                                   \
	{                                                                                                            \
		name, RUN(run), inputs, false, false, 0, counter, variant                                            \
	}
#define ACTIVATION(name, kind) KIND(name, unary, 1, kind, N(other_activation_elements), 0)
#define FUNCTION(name)	       PLAIN(name, unary, 1, N(other_activation_elements), 0)
#define COMPARE(name, inputs)                                                                                        \
	{                                                                                                            \
		name, RUN(binary), inputs, false, true, 0, NO, 0                                                     \
	}
#define BITS(name, run, inputs)                                                                                      \
	{                                                                                                            \
		name, RUN(run), inputs, false, true, 0, NO, ONNX_KEEPS_TYPE                                          \
	}

/* In the order of their names. */
static const struct onnx_op standard[] = {
	ACTIVATION("Abs", ABS),
	FUNCTION("Acos"),
	FUNCTION("Acosh"),
	KIND("Add", binary, 2, ADD, N(add_elements), 0),
	FREE("AffineGrid", affine_grid, 2),
	COMPARE("And", 2),
	FREE("ArgMax", arg, 1),
	FREE("ArgMin", arg, 1),
	FUNCTION("Asin"),
	FUNCTION("Asinh"),
	FUNCTION("Atan"),
	FUNCTION("Atanh"),
	OP("Attention", attention, 3),
	KIND("AveragePool", pool, 1, AVG_POOL, NO, 1),
	KIND("BatchNormalization", batch_norm, 5, BATCH_NORM, NO, 0),
	FREE("Bernoulli", same_move, 1),
	FREE("BitCast", same_move, 1),
	BITS("BitShift", binary, 2),
	BITS("BitwiseAnd", binary, 2),
	BITS("BitwiseNot", unary, 1),
	BITS("BitwiseOr", binary, 2),
	BITS("BitwiseXor", binary, 2),
	FREE("BlackmanWindow", window, 1),
	FREE("Cast", cast, 1),
	FREE("CastLike", cast, 2),
	OP("CausalConvWithState", causal_conv, 2),
	FUNCTION("Ceil"),
	FUNCTION("Celu"),
	FREE("CenterCropPad", crop, 2),
	KIND("Clip", clip, 1, CLIP, N(other_activation_elements), 0),
	FREE("Col2Im", col2im, 3),
	FREE("Compress", later, 2),
	FREE("Concat", concat, 1),
	FREE("ConcatFromSequence", concat_from_sequence, 1),
	FREE("Constant", constant, 0),
	FREE("ConstantFill", random, 0), /* no part of the standard, but exporters of its versions 7 and 8 wrote it */
	FREE("ConstantOfShape", constant_of_shape, 1),
	KIND("Conv", conv, 2, CONV, NO, 0),
	PLAIN("ConvInteger", conv, 2, NO, 1),
	KIND("ConvTranspose", conv_transpose, 2, CONV_TRANSPOSE, NO, 0),
	FUNCTION("Cos"),
	FUNCTION("Cosh"),
	PLAIN("CumProd", cumulate, 2, N(multiply_elements), 0),
	PLAIN("CumSum", cumulate, 2, N(add_elements), 0),
	PLAIN("DeformConv", conv, 3, NO, 3),
	FREE("DepthToSpace", depth_to_space, 1),
	OP("DequantizeLinear", dequantize, 2),
	KIND("Div", binary, 2, DIVIDE, N(multiply_elements), 0),
	FREE("Dropout", dropout, 1),
	OP("DynamicQuantizeLinear", dynamic_quantize, 1),
	OP("Einsum", einsum, 1),
	ACTIVATION("Elu", ELU),
	COMPARE("Equal", 2),
	ACTIVATION("Erf", ERF),
	ACTIVATION("Exp", EXP),
	FREE("Expand", expand, 2),
	FREE("EyeLike", random, 1),
	FREE("Flatten", flatten, 1),
	FUNCTION("Floor"),
	PLAIN("GRU", recurrent, 3, NO, 1),
	FREE("Gather", gather, 2),
	FREE("GatherElements", gather_elements, 2),
	FREE("GatherND", gather_nd, 2),
	ACTIVATION("Gelu", GELU),
	KIND("Gemm", gemm, 2, DENSE, NO, 0),
	KIND("GlobalAveragePool", global_pool, 1, ADAPTIVE_AVG_POOL, NO, 1),
	PLAIN("GlobalLpPool", global_pool, 1, NO, 2),
	KIND("GlobalMaxPool", global_pool, 1, ADAPTIVE_MAX_POOL, NO, 0),
	COMPARE("Greater", 2),
	COMPARE("GreaterOrEqual", 2),
	FREE("GridSample", grid_sample, 2),
	OP("GroupNormalization", group_norm, 3),
	FREE("HammingWindow", window, 1),
	FREE("HannWindow", window, 1),
	ACTIVATION("HardSigmoid", HARD_SIGMOID),
	ACTIVATION("HardSwish", HARD_SWISH),
	PLAIN("Hardmax", softmax, 1, N(other_activation_elements), 0),
	{ "Identity", RUN(identity), 1, true, true, 0, NO, 0 },
	ANY("If", if, 1),
	OP("InstanceNormalization", group_norm, 3),
	{ "IsInf", RUN(unary), 1, false, true, 0, NO, 0 },
	{ "IsNaN", RUN(unary), 1, false, true, 0, NO, 0 },
	OP("LRN", lrn, 1),
	PLAIN("LSTM", recurrent, 3, NO, 0),
	KIND("LayerNormalization", layer_norm, 2, LAYER_NORM, NO, 0),
	ACTIVATION("LeakyRelu", LEAKY_RELU),
	COMPARE("Less", 2),
	COMPARE("LessOrEqual", 2),
	OP("LinearAttention", linear_attention, 3),
	ACTIVATION("Log", LOG),
	PLAIN("LogSoftmax", softmax, 1, N(other_activation_elements), 0),
	ANY("Loop", loop, 0),
	OP("LpNormalization", plain_norm, 1),
	PLAIN("LpPool", pool, 1, NO, 2),
	KIND("MatMul", matmul, 2, MATMUL, NO, 0),
	PLAIN("MatMulInteger", matmul, 2, NO, 2),
	KIND("Max", binary, 1, MAXIMUM, N(other_activation_elements), 0),
	KIND("MaxPool", pool, 1, MAX_POOL, NO, 0),
	FREE("MaxRoiPool", roi, 2),
	FREE("MaxUnpool", max_unpool, 2),
	PLAIN("Mean", binary, 1, N(add_elements), 0),
	OP("MeanVarianceNormalization", plain_norm, 1),
	KIND("Min", binary, 1, MINIMUM, N(other_activation_elements), 0),
	ACTIVATION("Mish", MISH),
	PLAIN("Mod", binary, 2, N(other_activation_elements), 0),
	KIND("Mul", binary, 2, MULTIPLY, N(multiply_elements), 0),
	KIND("Neg", unary, 1, SCALE, N(multiply_elements), 0),
	PLAIN("NegativeLogLikelihoodLoss", loss, 2, N(other_activation_elements), 0),
	FREE("NonMaxSuppression", later, 2),
	FREE("NonZero", later, 1),
	{ "Not", RUN(unary), 1, false, true, 0, NO, 0 },
	FREE("OneHot", one_hot, 3),
	{ "Optional", RUN(optional), 0, true, true, 0, NO, 0 },
	{ "OptionalGetElement", RUN(identity), 1, true, true, 0, NO, 0 },
	{ "OptionalHasElement", RUN(optional_has), 0, true, true, 0, NO, 0 },
	COMPARE("Or", 2),
	PLAIN("PRelu", binary, 2, N(other_activation_elements), ONNX_LEARNS_SLOPE),
	KIND("Pad", pad, 1, PAD, NO, 0),
	PLAIN("Pow", binary, 2, N(other_activation_elements), 0),
	PLAIN("QLinearConv", conv, 8, NO, 2),
	PLAIN("QLinearMatMul", matmul, 8, NO, 1),
	OP("QuantizeLinear", quantize, 2),
	OP("RMSNormalization", plain_norm, 2),
	PLAIN("RNN", recurrent, 3, NO, 2),
	FREE("RandomNormal", random, 0),
	FREE("RandomNormalLike", random, 1),
	FREE("RandomUniform", random, 0),
	FREE("RandomUniformLike", random, 1),
	FREE("Range", range, 3),
	PLAIN("Reciprocal", unary, 1, N(multiply_elements), 0),
	PLAIN("ReduceL1", reduce, 1, N(add_elements), 0),
	PLAIN("ReduceL2", reduce, 1, N(other_activation_elements), 0),
	PLAIN("ReduceLogSum", reduce, 1, N(add_elements), 0),
	PLAIN("ReduceLogSumExp", reduce, 1, N(other_activation_elements), 0),
	PLAIN("ReduceMax", reduce, 1, N(other_activation_elements), 0),
	KIND("ReduceMean", reduce, 1, MEAN, NO, 0),
	PLAIN("ReduceMin", reduce, 1, N(other_activation_elements), 0),
	PLAIN("ReduceProd", reduce, 1, N(multiply_elements), 0),
	PLAIN("ReduceSum", reduce, 1, N(add_elements), 0),
	PLAIN("ReduceSumSquare", reduce, 1, N(other_activation_elements), 0),
	KIND("Relu", unary, 1, RELU, N(relu_elements), 0),
	FREE("Reshape", reshape, 2),
	KIND("Resize", resize, 1, RESIZE, NO, 0),
	FREE("ReverseSequence", same_move, 2),
	FREE("RoiAlign", roi, 3),
	OP("RotaryEmbedding", rotate, 3),
	FUNCTION("Round"),
	OP("Scan", scan, 0),
	FREE("Scatter", same_move, 3),
	FREE("ScatterElements", same_move, 3),
	FREE("ScatterND", same_move, 3),
	FUNCTION("Selu"),
	FREE("SequenceAt", sequence_at, 2),
	FREE("SequenceConstruct", sequence_construct, 1),
	FREE("SequenceEmpty", sequence_empty, 0),
	FREE("SequenceErase", sequence_erase, 1),
	FREE("SequenceInsert", sequence_insert, 2),
	FREE("SequenceLength", sequence_length, 1),
	FREE("Shape", shape, 1),
	FUNCTION("Shrink"),
	ACTIVATION("Sigmoid", SIGMOID),
	FUNCTION("Sign"),
	FUNCTION("Sin"),
	FUNCTION("Sinh"),
	FREE("Size", size, 1),
	FREE("Slice", slice, 1),
	KIND("Softmax", softmax, 1, SOFTMAX, N(other_activation_elements), 0),
	PLAIN("SoftmaxCrossEntropyLoss", loss, 2, N(other_activation_elements), 0),
	ACTIVATION("Softplus", SOFTPLUS),
	FUNCTION("Softsign"),
	FREE("SpaceToDepth", space_to_depth, 1),
	FREE("Split", split, 1),
	FREE("SplitToSequence", split_to_sequence, 1),
	ACTIVATION("Sqrt", SQRT),
	FREE("Squeeze", squeeze, 1),
	KIND("Sub", binary, 2, SUBTRACT, N(add_elements), 0),
	KIND("Sum", binary, 1, ADD, N(add_elements), 0),
	OP("SwiGLU", swiglu, 2),
	ACTIVATION("Swish", SILU),
	FUNCTION("Tan"),
	ACTIVATION("Tanh", TANH),
	FREE("TensorScatter", same_move, 2),
	FUNCTION("ThresholdedRelu"),
	FREE("Tile", tile, 2),
	FREE("TopK", top_k, 1),
	FREE("Transpose", transpose, 1),
	FREE("Trilu", same_move, 1),
	FREE("Unique", later, 1),
	FREE("Unsqueeze", unsqueeze, 1),
	KIND("Upsample", resize, 1, RESIZE, NO, 1),
	FREE("Where", where, 3),
	COMPARE("Xor", 2),
};

/* What ONNX Runtime's optimiser and quantiser write. */
static const struct onnx_op microsoft[] = {
	PLAIN("BiasGelu", bias_gelu, 2, N(other_activation_elements), 0),
	PLAIN("DynamicQuantizeLSTM", recurrent, 3, NO, 3),
	PLAIN("DynamicQuantizeMatMul", matmul, 2, NO, 3),
	KIND("FastGelu", bias_gelu, 1, GELU, N(other_activation_elements), ONNX_BY_TANH),
	PLAIN("FusedConv", conv, 2, NO, 4),
	PLAIN("FusedGemm", gemm, 2, NO, 0),
	PLAIN("FusedMatMul", matmul, 2, NO, 0),
	ACTIVATION("Gelu", GELU),
	PLAIN("GroupQueryAttention", multi_head, 1, NO, 1),
	PLAIN("MatMulIntegerToFloat", matmul, 2, NO, 4),
	PLAIN("MultiHeadAttention", multi_head, 1, NO, 0),
	PLAIN("QGemm", with_scales, 1, NO, 1),
	PLAIN("QLinearAdd", with_scales, 1, N(add_elements), 0),
	PLAIN("QLinearAveragePool", pool, 1, NO, 1),
	PLAIN("QLinearConcat", with_scales, 1, NO, 2),
	PLAIN("QLinearGlobalAveragePool", global_pool, 1, NO, 1),
	PLAIN("QLinearLeakyRelu", unary, 1, N(other_activation_elements), 0),
	PLAIN("QLinearMul", with_scales, 1, N(multiply_elements), 0),
	PLAIN("QLinearSigmoid", unary, 1, N(other_activation_elements), 0),
	PLAIN("QLinearSoftmax", softmax, 1, N(other_activation_elements), 0),
	FUNCTION("QuickGelu"),
	OP("SimplifiedLayerNormalization", plain_norm, 2),
	OP("SkipLayerNormalization", skip_norm, 3),
	OP("SkipSimplifiedLayerNormalization", skip_norm, 3),
};

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

const struct onnx_op *fc_onnx_op_at(int index)
{
	if (index < (int)COUNT(standard))
		return &standard[index];
	index -= (int)COUNT(standard);
	return index < (int)COUNT(microsoft) ? &microsoft[index] : NULL;
}

static int by_name(const void *key, const void *row)
{
	return strcmp(key, ((const struct onnx_op *)row)->name);
}

const struct onnx_op *fc_onnx_op_find(const char *domain, const char *name)
{
	if (!strcmp(domain, "com.microsoft"))
		return bsearch(name, microsoft, COUNT(microsoft), sizeof(microsoft[0]), by_name);
	if (*domain)
		return NULL;
	return bsearch(name, standard, COUNT(standard), sizeof(standard[0]), by_name);
}
