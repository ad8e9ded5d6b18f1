#include "model_lexer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "flopclock/number.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* What the user sees of a token: its text, shortened, with unprintable bytes as numbers. */
static void show(const struct token *token, char *out, size_t size)
{
	size_t used = 0;

	if (token->kind == TOKEN_END) {
		snprintf(out, size, "the end of the %s", token->place.source->what ? token->place.source->what : "file");
		return;
	}
	if (token->kind == TOKEN_LINE_END) {
		snprintf(out, size, "the end of the %s", *token->start == ';' ? "statement" : "line");
		return;
	}
	if ((unsigned char)*token->start < ' ' || (unsigned char)*token->start > '~') {
		snprintf(out, size, "byte 0x%02X", (unsigned char)*token->start);
		return;
	}
	out[used++] = '\'';
	for (size_t i = 0; i < token->length && i < 40; i++)
		out[used++] = token->start[i];
	if (token->length > 40)
		used += (size_t)snprintf(out + used, size - used, "...");
	out[used++] = '\'';
	out[used] = 0;
}

int fc_token_unexpected(const struct token *token, struct fc_error *err, const char *expected, ...)
{
	char found[64], wanted[512];
	va_list args;

	va_start(args, expected);
	vsnprintf(wanted, sizeof(wanted), expected, args);
	va_end(args);
	show(token, found, sizeof(found));
	return fc_place_fail(token->place, err, "found %s, expected %s", found, wanted);
}

bool fc_token_is(const struct token *token, const char *text)
{
	return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) && strlen(text) == token->length &&
	       !memcmp(token->start, text, token->length);
}

/* Blanks and comments; a line end stays. */
static const char *skip_blanks(const char *c)
{
	for (;;) {
		while (*c == ' ' || *c == '\t' || *c == '\r')
			c++;
		if (*c != '#')
			return c;
		while (*c && *c != '\n')
			c++;
	}
}

static bool decimal(const char *start, const char *end, int64_t *value)
{
	*value = 0;
	for (const char *c = start; c < end; c++)
		if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, *c - '0', value))
			return false;
	return true;
}

static const char *digits(const char *c)
{
	while (is_digit(*c))
		c++;
	return c;
}

/* 0.5, 3e8, 1.5e-3; NULL when what stands at `start` is no such number. */
static const char *real_end(const char *start)
{
	const char *c = digits(start), *exponent;
	bool real = false;

	if (*c == '.' && is_digit(c[1])) {
		c = digits(c + 1);
		real = true;
	}
	if (*c == 'e' || *c == 'E') {
		exponent = c + 1 + (c[1] == '-' || c[1] == '+');
		if (is_digit(*exponent)) {
			c = digits(exponent);
			real = true;
		}
	}
	return real ? c : NULL;
}

static int lex_real(struct token *token, const char *end, struct fc_error *err)
{
	char text[64];

	token->kind = TOKEN_REAL;
	token->length = (size_t)(end - token->start);
	if (token->length < sizeof(text)) {
		memcpy(text, token->start, token->length);
		text[token->length] = 0;
		if (fc_parse_double(text, &token->real))
			return 0;
	}
	return fc_token_unexpected(token, err, "a number that can be represented");
}

static int lex_number(struct token *token, struct fc_error *err)
{
	const char *from = token->start, *to = real_end(from);

	if (to) {
		if (lex_real(token, to, err))
			return -1;
		return is_word(*to) ? fc_token_unexpected(token, err, "a blank behind the number") : 0;
	}
	token->kind = TOKEN_INTEGER;
	for (token->sides = 0;; from = to + 1) {
		to = digits(from);
		if (token->sides == 3 || !decimal(from, to, &token->integer[token->sides])) {
			token->length = (size_t)(to - token->start);
			return fc_token_unexpected(token, err, "a number that fits 64 bits");
		}
		token->sides++;
		if (*to != 'x' || !is_digit(to[1]) || token->sides == 3)
			break;
		token->kind = TOKEN_SIZE;
	}
	token->length = (size_t)(to - token->start);
	if (is_word(*to)) {
		while (is_word(token->start[token->length]))
			token->length++;
		return fc_token_unexpected(token, err, "a number or a size such as 3x1");
	}
	return 0;
}

static int lex_sign(struct token *token, struct fc_error *err)
{
	static const char *const signs[] = { "..", "==", "!=", "<=", ">=", "(", ")", "{", "}", ",",
					     ":",  ".",	 "=",  "<",  ">",  "+", "-", "*", "/", "%" };

	token->kind = TOKEN_SIGN;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		token->length = strlen(signs[i]);
		if (!strncmp(token->start, signs[i], token->length))
			return 0;
	}
	token->length = 1;
	return fc_token_unexpected(token, err, "a statement, a name or a number");
}

int fc_lexer_next(struct lexer *lexer, struct fc_error *err)
{
	struct token *const token = &lexer->token;
	const char *const start = skip_blanks(lexer->at);
	int rc = 0;

	if (token->kind == TOKEN_LINE_END && *token->start == '\n') {
		lexer->line++;
		lexer->line_start = token->start + 1;
	}
	*token = (struct token){
		.start = start,
		.length = 1,
		.glued = start == lexer->at,
		.place = { lexer->source, lexer->line, (int)(start - lexer->line_start) + 1 },
	};
	if (!*start) {
		token->kind = TOKEN_END;
		token->length = 0;
	} else if (*start == '\n' || *start == ';') {
		token->kind = TOKEN_LINE_END;
	} else if (is_digit(*start)) {
		rc = lex_number(token, err);
	} else if (is_word(*start)) {
		token->kind = TOKEN_WORD;
		while (is_word(start[token->length]))
			token->length++;
	} else {
		rc = lex_sign(token, err);
	}
	lexer->at = start + token->length;
	return rc;
}

const char *fc_lexer_ahead(const struct lexer *lexer)
{
	return skip_blanks(lexer->at);
}

const char *fc_lexer_name_end(const char *c)
{
	while (is_word(*c) || (*c == '.' && c[1] != '.'))
		c++;
	return c;
}

int fc_lexer_start(struct lexer *lexer, const struct source *source, struct fc_error *err)
{
	const char *text = source->text;

	/* A byte order mark that some editors leave. */
	if (!strncmp(text, "\xEF\xBB\xBF", 3))
		text += 3;
	*lexer = (struct lexer){ .source = source, .at = text, .line = 1, .line_start = text };
	lexer->token.kind = TOKEN_END;
	lexer->token.start = text;
	return fc_lexer_next(lexer, err);
}
