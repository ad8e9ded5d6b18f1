/*
 * What carries out an ONNX graph with shapes instead of numbers: it binds the inputs, follows every node in the file's
 * order, knows the values of small tensors (shapes, axes, sizes) and computes with them, and says of every node that does
 * work which layer it is. The layers become the nodes of a struct fc_graph.
 *
 * A node is one of these:
 *   constant   its result is known without the network's input: nothing is left of it
 *   view       the same values under another shape: its result lies in the same layer
 *   layer      of a kind that the program trains, where shape and arguments fit one; or foreign: counted only
 *   later      only a run could tell its shape; it is listed as not counted
 */
#ifndef ANALYZER_ONNX_MACHINE_H
#define ANALYZER_ONNX_MACHINE_H

#include "flopclock/cost.h"
#include "flopclock/model.h"

#include "onnx_map.h"
#include "onnx_model.h"

#define ONNX_MAX_STEPS 200000		/* nodes carried out, those of functions every time */
#define ONNX_MAX_LAYERS 50000
#define ONNX_MAX_DEPTH 32		/* of functions and branches inside each other */
#define ONNX_NO_COUNTER ((size_t)-1)

/* An initialiser. */
struct onnx_parameter {
	const char *name;
	int sides;		/* how many of its dimensions are larger than 1 */
	uint64_t values;
	bool owned;		/* an earlier layer trains it */
	bool uniform;		/* all its values are one number, as in a network that was never trained */
};

/* Initialisers that a constant was put together from. */
struct onnx_origin {
	struct onnx_parameter *parameter;
	const struct onnx_origin *next;
};

/* How a value lies in the output of its layer. */
enum onnx_place {
	ONNX_WHOLE,		/* all of it, in its order */
	ONNX_TRANSPOSED,	/* all of it, in another order */
	ONNX_PART,		/* a part, a repetition, or another output */
};

struct onnx_value {
	const char *name;
	int type;			/* element type; 0: not known */
	int rank;			/* -1: its shape is not known */
	int64_t dims[ONNX_MAX_RANK];
	struct onnx_content content;
	int node;			/* the layer it lies in; -1: no layer makes it */
	enum onnx_place place;		/* in that layer's output */
	/* What it was before a transposition, and axis i of it is axis order[i] of that; NULL: not one transposition. */
	struct onnx_value *upright;
	int order[ONNX_MAX_RANK];
	struct onnx_parameter *parameter; /* the initialiser that it is a view of; NULL: none */
	bool copied;			/* that initialiser came through an Identity */
	const struct onnx_origin *origins;	/* of a constant that is none: moved from these */
	int reader_count;		/* how many inputs of nodes and outputs of the graph name it */
	struct onnx_value **items;	/* of a sequence */
	int item_count;			/* -1: a tensor */
};

/* A graph, a branch or a function that is being carried out. */
struct onnx_scope {
	struct onnx_scope *parent;	/* whose values are visible too; NULL: of the main graph and of a function */
	struct onnx_map values;		/* struct onnx_value */
	struct onnx_map infos;		/* struct onnx_info: what the file says of its values */
	const struct onnx_function *function;	/* whose body it is; NULL: none */
	const struct onnx_call *caller;	/* of a function: the node that calls it, and the scope of that */
	struct onnx_scope *outer;
};

struct onnx_machine {
	struct fc_arena arena;		/* gone when the graph is complete */
	struct fc_graph *graph;
	struct fc_error *err;
	const struct fc_model_request *request;
	const struct onnx_model *model;
	struct onnx_parameter *parameters;	/* of the file's tensors: of one in a body, whatever turn reads it */
	struct onnx_map functions;	/* struct onnx_function by "domain:name:overload" */
	struct onnx_map symbols;	/* struct onnx_symbol */
	struct onnx_scope *scope;
	int capacity;			/* of graph->nodes while they grow */
	struct onnx_map uncounted;	/* struct onnx_uncounted */
	struct onnx_uncounted *first_uncounted, *last_uncounted;
	int steps, depth;
	int64_t fixed_batch;		/* the file's own; 0: it may be any */
};

struct onnx_op;

/* One node with its operands. */
struct onnx_call {
	struct onnx_machine *m;
	const struct onnx_node *node;
	const struct onnx_op *op;
	int in_count, out_count;
	struct onnx_value **in;		/* NULL: left out */
	struct onnx_value **out;	/* never NULL; rank -1 until an op sets it */
};

/* What an op returns beside 0 and -1: only a run could tell. */
enum { ONNX_LATER = 1 };

/*
 * A row of the tables of ops: onnx_op.c. `run` sets the outputs' types and shapes (and contents where they are known) and
 * adds the layer.
 */
