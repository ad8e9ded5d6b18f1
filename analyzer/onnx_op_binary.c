/* Two or more values become one, element by element. */
#include <math.h>
#include <string.h>

#include "onnx_ops.h"

/* -------- known values -------- */

/* The word of an op and what it does; comparisons give truth values. */
enum {
	ADD,
	SUB,
	MUL,
	DIV,
	MOD,
	POW,
	MAX,
	MIN,
	AND,
	OR,
	XOR,
	EQUAL,
	LESS,
	GREATER,
	LESS_EQUAL,
	GREATER_EQUAL,
	OPERATIONS
};

static const char *const operations[OPERATIONS] = {
	"Add", "Sub", "Mul", "Div",   "Mod",  "Pow",	 "Max",		"Min",
	"And", "Or",  "Xor", "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual",
};

static int operation_of(const char *op)
{
	int i = 0;

	while (i < OPERATIONS && strcmp(operations[i], op))
		i++;
	return i;
}

static bool power(int64_t a, int64_t b, int64_t *y)
{
	*y = 1;
	for (; b > 0; b--)
		if (b > 64 || __builtin_mul_overflow(*y, a, y))
			return false;
	return b == 0;
}

/* False where it does not fit or is not defined. */
static bool fold_integer(int operation, int64_t a, int64_t b, int64_t *y)
{
	const bool divides = operation == DIV || operation == MOD;

	if (divides && (!b || (a == INT64_MIN && b == -1)))
		return false;
	switch (operation) {
	case ADD:
		return !__builtin_add_overflow(a, b, y);
	case SUB:
		return !__builtin_sub_overflow(a, b, y);
	case MUL:
		return !__builtin_mul_overflow(a, b, y);
	case POW:
		return power(a, b, y);
	case DIV:
		*y = a / b;
		return true;
	case MOD: /* the sign of the divisor */
		*y = a % b + (a % b && (a % b < 0) != (b < 0) ? b : 0);
		return true;
	case MAX:
		*y = a > b ? a : b;
		return true;
	case MIN:
		*y = a < b ? a : b;
		return true;
	default:
		*y = operation == AND ? a && b : operation == OR ? a || b : operation == XOR ? !a != !b : 0;
		return operation <= XOR;
	}
}

static bool fold_real(int operation, double a, double b, double *y)
{
	switch (operation) {
	case ADD:
		*y = a + b;
		return true;
	case SUB:
		*y = a - b;
		return true;
	case MUL:
		*y = a * b;
		return true;
	case DIV:
		*y = a / b;
		return true;
	case POW:
		*y = pow(a, b);
		return true;
	case MAX:
		*y = fmax(a, b);
		return true;
	case MIN:
		*y = fmin(a, b);
		return true;
	default:
		return false;
	}
}

static int64_t compare(int operation, int order)
{
	switch (operation) {
	case EQUAL:
		return order == 0;
	case LESS:
		return order < 0;
	case GREATER:
		return order > 0;
	case LESS_EQUAL:
		return order <= 0;
	default:
		return order >= 0;
	}
}

static double real_at(const struct onnx_value *value, int64_t i)
{
	return value->content.reals ? value->content.reals[i] : (double)value->content.integers[i];
}

static bool fold_element(int operation, const struct onnx_value *a, int64_t i, const struct onnx_value *b, int64_t j,
			 int64_t *integer, double *real)
{
	const bool reals = a->content.reals || b->content.reals;

	if (operation >= EQUAL && reals)
		*integer = compare(operation, (real_at(a, i) > real_at(b, j)) - (real_at(a, i) < real_at(b, j)));
	else if (operation >= EQUAL)
		*integer = compare(operation, (a->content.integers[i] > b->content.integers[j]) -
						      (a->content.integers[i] < b->content.integers[j]));
	else if (reals)
		return real && fold_real(operation, real_at(a, i), real_at(b, j), real);
	else
		return integer && fold_integer(operation, a->content.integers[i], b->content.integers[j], integer);
	return integer != NULL;
}

static bool fold(struct onnx_call *call)
{
	const struct onnx_value *const a = call->in[0], *const b = call->in[1];
	struct onnx_value *const y = call->out[0];
	const int operation = operation_of(call->node->op);
	int64_t *integers = NULL;
	double *reals = NULL;
	bool done;

	if (call->in_count != 2 || operation == OPERATIONS || fc_onnx_integer(call, "fmod", 0) ||
	    !fc_onnx_is_known(a) || !fc_onnx_is_known(b))
		return false;
	if (operation < EQUAL && (a->content.reals || b->content.reals))
		reals = fc_onnx_new_reals(call, y);
	else
		integers = fc_onnx_new_integers(call, y);
	done = reals || integers;
	for (int64_t e = 0; e < y->content.count && done; e++)
		done = fold_element(operation, a, fc_onnx_broadcast_index(a, y, e), b,
				    fc_onnx_broadcast_index(b, y, e), integers ? &integers[e] : NULL,
				    reals ? &reals[e] : NULL);
	if (!done)
		y->content = (struct onnx_content){ .count = -1 };
	return done;
}

