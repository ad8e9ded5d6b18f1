/*
 * What carries out a model file: the scopes with their names, the defaults and initial values in force, and the graph
 * that grows. One machine builds one graph.
 */
#ifndef ANALYZER_MODEL_MACHINE_H
#define ANALYZER_MODEL_MACHINE_H

#include "flopclock/model.h"
#include "flopclock/str.h"

#include "init.h"
#include "model_ast.h"
#include "model_value.h"
#include "op.h"

/* What one model may cost to read. Every limit ends in a sentence. */
#define MODEL_MAX_BYTES (1 << 20)	/* of a file */
#define MODEL_MAX_NODES 20000
#define MODEL_MAX_STEPS 4000000	/* statements, operands and pieces of names carried out */
#define MODEL_MAX_DEPTH 256		/* of blocks, braces and files inside each other when carried out */
#define MODEL_MAX_ELEMENTS (INT64_C(1) << 40)	/* of an output or a parameter */
#define MODEL_MAX_NAME 256	/* with the zero at its end */

struct output_arguments;
struct suggestion;

/* Outputs of nodes, in order. */
struct wires {
	const int *nodes;
	int count;
};

enum binding_kind { BINDING_NUMBER, BINDING_KEPT, BINDING_LABEL };

/* A name in a scope. The names of automatically numbered layers live in a space of their own. */
enum name_space { SPACE_NAMES, SPACE_COUNTERS, SPACE_COUNT };

struct binding {
	enum binding_kind kind;
	struct value value;
	struct wires wires;
	const struct scope *scope;
	struct symbol *symbol;
	enum name_space space;
	struct binding *below;		/* the same name further out */
	struct binding *next;		/* the same scope */
};

struct symbol {
	const char *text;
	uint64_t hash;
	struct symbol *next;			/* the same slot */
	struct binding *top[SPACE_COUNT];
	const struct statement *block;		/* the block of that name */
	bool calling;				/* that block is being carried out */
	bool is_node;				/* a layer has that full name */
};

struct symbols {
	struct symbol **slots;
	size_t slot_count, count;
};

/* What fills a parameter of a kind at first. */
struct init_chosen {
	const struct init_rule *rule;	/* NULL: the kind's own */
	struct init_choice choice;
};

/* What a `default` or an `init` inside braces has changed, to be put back when they end. */
struct restore {
	int op, param;			/* param -1: defaults */
	struct fc_attributes defaults;
	struct init_chosen init;
	struct restore *next;
};

/* The file itself, a block that is carried out, a sequence or a group. */
struct scope {
	struct scope *parent;
	const struct scope *frame;	/* the block (or file) it belongs to: names further out are invisible */
	char prefix[MODEL_MAX_NAME + 1];	/* "features.denseblock1." */
	bool numbered;			/* a sequence: layers without a name are 0, 1, 2 ... */
	int64_t next_number;
	struct wires in, current;
	struct binding *bindings;
	struct restore *restores;	/* the last change first */
};

/* A parameter's value from the command line or from a `use`. */
struct override {
	struct place place;
	const char *name;
	struct value value;
	bool used;
	struct override *next;
};

/* A file that is being carried out, and the one that uses it. */
struct model_file {
	const struct source *source;
	const struct statement *statements;
	struct override *overrides;
	const char *variant;		/* whose values hold; NULL: none */
	struct override *chosen;	/* its values */
	struct model_file *user;
	bool has_input, has_classes;
};

struct machine {
	struct fc_arena arena;		/* texts, statements, names; gone when the graph is complete */
	struct fc_graph *graph;
	struct fc_error *err;
	const struct fc_model_request *request;
	struct symbols symbols;
	struct binding *spare_bindings;	/* of scopes that were left, for the next ones */
	struct restore *spare_restores;
	struct scope *global, *scope;
	struct model_file *file;
	struct override *settings;	/* of the command line */
	struct fc_str parameters;	/* "depths, growth": for messages */
	struct fc_str values;		/* "depths=2 2 2 2, growth=32" */
	struct fc_str digest;		/* everything that was read */
	int64_t steps;
	int node_capacity;
	struct place *places;		/* of each node */
	int depth;
	bool has_classes;
	struct fc_attributes defaults[FC_OP_COUNT];
	struct init_chosen init[FC_OP_COUNT][FC_MAX_PARAMS];
	struct place head_places[FC_MAX_HEADS];
};

/* Counts work; fails when there was too much of it. */
int fc_machine_spend(struct machine *m, struct place place, int64_t steps);

/* -------- names and scopes: model_scope.c -------- */

