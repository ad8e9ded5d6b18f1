#include "rule_charge.h"

#include "op.h"
#include "product.h"

/* -------- pools -------- */

static bool is_module(const struct fc_node *node)
{
	return !node->attributes.functional && !node->attributes.method;
}

bool fc_charge_floored_windows(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const struct fc_shape in = op_input(graph, node), out = node->shape;
	const uint64_t window = (uint64_t)(in.h / out.h) * (uint64_t)(in.w / out.w) + 1;

	return FC_PRODUCT(total, is_module(node) ? window : 0, op_elements(out));
}

/* In double precision, the product cut to an integer. */
bool fc_charge_real_windows(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const struct fc_shape in = op_input(graph, node), out = node->shape;
	const double window = (double)in.h / (double)out.h * ((double)in.w / (double)out.w);

	*total = is_module(node) ? (uint64_t)((window + 1) * (double)op_elements(out)) : 0;
	return true;
}

bool fc_charge_module_outputs(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	*total = is_module(node) ? op_elements(node->shape) : 0;
	return true;
}

bool fc_charge_module_inputs(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	*total = is_module(node) ? op_elements(op_input(graph, node)) : 0;
	return true;
}

bool fc_charge_function_inputs(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	*total = node->attributes.method ? 0 : op_elements(op_input(graph, node));
	return true;
}

bool fc_charge_inputs_twice(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	uint64_t module, function;

	fc_charge_module_inputs(graph, node, &module);
	fc_charge_function_inputs(graph, node, &function);
	*total = module + function;
	return true;
}

/* -------- products -------- */

bool fc_charge_output_positions(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const struct fc_attributes *const a = &node->attributes;

	return FC_PRODUCT(total, op_elements(node->shape), (uint64_t)(op_input(graph, node).c / a->groups),
			  (uint64_t)a->kernel_h, (uint64_t)a->kernel_w);
}

bool fc_charge_output_positions_biased(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const uint64_t bias = node->attributes.bias ? op_elements(node->shape) : 0;

	return fc_charge_output_positions(graph, node, total) && !__builtin_add_overflow(*total, bias, total);
}

bool fc_charge_transpose_macs(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const struct fc_attributes *const a = &node->attributes;

	return FC_PRODUCT(total, op_elements(op_input(graph, node)), (uint64_t)(a->out / a->groups), (uint64_t)a->kernel_h,
			  (uint64_t)a->kernel_w) &&
	       (*total /= (uint64_t)a->groups, true);
}

bool fc_charge_transpose_flops(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const uint64_t bias = node->attributes.bias ? op_elements(node->shape) : 0;

	return fc_charge_transpose_macs(graph, node, total) && !__builtin_mul_overflow(*total, 2, total) &&
	       !__builtin_add_overflow(*total, bias, total);
}

static uint64_t all_params(const struct fc_node *node)
{
	uint64_t params = 0;

	for (int p = 0; p < node->param_count; p++)
		params += op_elements(node->params[p].shape);
	return params;
}

bool fc_charge_params_per_image(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return FC_PRODUCT(total, all_params(node), (uint64_t)node->shape.n);
}

/* Steps of all sequences of all images: rows of the output. */
static uint64_t step_count(const struct fc_node *node)
{
	return op_elements(node->shape) / (uint64_t)node->shape.w;
}

bool fc_charge_params_per_step(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return FC_PRODUCT(total, all_params(node), step_count(node));
}

/*
 * The products of a step and, per hidden value, what the gates' arithmetic is taken for. `gates` per gate: additions of p and
 * q, of biases.
 */
