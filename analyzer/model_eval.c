/*
 * The values of expressions and lists.
 */
#include <string.h>

#include "flopclock/arena.h"

#include "model_function.h"
#include "model_machine.h"
#include "suggest.h"

#define MAX_LIST 65536

int fc_machine_spend(struct machine *m, struct place place, int64_t steps)
{
	m->steps += steps;
	if (m->steps <= MODEL_MAX_STEPS)
		return 0;
	return fc_place_fail(place, m->err,
			     "found a model that takes more than %d steps to build, expected a smaller one",
			     MODEL_MAX_STEPS);
}

static int eval_name(struct machine *m, const struct expr *e, struct value *value)
{
	const struct binding *const b = fc_scope_find(m, fc_symbol(m, e->name));
	/* A setting of the command line stands outside of every file: no name means anything there. */
	const char *const wanted = e->place.source->what ? "a number, true or false" : "a number or the name of one";
	struct suggestion suggestion = { .word = e->name };

	if (!b) {
		fc_scope_offer(m, true, &suggestion);
		return fc_place_fail(e->place, m->err, "found '%s', expected %s" SUGGEST_FORMAT, e->name, wanted,
				     SUGGEST_VALUES(suggestion));
	}
	if (b->kind != BINDING_NUMBER)
		return fc_place_fail(e->place, m->err,
				     "found '%s', which is a layer's output, expected a number such as %s.channels",
				     e->name, e->name);
	*value = b->value;
	return 0;
}

static int eval_binary(struct machine *m, const struct expr *e, struct value *value)
{
	struct value left, right;

	if (fc_eval(m, e->left, &left))
		return -1;
	/* What decides already, decides: `n > 0 and 8 / n > 1`. */
	if ((e->op == OPERATOR_OR || e->op == OPERATOR_AND) && fc_value_true(&left) == (e->op == OPERATOR_OR)) {
		*value = value_integer(e->op == OPERATOR_OR);
		return 0;
	}
	if (fc_eval(m, e->right, &right))
		return -1;
	if (e->op == OPERATOR_OR || e->op == OPERATOR_AND) {
		*value = value_integer(fc_value_true(&right));
		return 0;
	}
	return fc_value_operate(e->op, &left, &right, e->place, value, m->err);
}

static int eval_call(struct machine *m, const struct expr *e, struct value *value)
{
	struct value left, right;

	if (fc_eval(m, e->left, &left) || (e->right && fc_eval(m, e->right, &right)))
		return -1;
	return fc_function_apply(e->function, &left, e->right ? &right : NULL, e->place, value, m->err);
}

int fc_eval(struct machine *m, const struct expr *e, struct value *value)
{
	struct value left;

	*value = value_integer(0);
	if (fc_machine_spend(m, e->place, 1))
		return -1;
	switch (e->kind) {
	case EXPR_INTEGER:
		*value = value_integer(e->integer[0]);
		return 0;
	case EXPR_REAL:
		value->kind = VALUE_REAL;
		value->real = e->real;
		return 0;
	case EXPR_SIZE:
		value->kind = VALUE_SIZE;
		memcpy(value->integer, e->integer, sizeof(value->integer));
		return 0;
	case EXPR_NAME:
		return eval_name(m, e, value);
	case EXPR_SIDE:
		return fc_eval_side(m, e, value);
	case EXPR_UNARY:
		return fc_eval(m, e->left, &left) ? -1 :
						    fc_value_operate(e->op, &left, &left, e->place, value, m->err);
	case EXPR_BINARY:
		return eval_binary(m, e, value);
	case EXPR_CALL:
		return eval_call(m, e, value);
	}
	return -1;
}

