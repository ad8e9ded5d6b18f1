/*
 * Words, numbers, sizes and signs of the model language. A line end is a token; so is ';', which means the same.
 */
#ifndef ANALYZER_MODEL_LEXER_H
#define ANALYZER_MODEL_LEXER_H

#include <stdbool.h>
#include <stdint.h>

#include "model_source.h"

enum token_kind {
	TOKEN_END,		/* of the file */
	TOKEN_LINE_END,		/* or ';' */
	TOKEN_WORD,		/* [A-Za-z_][A-Za-z0-9_]* */
	TOKEN_INTEGER,		/* 64 */
	TOKEN_REAL,		/* 0.5, 1e-5 */
	TOKEN_SIZE,		/* 3x1, 3x224x224 */
	TOKEN_SIGN,		/* ( ) { } , : . .. = == != < <= > >= + - * / % */
};

struct token {
	enum token_kind kind;
	struct place place;
	const char *start;
	size_t length;
	bool glued;		/* nothing between it and the token before it */
	int64_t integer[3];	/* an integer in [0]; the sides of a size */
	int sides;		/* of a size: 2 or 3 */
	double real;
};

struct lexer {
	const struct source *source;
	const char *at;		/* behind the token */
	int line;
	const char *line_start;
	struct token token;	/* the current one */
};

/* Stands on the first token afterwards. */
int fc_lexer_start(struct lexer *lexer, const struct source *source, struct fc_error *err);
int fc_lexer_next(struct lexer *lexer, struct fc_error *err);

/* The first character behind the current token and blanks. */
const char *fc_lexer_ahead(const struct lexer *lexer);
/* Where letters, digits, '_' and single '.' that begin at c end. */
const char *fc_lexer_name_end(const char *c);

bool fc_token_is(const struct token *token, const char *text);

/* "PLACE: found 'this', expected EXPECTED"; returns -1. */
int fc_token_unexpected(const struct token *token, struct fc_error *err, const char *expected, ...) FC_PRINTF(3, 4);

#endif