static bool recurrent(const struct fc_node *node, uint64_t products_factor, uint64_t per_gate, uint64_t lstm, uint64_t gru,
		      uint64_t *total)
{
	const bool is_lstm = node->op == FC_OP_LSTM;
	const uint64_t hidden = (uint64_t)node->shape.w, gates = is_lstm ? 4 : 3;
	const uint64_t weights = op_elements(node->params[0].shape) + op_elements(node->params[1].shape);
	const uint64_t bias = node->attributes.bias ? 2 * gates * hidden : 0;
	uint64_t step = products_factor * weights + per_gate * gates * hidden + bias + (is_lstm ? lstm : gru) * hidden;

	return FC_PRODUCT(total, step, step_count(node));
}

bool fc_charge_recurrent_thop(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return recurrent(node, 1, 1, 4, 4, total);
}

bool fc_charge_recurrent_ptflops(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return recurrent(node, 1, 0, 10, 7, total);
}

/* Two operations per product, without the first addition of each of the two sums of a gate. */
bool fc_charge_recurrent_calflops(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const uint64_t hidden = (uint64_t)node->shape.w;
	uint64_t first;

	(void)graph;
	if (!recurrent(node, 2, 0, 10, 7, total) ||
	    !FC_PRODUCT(&first, 2 * (node->op == FC_OP_LSTM ? 4 : 3), hidden, step_count(node)))
		return false;
	*total -= first;
	return true;
}

bool fc_charge_recurrent_onnx(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return recurrent(node, 1, 1, 3 * 32 + 2 * 38 + 4, 2 * 32 + 38 + 5, total);
}

bool fc_charge_dense_additions(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const uint64_t outputs = op_elements(node->shape);
	const uint64_t inputs = op_elements(node->params[0].shape) / (uint64_t)node->attributes.out;

	(void)graph;
	return FC_PRODUCT(total, 2 * inputs - 1, outputs);
}

bool fc_charge_transpose_onnx(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const struct fc_attributes *const a = &node->attributes;
	const uint64_t reach = (uint64_t)(a->out / a->groups);

	(void)graph;
	return FC_PRODUCT(total, op_elements(node->shape), reach * (uint64_t)(a->kernel_h * a->kernel_w) + a->bias);
}

/* -------- others -------- */

bool fc_charge_softmax(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const uint64_t elements = op_elements(node->shape);

	(void)graph;
	*total = 3 * elements - elements / (uint64_t)op_side(node->shape, node->attributes.axis);
	return true;
}

static bool outputs_times(const struct fc_node *node, uint64_t factor, uint64_t *total)
{
	return FC_PRODUCT(total, op_elements(node->shape), factor);
}

bool fc_charge_resize_thop(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return outputs_times(node, !is_module(node) ? 0 : node->attributes.bilinear ? 11 : 1, total);
}

bool fc_charge_resize_fvcore(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return outputs_times(node, node->attributes.bilinear ? 4 : 1, total);
}

bool fc_charge_resize_ptflops(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return outputs_times(node, is_module(node) ? 2 : 1, total);
}

bool fc_charge_resize_input(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const bool by_size = node->attributes.kernel_h != 0;

	*total = by_size ? (uint64_t)(node->shape.h * node->shape.w) : op_elements(op_input(graph, node));
	return true;
}

bool fc_charge_resize_output(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	const bool by_size = node->attributes.kernel_h != 0;

	(void)graph;
	*total = by_size ? (uint64_t)(node->shape.h * node->shape.w) : op_elements(node->shape);
	return true;
}

bool fc_charge_resize_onnx(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return outputs_times(node, node->attributes.bilinear ? 4 : 0, total);
}

bool fc_charge_joins(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return outputs_times(node, (uint64_t)node->input_count - 1, total);
}

bool fc_charge_divisions(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	return outputs_times(node, 4 * ((uint64_t)node->input_count - 1), total);
}

bool fc_charge_first_input(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	*total = op_elements(op_input(graph, node));
	return true;
}

bool fc_charge_copying_adds(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total)
{
	(void)graph;
	*total = 0;
	return !node->attributes.copies || FC_PRODUCT(total, op_elements(node->shape), (uint64_t)node->input_count - 1);
}
