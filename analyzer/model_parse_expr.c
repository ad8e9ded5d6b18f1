/*
 * Expressions by binding strength: or < and < not < comparison < + - < * / % < unary minus.
 */
#include "model_parse.h"

#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/str.h"

#include "model_function.h"

#define MAX_DEPTH 64

static const struct operator_row {
	const char *text;
	enum expr_operator op;
	int strength;
} operators[] = {
	{ "or", OPERATOR_OR, 1 },
	{ "and", OPERATOR_AND, 2 },
	{ "==", OPERATOR_EQUAL, 4 },
	{ "!=", OPERATOR_UNEQUAL, 4 },
	{ "<", OPERATOR_LESS, 4 },
	{ "<=", OPERATOR_LESS_EQUAL, 4 },
	{ ">", OPERATOR_GREATER, 4 },
	{ ">=", OPERATOR_GREATER_EQUAL, 4 },
	{ "+", OPERATOR_PLUS, 5 },
	{ "-", OPERATOR_MINUS, 5 },
	{ "*", OPERATOR_TIMES, 6 },
	{ "/", OPERATOR_OVER, 6 },
	{ "%", OPERATOR_MODULO, 6 },
};

#define STRENGTH_NOT 3
#define STRENGTH_NEGATE 7

static int parse_operand(struct parser *p, int strength, const struct expr **expr, int nesting);

static struct expr *new_expr(struct parser *p, enum expr_kind kind)
{
	struct expr *const e = FC_NEW(p->arena, struct expr);

	e->kind = kind;
	e->place = p->lexer.token.place;
	e->depth = 1;
	return e;
}

static int too_deep(struct parser *p)
{
	return fc_place_fail(p->lexer.token.place, p->err, "found an expression nested more than %d deep, expected a simpler one",
			     MAX_DEPTH);
}

static int parse_side(struct parser *p, struct expr *e)
{
	static const char *const sides[] = { [SIDE_CHANNELS] = "channels", [SIDE_HEIGHT] = "height", [SIDE_WIDTH] = "width" };

	if (!fc_token_is(&p->lexer.token, ".") || !p->lexer.token.glued)
		return 0;
	if (fc_parse_next(p))
		return -1;
	for (int side = 0; side < 3; side++) {
		if (!fc_token_is(&p->lexer.token, sides[side]))
			continue;
		e->kind = EXPR_SIDE;
		e->side = (enum expr_side)side;
		return fc_parse_next(p);
	}
	return fc_token_unexpected(&p->lexer.token, p->err, "channels, height or width");
}

/* floor(x), max(a, b); the name is behind us. */
static int parse_call(struct parser *p, struct expr *e, const struct token *name, int nesting)
{
	struct fc_str known = { 0 };

	e->kind = EXPR_CALL;
	e->function = fc_function_find(name);
	if (!e->function) {
		fc_function_names(&known);
		fc_token_unexpected(name, p->err, "one of the functions %s", known.text);
		fc_str_release(&known);
		return -1;
	}
	if (fc_parse_next(p) || parse_operand(p, 1, &e->left, nesting + 1))
		return -1;
	e->depth = e->left->depth + 1;
	if (e->function->arity == 2) {
		if (fc_parse_sign(p, ",", "','") || parse_operand(p, 1, &e->right, nesting + 1))
			return -1;
		e->depth = 1 + (e->left->depth > e->right->depth ? e->left->depth : e->right->depth);
	}
	if (e->depth > MAX_DEPTH)
		return too_deep(p);
	return fc_parse_sign(p, ")", "')'");
}

static int parse_named(struct parser *p, const struct expr **expr, int nesting)
{
	const struct token *const t = &p->lexer.token, name = *t;
	struct expr *const e = new_expr(p, EXPR_NAME);

	*expr = e;
	if (fc_token_is(t, "true") || fc_token_is(t, "false")) {
		e->kind = EXPR_INTEGER;
		e->integer[0] = fc_token_is(t, "true");
		e->truth = true;
		return fc_parse_next(p);
	}
	e->name = fc_arena_strndup(p->arena, t->start, t->length);
	if (fc_parse_next(p))
		return -1;
	if (fc_token_is(t, "(") && t->glued)
		return parse_call(p, e, &name, nesting);
	return parse_side(p, e);
}

