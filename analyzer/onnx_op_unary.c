/* y = f(x), element by element, and what is near to it. */
#include <math.h>
#include <string.h>

#include "onnx_ops.h"

/* -------- known values -------- */

/* Integers and truth values; false when the result does not fit. */
static bool fold_integer(const char *op, int64_t x, int64_t *y)
{
	*y = x;
	if (!strcmp(op, "Neg"))
		return !__builtin_sub_overflow(0, x, y);
	if (!strcmp(op, "Abs"))
		return x >= 0 || !__builtin_sub_overflow(0, x, y);
	if (!strcmp(op, "Not"))
		*y = !x;
	else if (!strcmp(op, "Sign"))
		*y = (x > 0) - (x < 0);
	else
		return false;
	return true;
}

static const struct {
	const char *op;
	double (*function)(double x);
} real_functions[] = {
	{ "Abs", fabs }, { "Ceil", ceil },	 { "Exp", exp },   { "Floor", floor },
	{ "Log", log },	 { "Round", nearbyint }, { "Sqrt", sqrt },
};

static bool fold_real(const char *op, double x, double *y)
{
	*y = !strcmp(op, "Neg") ? -x : 1 / x;
	if (!strcmp(op, "Neg") || !strcmp(op, "Reciprocal"))
		return true;
	for (size_t i = 0; i < sizeof(real_functions) / sizeof(real_functions[0]); i++)
		if (!strcmp(real_functions[i].op, op)) {
			*y = real_functions[i].function(x);
			return true;
		}
	return false;
}

static bool fold(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	struct onnx_value *const y = call->out[0];
	const int64_t count = x->content.count;
	double *const reals = x->content.reals ? fc_onnx_new_reals(call, y) : NULL;
	int64_t *const integers = x->content.integers ? fc_onnx_new_integers(call, y) : NULL;
	bool done = reals || integers;

	for (int64_t i = 0; i < count && done; i++)
		done = reals ? fold_real(call->node->op, x->content.reals[i], &reals[i])
			     : fold_integer(call->node->op, x->content.integers[i], &integers[i]);
	if (!done)
		y->content = (struct onnx_content){ .count = -1 };
	return done;
}

/* -------- layers -------- */

/* The numbers that an activation has. */
static struct fc_attributes numbers(struct onnx_call *call, enum fc_op op)
{
	struct fc_attributes a = { 0 };

	switch (op) {
	case FC_OP_LEAKY_RELU:
		a.a = fc_onnx_real(call, "alpha", 0.01);
		break;
	case FC_OP_ELU:
		a.a = fc_onnx_real(call, "alpha", 1);
		break;
	case FC_OP_HARD_SIGMOID:
		a.a = fc_onnx_real(call, "alpha", 0.2);
		a.b = fc_onnx_real(call, "beta", 0.5);
		break;
	case FC_OP_GELU:
		a.approximate = call->op->variant == ONNX_BY_TANH ||
				!strcmp(fc_onnx_word(call, "approximate", "none"), "tanh");
		break;
	case FC_OP_SCALE:
		a.a = -1;
		break;
	default:
		break;
	}
	return a;
}

/* An activation whose numbers no kind has. */
static bool is_other(struct onnx_call *call)
{
	return call->op->kind == FC_OP_SILU && fc_onnx_real(call, "alpha", 1) != 1;
}

int fc_onnx_run_unary(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const enum fc_op op = (enum fc_op)call->op->kind;
	const struct onnx_wish wish = { .op = op, .attributes = numbers(call, op), .data = 1, .elementwise = true };

	if (fc_onnx_same_shape(call, 0, x))
		return -1;
	if (call->op->counter == ONNX_NO_COUNTER && call->op->variant != ONNX_KEEPS_TYPE)
		call->out[0]->type = ONNX_BOOL;
	if (fold(call) || (op && !is_other(call) && fc_onnx_lower(call, &wish)))
		return 0;
	return fc_onnx_count_elements(call, fc_onnx_elements(x), false);
}

