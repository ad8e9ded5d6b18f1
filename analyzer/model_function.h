/*
 * The functions of expressions: floor(x), max(a, b) and the like. A new one is a row in model_function.c.
 */
#ifndef ANALYZER_MODEL_FUNCTION_H
#define ANALYZER_MODEL_FUNCTION_H

#include "flopclock/str.h"

#include "model_lexer.h"
#include "model_value.h"

struct value_function {
	const char *name;
	int arity;	/* 1 or 2 */
	/* Of finite numbers; on failure a sentence at `place`. */
	int (*apply)(const struct value *a, const struct value *b, struct place place, struct value *result,
		     struct fc_error *err);
};

/* The row of a name; NULL when there is none. */
const struct value_function *fc_function_find(const struct token *name);

/* "floor, ceil, ...": for messages; the caller releases it. */
void fc_function_names(struct fc_str *out);

/* Applies the row to one or two values; sizes and lists are refused. b: NULL where the arity is 1. */
int fc_function_apply(const struct value_function *function, const struct value *a, const struct value *b,
		      struct place place, struct value *result, struct fc_error *err);

#endif