int fc_eval_integer(struct machine *m, const struct expr *expr, int64_t min, int64_t max, int64_t *integer)
{
	char text[VALUE_TEXT_SIZE];
	struct value value;

	if (fc_eval(m, expr, &value))
		return -1;
	if (value.kind != VALUE_INTEGER || value.integer[0] < min || value.integer[0] > max) {
		fc_value_text(&value, text);
		if (max == INT64_MAX)
			return fc_place_fail(expr->place, m->err, "found %s, expected an integer of at least %lld", text,
					     (long long)min);
		return fc_place_fail(expr->place, m->err, "found %s, expected an integer from %lld to %lld", text,
				     (long long)min, (long long)max);
	}
	*integer = value.integer[0];
	return 0;
}

/* -------- lists -------- */

/* A list that grows; the machine's arena owns it. */
struct growing {
	struct value *items;
	int count, capacity;
};

static int append(struct machine *m, struct place place, struct growing *g, const struct value *value)
{
	if (g->count == MAX_LIST)
		return fc_place_fail(place, m->err, "found a list of more than %d numbers, expected fewer", MAX_LIST);
	if (fc_machine_spend(m, place, 4))
		return -1;
	if (g->count == g->capacity) {
		const int capacity = g->capacity ? 2 * g->capacity : 8;
		struct value *const items = FC_NEW_ARRAY(&m->arena, struct value, capacity);

		if (g->count)
			memcpy(items, g->items, (size_t)g->count * sizeof(*items));
		g->items = items;
		g->capacity = capacity;
	}
	g->items[g->count++] = *value;
	return 0;
}

static int append_range(struct machine *m, const struct list_item *item, int open_length, struct growing *g)
{
	const struct place place = item->from->place;
	int64_t from, to;

	if (fc_eval_integer(m, item->from, INT32_MIN, INT32_MAX, &from))
		return -1;
	if (item->to) {
		if (fc_eval_integer(m, item->to, INT32_MIN, INT32_MAX, &to))
			return -1;
	} else if (open_length < 0) {
		return fc_place_fail(place, m->err, "found a range without an end, expected one such as 1..4");
	} else {
		to = from + open_length - 1;
	}
	for (int64_t i = from; i <= to; i++) {
		const struct value value = value_integer(i);

		if (append(m, place, g, &value))
			return -1;
	}
	return 0;
}

static int append_item(struct machine *m, const struct list_item *item, int open_length, struct growing *g)
{
	struct value value;

	if (item->range)
		return append_range(m, item, open_length, g);
	if (fc_eval(m, item->from, &value))
		return -1;
	if (value.kind != VALUE_LIST)
		return append(m, item->from->place, g, &value);
	for (int i = 0; i < value.count; i++)
		if (append(m, item->from->place, g, &value.items[i]))
			return -1;
	return 0;
}

int fc_eval_list(struct machine *m, const struct list *list, int open_length, struct value *value)
{
	struct growing g = { 0 };

	/* Nearly every list is one value: that takes no memory. */
	if (!list->items->next && !list->items->range)
		return fc_eval(m, list->items->from, value);
	for (const struct list_item *item = list->items; item; item = item->next)
		if (append_item(m, item, open_length, &g))
			return -1;
	if (g.count == 1)
		*value = g.items[0];
	else
		*value = (struct value){ .kind = VALUE_LIST, .items = g.items, .count = g.count };
	return 0;
}

int fc_eval_shape(struct machine *m, const struct statement *s, int64_t shape[3])
{
	char text[VALUE_TEXT_SIZE];
	struct value list;

	memcpy(shape, s->shape, 3 * sizeof(*shape));
	if (!s->list.items)
		return 0;
	if (fc_eval_list(m, &s->list, -1, &list))
		return -1;
	if (list.kind != VALUE_LIST || list.count != 3)
		return fc_place_fail(s->word_place, m->err, "found %s, expected three integers: channels, height and width",
				     fc_value_text(&list, text));
	for (int side = 0; side < 3; side++) {
		if (list.items[side].kind != VALUE_INTEGER)
			return fc_place_fail(s->word_place, m->err, "found %s, expected an integer",
					     fc_value_text(&list.items[side], text));
		shape[side] = list.items[side].integer[0];
	}
	return 0;
}
