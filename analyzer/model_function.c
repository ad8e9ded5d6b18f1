#include "model_function.h"

#include <math.h>

static double real_of(const struct value *value)
{
	return value->kind == VALUE_REAL ? value->real : (double)value->integer[0];
}

static int give_integer(double real, struct place place, struct value *result, struct fc_error *err)
{
	if (!(fabs(real) < 0x1p62))
		return fc_place_fail(place, err, "found a result that does not fit 64 bits, expected a smaller one");
	*result = value_integer((int64_t)real);
	return 0;
}

static int apply_floor(const struct value *a, const struct value *b, struct place place, struct value *result,
		       struct fc_error *err)
{
	(void)b;
	return give_integer(floor(real_of(a)), place, result, err);
}

static int apply_ceil(const struct value *a, const struct value *b, struct place place, struct value *result,
		      struct fc_error *err)
{
	(void)b;
	return give_integer(ceil(real_of(a)), place, result, err);
}

/* Halves go to the even neighbour, as Python rounds. */
static int apply_round(const struct value *a, const struct value *b, struct place place, struct value *result,
		       struct fc_error *err)
{
	(void)b;
	return give_integer(nearbyint(real_of(a)), place, result, err);
}

static int apply_sqrt(const struct value *a, const struct value *b, struct place place, struct value *result,
		      struct fc_error *err)
{
	(void)b;
	*result = (struct value){ .kind = VALUE_REAL, .real = sqrt(real_of(a)) };
	return isfinite(result->real) ? 0 :
					fc_place_fail(place, err, "found the root of a negative number, expected one of 0 or more");
}

static int apply_min(const struct value *a, const struct value *b, struct place place, struct value *result,
		     struct fc_error *err)
{
	(void)place;
	(void)err;
	*result = real_of(b) < real_of(a) ? *b : *a;
	return 0;
}

static int apply_max(const struct value *a, const struct value *b, struct place place, struct value *result,
		     struct fc_error *err)
{
	(void)place;
	(void)err;
	*result = real_of(b) > real_of(a) ? *b : *a;
	return 0;
}

/*
 * The multiple of a step that is nearest to a number, at least one step and not below nine tenths of the number: how
 * scaled networks of the MobileNet family round their channels.
 */
static int apply_divisible(const struct value *a, const struct value *b, struct place place, struct value *result,
			   struct fc_error *err)
{
	const double number = real_of(a), step = real_of(b);
	char left[VALUE_TEXT_SIZE], right[VALUE_TEXT_SIZE];
	double multiple;

	if (!(number > 0) || !(step >= 1))
		return fc_place_fail(place, err, "found divisible(%s, %s), expected a positive number and a step of at least 1",
				     fc_value_text(a, left), fc_value_text(b, right));
	multiple = floor(trunc(number + step / 2) / step) * step;
	if (multiple < step)
		multiple = step;
	if (multiple < 0.9 * number)
		multiple += step;
	return give_integer(multiple, place, result, err);
}

static const struct value_function functions[] = {
	{ "floor", 1, apply_floor }, { "ceil", 1, apply_ceil }, { "round", 1, apply_round },
	{ "sqrt", 1, apply_sqrt },   { "min", 2, apply_min },	{ "max", 2, apply_max },
	{ "divisible", 2, apply_divisible },
};

#define FUNCTION_COUNT (sizeof(functions) / sizeof(functions[0]))

const struct value_function *fc_function_find(const struct token *name)
{
	for (size_t i = 0; i < FUNCTION_COUNT; i++)
		if (fc_token_is(name, functions[i].name))
			return &functions[i];
	return NULL;
}

void fc_function_names(struct fc_str *out)
{
	for (size_t i = 0; i < FUNCTION_COUNT; i++)
		fc_str_addf(out, "%s%s", i ? ", " : "", functions[i].name);
}

static bool is_number(const struct value *value)
{
	return value->kind == VALUE_INTEGER || value->kind == VALUE_REAL;
}

int fc_function_apply(const struct value_function *function, const struct value *a, const struct value *b,
		      struct place place, struct value *result, struct fc_error *err)
{
	char text[VALUE_TEXT_SIZE];

	if (!is_number(a) || (b && !is_number(b)))
		return fc_place_fail(place, err, "found %s in %s(), expected a number",
				     fc_value_text(is_number(a) ? b : a, text), function->name);
	return function->apply(a, b, place, result, err);
}
