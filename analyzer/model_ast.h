/*
 * A model file as it was read: statements in order, before anything is carried out. All of it is in one arena.
 * Lists are linked, in the order of the text.
 */
#ifndef ANALYZER_MODEL_AST_H
#define ANALYZER_MODEL_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "model_source.h"

enum expr_kind {
	EXPR_INTEGER,
	EXPR_REAL,
	EXPR_SIZE,
	EXPR_NAME,		/* a number by name */
	EXPR_SIDE,		/* in.channels, in.height, in.width */
	EXPR_UNARY,		/* - not */
	EXPR_BINARY,
	EXPR_CALL,		/* floor(x) */
};

struct value_function;

/* In the order of binding, weakest first; see the table in model_parse_expr.c. */
enum expr_operator {
	OPERATOR_OR,
	OPERATOR_AND,
	OPERATOR_NOT,
	OPERATOR_EQUAL,
	OPERATOR_UNEQUAL,
	OPERATOR_LESS,
	OPERATOR_LESS_EQUAL,
	OPERATOR_GREATER,
	OPERATOR_GREATER_EQUAL,
	OPERATOR_PLUS,
	OPERATOR_MINUS,
	OPERATOR_TIMES,
	OPERATOR_OVER,
	OPERATOR_MODULO,
	OPERATOR_NEGATE,
};
enum expr_side { SIDE_CHANNELS, SIDE_HEIGHT, SIDE_WIDTH };

struct expr {
	enum expr_kind kind;
	struct place place;
	int depth;		/* of the tree, so that carrying it out cannot exhaust the stack */
	int64_t integer[2];	/* an integer in [0]; height and width of a size */
	bool truth;		/* an integer that is written true or false */
	double real;
	const char *name;
	enum expr_side side;
	enum expr_operator op;
	const struct value_function *function;
	const struct expr *left, *right;	/* unary, a function of one number: left only */
};

/* a, or a..b, or a.. (open: as many as the other lists have). */
struct list_item {
	const struct expr *from, *to;
	bool range;
	const struct list_item *next;
};

struct list {
	struct place place;
	const struct list_item *items;
};

/* A name with numbers filled in: layer{i}.0 */
struct name_part {
	const char *text;		/* or */
	const struct expr *expr;
	const struct name_part *next;
};

struct name {
	struct place place;
	const struct name_part *parts;
	const struct name *next;
};

struct argument {
	struct place place;
	const char *name;		/* NULL: by position */
	bool flag;			/* a name alone: true */
	struct list value;
	const struct argument *next;
};

/* One "NAME in LIST" of a for. */
struct loop {
	struct place place;
	const char *name;
	struct list list;
	const struct loop *next;
};

struct statement_kind;

struct statement {
	const struct statement_kind *kind;
	struct place place;
	const struct name *label;		/* "conv1:" or NULL */
	int op;					/* enum fc_op or -1 */
	struct place word_place;
	const char *word;			/* the name that is declared, called, set ... */
	const char *word2, *word3;		/* init: parameter and fan */
	const struct argument *arguments;	/* of a layer, a call, a use; parameters of a block */
	const struct name *values;		/* what is read: behind `from`, add, concat, keep */
	const struct expr *expr;		/* a condition, a count */
	struct list list;			/* of let, param, init */
	int64_t shape[3];			/* input, expect; all 0: `list` says it */
	const struct loop *loops;
	const struct statement *body, *otherwise;
	bool chained;				/* the `if` of an `else if` */
	const struct statement *next;
};

#endif
