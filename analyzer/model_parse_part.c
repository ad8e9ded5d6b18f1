/*
 * Parts that several statements have: lists, names, arguments.
 */
#include <string.h>

#include "flopclock/arena.h"

#include "model_parse.h"

#define MAX_ITEMS 4096
#define MAX_ARGUMENTS 256

static int parse_item(struct parser *p, struct list_item *item)
{
	if (fc_parse_expr(p, &item->from))
		return -1;
	if (!fc_token_is(&p->lexer.token, ".."))
		return 0;
	item->range = true;
	if (fc_parse_next(p))
		return -1;
	return fc_parse_starts_expr(p) ? fc_parse_expr(p, &item->to) : 0;
}

/* A word in front of '=' begins the next argument. */
static bool at_named_argument(const struct parser *p)
{
	const char *const ahead = fc_lexer_ahead(&p->lexer);

	return p->lexer.token.kind == TOKEN_WORD && ahead[0] == '=' && ahead[1] != '=';
}

static const struct op_argument *at_flag(const struct parser *p, const struct op_argument *known)
{
	for (; known && known->name; known++)
		if (known->type == OP_FLAG && fc_token_is(&p->lexer.token, known->name))
			return known;
	return NULL;
}

static int parse_items(struct parser *p, const struct op_argument *known, struct list *list)
{
	const struct list_item **end = &list->items;
	int count = 0;

	list->place = p->lexer.token.place;
	do {
		struct list_item *const item = FC_NEW(p->arena, struct list_item);

		if (++count > MAX_ITEMS)
			return fc_place_fail(p->lexer.token.place, p->err,
					     "found a list of more than %d numbers, expected fewer", MAX_ITEMS);
		if (parse_item(p, item))
			return -1;
		*end = item;
		end = &item->next;
	} while (fc_parse_starts_expr(p) && !at_named_argument(p) && !at_flag(p, known));
	return 0;
}

int fc_parse_list(struct parser *p, struct list *list)
{
	return parse_items(p, NULL, list);
}

static void add_part(struct parser *p, const struct name_part ***end, const char *text, size_t length,
		     const struct expr *expr)
{
	struct name_part *const part = FC_NEW(p->arena, struct name_part);

	part->text = text ? fc_arena_strndup(p->arena, text, length) : NULL;
	part->expr = expr;
	**end = part;
	*end = &part->next;
}

int fc_parse_name(struct parser *p, struct name **name)
{
	struct name *const n = FC_NEW(p->arena, struct name);
	const struct name_part **end = &n->parts;
	const char *c = p->lexer.token.start, *behind;
	const struct expr *expr;

	n->place = p->lexer.token.place;
	*name = n;
	for (;;) {
		behind = fc_lexer_name_end(c);
		if (behind > c)
			add_part(p, &end, c, (size_t)(behind - c), NULL);
		p->lexer.at = behind;
		if (*behind != '{')
			return fc_parse_next(p);
		p->lexer.at = behind + 1;
		if (fc_parse_next(p) || fc_parse_expr(p, &expr))
			return -1;
		if (!fc_token_is(&p->lexer.token, "}"))
			return fc_token_unexpected(&p->lexer.token, p->err, "'}'");
		add_part(p, &end, NULL, 0, expr);
		c = p->lexer.token.start + 1;
	}
}

/* Behind the names may stand arguments: the names end at a flag and at "name=". */
static int parse_names(struct parser *p, const struct op_argument *known, const struct name **names)
{
	struct name *name;

	do {
		if (p->lexer.token.kind != TOKEN_WORD)
			return fc_token_unexpected(&p->lexer.token, p->err, "the name of an earlier layer, or 'in'");
		if (fc_parse_name(p, &name))
			return -1;
		*names = name;
		names = &name->next;
	} while (p->lexer.token.kind == TOKEN_WORD && !fc_token_is(&p->lexer.token, "from") && !at_flag(p, known) &&
		 !at_named_argument(p));
	return 0;
}

int fc_parse_from(struct parser *p, const struct name **values)
{
	if (!fc_token_is(&p->lexer.token, "from"))
		return 0;
	return fc_parse_next(p) || parse_names(p, NULL, values) ? -1 : 0;
}

int fc_parse_keep(struct parser *p, struct statement *s)
{
	return fc_parse_identifier(p, &s->word, &s->word_place, "a name") || fc_parse_sign(p, "=", "'='") ||
			       parse_names(p, NULL, &s->values) ?
		       -1 :
		       0;
}

int fc_parse_layer(struct parser *p, struct statement *s)
{
	const struct op_kind *const kind = fc_op_kind((enum fc_op)s->op);

	if (kind->joins && parse_names(p, kind->arguments, &s->values))
		return -1;
	if (fc_parse_arguments(p, kind->arguments, &s->arguments))
		return -1;
	return kind->joins || kind->source ? 0 : fc_parse_from(p, &s->values);
}

static int parse_argument(struct parser *p, const struct op_argument *known, struct argument *a, bool *named)
{
	const bool flag = at_flag(p, known) && !at_named_argument(p);
	struct list_item *item;

	a->place = p->lexer.token.place;
	if (flag || at_named_argument(p)) {
		*named = true;
		a->flag = flag;
		if (fc_parse_identifier(p, &a->name, NULL, "the name of an argument"))
			return -1;
		return flag ? 0 : fc_parse_next(p) || parse_items(p, known, &a->value) ? -1 : 0;
	}
	if (*named)
		return fc_token_unexpected(&p->lexer.token, p->err, "'name=value' behind the first of these");
	/* One expression each; a list is given by name. */
	item = FC_NEW(p->arena, struct list_item);
	a->value = (struct list){ a->place, item };
	return fc_parse_expr(p, &item->from);
}

int fc_parse_limit(struct parser *p, int count)
{
	if (count < MAX_ARGUMENTS)
		return 0;
	return fc_place_fail(p->lexer.token.place, p->err, "found more than %d arguments, expected fewer", MAX_ARGUMENTS);
}

int fc_parse_arguments(struct parser *p, const struct op_argument *known, const struct argument **arguments)
{
	bool named = false;

	for (int count = 0; fc_parse_starts_expr(p); count++) {
		struct argument *const a = FC_NEW(p->arena, struct argument);

		if (fc_parse_limit(p, count))
			return -1;
		if (parse_argument(p, known, a, &named))
			return -1;
		*arguments = a;
		arguments = &a->next;
	}
	return 0;
}
