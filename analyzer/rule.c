/*
 * Counting rules: what tools in wide use add up, as linear formulas over the counters of cost.h, and for some kinds by
 * functions of their own (rule_charge.h). What each tool prints for many networks is in tests/golden/tool_totals.csv; every row
 * here equals it to the last digit.
 */
#include <string.h>

#include "flopclock/cost.h"

#include "rule_charge.h"
#include "rule_counter.h"

#define WEIGHTS (const uint8_t[COUNTER_COUNT])
#define BIT(name) (UINT64_C(1) << COUNT_##name)

#define KINDS (const struct fc_rule_kind[])
#define FREE(kind) { .op = FC_OP_##kind }
#define EACH(kind, weight) { .op = FC_OP_##kind, .per_output = (weight) }
#define BY(kind, function) { .op = FC_OP_##kind, .charge = (function) }
#define CLASS(kind, weight) { .op = FC_OP_##kind, .per_output = (weight), .by_class = true }
#define UNKNOWN(kind) { .op = FC_OP_##kind, .unknown = true }
#define END { .op = FC_OP_INPUT }

/* Weights of several counters. */
#define CONV(weight) [COUNT_conv_macs] = (weight), [COUNT_linear_macs] = (weight)
#define CORE(weight) CONV(weight), [COUNT_matmul_macs] = (weight)
#define BIASES(weight) [COUNT_conv_bias] = (weight), [COUNT_linear_bias] = (weight)

#define POOLS(function)                                                                                        \
	BY(AVG_POOL, function), BY(MAX_POOL, function), BY(ADAPTIVE_AVG_POOL, function), BY(ADAPTIVE_MAX_POOL, function)

/* What the versions of thop up to 2021 have in common. */
#define THOP_BEFORE_2022                                                                                       \
	BY(ADAPTIVE_AVG_POOL, fc_charge_floored_windows), FREE(MEAN),                                          \
	BY(CONV_TRANSPOSE, fc_charge_output_positions_biased), EACH(LEAKY_RELU, 1), UNKNOWN(LAYER_NORM),       \
	UNKNOWN(GROUP_NORM), UNKNOWN(LOCAL_RESPONSE_NORM)

/* What ptflops saw before it patched functions too. */
#define PTFLOPS_MODULES                                                                                        \
	POOLS(fc_charge_module_inputs), FREE(MEAN), EACH(LEAKY_RELU, 1), EACH(ELU, 1),                         \
	BY(RESIZE, fc_charge_module_outputs), UNKNOWN(LOCAL_RESPONSE_NORM),                                    \
	BY(LSTM, fc_charge_recurrent_ptflops), BY(GRU, fc_charge_recurrent_ptflops)

/* DeepSpeed's profiler and calflops have these in common. */
#define PROFILED                                                                                               \
	CORE(2), [COUNT_conv_bias] = 1, [COUNT_norm_elements] = 2, [COUNT_relu_elements] = 1,                  \
		 [COUNT_max_pool_in] = 1, [COUNT_avg_pool_in] = 1, [COUNT_adaptive_pool_in] = 1
#define PROFILED_KINDS                                                                                         \
	BY(ADAPTIVE_AVG_POOL, fc_charge_function_inputs), FREE(MEAN), UNKNOWN(RELU6), EACH(LEAKY_RELU, 1),     \
	EACH(ELU, 1), EACH(SILU, 1), EACH(GELU, 1), EACH(SOFTMAX, 1), EACH(LAYER_NORM, 5), EACH(GROUP_NORM, 5), \
	BY(LOCAL_RESPONSE_NORM, fc_charge_local_norm_parts),                                                   \
	BY(LSTM, fc_charge_recurrent_calflops), BY(GRU, fc_charge_recurrent_calflops)

