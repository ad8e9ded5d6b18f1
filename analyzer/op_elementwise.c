/*
 * y = f(x), element by element: activations and the arithmetic of one value. A row says what f is, what its numbers are,
 * and whether the backward pass needs its input, its output or neither.
 */
#include "op.h"

static bool count_relu(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->relu_elements = op_elements(node->shape);
	counts->relu_module_elements = node->attributes.functional ? 0 : counts->relu_elements;
	return true;
}

static bool count_activation(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->other_activation_elements = op_elements(node->shape);
	return true;
}

static bool count_scale(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts)
{
	(void)graph;
	counts->multiply_elements = op_elements(node->shape);
	counts->add_elements = node->attributes.b != 0 ? counts->multiply_elements : 0;
	return true;
}

/* PyTorch's gradient in place needs the input that is gone, so it keeps a copy. */
static uint64_t copy_of_input(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	return sizeof(float) * op_elements(node->shape);
}

#define NUMBER(name, field, required, min, max, fallback) OP_ARGUMENT(name, OP_REAL, field, required, min, max, fallback)
#define END { .name = NULL }

static const struct op_argument no_arguments[] = { END };
static const struct op_argument relu_arguments[] = { OP_FLAG_ARGUMENT(functional), END };
static const struct op_argument leaky_arguments[] = { NUMBER("slope", a, false, 0, 1e6, 0.01), END };
static const struct op_argument elu_arguments[] = { NUMBER("alpha", a, false, 0, 1e6, 1), END };
static const struct op_argument hard_arguments[] = { NUMBER("alpha", a, false, 1e-6, 1e6, 1.0 / 6),
						     NUMBER("beta", b, false, -1e6, 1e6, 0.5), END };
static const struct op_argument gelu_arguments[] = { OP_FLAG_ARGUMENT(approximate), END };
static const struct op_argument power_arguments[] = { NUMBER("exponent", a, true, -1e6, 1e6, 0), END };
static const struct op_argument scale_arguments[] = { NUMBER("factor", a, true, -1e30, 1e30, 0),
						      NUMBER("offset", b, false, -1e30, 1e30, 0), END };
static const struct op_argument clip_arguments[] = { NUMBER("low", a, true, -1e30, 1e30, 0),
						     NUMBER("high", b, true, -1e30, 1e30, 0), END };

/* What backward reads beside the gradient of the output, and what PyTorch keeps for it. */
#define NEEDS_OUTPUT true, false, OP_Y
#define NEEDS_INPUT false, true, OP_X
#define NEEDS_NOTHING false, false, 0
#define KEEPS_OUTPUT { .output = true }
#define KEEPS_OUTPUT_IN_PLACE { .output = true, .in_place = true }
#define KEEPS_INPUT { .input = true }
#define KEEPS_COPY_IN_PLACE { .in_place = true, .extra_bytes = copy_of_input }
#define KEEPS_NOTHING { .input = false }

#define ROW(...) ROW_OF(__VA_ARGS__)
#define ROW_OF(lower, formula, known, counter, by_output, by_input, operand, ...)             \
	const struct op_kind fc_op_##lower = {                                                \
		.summary = formula,                                                           \
		.arguments = known,                                                           \
		.traits = { .in_place = true, .backward_reads_output = by_output,             \
			    .backward_reads_input = by_input, .saved_bytes = op_no_bytes },   \
		.traffic = { [FC_PHASE_FORWARD] = { OP_X, OP_Y },                             \
			     [FC_PHASE_BACKWARD_DATA] = { OP_DY | operand, OP_DX } },         \
		.autograd = __VA_ARGS__,                                                      \
		.shape = fc_op_same_shape,                                                    \
		.count = counter,                                                             \
	}

ROW(relu, "max(x, 0)", relu_arguments, count_relu, NEEDS_OUTPUT, KEEPS_OUTPUT_IN_PLACE);
ROW(relu6, "min(max(x, 0), 6)", no_arguments, count_relu, NEEDS_OUTPUT, KEEPS_COPY_IN_PLACE);
ROW(leaky_relu, "x, or slope x where x < 0", leaky_arguments, count_activation, NEEDS_OUTPUT, KEEPS_INPUT);
ROW(elu, "x, or alpha (exp(x) - 1) where x < 0", elu_arguments, count_activation, NEEDS_OUTPUT, KEEPS_INPUT);
ROW(sigmoid, "1 / (1 + exp(-x))", no_arguments, count_activation, NEEDS_OUTPUT, KEEPS_OUTPUT);
ROW(hard_sigmoid, "min(max(alpha x + beta, 0), 1)", hard_arguments, count_activation, NEEDS_OUTPUT, KEEPS_INPUT);
ROW(silu, "x / (1 + exp(-x))", no_arguments, count_activation, NEEDS_INPUT, KEEPS_COPY_IN_PLACE);
ROW(hard_swish, "x min(max(x / 6 + 1 / 2, 0), 1)", no_arguments, count_activation, NEEDS_INPUT, KEEPS_COPY_IN_PLACE);
ROW(gelu, "x times the normal distribution at x", gelu_arguments, count_activation, NEEDS_INPUT, KEEPS_INPUT);
ROW(mish, "x tanh(ln(1 + exp(x)))", no_arguments, count_activation, NEEDS_INPUT, KEEPS_INPUT);
ROW(tanh, "the hyperbolic tangent", no_arguments, count_activation, NEEDS_OUTPUT, KEEPS_OUTPUT);
ROW(softplus, "ln(1 + exp(x))", no_arguments, count_activation, NEEDS_OUTPUT, KEEPS_INPUT);
ROW(exp, "exp(x)", no_arguments, count_activation, NEEDS_OUTPUT, KEEPS_OUTPUT);
ROW(log, "ln(x)", no_arguments, count_activation, NEEDS_INPUT, KEEPS_INPUT);
ROW(sqrt, "the square root", no_arguments, count_activation, NEEDS_OUTPUT, KEEPS_OUTPUT);
ROW(erf, "the error function", no_arguments, count_activation, NEEDS_INPUT, KEEPS_INPUT);
ROW(abs, "|x|", no_arguments, count_activation, NEEDS_INPUT, KEEPS_INPUT);
ROW(power, "x to the power of a number", power_arguments, count_activation, NEEDS_INPUT, KEEPS_INPUT);
ROW(scale, "factor x + offset", scale_arguments, count_scale, NEEDS_NOTHING, KEEPS_NOTHING);
ROW(clip, "min(max(x, low), high)", clip_arguments, count_activation, NEEDS_INPUT, KEEPS_INPUT);