/* -------- layers -------- */

/* x times, over or to the power of one number is a function of x alone. */
static bool lower_scalar(struct onnx_call *call)
{
	struct onnx_wish wish = { .op = FC_OP_SCALE, .data = 1, .elementwise = true };
	const int operation = operation_of(call->node->op);
	const bool swapped = operation == MUL && call->in[0]->node < 0;
	double number;

	if (call->in_count != 2 || fc_onnx_elements(call->in[swapped]) != fc_onnx_elements(call->out[0]) ||
	    !fc_onnx_scalar(call->in[!swapped], &number) || !isfinite(number))
		return false;
	wish.data = swapped ? 2 : 1;
	if (operation == POW)
		wish.op = FC_OP_POWER;
	else if (operation != MUL && operation != DIV)
		return false;
	wish.attributes.a = operation == DIV ? 1 / number : number;
	return isfinite(wish.attributes.a) && fc_onnx_lower(call, &wish);
}

static bool lower(struct onnx_call *call)
{
	const struct onnx_value *const first = call->in[0]->node >= 0 ? call->in[0] : call->in[1];
	const struct onnx_wish wish = {
		.op = (enum fc_op)call->op->kind,
		.fold = fc_onnx_fold_like(call, first),
		.data = ONNX_ALL_INPUTS,
		.learns = true,
	};

	return call->op->kind && call->in_count >= 2 && fc_onnx_lower(call, &wish);
}

static bool merge_bias(struct onnx_call *call)
{
	return call->op->kind == FC_OP_ADD && call->in_count == 2 &&
	       fc_onnx_elements(call->out[0]) == fc_onnx_elements(call->in[call->in[0]->node < 0]) &&
	       (fc_onnx_merge_bias(call, call->in[0], call->in[1]) ||
		fc_onnx_merge_bias(call, call->in[1], call->in[0]));
}

int fc_onnx_run_binary(struct onnx_call *call)
{
	const uint64_t times = call->in_count > 1 ? (uint64_t)call->in_count - 1 : 1;
	const bool adds = call->op->kind == FC_OP_ADD || call->op->kind == FC_OP_SUBTRACT;
	const bool compares = call->op->free && call->op->variant != ONNX_KEEPS_TYPE;
	int64_t dims[ONNX_MAX_RANK];
	struct onnx_cost cost = { .moves = adds || call->op->counter == ONNX_NO_COUNTER };
	uint64_t elements;
	int rank;

	for (int k = 0; k < call->in_count; k++)
		if (!call->in[k])
			return fc_onnx_fail(call, "found no input %d, expected one", k + 1);
	if (fc_onnx_broadcast(call, (const struct onnx_value *const *)call->in, call->in_count, dims, &rank) ||
	    fc_onnx_set_shape(call, 0, compares ? ONNX_BOOL : call->in[0]->type, dims, rank))
		return -1;
	if (call->in_count == 1) {
		fc_onnx_view(call->out[0], call->in[0]);
		return 0;
	}
	if (fold(call) || merge_bias(call) || lower_scalar(call) || lower(call))
		return 0;
	if (__builtin_mul_overflow((uint64_t)fc_onnx_elements(call->out[0]), times, &elements))
		return fc_onnx_fail(call, "found more values than fit 64 bits, expected fewer");
	cost.counts = fc_onnx_counts(call->op->counter, elements);
	cost.learned = call->op->variant == ONNX_LEARNS_SLOPE ? 2 : 0;
	cost.quantised = call->op->run == fc_onnx_run_with_scales;
	return fc_onnx_count(call, &cost);
}

/* condition ? x : y */
int fc_onnx_run_where(struct onnx_call *call)
{
	struct onnx_value *const y = call->out[0];
	const struct onnx_value *const *const in = (const struct onnx_value *const *)call->in;
	int64_t dims[ONNX_MAX_RANK], *integers;
	int rank;

	if (fc_onnx_broadcast(call, in, 3, dims, &rank) || fc_onnx_set_shape(call, 0, in[1]->type, dims, rank))
		return -1;
	if (!in[0]->content.integers || !in[1]->content.integers || !in[2]->content.integers)
		return fc_onnx_count(call, &(struct onnx_cost){ .moves = true, .untrained = 1 });
	integers = fc_onnx_new_integers(call, y);
	for (int64_t e = 0; e < y->content.count && integers; e++) {
		const int k = in[0]->content.integers[fc_onnx_broadcast_index(in[0], y, e)] ? 1 : 2;

		integers[e] = in[k]->content.integers[fc_onnx_broadcast_index(in[k], y, e)];
	}
	return 0;
}
