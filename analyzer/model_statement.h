/*
 * The table of statements: a keyword, how it is read, how it is carried out. A new statement is a row.
 */
#ifndef ANALYZER_MODEL_STATEMENT_H
#define ANALYZER_MODEL_STATEMENT_H

#include "model_ast.h"
#include "model_parse.h"

struct machine;

struct statement_kind {
	const char *keyword;
	bool top_only;		/* only outside of braces */
	bool labelled;		/* may have a label in front */
	parse_function parse;
	int (*run)(struct machine *m, const struct statement *s);
};

/* The row of a keyword; NULL when it is none. */
const struct statement_kind *fc_statement_find(const struct token *keyword);
/* The rows of what has no keyword: a layer by its op, a call by the block's name. */
extern const struct statement_kind fc_statement_layer, fc_statement_call;

#endif
