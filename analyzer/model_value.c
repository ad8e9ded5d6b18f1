#include "model_value.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "flopclock/number.h"

bool fc_value_true(const struct value *value)
{
	switch (value->kind) {
	case VALUE_INTEGER:
		return value->integer[0] != 0;
	case VALUE_REAL:
		return value->real != 0;
	default:
		return true;
	}
}

const char *fc_value_text(const struct value *value, char text[VALUE_TEXT_SIZE])
{
	char number[FC_NUMBER_SIZE];

	switch (value->kind) {
	case VALUE_INTEGER:
		snprintf(text, VALUE_TEXT_SIZE, "%lld", (long long)value->integer[0]);
		break;
	case VALUE_REAL:
		snprintf(text, VALUE_TEXT_SIZE, "%s", fc_number(number, value->real));
		break;
	case VALUE_SIZE:
		snprintf(text, VALUE_TEXT_SIZE, "%lldx%lld", (long long)value->integer[0],
			 (long long)value->integer[1]);
		break;
	case VALUE_LIST:
		snprintf(text, VALUE_TEXT_SIZE, "a list of %d", value->count);
		break;
	}
	return text;
}

static double as_real(const struct value *value)
{
	return value->kind == VALUE_REAL ? value->real : (double)value->integer[0];
}

static int compare(const struct value *left, const struct value *right)
{
	if (left->kind == VALUE_INTEGER && right->kind == VALUE_INTEGER)
		return (left->integer[0] > right->integer[0]) - (left->integer[0] < right->integer[0]);
	return (as_real(left) > as_real(right)) - (as_real(left) < as_real(right));
}

static bool is_comparison(enum expr_operator op)
{
	return op >= OPERATOR_EQUAL && op <= OPERATOR_GREATER_EQUAL;
}

static bool compares(enum expr_operator op, int order)
{
	switch (op) {
	case OPERATOR_EQUAL:
		return order == 0;
	case OPERATOR_UNEQUAL:
		return order != 0;
	case OPERATOR_LESS:
		return order < 0;
	case OPERATOR_LESS_EQUAL:
		return order <= 0;
	case OPERATOR_GREATER:
		return order > 0;
	default:
		return order >= 0;
	}
}

/*
 * Division rounds towards minus infinity and the remainder has the sign of the divisor, so that a = a / b * b + a %
 * b.
 */
static int integers(enum expr_operator op, int64_t a, int64_t b, struct place place, int64_t *result,
		    struct fc_error *err)
{
	bool overflow = false;

	if ((op == OPERATOR_OVER || op == OPERATOR_MODULO) && !b)
		return fc_place_fail(place, err, "found a division by 0, expected another divisor");
	switch (op) {
	case OPERATOR_PLUS:
		overflow = __builtin_add_overflow(a, b, result);
		break;
	case OPERATOR_MINUS:
		overflow = __builtin_sub_overflow(a, b, result);
		break;
	case OPERATOR_TIMES:
		overflow = __builtin_mul_overflow(a, b, result);
		break;
	case OPERATOR_OVER:
		overflow = a == INT64_MIN && b == -1;
		*result = overflow ? 0 : a / b - (a % b && (a < 0) != (b < 0));
		break;
	default:
		*result = b == -1 ? 0 : a % b + (a % b && (a < 0) != (b < 0) ? b : 0);
		break;
	}
	return overflow ?
		       fc_place_fail(place, err, "found a result that does not fit 64 bits, expected a smaller one") :
		       0;
}

static int reals(enum expr_operator op, double a, double b, struct place place, struct value *result,
		 struct fc_error *err)
{
	result->kind = VALUE_REAL;
	switch (op) {
	case OPERATOR_PLUS:
		result->real = a + b;
		break;
	case OPERATOR_MINUS:
		result->real = a - b;
		break;
	case OPERATOR_TIMES:
		result->real = a * b;
		break;
	case OPERATOR_OVER:
		result->real = a / b;
		break;
	default:
		return fc_place_fail(place, err, "found '%%' between numbers with a fraction, expected integers");
	}
	if (isfinite(result->real))
		return 0;
	return fc_place_fail(place, err, "found a result that is no finite number, expected one");
}

/* A size with a size or an integer: side by side. */
static int sizes(enum expr_operator op, const struct value *left, const struct value *right, struct place place,
		 struct value *result, struct fc_error *err)
{
	const int l = left->kind == VALUE_SIZE, r = right->kind == VALUE_SIZE;

	if (left->kind == VALUE_REAL || right->kind == VALUE_REAL)
		return fc_place_fail(place, err, "found a size and a number with a fraction, expected integers");
	if (op == OPERATOR_EQUAL || op == OPERATOR_UNEQUAL) {
		const bool same = left->integer[0] == right->integer[0] && left->integer[l] == right->integer[r];

		*result = value_integer(same == (op == OPERATOR_EQUAL));
		return 0;
	}
	if (is_comparison(op))
		return fc_place_fail(place, err, "found a size, expected a number to compare");
	result->kind = VALUE_SIZE;
	for (int side = 0; side < 2; side++)
		if (integers(op, left->integer[side * l], right->integer[side * r], place, &result->integer[side],
			     err))
			return -1;
	return 0;
}

int fc_value_operate(enum expr_operator op, const struct value *left, const struct value *right, struct place place,
		     struct value *result, struct fc_error *err)
{
	const struct value nought = value_integer(0);

	*result = (struct value){ .kind = VALUE_INTEGER };
	if (op == OPERATOR_NOT) {
		*result = value_integer(!fc_value_true(left));
		return 0;
	}
	if (op == OPERATOR_NEGATE) {
		right = left;
		left = &nought;
		op = OPERATOR_MINUS;
	}
	if (left->kind == VALUE_LIST || right->kind == VALUE_LIST)
		return fc_place_fail(place, err, "found a list, expected a number");
	if (left->kind == VALUE_SIZE || right->kind == VALUE_SIZE)
		return sizes(op, left, right, place, result, err);
	if (is_comparison(op)) {
		*result = value_integer(compares(op, compare(left, right)));
		return 0;
	}
	if (left->kind == VALUE_REAL || right->kind == VALUE_REAL)
		return reals(op, as_real(left), as_real(right), place, result, err);
	return integers(op, left->integer[0], right->integer[0], place, &result->integer[0], err);
}
