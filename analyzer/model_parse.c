#include "model_parse.h"

#include <string.h>

#include "flopclock/arena.h"

#include "model_statement.h"

#define MAX_BRACES 64

int fc_parse_next(struct parser *p)
{
	return fc_lexer_next(&p->lexer, p->err);
}

int fc_parse_sign(struct parser *p, const char *sign, const char *expected)
{
	if (!fc_token_is(&p->lexer.token, sign))
		return fc_token_unexpected(&p->lexer.token, p->err, "%s", expected);
	return fc_parse_next(p);
}

int fc_parse_identifier(struct parser *p, const char **word, struct place *place, const char *expected)
{
	static const char *const reserved[] = {
		"from", "in", "if", "else", "for", "and", "or", "not", "true", "false"
	};
	const struct token *const t = &p->lexer.token;

	if (t->kind != TOKEN_WORD)
		return fc_token_unexpected(t, p->err, "%s", expected);
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (fc_token_is(t, reserved[i]))
			return fc_token_unexpected(t, p->err, "%s that is not a word of the language", expected);
	*word = fc_arena_strndup(p->arena, t->start, t->length);
	if (place)
		*place = t->place;
	return fc_parse_next(p);
}

static int skip_line_ends(struct parser *p)
{
	while (p->lexer.token.kind == TOKEN_LINE_END)
		if (fc_parse_next(p))
			return -1;
	return 0;
}

/* Whether a label stands here: a name, with numbers filled in, up to a colon. */
static bool at_label(const struct parser *p)
{
	const char *c = p->lexer.token.start;

	if (p->lexer.token.kind != TOKEN_WORD && p->lexer.token.kind != TOKEN_INTEGER)
		return false;
	for (;;) {
		c = fc_lexer_name_end(c);
		if (*c != '{')
			break;
		c += strcspn(c, "}\n");
		if (*c != '}')
			return false;
		c++;
	}
	return c[strspn(c, " \t")] == ':';
}

static int parse_keyword(struct parser *p, struct statement *s)
{
	const struct token *const t = &p->lexer.token;

	if (t->kind != TOKEN_WORD)
		return fc_token_unexpected(t, p->err, "a layer, a block or a statement");
	s->place = t->place;
	s->word = fc_arena_strndup(p->arena, t->start, t->length);
	s->word_place = t->place;
	s->kind = fc_statement_find(t);
	s->op = fc_op_find(s->word);
	/* The images are no layer that a model can place. */
	if (s->op == FC_OP_INPUT)
		s->op = -1;
	if (!s->kind)
		s->kind = s->op >= 0 ? &fc_statement_layer : &fc_statement_call;
	if (s->kind->top_only && p->depth)
		return fc_place_fail(t->place, p->err, "found '%s' inside braces, expected it outside of them",
				     s->word);
	if (s->label && !s->kind->labelled)
		return fc_place_fail(t->place, p->err,
				     "found a name in front of '%s', expected it only in front of layers, "
				     "blocks, sequences and groups",
				     s->word);
	return fc_parse_next(p);
}

/* Habits of other languages have a sentence of their own. */
static int unexpected_end(struct parser *p)
{
	const struct token *const t = &p->lexer.token;

	return fc_token_unexpected(t, p->err, "the end of the statement%s",
				   fc_token_is(t, ",") ? "; arguments stand side by side" :
				   fc_token_is(t, "=") ? "; a layer's name ends in ':'" :
							 "");
}

static int parse_statement(struct parser *p, struct statement **statement)
{
	struct statement *const s = FC_NEW(p->arena, struct statement);
	struct name *label = NULL;

	*statement = s;
	if (at_label(p) && (fc_parse_name(p, &label) || fc_parse_sign(p, ":", "':'")))
		return -1;
	s->label = label;
	if (parse_keyword(p, s) || s->kind->parse(p, s))
		return -1;
	if (p->lexer.token.kind == TOKEN_LINE_END || p->lexer.token.kind == TOKEN_END ||
	    fc_token_is(&p->lexer.token, "}"))
		return 0;
	return unexpected_end(p);
}

static int parse_statements(struct parser *p, const struct statement **first)
{
	struct statement *s;
	const struct statement **end = first;

	*first = NULL;
	while (!skip_line_ends(p)) {
		if (p->lexer.token.kind == TOKEN_END || (p->depth && fc_token_is(&p->lexer.token, "}")))
			return 0;
		if (parse_statement(p, &s))
			return -1;
		*end = s;
		end = &s->next;
	}
	return -1;
}

int fc_parse_body(struct parser *p, const struct statement **body)
{
	const struct place opened = p->lexer.token.place;

	if (p->depth == MAX_BRACES && fc_token_is(&p->lexer.token, "{"))
		return fc_place_fail(opened, p->err, "found braces nested more than %d deep, expected fewer",
				     MAX_BRACES);
	if (fc_parse_sign(p, "{", "'{'"))
		return -1;
	p->depth++;
	if (parse_statements(p, body))
		return -1;
	p->depth--;
	if (p->lexer.token.kind == TOKEN_END)
		return fc_token_unexpected(&p->lexer.token, p->err, "'}' for the '{' of line %d", opened.line);
	return fc_parse_sign(p, "}", "'}'");
}

int fc_parse_file(const struct source *source, struct fc_arena *arena, const struct statement **first,
		  struct fc_error *err)
{
	struct parser p = { .arena = arena, .err = err };

	if (fc_source_check(source, err) || fc_lexer_start(&p.lexer, source, err) || skip_line_ends(&p))
		return -1;
	if (!fc_token_is(&p.lexer.token, "network"))
		return fc_token_unexpected(&p.lexer.token, err, "'network NAME'");
	return parse_statements(&p, first);
}
