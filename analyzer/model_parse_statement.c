/*
 * How each statement is read behind its keyword.
 */
#include <string.h>

#include "flopclock/arena.h"

#include "model_parse.h"

int fc_parse_word(struct parser *p, struct statement *s)
{
	return fc_parse_identifier(p, &s->word, &s->word_place, "a name");
}

int fc_parse_shape(struct parser *p, struct statement *s)
{
	const struct token *const t = &p->lexer.token;

	s->word_place = t->place;
	if (t->kind != TOKEN_SIZE && fc_parse_starts_expr(p))
		return fc_parse_list(p, &s->list);
	if (t->kind != TOKEN_SIZE || t->sides != 3)
		return fc_token_unexpected(t, p->err, "channels, height and width such as 3x224x224");
	memcpy(s->shape, t->integer, sizeof(s->shape));
	return fc_parse_next(p);
}

int fc_parse_count(struct parser *p, struct statement *s)
{
	return fc_parse_expr(p, &s->expr);
}

int fc_parse_assignment(struct parser *p, struct statement *s)
{
	return fc_parse_identifier(p, &s->word, &s->word_place, "a name") || fc_parse_sign(p, "=", "'='") ||
			       fc_parse_list(p, &s->list) ?
		       -1 :
		       0;
}

int fc_parse_use(struct parser *p, struct statement *s)
{
	return fc_parse_identifier(p, &s->word, &s->word_place, "the name of a model") ||
			       fc_parse_arguments(p, NULL, &s->arguments) ?
		       -1 :
		       0;
}

/* The kind of layer that a `default` or an `init` is about. */
static int parse_op(struct parser *p, struct statement *s)
{
	const struct token *const t = &p->lexer.token;
	char name[64] = "";

	if (t->kind == TOKEN_WORD && t->length < sizeof(name))
		memcpy(name, t->start, t->length);
	s->op = fc_op_find(name);
	if (s->op < 0 || s->op == FC_OP_INPUT)
		return fc_token_unexpected(t, p->err, "a kind of layer such as conv");
	s->word_place = t->place;
	return fc_parse_next(p);
}

int fc_parse_default(struct parser *p, struct statement *s)
{
	return parse_op(p, s) || fc_parse_arguments(p, fc_op_kind((enum fc_op)s->op)->arguments, &s->arguments) ? -1 :
														  0;
}

/* init OP[.PARAMETER] RULE [fan_in | fan_out] [NUMBER...] */
int fc_parse_init(struct parser *p, struct statement *s)
{
	if (parse_op(p, s))
		return -1;
	if (fc_token_is(&p->lexer.token, ".") &&
	    (fc_parse_next(p) || fc_parse_identifier(p, &s->word2, NULL, "the name of a parameter such as bias")))
		return -1;
	if (fc_parse_identifier(p, &s->word, &s->word_place, "a rule such as kaiming_normal"))
		return -1;
	if (p->lexer.token.kind == TOKEN_WORD && fc_parse_identifier(p, &s->word3, NULL, "fan_in or fan_out"))
		return -1;
	return fc_parse_starts_expr(p) ? fc_parse_list(p, &s->list) : 0;
}

/* block NAME or block NAME(a, b, c=1) */
int fc_parse_block(struct parser *p, struct statement *s)
{
	const struct argument **end = &s->arguments;
	int count = 0;

	if (fc_parse_identifier(p, &s->word, &s->word_place, "the name of the block"))
		return -1;
	if (fc_token_is(&p->lexer.token, "(")) {
		do {
			struct argument *const a = FC_NEW(p->arena, struct argument);

			if (fc_parse_limit(p, count++) || fc_parse_next(p) ||
			    fc_parse_identifier(p, &a->name, &a->place, "the name of a parameter"))
				return -1;
			if (fc_token_is(&p->lexer.token, "=") && (fc_parse_next(p) || fc_parse_list(p, &a->value)))
				return -1;
			*end = a;
			end = &a->next;
		} while (fc_token_is(&p->lexer.token, ","));
		if (fc_parse_sign(p, ")", "',' or ')'"))
			return -1;
	}
	return fc_parse_body(p, &s->body);
}