static const struct fc_rule rules[] = {
	{
		.name = "core", .version = "1", .unit = "MAC",
		.formula = "conv + linear + matmul",
		.source = "multiply-accumulates of convolutions, dense layers and products of matrices; torchvision's own tables",
		.weights = WEIGHTS{ CORE(1) },
	},
	{
		.name = "torchvision", .version = "0.15", .unit = "MAC",
		.formula = "conv + linear + matmul",
		.source = "_ops (GFLOPS) in the metadata and tables of torchvision 0.15 and later",
		.weights = WEIGHTS{ CORE(1) },
	},
	{
		.name = "thop", .version = "0.1.1", .unit = "MAC",
		.formula = "conv + linear + 4 norm + avg pool out + adaptive pool modules (window + 1) per output",
		.source = "pytorch-OpCounter 0.1.1 of September 2022",
		.weights = WEIGHTS{ CONV(1), [COUNT_norm_elements] = 4 },
		.kinds = KINDS{ BY(ADAPTIVE_AVG_POOL, fc_charge_real_windows), BY(AVG_POOL, fc_charge_module_outputs),
				FREE(MEAN), BY(CONV_TRANSPOSE, fc_charge_output_positions), FREE(LEAKY_RELU), CLASS(LAYER_NORM, 4),
				UNKNOWN(GROUP_NORM), UNKNOWN(LOCAL_RESPONSE_NORM), BY(SOFTMAX, fc_charge_softmax),
				BY(RESIZE, fc_charge_resize_thop), BY(LSTM, fc_charge_recurrent_thop),
				BY(GRU, fc_charge_recurrent_thop), END },
		.blind = BIT(other_activation_elements) | BIT(matmul_macs),
		.paper = true,
	},
	{
		.name = "thop-2020", .version = "0.0.31", .unit = "MAC",
		.formula = "conv + conv bias + linear + 2 norm + avg pool out + adaptive pool modules (window + 1) per output",
		.source = "pytorch-OpCounter of April 2020 to October 2021",
		.weights = WEIGHTS{ CONV(1), [COUNT_conv_bias] = 1, [COUNT_norm_elements] = 2 },
		.kinds = KINDS{ THOP_BEFORE_2022, BY(AVG_POOL, fc_charge_module_outputs), BY(RESIZE, fc_charge_resize_thop_2020),
				BY(LSTM, fc_charge_recurrent_thop), BY(GRU, fc_charge_recurrent_thop), END },
		.blind = BIT(other_activation_elements) | BIT(matmul_macs),
	},
	{
		.name = "thop-2019", .version = "2019-08", .unit = "MAC",
		.formula = "conv + conv bias + linear (2 in - 1) per output + 4 norm + pool modules (window + 1) per output",
		.source = "pytorch-OpCounter of August to October 2019, whose README has its figures",
		.weights = WEIGHTS{ CONV(1), [COUNT_conv_bias] = 1, [COUNT_norm_elements] = 4 },
		.kinds = KINDS{ THOP_BEFORE_2022, BY(DENSE, fc_charge_dense_additions), BY(LINEAR, fc_charge_dense_additions),
				BY(AVG_POOL, fc_charge_window_and_one), BY(RESIZE, fc_charge_resize_thop_2019), UNKNOWN(LSTM),
				UNKNOWN(GRU), END },
		.blind = BIT(other_activation_elements) | BIT(matmul_macs),
		.single = true,
	},
	{
		.name = "fvcore", .version = "3378afe", .unit = "MAC",
		.formula = "conv + linear + matmul + 2 norm + adaptive pool in",
		.source = "fvcore's FlopCountAnalysis of February 2026",
		.weights = WEIGHTS{ CORE(1), [COUNT_norm_elements] = 2, [COUNT_adaptive_pool_in] = 1 },
		.training_norm = 5,
		.kinds = KINDS{ BY(ADAPTIVE_AVG_POOL, fc_charge_function_inputs), FREE(MEAN), EACH(LAYER_NORM, 5),
				EACH(GROUP_NORM, 5), UNKNOWN(LOCAL_RESPONSE_NORM),
				BY(RESIZE, fc_charge_resize_fvcore), UNKNOWN(LSTM), UNKNOWN(GRU), END },
	},
	{
		.name = "ptflops", .version = "0.7.5", .unit = "MAC",
		.formula = "conv + linear + biases + matmul + 2 norm + relu and pool in, modules twice",
		.source = "ptflops 0.7.5, backend pytorch, which counts modules and their functions",
		.weights = WEIGHTS{ CORE(1), BIASES(1), [COUNT_norm_elements] = 2, [COUNT_relu_module_elements] = 1,
				    [COUNT_relu_elements] = 1 },
		.kinds = KINDS{ POOLS(fc_charge_inputs_twice), FREE(MEAN), EACH(RELU6, 1), EACH(LEAKY_RELU, 1),
				EACH(ELU, 2), EACH(GELU, 2), EACH(SILU, 1), EACH(SOFTMAX, 1), CLASS(LAYER_NORM, 1),
				BY(RESIZE, fc_charge_resize_ptflops),
				BY(LOCAL_RESPONSE_NORM, fc_charge_local_norm_parts), BY(LSTM, fc_charge_recurrent_ptflops),
				BY(GRU, fc_charge_recurrent_ptflops), END },
		.blind = BIT(other_activation_elements),
	},
	{
		.name = "ptflops-aten", .version = "0.7.5", .unit = "MAC",
		.formula = "conv + linear + biases + matmul",
		.source = "ptflops 0.7.5, backend aten",
		.weights = WEIGHTS{ CORE(1), BIASES(1) },
		.kinds = KINDS{ UNKNOWN(LSTM), UNKNOWN(GRU), END },
	},
	{
		.name = "ptflops-0.7", .version = "0.7", .unit = "MAC",
		.formula = "conv + linear + biases + 2 norm + relu modules + pool in + adaptive pool modules in",
		.source = "ptflops 0.7",
		.weights = WEIGHTS{ CONV(1), BIASES(1), [COUNT_norm_elements] = 2, [COUNT_relu_module_elements] = 1 },
		.kinds = KINDS{ PTFLOPS_MODULES, BY(CONV_TRANSPOSE, fc_charge_output_positions_biased), EACH(GELU, 1),
				CLASS(LAYER_NORM, 1), BY(DENSE, fc_charge_dense_one_bias), BY(LINEAR, fc_charge_dense_one_bias),
				END },
		.blind = BIT(other_activation_elements) | BIT(matmul_macs),
	},
	{
		.name = "ptflops-0.6", .version = "0.6.3", .unit = "MAC",
		.formula = "conv + conv bias + linear + 2 norm + relu modules + pool in + adaptive pool modules in",
		.source = "ptflops 0.6.3",
		.weights = WEIGHTS{ CONV(1), [COUNT_conv_bias] = 1, [COUNT_norm_elements] = 2, [COUNT_relu_module_elements] = 1 },
		.kinds = KINDS{ PTFLOPS_MODULES, BY(CONV_TRANSPOSE, fc_charge_transpose_square), UNKNOWN(GELU),
				UNKNOWN(LAYER_NORM), UNKNOWN(GROUP_NORM), END },
		.blind = BIT(other_activation_elements) | BIT(matmul_macs),
	},
	{
		.name = "calflops", .version = "29ca584", .unit = "FLOP",
		.formula = "2 (conv + linear + matmul) + conv bias + 2 norm + relu + pool in + adaptive pool in",
		.source = "calflops (rules of DeepSpeed's profiler), FLOPs",
		.weights = WEIGHTS{ PROFILED }, .training_norm = 5,
		.kinds = KINDS{ PROFILED_KINDS, BY(RESIZE, fc_charge_resize_input),
				BY(CONV_TRANSPOSE, fc_charge_transpose_flops), END },
		.blind = BIT(other_activation_elements),
	},
	{
		.name = "calflops-macs", .version = "29ca584", .unit = "MAC",
		.formula = "conv + linear + matmul",
		.source = "calflops, the figure that it prints as MACs",
		.weights = WEIGHTS{ CORE(1) },
		.kinds = KINDS{ BY(CONV_TRANSPOSE, fc_charge_transpose_macs), UNKNOWN(LSTM), UNKNOWN(GRU), END },
	},
	{
		.name = "deepspeed", .version = "0.19.8", .unit = "FLOP",
		.formula = "2 (conv + linear + matmul) + conv bias + 2 norm + relu + pool in + adaptive pool in",
		.source = "DeepSpeed's profiler, FLOPs",
		.weights = WEIGHTS{ PROFILED }, .training_norm = 5,
		.kinds = KINDS{ PROFILED_KINDS, BY(RESIZE, fc_charge_resize_output), END },
		.blind = BIT(other_activation_elements),
	},
	{
		.name = "deepspeed-macs", .version = "0.19.8", .unit = "MAC",
		.formula = "conv + linear + matmul",
		.source = "DeepSpeed's profiler, the figure that it prints as MACs",
		.weights = WEIGHTS{ CORE(1) },
		.kinds = KINDS{ UNKNOWN(LSTM), UNKNOWN(GRU), END },
	},
	{
		.name = "torchinfo", .version = "1.8.0", .unit = "MAC",
		.formula = "conv + linear + biases + norm parameters per image",
		.source = "torchinfo's mult-adds",
		.weights = WEIGHTS{ CONV(1), BIASES(1), [COUNT_norm_params] = 1 },
		.kinds = KINDS{ BY(CONV_TRANSPOSE, fc_charge_output_positions_biased), BY(LINEAR, fc_charge_params_per_image),
				BY(EMBEDDING, fc_charge_params_per_image), BY(LSTM, fc_charge_params_per_step),
				BY(GRU, fc_charge_params_per_step), END },
		.blind = BIT(matmul_macs),
	},
	{
		.name = "onnx-tool", .version = "1.0.1", .unit = "MAC",
		.formula = "conv + linear + biases + matmul + 31 norm + relu + pool windows + joins + functions by instructions",
		.source = "onnx-tool 1.0.1 on what PyTorch exports without folding batch norms into convolutions",
		.weights = WEIGHTS{ CORE(1), BIASES(1), [COUNT_norm_elements] = 31, [COUNT_relu_elements] = 1 },
		.kinds = KINDS{ BY(MAX_POOL, fc_charge_windows), BY(AVG_POOL, fc_charge_windows),
				BY(ADAPTIVE_AVG_POOL, fc_charge_global_pool), BY(ADAPTIVE_MAX_POOL, fc_charge_inputs),
				BY(MEAN, fc_charge_inputs), BY(ADD, fc_charge_joins), BY(SUBTRACT, fc_charge_joins),
				BY(MULTIPLY, fc_charge_joins), BY(DIVIDE, fc_charge_divisions), BY(MAXIMUM, fc_charge_joins),
				BY(MINIMUM, fc_charge_joins), BY(CONV_TRANSPOSE, fc_charge_transpose_onnx),
				BY(LAYER_NORM, fc_charge_layer_norm_onnx), BY(LOCAL_RESPONSE_NORM, fc_charge_local_norm_onnx),
				EACH(GROUP_NORM, 9), EACH(SOFTMAX, 36), BY(RESIZE, fc_charge_resize_onnx),
				BY(LSTM, fc_charge_recurrent_onnx), BY(GRU, fc_charge_recurrent_onnx), EACH(RELU6, 2),
				EACH(LEAKY_RELU, 2), EACH(ELU, 35), EACH(SIGMOID, 32), EACH(HARD_SIGMOID, 4), EACH(SILU, 33),
				EACH(HARD_SWISH, 5), EACH(GELU, 7), EACH(MISH, 153), EACH(TANH, 76), EACH(SOFTPLUS, 76),
				EACH(EXP, 32), EACH(LOG, 43), EACH(SQRT, 24), FREE(ERF), EACH(ABS, 1), EACH(POWER, 32),
				BY(SCALE, fc_charge_scale_onnx), EACH(CLIP, 2), END },
	},
	{
		.name = "flop-counter", .version = "2.15", .unit = "FLOP",
		.formula = "2 (conv + linear + matmul)",
		.source = "PyTorch's FlopCounterMode; exact in training too",
		.weights = WEIGHTS{ CORE(2) },
		.kinds = KINDS{ UNKNOWN(LSTM), END },
	},
	{
		.name = "torch-profiler", .version = "1.13", .unit = "FLOP",
		.formula = "2 (conv + linear + matmul) + first factors of products + sums that make new values",
		.source = "torch.profiler with_flops",
		.weights = WEIGHTS{ CORE(2) },
		.kinds = KINDS{ UNKNOWN(CONV_TRANSPOSE), BY(MULTIPLY, fc_charge_first_input), BY(ADD, fc_charge_copying_adds),
				EACH(LOCAL_RESPONSE_NORM, 3),
				UNKNOWN(LSTM), UNKNOWN(GRU), END },
	},
	{
		.name = "in-bounds", .version = "1", .unit = "MAC",
		.formula = "conv without products with padding + linear + matmul",
		.source = "what remains when no product with a zero of the padding is counted; XLA's cost analysis",
		.weights = WEIGHTS{ [COUNT_conv_macs_in_bounds] = 1, [COUNT_linear_macs] = 1, [COUNT_matmul_macs] = 1 },
		.in_bounds = true,
	},
};

const struct fc_rule *fc_rule_at(int index)
{
	return index >= 0 && index < (int)(sizeof(rules) / sizeof(rules[0])) ? &rules[index] : NULL;
}

const struct fc_rule *fc_rule_find(const char *name)
{
	const struct fc_rule *rule;

	for (int i = 0; (rule = fc_rule_at(i)); i++)
		if (!strcmp(rule->name, name))
			return rule;
	return NULL;
}
