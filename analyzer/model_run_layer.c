/*
 * Statements that add layers: a layer, a block, a sequence, a group, an output.
 */
#include <string.h>

#include "flopclock/arena.h"

#include "model_machine.h"
#include "model_statement.h"
#include "suggest.h"

/* What a statement makes is called: the label, or what stands for it, and all of it behind the scope's prefix. */
struct layer_name {
	char label[MODEL_MAX_NAME], full[MODEL_MAX_NAME];
};

static int name_too_long(struct machine *m, const struct statement *s)
{
	return fc_place_fail(s->place, m->err,
			     "found a layer whose full name has %d or more bytes, expected a shorter one",
			     MODEL_MAX_NAME);
}

static int name_of(struct machine *m, const struct statement *s, struct layer_name *name)
{
	const size_t prefix = strlen(m->scope->prefix);
	size_t length;

	if (s->label && fc_eval_name(m, s->label, name->label))
		return -1;
	length = s->label ? strlen(name->label) : (size_t)fc_scope_number(m, s->word, name->label);
	if (prefix + length >= MODEL_MAX_NAME)
		return name_too_long(m, s);
	memcpy(name->full, m->scope->prefix, prefix);
	memcpy(name->full + prefix, name->label, length + 1);
	return fc_machine_spend(m, s->place, 1 + (int64_t)(prefix + length) / 16);
}

/* What a statement made flows on, and has a name when it was given one. */
static int flow_on(struct machine *m, const struct statement *s, const char *label, struct wires wires)
{
	m->scope->current = wires;
	if (!s->label)
		return 0;
	return fc_scope_bind(m, s->label->place, label, BINDING_LABEL, value_integer(0), wires);
}

int fc_run_layer(struct machine *m, const struct statement *s)
{
	const enum fc_op op = (enum fc_op)s->op;
	const struct op_kind *const kind = fc_op_kind(op);
	struct fc_attributes attributes = m->defaults[op];
	struct layer_name name;
	struct wires wires = { 0 };
	int *index = FC_NEW(&m->arena, int);

	if ((!kind->source && fc_eval_wires(m, s->values, s->place, &wires)) || name_of(m, s, &name) ||
	    fc_eval_arguments(m, s, kind->arguments, false, &attributes))
		return -1;
	if (!kind->joins && !kind->source && wires.count != 1)
		return fc_place_fail(s->place, m->err,
				     "found %d values in front of '%s', expected one: join them with concat or add",
				     wires.count, s->word);
	if (fc_build_node(m, s->place, name.full, op, &attributes, wires, index))
		return -1;
	return flow_on(m, s, name.label, (struct wires){ index, 1 });
}

/* Carries out a body in a scope of its own that reads `wires`; *out is what flows out of it. */
static int run_body(struct machine *m, struct scope *scope, const struct statement *body, struct wires wires,
		    struct wires *out)
{
	int rc;

	scope->in = scope->current = wires;
	rc = fc_run_statements(m, body);
	*out = scope->current;
	fc_scope_leave(m);
	return rc;
}

static int run_braces(struct machine *m, const struct statement *s, bool numbered)
{
	struct layer_name name;
	struct wires wires, out;
	struct scope scope;

	if (fc_eval_wires(m, s->values, s->place, &wires) || name_of(m, s, &name))
		return -1;
	fc_scope_enter(m, &scope, name.full, false);
	scope.numbered = numbered;
	return run_body(m, &scope, s->body, wires, &out) || flow_on(m, s, name.label, out) ? -1 : 0;
}

int fc_run_sequence(struct machine *m, const struct statement *s)
{
	return run_braces(m, s, true);
}

int fc_run_group(struct machine *m, const struct statement *s)
{
	return run_braces(m, s, false);
}

/* -------- split -------- */

/* One part of a split: a slice with a name of its own. */
static int add_part(struct machine *m, const struct statement *s, const struct layer_name *whole, struct wires wires,
		    struct fc_attributes slice, int64_t part, int *index)
{
	const char *const full = fc_arena_printf(&m->arena, "%s.%lld", whole->full, (long long)part);
	const char *const label = full + strlen(m->scope->prefix);

	if (strlen(full) >= MODEL_MAX_NAME)
		return name_too_long(m, s);
	slice.first = part * slice.count;
	if (fc_build_node(m, s->place, full, FC_OP_SLICE, &slice, wires, index))
		return -1;
	if (!s->label)
		return 0;
	return fc_scope_bind(m, s->label->place, label, BINDING_LABEL, value_integer(0), (struct wires){ index, 1 });
}

int fc_run_split(struct machine *m, const struct statement *s)
{
	struct split_arguments arguments = { .axis = 1 };
	struct fc_attributes attributes = fc_op_defaults(FC_OP_SLICE);
	struct layer_name name;
	struct wires wires;
	int64_t side;
	int *parts;

	if (fc_eval_wires(m, s->values, s->place, &wires) || name_of(m, s, &name) ||
	    fc_eval_arguments(m, s, fc_split_arguments, false, &arguments))
		return -1;
	if (wires.count != 1)
		return fc_place_fail(s->place, m->err, "found %d values in front of 'split', expected one", wires.count);
	side = op_side(m->graph->nodes[wires.nodes[0]].shape, arguments.axis);
	if (side % arguments.parts)
		return fc_place_fail(s->place, m->err, "found %lld parts of %lld, expected a divisor",
				     (long long)arguments.parts, (long long)side);
	attributes.axis = arguments.axis;
	attributes.count = side / arguments.parts;
	parts = FC_NEW_ARRAY(&m->arena, int, (int)arguments.parts);
	for (int64_t part = 0; part < arguments.parts; part++)
		if (add_part(m, s, &name, wires, attributes, part, &parts[part]))
			return -1;
	return flow_on(m, s, name.label, (struct wires){ parts, (int)arguments.parts });
}

