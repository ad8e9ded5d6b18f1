/*
 * Statements that stand outside of braces: what the network is called, what it can be told, what its blocks are.
 */
#include <string.h>

#include "flopclock/arena.h"

#include "model_machine.h"

int fc_run_network(struct machine *m, const struct statement *s)
{
	if (s != m->file->statements)
		return fc_place_fail(s->place, m->err,
				     "found a second 'network', expected one at the top of the file");
	/* A network that another one uses gives its layers, not its name. */
	if (!m->graph->name)
		m->graph->name = fc_arena_strdup(&m->graph->arena, m->file->variant ? m->file->variant : s->word);
	return 0;
}

int fc_run_input(struct machine *m, const struct statement *s)
{
	const bool chosen = m->request->input[0] != 0;
	int64_t shape[3];

	if (m->file->has_input)
		return fc_place_fail(s->place, m->err, "found a second 'input', expected one");
	m->file->has_input = true;
	/* The using file has spoken first. */
	if (m->graph->node_count)
		return 0;
	if (fc_eval_shape(m, s, shape))
		return -1;
	return fc_build_input(m, s->word_place, chosen ? m->request->input : shape);
}

int fc_run_classes(struct machine *m, const struct statement *s)
{
	int64_t classes;

	if (m->file->has_classes)
		return fc_place_fail(s->place, m->err, "found a second 'classes', expected one");
	m->file->has_classes = true;
	if (fc_eval_integer(m, s->expr, 1, (int64_t)OP_LIMIT, &classes))
		return -1;
	if (m->has_classes)
		return 0;
	m->has_classes = true;
	m->graph->classes = m->request->classes ? m->request->classes : classes;
	return fc_scope_bind(m, s->place, "classes", BINDING_NUMBER, value_integer(m->graph->classes),
			     (struct wires){ 0 });
}

struct override *fc_override_find(struct override *list, const char *name)
{
	for (; list; list = list->next)
		if (!strcmp(list->name, name))
			return list;
	return NULL;
}

/* The command line wins over every `use`, an outer `use` over an inner one, a `use` over the variant that it uses. */
static struct override *parameter_override(struct machine *m, const char *name)
{
	struct override *found = NULL, *override;

	for (struct model_file *file = m->file; file; file = file->user) {
		struct override *const given[] = { fc_override_find(file->chosen, name), fc_override_find(file->overrides, name) };

		for (int i = 0; i < 2; i++)
			if (given[i]) {
				given[i]->used = true;
				found = given[i];
			}
	}
	override = fc_override_find(m->settings, name);
	if (override)
		override->used = true;
	return override ? override : found;
}

/* What is declared as true or false is shown so, and can be nothing else. */
static bool is_truth(const struct list *declared)
{
	const struct list_item *const first = declared->items;

	return !first->next && !first->range && first->from->truth;
}

static void add_value(struct fc_str *out, const struct list *declared, const struct value *value)
{
	char text[VALUE_TEXT_SIZE];

	if (is_truth(declared))
		fc_str_add(out, value->integer[0] ? "true" : "false");
	else if (value->kind != VALUE_LIST)
		fc_str_add(out, fc_value_text(value, text));
	for (int i = 0; value->kind == VALUE_LIST && i < value->count; i++)
		fc_str_addf(out, "%s%s", i ? " " : "", fc_value_text(&value->items[i], text));
}

static int check_override(struct machine *m, const struct statement *s, const struct override *override,
			  const struct value *declared)
{
	const struct value *const given = &override->value;
	char text[VALUE_TEXT_SIZE];

	if (is_truth(&s->list) && (given->kind != VALUE_INTEGER || given->integer[0] < 0 || given->integer[0] > 1))
		return fc_place_fail(override->place, m->err, "found %s for '%s', expected true or false",
				     fc_value_text(given, text), s->word);
	if (given->kind == VALUE_REAL && declared->kind == VALUE_INTEGER)
		return fc_place_fail(override->place, m->err, "found %s for '%s', expected an integer",
				     fc_value_text(given, text), s->word);
	return 0;
}

int fc_run_param(struct machine *m, const struct statement *s)
{
	const struct override *const override = parameter_override(m, s->word);
	struct value value;

	fc_str_addf(&m->parameters, "%s%s", m->parameters.length ? ", " : "", s->word);
	if (fc_eval_list(m, &s->list, -1, &value))
		return -1;
	if (override && check_override(m, s, override, &value))
		return -1;
	if (override)
		value = override->value;
	fc_str_addf(&m->values, "%s%s=", m->values.length ? ", " : "", s->word);
	add_value(&m->values, &s->list, &value);
	return fc_scope_bind(m, s->word_place, s->word, BINDING_NUMBER, value, (struct wires){ 0 });
}

