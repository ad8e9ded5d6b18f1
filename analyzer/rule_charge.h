/*
 * What counting tools charge for a node where no linear formula over its counters gives it: functions for the rows of struct
 * fc_rule_kind. Each returns false when the charge does not fit 64 bits.
 */
#ifndef ANALYZER_RULE_CHARGE_H
#define ANALYZER_RULE_CHARGE_H

#include "flopclock/cost.h"

#include "op.h"

typedef bool rule_charge(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total);

/* The head of such a function; not every one looks at the graph. */
#define RULE_CHARGE(name)                                                                                            \
	bool name(const struct fc_graph *graph __attribute__((unused)), const struct fc_node *node, uint64_t *total)

static inline bool fc_charge_is_module(const struct fc_node *node)
{
	return !node->attributes.functional && !node->attributes.method;
}

/* Steps of all sequences of all images: rows of the output. */
static inline uint64_t fc_charge_step_count(const struct fc_node *node)
{
	return op_elements(node->shape) / (uint64_t)node->shape.w;
}

/* -------- rule_charge_pool.c -------- */

/* thop, modules only: (window + 1) per output, the window's sides real (2022) or rounded down (before). */
rule_charge fc_charge_real_windows, fc_charge_floored_windows;
/* thop in 2019: pools by their window and a division. */
rule_charge fc_charge_window_and_one;
/* Outputs or inputs of what is a module; inputs of modules twice and of functions once; inputs unless a method. */
rule_charge fc_charge_module_outputs, fc_charge_module_inputs, fc_charge_inputs_twice, fc_charge_function_inputs;
/* onnx-tool: inputs; the products of windows; of a global pool its inputs and 4 per output. */
rule_charge fc_charge_inputs, fc_charge_windows, fc_charge_global_pool;

/* -------- rule_charge_product.c -------- */

/* Transposed convolutions at their output positions, without and with bias. */
rule_charge fc_charge_output_positions, fc_charge_output_positions_biased;
/* ptflops 0.6: at input positions, the bias at height times height. */
rule_charge fc_charge_transpose_square;
/*
 * calflops: at input positions, but divided by the groups once more. MACs; FLOPs, with a bias at the positions that a
 * convolution with these arguments would have, divided by the groups too.
 */
rule_charge fc_charge_transpose_macs, fc_charge_transpose_flops;
/* onnx-tool: output positions times what one input writes. */
rule_charge fc_charge_transpose_onnx;
/* thop in 2019: products and additions of a dense layer, 2 in - 1 per output. ptflops 0.7: its bias once for all rows. */
rule_charge fc_charge_dense_additions, fc_charge_dense_one_bias;
/* torchinfo: all parameters for each image, or for each step of a sequence. */
rule_charge fc_charge_params_per_image, fc_charge_params_per_step;

/* -------- rule_charge_recurrent.c: lstm and gru -------- */

rule_charge fc_charge_recurrent_thop, fc_charge_recurrent_ptflops, fc_charge_recurrent_calflops,
	fc_charge_recurrent_onnx;

/* -------- rule_charge_element.c -------- */

/* Resizing, per output nearest and bilinear. Modules only: 1, 11; 0, 11; 0, 13. All: 1, 4; 0, 4. Modules 2, functions 1. */
rule_charge fc_charge_resize_thop, fc_charge_resize_thop_2020, fc_charge_resize_thop_2019;
rule_charge fc_charge_resize_fvcore, fc_charge_resize_onnx, fc_charge_resize_ptflops;
/* calflops and deepspeed: the elements of the input or of the output, or height times width where a size was given. */
rule_charge fc_charge_resize_input, fc_charge_resize_output;
/* softmax over n values: 3 n - 1. */
rule_charge fc_charge_softmax;
/* A local norm as the functions that it is made of. onnx-tool: its windows; a layer norm 7 per element, 29 per row of its axis. */
rule_charge fc_charge_local_norm_parts, fc_charge_local_norm_onnx, fc_charge_layer_norm_onnx;
/* Outputs for each value beyond the first, of a division 4. A product by its first factor, also where that is repeated. */
rule_charge fc_charge_joins, fc_charge_divisions, fc_charge_first_input;
/* torch.profiler: sums that make a new tensor. onnx-tool: a factor that is not 1 and an offset that is not 0. */
rule_charge fc_charge_copying_adds, fc_charge_scale_onnx;

/* -------- of rules -------- */

/* The row of a rule for a kind; NULL where its counters say it all. */
const struct fc_rule_kind *fc_rule_kind_of(const struct fc_rule *rule, enum fc_op op);

/* What a counter of a node weighs in a pass. */
unsigned fc_rule_weight(const struct fc_rule *rule, const struct fc_node *node, enum fc_pass pass, int counter);

/* What a function charges, in words; "" where the kind's own name says it. */
const char *fc_charge_text(rule_charge *charge);

#endif
