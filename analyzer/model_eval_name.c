/*
 * Names with their numbers filled in, and the outputs that they stand for.
 */
#include <stdio.h>
#include <string.h>

#include "flopclock/arena.h"

#include "model_machine.h"
#include "suggest.h"

static int add_number(struct machine *m, const struct expr *expr, char *text, size_t *length)
{
	int64_t number;

	if (fc_eval_integer(m, expr, INT32_MIN, INT32_MAX, &number))
		return -1;
	*length += (size_t)snprintf(text + *length, MODEL_MAX_NAME - *length, "%lld", (long long)number);
	return 0;
}

int fc_eval_name(struct machine *m, const struct name *name, char text[MODEL_MAX_NAME])
{
	size_t length = 0;

	text[0] = 0;
	for (const struct name_part *part = name->parts; part; part = part->next) {
		if (part->expr) {
			if (add_number(m, part->expr, text, &length))
				return -1;
		} else {
			length += (size_t)snprintf(text + length, MODEL_MAX_NAME - length, "%s", part->text);
		}
		if (length >= MODEL_MAX_NAME)
			return fc_place_fail(name->place, m->err,
					     "found a name of %d or more bytes, expected a shorter one",
					     MODEL_MAX_NAME);
	}
	return fc_machine_spend(m, name->place, 1 + (int64_t)length / 16);
}

/* Looks for a label below, to say why the name is unknown. */
static int line_of_label(const struct statement *s, const char *text)
{
	int line = 0;

	for (; s && !line; s = s->next) {
		if (s->label && s->label->parts && !s->label->parts->next && s->label->parts->text &&
		    !strcmp(s->label->parts->text, text))
			return s->label->place.line;
		line = line_of_label(s->body, text);
	}
	return line;
}

/* The kind of layer of "relu" and "relu_2": tables call layers so that have no name of their own. -1: none. */
static int kind_called(const char *name)
{
	const char *const number = strrchr(name, '_');
	char kind[MODEL_MAX_NAME];
	int op = fc_op_find(name);

	if (op < 0 && number && number[1] && !number[1 + strspn(number + 1, "0123456789")]) {
		snprintf(kind, sizeof(kind), "%.*s", (int)(number - name), name);
		op = fc_op_find(kind);
	}
	return op;
}

static int unknown_wire(struct machine *m, struct place place, const char *name)
{
	const int line = line_of_label(m->file->statements, name);
	struct suggestion suggestion = { .word = name };

	if (line > place.line)
		return fc_place_fail(
			place, m->err,
			"found '%s', which is defined on line %d, expected the name of an earlier layer: "
			"a layer reads only what stands above it",
			name, line);
	if (kind_called(name) >= 0)
		return fc_place_fail(
			place, m->err,
			"found '%s', expected a name that a line gives to its layer, such as 'x' in 'x: %s ...', or 'in'",
			name, fc_op_name((enum fc_op)kind_called(name)));
	fc_scope_offer(m, false, &suggestion);
	return fc_place_fail(place, m->err, "found '%s', expected the name of an earlier layer or 'in'" SUGGEST_FORMAT, name,
			     SUGGEST_VALUES(suggestion));
}

static int find_wires(struct machine *m, struct place place, const char *name, struct wires *wires)
{
	const struct binding *b;

	if (!strcmp(name, "in")) {
		if (!m->scope->in.count)
			return fc_place_fail(place, m->err,
					     "found 'in' before the images, expected 'input CxHxW' above");
		*wires = m->scope->in;
		return 0;
	}
	b = fc_scope_find(m, fc_symbol(m, name));
	if (!b)
		return unknown_wire(m, place, name);
	if (b->kind == BINDING_NUMBER)
		return fc_place_fail(place, m->err,
				     "found '%s', which is a number, expected the name of an earlier layer", name);
	*wires = b->wires;
	return 0;
}

static int join_wires(struct machine *m, struct place place, struct wires *all, struct wires more)
{
	int *nodes;

	if (fc_machine_spend(m, place, all->count + more.count))
		return -1;
	nodes = FC_NEW_ARRAY(&m->arena, int, all->count + more.count);
	memcpy(nodes, all->nodes, (size_t)all->count * sizeof(*nodes));
	memcpy(nodes + all->count, more.nodes, (size_t)more.count * sizeof(*nodes));
	*all = (struct wires){ nodes, all->count + more.count };
	return 0;
}

int fc_eval_wires(struct machine *m, const struct name *names, struct place place, struct wires *wires)
{
	char text[MODEL_MAX_NAME];
	struct wires more;

	if (!names) {
		if (!m->scope->current.count)
			return fc_place_fail(place, m->err,
					     "found a layer before the images, expected 'input CxHxW' above");
		*wires = m->scope->current;
		return 0;
	}
	*wires = (struct wires){ 0 };
	for (; names; names = names->next) {
		if (fc_eval_name(m, names, text) || find_wires(m, names->place, text, &more))
			return -1;
		if (!wires->count)
			*wires = more;
		else if (join_wires(m, names->place, wires, more))
			return -1;
	}
	return 0;
}

static int single_wire(struct machine *m, struct place place, const char *name, struct wires wires, int *node)
{
	if (wires.count != 1)
		return fc_place_fail(place, m->err,
				     "found %d values in '%s', expected one: join them with concat or add",
				     wires.count, name);
	*node = wires.nodes[0];
	return 0;
}

int fc_eval_side(struct machine *m, const struct expr *e, struct value *value)
{
	struct wires wires;
	struct fc_shape shape;
	int node = 0;

	if (find_wires(m, e->place, e->name, &wires) || single_wire(m, e->place, e->name, wires, &node))
		return -1;
	shape = m->graph->nodes[node].shape;
	*value = value_integer(e->side == SIDE_CHANNELS ? shape.c : e->side == SIDE_HEIGHT ? shape.h : shape.w);
	return 0;
}
