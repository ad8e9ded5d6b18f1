/*
 * Statements inside a network: what is named, what is repeated, what is left out.
 */
#include <string.h>

#include "flopclock/arena.h"

#include "model_machine.h"
#include "model_statement.h"

#define MAX_LOOPS 16

int fc_run_statements(struct machine *m, const struct statement *s)
{
	int rc = 0;

	/* Every level is a few frames of the C stack. */
	if (s && m->depth >= MODEL_MAX_DEPTH)
		return fc_place_fail(s->place, m->err,
				     "found blocks and braces nested more than %d deep, expected fewer",
				     MODEL_MAX_DEPTH);
	m->depth++;
	for (; s && !rc; s = s->next)
		rc = fc_machine_spend(m, s->place, 1) || s->kind->run(m, s) ? -1 : 0;
	m->depth--;
	return rc;
}

int fc_run_let(struct machine *m, const struct statement *s)
{
	struct value value;

	return fc_eval_list(m, &s->list, -1, &value) ||
			       fc_scope_bind(m, s->word_place, s->word, BINDING_NUMBER, value, (struct wires){ 0 }) ?
		       -1 :
		       0;
}

int fc_run_keep(struct machine *m, const struct statement *s)
{
	struct wires wires;

	return fc_eval_wires(m, s->values, s->place, &wires) ||
			       fc_scope_bind(m, s->word_place, s->word, BINDING_KEPT, value_integer(0), wires) ?
		       -1 :
		       0;
}

int fc_run_expect(struct machine *m, const struct statement *s)
{
	struct wires wires;
	int64_t shape[3];

	if (fc_eval_wires(m, NULL, s->place, &wires) || fc_eval_shape(m, s, shape))
		return -1;
	for (int i = 0; i < wires.count; i++) {
		const struct fc_node *const node = &m->graph->nodes[wires.nodes[i]];

		if (node->shape.c != shape[0] || node->shape.h != shape[1] || node->shape.w != shape[2])
			return fc_place_fail(s->word_place, m->err,
					     "found " OP_SHAPE_FORMAT " ('%s'), expected %lldx%lldx%lld",
					     OP_SHAPE_VALUES(node->shape), node->name, (long long)shape[0],
					     (long long)shape[1], (long long)shape[2]);
	}
	return 0;
}

static bool is_open(const struct list *list)
{
	for (const struct list_item *item = list->items; item; item = item->next)
		if (item->range && !item->to)
			return true;
	return false;
}

static int length_of(const struct value *value)
{
	return value->kind == VALUE_LIST ? value->count : 1;
}

/* The lists of a `for`; all have one length, which an open range takes from the others. */
static int loop_lists(struct machine *m, const struct statement *s, struct value *lists, int *length)
{
	const struct loop *loop;
	int i;

	*length = -1;
	for (loop = s->loops, i = 0; loop; loop = loop->next, i++) {
		if (i == MAX_LOOPS)
			return fc_place_fail(loop->place, m->err,
					     "found more than %d names in one 'for', expected fewer", MAX_LOOPS);
		if (is_open(&loop->list))
			continue;
		if (fc_eval_list(m, &loop->list, -1, &lists[i]))
			return -1;
		if (*length >= 0 && length_of(&lists[i]) != *length)
			return fc_place_fail(loop->list.place, m->err,
					     "found a list of %d for '%s', expected %d as in the list before it",
					     length_of(&lists[i]), loop->name, *length);
		*length = length_of(&lists[i]);
	}
	if (*length < 0)
		return fc_place_fail(s->place, m->err,
				     "found only ranges without an end, expected one list that ends");
	for (loop = s->loops, i = 0; loop; loop = loop->next, i++) {
		if (!is_open(&loop->list))
			continue;
		if (fc_eval_list(m, &loop->list, *length, &lists[i]))
			return -1;
		if (length_of(&lists[i]) != *length)
			return fc_place_fail(loop->list.place, m->err,
					     "found a list of %d for '%s', expected %d as in the other lists",
					     length_of(&lists[i]), loop->name, *length);
	}
	return 0;
}

int fc_run_for(struct machine *m, const struct statement *s)
{
	struct value lists[MAX_LOOPS];
	int length;

	if (loop_lists(m, s, lists, &length))
		return -1;
	for (int turn = 0; turn < length; turn++) {
		int i = 0;

		for (const struct loop *loop = s->loops; loop; loop = loop->next, i++) {
			const struct value *const v = lists[i].kind == VALUE_LIST ? &lists[i].items[turn] : &lists[i];

			if (fc_machine_spend(m, loop->place, 1) ||
			    fc_scope_bind(m, loop->place, loop->name, BINDING_NUMBER, *v, (struct wires){ 0 }))
				return -1;
		}
		if (fc_run_statements(m, s->body))
			return -1;
	}
	return 0;
}

int fc_run_repeat(struct machine *m, const struct statement *s)
{
	int64_t count;

	if (fc_eval_integer(m, s->expr, 0, INT64_MAX, &count))
		return -1;
	for (int64_t i = 0; i < count; i++)
		if (fc_machine_spend(m, s->place, 1) || fc_run_statements(m, s->body))
			return -1;
	return 0;
}

int fc_run_if(struct machine *m, const struct statement *s)
{
	struct value condition;

	/* What stands behind `else` is either another `if` or the statements of a body. */
	for (;; s = s->otherwise) {
		if (fc_machine_spend(m, s->place, 1) || fc_eval(m, s->expr, &condition))
			return -1;
		if (fc_value_true(&condition))
			return fc_run_statements(m, s->body);
		if (!s->otherwise || s->otherwise->kind != s->kind || !s->otherwise->chained)
			return fc_run_statements(m, s->otherwise);
	}
}