struct onnx_op {
	const char *name;
	int (*run)(struct onnx_call *call);
	int inputs;			/* at least so many must be there */
	bool takes_any;			/* runs also when the shape of an input is not known */
	bool free;			/* moves or compares values: where it cannot be followed, nothing is left uncounted */
	int kind;			/* the kind of layer that it is where it fits; 0 (the input): none */
	size_t counter;			/* where in struct fc_counts its elements go; ONNX_NO_COUNTER */
	int variant;			/* what distinguishes ops that share a function */
};

/* One after the other; NULL behind the last. */
const struct onnx_op *fc_onnx_op_at(int index);
/* NULL: there is no such op. */
const struct onnx_op *fc_onnx_op_find(const char *domain, const char *name);

/* -------- values: onnx_value.c -------- */

struct onnx_value *fc_onnx_value(struct onnx_machine *m, const char *name);
bool fc_onnx_is_known(const struct onnx_value *value);		/* its content */
/* Product of its dims; they fit, as every shape is checked when it is set. */
int64_t fc_onnx_elements(const struct onnx_value *value);
/* Sets a shape; fails for sides below 0 and for more than ONNX_MAX_ELEMENTS. */
int fc_onnx_set_shape(struct onnx_call *call, int output, int type, const int64_t *dims, int rank);
/* The shape of another value. */
int fc_onnx_same_shape(struct onnx_call *call, int output, const struct onnx_value *as);
/* "1x3x224x224" */
#define ONNX_SHAPE_TEXT 256
const char *fc_onnx_shape_text(const struct onnx_value *value, char text[ONNX_SHAPE_TEXT]);
/* Content to be filled, of as many values as the output has; NULL: too many. */
int64_t *fc_onnx_new_integers(struct onnx_call *call, struct onnx_value *value);
double *fc_onnx_new_reals(struct onnx_call *call, struct onnx_value *value);
/* The output is the input under the shape that was set for it. */
void fc_onnx_view(struct onnx_value *output, const struct onnx_value *input);

/* -------- arguments: onnx_argument.c -------- */

const struct onnx_attribute *fc_onnx_attribute(const struct onnx_call *call, const char *name);
int64_t fc_onnx_integer(const struct onnx_call *call, const char *name, int64_t otherwise);
double fc_onnx_real(const struct onnx_call *call, const char *name, double otherwise);
const char *fc_onnx_word(const struct onnx_call *call, const char *name, const char *otherwise);
/* The input, or NULL where it is left out. */
struct onnx_value *fc_onnx_input(const struct onnx_call *call, int index);
/*
 * Integers that are an attribute in older and an input in newer versions of the standard: 0 with *integers NULL where
 * neither is there; ONNX_LATER where the input's values are not known.
 */
int fc_onnx_integers(struct onnx_call *call, const char *name, int input, const int64_t **integers, int *count);
/* The same for a single number. */
int fc_onnx_number(struct onnx_call *call, const char *name, int input, double otherwise, double *number);
/* -1 is the last axis. */
int fc_onnx_axis(struct onnx_call *call, int64_t axis, int rank, int *index);
/* Marks the axes of a list (all when integers is NULL). */
int fc_onnx_axes(struct onnx_call *call, const int64_t *integers, int count, int rank, bool marked[ONNX_MAX_RANK]);
/* "found this, expected that" with the node's name in front. */
int fc_onnx_fail(struct onnx_call *call, const char *format, ...) FC_PRINTF(2, 3);

/* -------- running: onnx_run.c, onnx_bind.c -------- */

/* Carries out nodes in a scope; the outputs that are wanted are found in it afterwards. */
int fc_onnx_run_graph(struct onnx_machine *m, struct onnx_scope *scope, const struct onnx_graph *graph,
		      const char *const *wanted, int wanted_count);
struct onnx_value *fc_onnx_find(const struct onnx_scope *scope, const char *name);
/* Before and after: the graph's initialisers and what it says of shapes. */
void fc_onnx_enter(struct onnx_machine *m, struct onnx_scope *scope, const struct onnx_graph *graph);
void fc_onnx_leave(struct onnx_scope *scope);
/* How functions are found: "domain:name:overload". */
const char *fc_onnx_function_key(struct onnx_machine *m, const char *domain, const char *name, const char *overload);
/* A branch of an If: its outputs become the call's. */
int fc_onnx_run_branch(struct onnx_call *call, const struct onnx_graph *branch);
/* One turn of a loop, whose scope holds its operands: finds the outputs of the body. */
int fc_onnx_run_turn(struct onnx_call *call, struct onnx_scope *scope, const struct onnx_graph *body,
		     struct onnx_value **outputs);
/* The output is that value, under its own name. */
void fc_onnx_hand_over(struct onnx_call *call, int output, const struct onnx_value *value);
/* Gives the network's inputs their shapes and makes node 0 of the graph. */
int fc_onnx_bind_inputs(struct onnx_machine *m, struct onnx_scope *scope);
/* A shape as the file says it, its symbols bound; false: not all of it is known. */
bool fc_onnx_bind_info(const struct onnx_machine *m, const struct onnx_info *info, struct onnx_value *value);

#endif
