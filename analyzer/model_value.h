/*
 * Values of the model language: integers, reals, sizes and lists of these. Arithmetic never wraps: what does not
 * fit 64 bits is an error.
 */
#ifndef ANALYZER_MODEL_VALUE_H
#define ANALYZER_MODEL_VALUE_H

#include "model_ast.h"

enum value_kind { VALUE_INTEGER, VALUE_REAL, VALUE_SIZE, VALUE_LIST };

struct value {
	enum value_kind kind;
	int64_t integer[2];		/* an integer in [0]; height and width of a size */
	double real;
	const struct value *items;	/* of a list; none of them a list */
	int count;
};

static inline struct value value_integer(int64_t integer)
{
	return (struct value){ .kind = VALUE_INTEGER, .integer = { integer } };
}

/* left OP right; for unary operators right is not looked at. On failure a sentence at `place`. */
int fc_value_operate(enum expr_operator op, const struct value *left, const struct value *right, struct place place,
		     struct value *result, struct fc_error *err);

bool fc_value_true(const struct value *value);

/* "3", "0.5", "3x1", "a list of 4": for messages. */
#define VALUE_TEXT_SIZE 64
const char *fc_value_text(const struct value *value, char text[VALUE_TEXT_SIZE]);

#endif