/* -------- blocks -------- */

static void offer_blocks(const struct symbols *symbols, struct suggestion *suggestion)
{
	for (size_t i = 0; i < symbols->slot_count; i++)
		for (const struct symbol *s = symbols->slots[i]; s; s = s->next)
			if (s->block)
				fc_suggest_offer(suggestion, s->text);
}

static int unknown_call(struct machine *m, const struct statement *s)
{
	struct suggestion suggestion = { .word = s->word };

	for (int op = FC_OP_INPUT + 1; op < FC_OP_FOREIGN; op++)
		fc_suggest_offer(&suggestion, fc_op_name((enum fc_op)op));
	offer_blocks(&m->symbols, &suggestion);
	return fc_place_fail(s->word_place, m->err,
			     "found '%s', expected a layer, a block of this file or a statement" SUGGEST_FORMAT, s->word,
			     SUGGEST_VALUES(suggestion));
}

/* The argument for one parameter of a block: by name or by position. */
static const struct argument *argument_for(const struct statement *call, const struct argument *parameter,
					   int position)
{
	int index = 0;

	for (const struct argument *a = call->arguments; a; a = a->next, index++)
		if (a->name ? !strcmp(a->name, parameter->name) : index == position)
			return a;
	return NULL;
}

static int check_arguments(struct machine *m, const struct statement *call, const struct statement *block)
{
	int count = 0, position = 0;

	for (const struct argument *p = block->arguments; p; p = p->next)
		count++;
	for (const struct argument *a = call->arguments; a; a = a->next, position++) {
		const struct argument *p = block->arguments;
		int matches = 0;

		for (const struct argument *b = call->arguments; b && a->name; b = b->next)
			matches += b->name && !strcmp(a->name, b->name);
		if (matches > 1)
			return fc_place_fail(a->place, m->err, "found '%s' a second time, expected it once", a->name);
		while (a->name && p && strcmp(p->name, a->name))
			p = p->next;
		if (a->name ? !p : position >= count)
			return fc_place_fail(a->place, m->err,
					     "found %s%s%s, expected at most the %d parameters of block '%s'",
					     a->name ? "'" : "one more value", a->name ? a->name : "",
					     a->name ? "'" : "", count, block->word);
	}
	return 0;
}

/* Values of arguments belong to the caller's scope, values of defaults to the block's, which is the innermost now. */
static int bind_parameters(struct machine *m, const struct statement *call, const struct statement *block)
{
	struct scope *const inner = m->scope;
	int position = 0;

	for (const struct argument *p = block->arguments; p; p = p->next, position++) {
		const struct argument *const a = argument_for(call, p, position);
		const struct list *const list = a ? &a->value : &p->value;
		struct value value;
		int rc;

		if (!list->items)
			return fc_place_fail(call->place, m->err, "found '%s' without '%s', expected a value for it",
					     call->word, p->name);
		if (a)
			m->scope = inner->parent;
		rc = fc_eval_list(m, list, -1, &value);
		m->scope = inner;
		if (rc || fc_scope_bind(m, p->place, p->name, BINDING_NUMBER, value, (struct wires){ 0 }))
			return -1;
	}
	return 0;
}

int fc_run_call(struct machine *m, const struct statement *s)
{
	struct symbol *const symbol = fc_symbol(m, s->word);
	struct layer_name name;
	struct wires wires, out;
	struct scope scope;

	if (!symbol->block)
		return unknown_call(m, s);
	if (symbol->calling)
		return fc_place_fail(s->word_place, m->err, "found block '%s' inside itself, expected another one",
				     s->word);
	if (check_arguments(m, s, symbol->block) || fc_eval_wires(m, s->values, s->place, &wires) ||
	    name_of(m, s, &name))
		return -1;
	fc_scope_enter(m, &scope, name.full, true);
	if (bind_parameters(m, s, symbol->block)) {
		fc_scope_leave(m);
		return -1;
	}
	symbol->calling = true;
	if (run_body(m, &scope, symbol->block->body, wires, &out))
		return -1;
	symbol->calling = false;
	return flow_on(m, s, name.label, out);
}

int fc_run_output(struct machine *m, const struct statement *s)
{
	struct output_arguments arguments = { .weight = 1 };
	struct wires wires;

	if (fc_eval_arguments(m, s, fc_output_arguments, true, &arguments) ||
	    fc_eval_wires(m, s->values, s->place, &wires))
		return -1;
	if (wires.count != 1)
		return fc_place_fail(s->place, m->err, "found %d values in front of 'output', expected one",
				     wires.count);
	if (fc_build_head(m, s->place, wires.nodes[0], &arguments))
		return -1;
	/* This path has ended: what follows goes on from where its scope began. */
	m->scope->current = m->scope->in;
	return 0;
}