static int parse_primary(struct parser *p, const struct expr **expr, int nesting)
{
	const struct token *const t = &p->lexer.token;
	struct expr *e;

	if (nesting > MAX_DEPTH)
		return too_deep(p);
	switch (t->kind) {
	case TOKEN_WORD:
		return parse_named(p, expr, nesting);
	case TOKEN_INTEGER:
	case TOKEN_REAL:
	case TOKEN_SIZE:
		if (t->kind == TOKEN_SIZE && t->sides != 2)
			return fc_token_unexpected(t, p->err, "a number or a size with two sides");
		e = new_expr(p, t->kind == TOKEN_INTEGER ? EXPR_INTEGER : t->kind == TOKEN_REAL ? EXPR_REAL : EXPR_SIZE);
		memcpy(e->integer, t->integer, sizeof(e->integer));
		e->real = t->real;
		*expr = e;
		return fc_parse_next(p);
	default:
		break;
	}
	if (!fc_token_is(t, "("))
		return fc_token_unexpected(t, p->err, "a number, a name or '('");
	if (fc_parse_next(p) || parse_operand(p, 1, expr, nesting + 1))
		return -1;
	return fc_parse_sign(p, ")", "')'");
}

static int parse_unary(struct parser *p, int strength, const struct expr **expr, int nesting)
{
	const bool negate = fc_token_is(&p->lexer.token, "-");
	struct expr *e;

	if (!negate && !(fc_token_is(&p->lexer.token, "not") && strength <= STRENGTH_NOT))
		return parse_primary(p, expr, nesting);
	if (nesting > MAX_DEPTH)
		return too_deep(p);
	e = new_expr(p, EXPR_UNARY);
	e->op = negate ? OPERATOR_NEGATE : OPERATOR_NOT;
	if (fc_parse_next(p) || parse_operand(p, negate ? STRENGTH_NEGATE : STRENGTH_NOT, &e->left, nesting + 1))
		return -1;
	e->depth = e->left->depth + 1;
	*expr = e;
	return e->depth > MAX_DEPTH ? too_deep(p) : 0;
}

static const struct operator_row *find_operator(const struct token *t)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (fc_token_is(t, operators[i].text))
			return &operators[i];
	return NULL;
}

/* An operand of an operator of the given strength: binary operators that bind at least as strongly belong to it. */
static int parse_operand(struct parser *p, int strength, const struct expr **expr, int nesting)
{
	const struct operator_row *row;

	if (parse_unary(p, strength, expr, nesting))
		return -1;
	while ((row = find_operator(&p->lexer.token)) && row->strength >= strength) {
		struct expr *const e = new_expr(p, EXPR_BINARY);

		e->op = row->op;
		e->left = *expr;
		if (fc_parse_next(p) || parse_operand(p, row->strength + 1, &e->right, nesting + 1))
			return -1;
		e->depth = 1 + (e->left->depth > e->right->depth ? e->left->depth : e->right->depth);
		if (e->depth > MAX_DEPTH)
			return too_deep(p);
		*expr = e;
	}
	return 0;
}

int fc_parse_expr(struct parser *p, const struct expr **expr)
{
	return parse_operand(p, 1, expr, 1);
}

bool fc_parse_starts_expr(const struct parser *p)
{
	const struct token *const t = &p->lexer.token;

	switch (t->kind) {
	case TOKEN_INTEGER:
	case TOKEN_REAL:
	case TOKEN_SIZE:
		return true;
	case TOKEN_WORD:
		return !fc_token_is(t, "from");
	default:
		return fc_token_is(t, "(") || fc_token_is(t, "-");
	}
}
