/*
 * Arguments by position and by name, checked against the rows of a table and stored into a struct.
 */
#include <string.h>

#include "flopclock/number.h"

#include "model_machine.h"
#include "suggest.h"

#define MAX_KNOWN 32

static int out_of_range(struct machine *m, struct place place, const struct op_argument *a, const struct value *value)
{
	char text[VALUE_TEXT_SIZE], min[FC_NUMBER_SIZE], max[FC_NUMBER_SIZE];
	static const char *const what[] = { "an integer", "an integer or a size such as 3x1 with sides", "a number",
					    "true or false," };

	return fc_place_fail(place, m->err, "found %s=%s, expected %s from %s to %s", a->name,
			     fc_value_text(value, text), what[a->type], fc_number(min, a->min),
			     fc_number(max, a->max));
}

static bool fits(const struct op_argument *a, int64_t integer)
{
	return (double)integer >= a->min && (double)integer <= a->max;
}

/* Stores a value into its field; false when it is of the wrong kind or out of range. */
static bool store(const struct op_argument *a, const struct value *value, char *field)
{
	int64_t *const integers = (int64_t *)(void *)field;
	const bool is_size = value->kind == VALUE_SIZE, is_integer = value->kind == VALUE_INTEGER;
	const double real = value->kind == VALUE_REAL ? value->real : (double)value->integer[0];

	switch (a->type) {
	case OP_COUNT:
		integers[0] = value->integer[0];
		return is_integer && fits(a, integers[0]);
	case OP_SIZE:
		integers[0] = value->integer[0];
		integers[1] = value->integer[is_size];
		return (is_integer || is_size) && fits(a, integers[0]) && fits(a, integers[1]);
	case OP_REAL:
		*(double *)(void *)field = real;
		return (is_integer || value->kind == VALUE_REAL) && real >= a->min && real <= a->max;
	case OP_FLAG:
		*(bool *)field = value->integer[0] != 0;
		return is_integer && fits(a, value->integer[0]);
	}
	return false;
}

static int unknown_argument(struct machine *m, const struct statement *s, const struct argument *argument,
			    const struct op_argument *known)
{
	struct suggestion suggestion = { .word = argument->name };
	struct fc_str all = { 0 };

	for (; known && known->name; known++) {
		fc_suggest_offer(&suggestion, known->name);
		fc_str_addf(&all, "%s%s", all.length ? ", " : "", known->name);
	}
	fc_place_fail(argument->place, m->err, "found '%s' behind '%s', expected %s%s" SUGGEST_FORMAT, argument->name, s->word,
		      all.length ? "one of " : "no argument", all.length ? all.text : "", SUGGEST_VALUES(suggestion));
	fc_str_release(&all);
	return -1;
}

/* Which row an argument is for: by name, or the next required one. */
static int match(struct machine *m, const struct statement *s, const struct argument *argument,
		 const struct op_argument *known, int position, int *index)
{
	char text[VALUE_TEXT_SIZE];
	struct value value;

	for (*index = 0; known && known[*index].name; ++*index)
		if (argument->name ? !strcmp(known[*index].name, argument->name) :
				     *index == position && known[*index].required)
			return 0;
	if (argument->name)
		return unknown_argument(m, s, argument, known);
	if (fc_eval_list(m, &argument->value, -1, &value))
		return -1;
	return fc_place_fail(argument->place, m->err, "found %s, expected %s behind '%s'",
			     fc_value_text(&value, text), position ? "only named arguments" : "no number", s->word);
}

static int set(struct machine *m, const struct argument *argument, const struct op_argument *row, void *target)
{
	struct value value = value_integer(1);

	if (!argument->flag && fc_eval_list(m, &argument->value, -1, &value))
		return -1;
	if (store(row, &value, (char *)target + row->offset))
		return 0;
	return out_of_range(m, argument->flag ? argument->place : argument->value.place, row, &value);
}

int fc_eval_arguments(struct machine *m, const struct statement *s, const struct op_argument *known, bool partial,
		      void *target)
{
	bool given[MAX_KNOWN] = { false };
	int position = 0, index;

	for (const struct argument *argument = s->arguments; argument; argument = argument->next) {
		if (match(m, s, argument, known, position, &index))
			return -1;
		if (given[index])
			return fc_place_fail(argument->place, m->err, "found '%s' a second time, expected it once",
					     known[index].name);
		given[index] = true;
		position += !argument->name;
		if (set(m, argument, &known[index], target))
			return -1;
	}
	for (index = 0; !partial && known && known[index].name; index++)
		if (known[index].required && !given[index])
			return fc_place_fail(s->place, m->err, "found '%s' without '%s', expected it behind", s->word,
					     known[index].name);
	return 0;
}
