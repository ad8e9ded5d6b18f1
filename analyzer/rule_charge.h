/*
 * What counting tools charge for a node where no linear formula over its counters gives it: functions for the rows of struct
 * fc_rule_kind. Each returns false when the charge does not fit 64 bits.
 */
#ifndef ANALYZER_RULE_CHARGE_H
#define ANALYZER_RULE_CHARGE_H

#include "flopclock/cost.h"

typedef bool rule_charge(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total);

/* thop, modules only: (window + 1) per output, the window's sides real (2022) or rounded down (before). */
rule_charge fc_charge_real_windows, fc_charge_floored_windows;
/* Outputs or inputs of what is a module; inputs of modules twice and of functions once; inputs unless a method. */
rule_charge fc_charge_module_outputs, fc_charge_module_inputs, fc_charge_inputs_twice, fc_charge_function_inputs;
/* Transposed convolutions at their output positions, without and with bias. */
rule_charge fc_charge_output_positions, fc_charge_output_positions_biased;
/* calflops: at input positions, but divided by the groups once more; FLOPs with bias, and MACs. */
rule_charge fc_charge_transpose_flops, fc_charge_transpose_macs;
/* softmax over n values: 3 n - 1. */
rule_charge fc_charge_softmax;
/* Resizing, per output: modules 1, bilinear 11; 1, bilinear 4; modules 2, functions 1. */
rule_charge fc_charge_resize_thop, fc_charge_resize_fvcore, fc_charge_resize_ptflops;
/* calflops: the elements of the input, or height times width where a size was given. */
rule_charge fc_charge_resize_input;
/* lstm and gru: thop, ptflops, calflops. */
rule_charge fc_charge_recurrent_thop, fc_charge_recurrent_ptflops, fc_charge_recurrent_calflops;
/* torchinfo: all parameters for each image, or for each step of a sequence. */
rule_charge fc_charge_params_per_image, fc_charge_params_per_step;
/* torch.profiler: sums that make a new tensor; products by the first of their factors, also where it is repeated. */
rule_charge fc_charge_copying_adds, fc_charge_first_input;
/* thop in 2019: products and additions of a dense layer, 2 in - 1 per output; pools by their window and a division. */
rule_charge fc_charge_dense_additions, fc_charge_window_and_one;
/* deepspeed: outputs, or height times width where a size was given. */
rule_charge fc_charge_resize_output;
/*
 * onnx-tool: pools by the products of their windows; a global pool its inputs and 4 per output; inputs; outputs for each value
 * beyond the first, of a division 4; transposed convolutions by output positions times what one input writes; 7 per element
 * of a layer norm and 29 per row of its first axis; windows of a local norm; bilinear 4; cells of sequences.
 */
rule_charge fc_charge_windows, fc_charge_global_pool, fc_charge_inputs, fc_charge_joins, fc_charge_divisions;
rule_charge fc_charge_transpose_onnx, fc_charge_layer_norm_onnx, fc_charge_local_norm_onnx, fc_charge_resize_onnx;
rule_charge fc_charge_recurrent_onnx;

/* The row of a rule for a kind; NULL where its counters say it all. */
const struct fc_rule_kind *fc_rule_kind_of(const struct fc_rule *rule, enum fc_op op);

/* What a function charges, in words; "" where the kind's own name says it. */
const char *fc_charge_text(rule_charge *charge);

#endif