/* for NAME in LIST, NAME in LIST { } */
int fc_parse_for(struct parser *p, struct statement *s)
{
	const struct loop **end = &s->loops;

	for (;;) {
		struct loop *const loop = FC_NEW(p->arena, struct loop);

		if (fc_parse_identifier(p, &loop->name, &loop->place, "a name") || fc_parse_sign(p, "in", "'in'") ||
		    fc_parse_list(p, &loop->list))
			return -1;
		*end = loop;
		end = &loop->next;
		if (!fc_token_is(&p->lexer.token, ","))
			return fc_parse_body(p, &s->body);
		if (fc_parse_next(p))
			return -1;
	}
}

int fc_parse_repeat(struct parser *p, struct statement *s)
{
	return fc_parse_expr(p, &s->expr) || fc_parse_body(p, &s->body) ? -1 : 0;
}

/* Goes on to `else`, also on a later line; otherwise stays. */
static int skip_to_else(struct parser *p, bool *found)
{
	const struct lexer before = p->lexer;

	while (p->lexer.token.kind == TOKEN_LINE_END)
		if (fc_parse_next(p))
			return -1;
	*found = fc_token_is(&p->lexer.token, "else");
	if (!*found)
		p->lexer = before;
	return *found ? fc_parse_next(p) : 0;
}

int fc_parse_if(struct parser *p, struct statement *s)
{
	struct statement *inner;
	bool otherwise;

	/* A chain of else-ifs is a loop here, so that its length costs no stack; carrying it out is one too. */
	for (;;) {
		if (fc_parse_expr(p, &s->expr) || fc_parse_body(p, &s->body) || skip_to_else(p, &otherwise))
			return -1;
		if (!otherwise)
			return 0;
		if (!fc_token_is(&p->lexer.token, "if"))
			return fc_parse_body(p, &s->otherwise);
		inner = FC_NEW(p->arena, struct statement);
		inner->kind = s->kind;
		inner->chained = true;
		inner->place = p->lexer.token.place;
		s->otherwise = inner;
		s = inner;
		if (fc_parse_next(p))
			return -1;
	}
}

int fc_parse_group(struct parser *p, struct statement *s)
{
	return fc_parse_from(p, &s->values) || fc_parse_body(p, &s->body) ? -1 : 0;
}

const struct op_argument fc_output_arguments[] = {
	{ "weight", OP_REAL, offsetof(struct output_arguments, weight), false, 0, 1e6, 1 },
	{ "train_only", OP_FLAG, offsetof(struct output_arguments, train_only), false, 0, 1, 0 },
	{ "any_shape", OP_FLAG, offsetof(struct output_arguments, any_shape), false, 0, 1, 0 },
	{ .name = NULL },
};

int fc_parse_output(struct parser *p, struct statement *s)
{
	return fc_parse_arguments(p, fc_output_arguments, &s->arguments) || fc_parse_from(p, &s->values) ? -1 : 0;
}

const struct op_argument fc_split_arguments[] = {
	{ "parts", OP_COUNT, offsetof(struct split_arguments, parts), true, 1, 4096, 0 },
	{ "axis", OP_COUNT, offsetof(struct split_arguments, axis), false, 1, 3, 1 },
	{ .name = NULL },
};

int fc_parse_split(struct parser *p, struct statement *s)
{
	return fc_parse_arguments(p, fc_split_arguments, &s->arguments) || fc_parse_from(p, &s->values) ? -1 : 0;
}

int fc_parse_call(struct parser *p, struct statement *s)
{
	return fc_parse_arguments(p, NULL, &s->arguments) || fc_parse_from(p, &s->values) ? -1 : 0;
}
