/*
 * Text to statements: the parser and its parts. Grammar: models/README.md.
 */
#ifndef ANALYZER_MODEL_PARSE_H
#define ANALYZER_MODEL_PARSE_H

#include "model_ast.h"
#include "model_lexer.h"
#include "op.h"

struct parser {
	struct lexer lexer;
	struct fc_arena *arena;
	struct fc_error *err;
	int depth;		/* of braces */
};

/* The whole file. */
int fc_parse_file(const struct source *source, struct fc_arena *arena, const struct statement **first,
		  struct fc_error *err);

/* Parts of statements; the current token is the first of the part, afterwards the first behind it. */
int fc_parse_next(struct parser *p);
int fc_parse_sign(struct parser *p, const char *sign, const char *expected);
int fc_parse_identifier(struct parser *p, const char **word, struct place *place, const char *expected);
int fc_parse_expr(struct parser *p, const struct expr **expr);
int fc_parse_list(struct parser *p, struct list *list);
int fc_parse_name(struct parser *p, struct name **name);
int fc_parse_body(struct parser *p, const struct statement **body);
/* Positional and named arguments; `known` tells which bare words are flags (NULL: none). */
int fc_parse_arguments(struct parser *p, const struct op_argument *known, const struct argument **arguments);
/* Fails where an argument or a parameter would be one too many. */
int fc_parse_limit(struct parser *p, int count);
/* "from NAME..." when it is there. */
int fc_parse_from(struct parser *p, const struct name **values);
bool fc_parse_starts_expr(const struct parser *p);

/* One per kind of statement; the keyword is behind us. */
typedef int (*parse_function)(struct parser *p, struct statement *s);
int fc_parse_word(struct parser *p, struct statement *s);
int fc_parse_shape(struct parser *p, struct statement *s);
int fc_parse_count(struct parser *p, struct statement *s);
int fc_parse_assignment(struct parser *p, struct statement *s);
int fc_parse_use(struct parser *p, struct statement *s);
int fc_parse_default(struct parser *p, struct statement *s);
int fc_parse_init(struct parser *p, struct statement *s);
int fc_parse_block(struct parser *p, struct statement *s);
int fc_parse_keep(struct parser *p, struct statement *s);
int fc_parse_for(struct parser *p, struct statement *s);
int fc_parse_repeat(struct parser *p, struct statement *s);
int fc_parse_if(struct parser *p, struct statement *s);
int fc_parse_group(struct parser *p, struct statement *s);
int fc_parse_output(struct parser *p, struct statement *s);
int fc_parse_split(struct parser *p, struct statement *s);
int fc_parse_layer(struct parser *p, struct statement *s);
int fc_parse_call(struct parser *p, struct statement *s);

/* The arguments of `output`. */
struct output_arguments {
	double weight;
	bool train_only;
	bool any_shape;
};
extern const struct op_argument fc_output_arguments[];

/* The arguments of `split`. */
struct split_arguments {
	int64_t parts, axis;
};
extern const struct op_argument fc_split_arguments[];

#endif