/* Limits are attributes up to version 6 of the op and inputs from 11 on. */
int fc_onnx_run_clip(struct onnx_call *call)
{
	const uint64_t elements = (uint64_t)fc_onnx_elements(call->in[0]);
	struct onnx_wish wish = { .op = FC_OP_CLIP, .data = 1, .elementwise = true };
	double low, high;

	if (fc_onnx_same_shape(call, 0, call->in[0]))
		return -1;
	if (!fc_onnx_number(call, "min", 1, -3.5e38, &low) && !fc_onnx_number(call, "max", 2, 3.5e38, &high)) {
		if (low == 0 && high == 6)
			wish.op = FC_OP_RELU6;
		else if (low == 0 && high > 1e30)
			wish.op = FC_OP_RELU;
		else
			wish.attributes = (struct fc_attributes){ .a = low, .b = high };
		/* The kind's numbers are finite. */
		if (wish.op != FC_OP_CLIP || (low >= -1e30 && high <= 1e30 && low <= high))
			if (fc_onnx_lower(call, &wish))
				return 0;
		if (wish.op != FC_OP_CLIP)
			return fc_onnx_count(
				call,
				&(struct onnx_cost){ .counts = fc_onnx_counts(
							     offsetof(struct fc_counts, relu_elements), elements) });
	}
	return fc_onnx_count_elements(call, (int64_t)elements, false);
}

/* Before version 13 everything from the axis on is one row. */
int fc_onnx_run_softmax(struct onnx_call *call)
{
	const struct onnx_value *const x = call->in[0];
	const bool rows = call->m->model->opset < 13;
	struct onnx_wish wish = { .op = FC_OP_SOFTMAX, .data = 1 };
	int axis;

	if (fc_onnx_same_shape(call, 0, x) ||
	    (x->rank && fc_onnx_axis(call, fc_onnx_integer(call, "axis", rows ? 1 : -1), x->rank, &axis)))
		return -1;
	if (call->op->kind && x->rank > 1 && axis && (!rows || axis == x->rank - 1)) {
		wish.fold = fc_onnx_fold_of(x->rank, axis);
		wish.attributes.axis = fc_onnx_folded_axis(x->rank, axis, wish.fold);
		if (wish.attributes.axis && fc_onnx_lower(call, &wish))
			return 0;
	}
	return fc_onnx_count_elements(call, fc_onnx_elements(x), false);
}

/* Pairs of values turned by an angle: each value is multiplied twice and added once. */
int fc_onnx_run_rotate(struct onnx_call *call)
{
	const uint64_t elements = (uint64_t)fc_onnx_elements(call->in[0]);

	if (fc_onnx_same_shape(call, 0, call->in[0]))
		return -1;
	return fc_onnx_count(
		call, &(struct onnx_cost){ .counts = { .multiply_elements = 2 * elements, .add_elements = elements },
					   .untrained = ~1u });
}

/* The first value activated, times the second. */
int fc_onnx_run_swiglu(struct onnx_call *call)
{
	const uint64_t elements = (uint64_t)fc_onnx_elements(call->in[0]);

	if (fc_onnx_same_shape(call, 0, call->in[0]))
		return -1;
	return fc_onnx_count(call, &(struct onnx_cost){ .counts = { .other_activation_elements = elements,
								    .multiply_elements = elements } });
}

/* The same with a bias that is added before. */
int fc_onnx_run_bias_gelu(struct onnx_call *call)
{
	const uint64_t elements = (uint64_t)fc_onnx_elements(call->in[0]);

	if (!fc_onnx_input(call, 1))
		return fc_onnx_run_unary(call);
	if (fc_onnx_same_shape(call, 0, call->in[0]))
		return -1;
	return fc_onnx_count(call, &(struct onnx_cost){ .counts = { .other_activation_elements = elements,
								    .add_elements = elements } });
}
