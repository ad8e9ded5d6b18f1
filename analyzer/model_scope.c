/*
 * Names and scopes. A name is looked up by its symbol, which holds a stack of what it means from the innermost
 * scope outward, so that the cost of a look-up does not depend on how many names there are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#include "model_machine.h"
#include "suggest.h"

static uint64_t hash_text(const char *text)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

static void grow(struct symbols *symbols)
{
	const size_t slot_count = symbols->slot_count ? symbols->slot_count * 2 : 256;
	struct symbol **const slots = fc_calloc(slot_count, sizeof(*slots));

	for (size_t i = 0; i < symbols->slot_count; i++) {
		struct symbol *next;

		for (struct symbol *s = symbols->slots[i]; s; s = next) {
			next = s->next;
			s->next = slots[s->hash % slot_count];
			slots[s->hash % slot_count] = s;
		}
	}
	free(symbols->slots);
	symbols->slots = slots;
	symbols->slot_count = slot_count;
}

struct symbol *fc_symbol(struct machine *m, const char *text)
{
	struct symbols *const symbols = &m->symbols;
	const uint64_t hash = hash_text(text);
	struct symbol *symbol;

	if (symbols->count >= symbols->slot_count)
		grow(symbols);
	for (symbol = symbols->slots[hash % symbols->slot_count]; symbol; symbol = symbol->next)
		if (symbol->hash == hash && !strcmp(symbol->text, text))
			return symbol;
	symbol = FC_NEW(&m->arena, struct symbol);
	symbol->text = fc_arena_strdup(&m->arena, text);
	symbol->hash = hash;
	symbol->next = symbols->slots[hash % symbols->slot_count];
	symbols->slots[hash % symbols->slot_count] = symbol;
	symbols->count++;
	return symbol;
}

void fc_symbols_release(struct symbols *symbols)
{
	free(symbols->slots);
	*symbols = (struct symbols){ 0 };
}

void fc_scope_enter(struct machine *m, struct scope *scope, const char *full_name, bool block)
{
	*scope = (struct scope){ .parent = m->scope };
	if (*full_name)
		snprintf(scope->prefix, sizeof(scope->prefix), "%s.", full_name);
	scope->frame = block || !m->scope ? scope : m->scope->frame;
	m->scope = scope;
}

static void put_back(struct machine *m, const struct restore *r)
{
	if (r->param < 0)
		m->defaults[r->op] = r->defaults;
	else
		m->init[r->op][r->param] = r->init;
}

void fc_scope_leave(struct machine *m)
{
	struct scope *const scope = m->scope;
	struct restore *restore;
	struct binding *binding;

	/* The innermost meaning of each of its names is the scope's own. */
	while ((binding = scope->bindings)) {
		binding->symbol->top[binding->space] = binding->below;
		scope->bindings = binding->next;
		binding->next = m->spare_bindings;
		m->spare_bindings = binding;
	}
	while ((restore = scope->restores)) {
		put_back(m, restore);
		scope->restores = restore->next;
		restore->next = m->spare_restores;
		m->spare_restores = restore;
	}
	m->scope = scope->parent;
}

void fc_scope_remember(struct machine *m, int op, int param)
{
	struct restore *r = m->scope->restores;

	while (r && (r->op != op || r->param != param))
		r = r->next;
	/* What held outside is what comes back, however often it was changed since. */
	if (r)
		return;
	r = m->spare_restores;
	if (r)
		m->spare_restores = r->next;
	else
		r = FC_NEW(&m->arena, struct restore);
	*r = (struct restore){ .op = op, .param = param, .defaults = m->defaults[op], .next = m->scope->restores };
	if (param >= 0)
		r->init = m->init[op][param];
	m->scope->restores = r;
}

struct binding *fc_scope_find(const struct machine *m, const struct symbol *symbol)
{
	struct binding *b = symbol->top[SPACE_NAMES];

	/* A block sees its own names and the numbers of the file. */
	for (; b; b = b->below)
		if (b->scope->frame == m->scope->frame || (b->scope == m->global && b->kind == BINDING_NUMBER))
			break;
	return b;
}

void fc_scope_offer(const struct machine *m, bool numbers, struct suggestion *suggestion)
{
	for (size_t i = 0; i < m->symbols.slot_count; i++)
		for (const struct symbol *s = m->symbols.slots[i]; s; s = s->next) {
			const struct binding *const b = fc_scope_find(m, s);

			if (b && (b->kind == BINDING_NUMBER) == numbers)
				fc_suggest_offer(suggestion, s->text);
		}
}

static struct binding *new_binding(struct machine *m, struct symbol *symbol, enum name_space space)
{
	struct binding *b = m->spare_bindings;

	if (b)
		m->spare_bindings = b->next;
	else
		b = FC_NEW(&m->arena, struct binding);
	*b = (struct binding){
		.scope = m->scope,
		.symbol = symbol,
		.space = space,
		.below = symbol->top[space],
		.next = m->scope->bindings,
	};
	symbol->top[space] = b;
	m->scope->bindings = b;
	return b;
}

static struct binding *own_binding(struct machine *m, const struct symbol *symbol, enum name_space space)
{
	struct binding *const b = symbol->top[space];

	return b && b->scope == m->scope ? b : NULL;
}

int fc_scope_bind(struct machine *m, struct place place, const char *name, enum binding_kind kind, struct value value,
		  struct wires wires)
{
	static const char *const what[] = { "a number", "a kept value", "a layer" };
	struct symbol *const symbol = fc_symbol(m, name);
	struct binding *b = own_binding(m, symbol, SPACE_NAMES);

	if (b && (b->kind != kind || kind == BINDING_LABEL))
		return fc_place_fail(place, m->err,
				     "found the name '%s' again, which is %s already, expected another name", name,
				     what[b->kind]);
	if (!b)
		b = new_binding(m, symbol, SPACE_NAMES);
	b->kind = kind;
	b->value = value;
	b->wires = wires;
	return 0;
}

int fc_scope_number(struct machine *m, const char *word, char text[MODEL_MAX_NAME])
{
	struct symbol *symbol;
	struct binding *counter;

	if (m->scope->numbered)
		return snprintf(text, MODEL_MAX_NAME, "%lld", (long long)m->scope->next_number++);
	symbol = fc_symbol(m, word);
	counter = own_binding(m, symbol, SPACE_COUNTERS);
	if (!counter)
		counter = new_binding(m, symbol, SPACE_COUNTERS);
	if (!counter->value.integer[0]++)
		return snprintf(text, MODEL_MAX_NAME, "%s", word);
	return snprintf(text, MODEL_MAX_NAME, "%s_%lld", word, (long long)counter->value.integer[0]);
}