struct symbol *fc_symbol(struct machine *m, const char *text);
void fc_symbols_release(struct symbols *symbols);
/* Inside the layer of that full name ("": the file itself). */
void fc_scope_enter(struct machine *m, struct scope *scope, const char *full_name, bool block);
void fc_scope_leave(struct machine *m);
/* Remembers the defaults of a kind (param -1) or the initial values of one of its parameters until the scope is left. */
void fc_scope_remember(struct machine *m, int op, int param);
/* The binding that a name has here; NULL: none. */
struct binding *fc_scope_find(const struct machine *m, const struct symbol *symbol);
/* Offers the names that mean something here: numbers, or values of layers. */
void fc_scope_offer(const struct machine *m, bool numbers, struct suggestion *suggestion);
/* Makes or overwrites; fails where a label is in the way or would hide something of its own scope. */
int fc_scope_bind(struct machine *m, struct place place, const char *name, enum binding_kind kind, struct value value,
		  struct wires wires);
/* The name of a layer or block without a label: "0" in a sequence, else "relu", "relu_2" ...; returns its length. */
int fc_scope_number(struct machine *m, const char *word, char text[MODEL_MAX_NAME]);

/* -------- values: model_eval.c, model_eval_name.c, model_argument.c -------- */

int fc_eval(struct machine *m, const struct expr *expr, struct value *value);
/* One value, or a VALUE_LIST when there are several; `open_length` is how long an open range becomes (-1: not allowed). */
int fc_eval_list(struct machine *m, const struct list *list, int open_length, struct value *value);
/* "3x224x224" or "3 size size" of an input or an expect. */
int fc_eval_shape(struct machine *m, const struct statement *s, int64_t shape[3]);
int fc_eval_integer(struct machine *m, const struct expr *expr, int64_t min, int64_t max, int64_t *integer);
/* in.channels and the like */
int fc_eval_side(struct machine *m, const struct expr *expr, struct value *value);
/* "layer{i}" with its numbers. */
int fc_eval_name(struct machine *m, const struct name *name, char text[MODEL_MAX_NAME]);
/* The outputs behind `from`, add, concat, keep; without names the current one. */
int fc_eval_wires(struct machine *m, const struct name *names, struct place place, struct wires *wires);
/*
 * Fills the struct at `target` from arguments by the rows of `known`; required ones must be there unless `partial`.
 */
int fc_eval_arguments(struct machine *m, const struct statement *s, const struct op_argument *known, bool partial,
		      void *target);

/* -------- the graph: model_build.c -------- */

/* Adds a node that reads `wires`; *index is its place in the graph. */
int fc_build_node(struct machine *m, struct place place, const char *name, enum fc_op op,
		  const struct fc_attributes *attributes, struct wires wires, int *index);
int fc_build_input(struct machine *m, struct place place, const int64_t shape[3]);
int fc_build_head(struct machine *m, struct place place, int node, const struct output_arguments *arguments);
/* Uses, what runs in training only, dead ends; the graph is complete afterwards. */
int fc_build_finish(struct machine *m, struct place place);

/* -------- statements: model_run_*.c -------- */

/* The value for a parameter among those of a `use`, a variant or the command line; NULL: none. */
struct override *fc_override_find(struct override *list, const char *name);
int fc_run_statements(struct machine *m, const struct statement *s);
int fc_run_file(struct machine *m, struct model_file *file);
int fc_run_network(struct machine *m, const struct statement *s);
int fc_run_input(struct machine *m, const struct statement *s);
int fc_run_classes(struct machine *m, const struct statement *s);
int fc_run_param(struct machine *m, const struct statement *s);
int fc_run_use(struct machine *m, const struct statement *s);
int fc_run_variant(struct machine *m, const struct statement *s);
int fc_run_default(struct machine *m, const struct statement *s);
int fc_run_init(struct machine *m, const struct statement *s);
int fc_run_block(struct machine *m, const struct statement *s);
int fc_run_let(struct machine *m, const struct statement *s);
int fc_run_keep(struct machine *m, const struct statement *s);
int fc_run_expect(struct machine *m, const struct statement *s);
int fc_run_for(struct machine *m, const struct statement *s);
int fc_run_repeat(struct machine *m, const struct statement *s);
int fc_run_if(struct machine *m, const struct statement *s);
int fc_run_sequence(struct machine *m, const struct statement *s);
int fc_run_group(struct machine *m, const struct statement *s);
int fc_run_split(struct machine *m, const struct statement *s);
int fc_run_output(struct machine *m, const struct statement *s);
int fc_run_layer(struct machine *m, const struct statement *s);
int fc_run_call(struct machine *m, const struct statement *s);

/* -------- files: model_file.c -------- */

/* Where a model is: a file, and which of its variants is meant ("": the file as it is). */
struct model_location {
	struct fc_str path, variant;
};

/* Of a model by name or path; *location begins empty and is released by the caller in any case. */
int fc_model_find(const char *model, struct model_location *location, struct fc_error *err);
void fc_location_release(struct model_location *location);
/* Reads and parses a file into the machine's arena. */
int fc_model_open(struct machine *m, const char *path, const struct source **source,
		  const struct statement **statements);

#endif