int fc_run_default(struct machine *m, const struct statement *s)
{
	fc_scope_remember(m, s->op, -1);
	return fc_eval_arguments(m, s, fc_op_kind((enum fc_op)s->op)->arguments, true, &m->defaults[s->op]);
}

static int no_such_param(struct machine *m, const struct statement *s, const struct op_kind *kind)
{
	struct fc_str known = { 0 };

	for (int p = 0; p < FC_MAX_PARAMS && kind->params[p].name; p++)
		fc_str_addf(&known, "%s%s", p ? ", " : "one of ", kind->params[p].name);
	fc_place_fail(s->place, m->err, "found '%s%s%s', which has no such parameter, expected %s",
		      fc_op_name((enum fc_op)s->op), s->word2 ? "." : "", s->word2 ? s->word2 : "",
		      known.length ? known.text : "a kind of layer with parameters, such as conv");
	fc_str_release(&known);
	return -1;
}

static int choose_parameter(struct machine *m, const struct statement *s, int *param)
{
	const struct op_kind *const kind = fc_op_kind((enum fc_op)s->op);

	for (*param = 0; *param < FC_MAX_PARAMS && kind->params[*param].name; ++*param)
		if (!s->word2 || !strcmp(kind->params[*param].name, s->word2))
			return 0;
	return no_such_param(m, s, kind);
}

static int unknown_rule(struct machine *m, const struct statement *s)
{
	struct fc_str all = { 0 };
	const struct init_rule *rule;

	for (int i = 0; (rule = fc_init_at(i)); i++)
		fc_str_addf(&all, "%s%s", i ? ", " : "", rule->name);
	fc_place_fail(s->word_place, m->err, "found '%s', expected one of %s", s->word, all.text);
	fc_str_release(&all);
	return -1;
}

static int init_numbers(struct machine *m, const struct statement *s, const struct init_rule *rule,
			struct init_choice *choice)
{
	struct value list = { .kind = VALUE_LIST };
	int count;

	if (s->list.items && fc_eval_list(m, &s->list, -1, &list))
		return -1;
	count = list.kind == VALUE_LIST ? list.count : 1;
	if (count != rule->number_count)
		return fc_place_fail(s->word_place, m->err, "found '%s' with %d numbers, expected %d", rule->name,
				     count, rule->number_count);
	for (int i = 0; i < count; i++) {
		const struct value *const v = list.kind == VALUE_LIST ? &list.items[i] : &list;

		choice->numbers[i] = v->kind == VALUE_REAL ? v->real : (double)v->integer[0];
		if (v->kind == VALUE_SIZE || choice->numbers[i] < -1e6 || choice->numbers[i] > 1e6)
			return fc_place_fail(s->list.place, m->err,
					     "found a value that is no number from -1e6 to 1e6, expected one");
	}
	return 0;
}

int fc_run_init(struct machine *m, const struct statement *s)
{
	const struct init_rule *const rule = fc_init_find(s->word);
	const bool fan_out = s->word3 && !strcmp(s->word3, "fan_out");
	int param;

	if (choose_parameter(m, s, &param))
		return -1;
	if (!rule)
		return unknown_rule(m, s);
	if (rule->takes_fan != (s->word3 != NULL) || (s->word3 && !fan_out && strcmp(s->word3, "fan_in")))
		return fc_place_fail(s->word_place, m->err, "found '%s%s%s', expected '%s%s'", s->word,
				     s->word3 ? " " : "", s->word3 ? s->word3 : "", s->word,
				     rule->takes_fan ? " fan_in' or '... fan_out" : "");
	fc_scope_remember(m, s->op, param);
	m->init[s->op][param].rule = rule;
	m->init[s->op][param].choice.fan_out = fan_out;
	return init_numbers(m, s, rule, &m->init[s->op][param].choice);
}

int fc_run_block(struct machine *m, const struct statement *s)
{
	struct symbol *const symbol = fc_symbol(m, s->word);

	if (fc_op_find(s->word) >= 0)
		return fc_place_fail(s->word_place, m->err,
				     "found a block with the name of a kind of layer ('%s'), expected another name",
				     s->word);
	if (symbol->block && symbol->block != s)
		return fc_place_fail(s->word_place, m->err, "found a second block '%s', expected another name",
				     s->word);
	symbol->block = s;
	return 0;
}
