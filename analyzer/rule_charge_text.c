/* What functions charge, in words. */
#include "rule_charge.h"

const char *fc_charge_text(rule_charge *charge)
{
	static const struct {
		rule_charge *charge;
		const char *text;
	} texts[] = {
		{ fc_charge_real_windows, "modules, window + 1 per output" },
		{ fc_charge_floored_windows, "modules, window + 1 per output" },
		{ fc_charge_window_and_one, "modules, window + 1 per output" },
		{ fc_charge_module_outputs, "outputs of modules" },
		{ fc_charge_module_inputs, "inputs of modules" },
		{ fc_charge_inputs_twice, "inputs, of modules twice" },
		{ fc_charge_function_inputs, "inputs" },
		{ fc_charge_inputs, "inputs" },
		{ fc_charge_first_input, "inputs" },
		{ fc_charge_output_positions, "output positions" },
		{ fc_charge_output_positions_biased, "output positions and bias" },
		{ fc_charge_transpose_onnx, "output positions" },
		{ fc_charge_transpose_flops, "divided by groups twice, other bias" },
		{ fc_charge_transpose_square, "bias at height x height" },
		{ fc_charge_transpose_macs, "divided by groups twice" },
		{ fc_charge_softmax, "3 n - 1 per n values" },
		{ fc_charge_params_per_image, "parameters per image" },
		{ fc_charge_params_per_step, "parameters per step" },
		{ fc_charge_copying_adds, "sums that make new values" },
		{ fc_charge_dense_additions, "2 in - 1 per output" },
		{ fc_charge_dense_one_bias, "bias once for all rows" },
		{ fc_charge_local_norm_parts, "square, window, factor and shift" },
		{ fc_charge_windows, "window per output" },
		{ fc_charge_global_pool, "inputs and 4 per output" },
		{ fc_charge_joins, "outputs" },
		{ fc_charge_divisions, "4 per output" },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].charge == charge)
			return texts[i].text;
	return "";
}
