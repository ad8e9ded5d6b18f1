/*
 * What the analyzer knows about a kind of layer: one row per kind, in its own file op_<name>.c, found through FC_OPS.
 *
 * A row holds the arguments that the model language accepts, the shape rule, the parameters, the counters, the
 * operands that each phase moves, and the facts that planning needs. Everything that walks a graph is written once,
 * over these rows.
 */
#ifndef ANALYZER_OP_H
#define ANALYZER_OP_H

#include "flopclock/cost.h"
#include "flopclock/graph.h"
#include "flopclock/str.h"

#include "init.h"

enum op_argument_type {
	OP_COUNT,	/* int64_t */
	OP_SIZE,	/* two int64_t, height first; a single number means both */
	OP_REAL,	/* double */
	OP_FLAG,	/* bool */
};

#define OP_LIMIT 1e9		/* largest channel count or feature count */
#define OP_WINDOW_LIMIT 65536	/* largest kernel, stride, padding, dilation */
#define OP_AS_KERNEL (-1)	/* fallback of a size: the kernel */
#define OP_AS_PAD (-2)		/* fallback of a size: the padding at the start */

struct op_argument {
	const char *name;
	enum op_argument_type type;
	size_t offset;		/* in struct fc_attributes; a size fills two fields */
	bool required;		/* required ones come first in a row and are given by position or by name */
	double min, max, fallback;
};

/* Operands of a step, for the bytes it moves. A kind says which of them a phase reads and writes. */
enum op_operand {
	OP_X = 1,		/* all inputs */
	OP_Y = 2,		/* output */
	OP_WEIGHT = 4,		/* first parameter */
	OP_REST = 8,		/* the other parameters */
	OP_STATE = 16,		/* running statistics */
	OP_SAVED = 32,		/* what forward leaves for backward */
	OP_DX = 64,		/* gradients of those inputs that need one */
	OP_DY = 128,		/* gradient of the output */
	OP_DPARAM = 256,	/* gradients of all parameters */
};
#define OP_PARAMS (OP_WEIGHT | OP_REST)

struct op_traffic {
	unsigned reads, writes;
};

/* What PyTorch's autograd keeps of this kind from forward to backward; see autograd.c. */
struct op_autograd {
	bool input, output;		/* of several inputs one is kept for the gradients of the others */
	bool in_place;		/* torchvision runs it in place: the output has the storage of the first input */
	uint64_t (*extra_bytes)(const struct fc_graph *graph, const struct fc_node *node);
};

/* A parameter by name and by the rule (init.h) that fills it when the model says nothing, with its number if it has one. */
struct op_param {
	const char *name, *init;
	double number;
};

struct op_kind {
	const char *summary;
	const struct op_argument *arguments;	/* a row with NULL ends it; NULL: none */
	bool joins;				/* reads the values that are named behind it, one or more */
	bool source;				/* reads nothing */
	bool view;				/* counted without an output of its own: fc_cost_output_bytes() */
	struct op_param params[FC_MAX_PARAMS];
	struct fc_op_traits traits;
	struct op_traffic traffic[FC_PHASE_UPDATE];	/* forward, backward_data, backward_weights */
	struct op_autograd autograd;
	/*
	 * Sets node->shape and the shapes of node->params (param_count of them) from the attributes and the input
	 * shapes. The sentence of an error says "found this, expected that"; the caller puts file, line and layer
	 * in front.
	 */
	int (*shape)(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err);
	/* Adds to the forward counters; false when one does not fit 64 bits. NULL: counts nothing. */
	bool (*count)(const struct fc_graph *graph, const struct fc_node *node, struct fc_counts *counts);
	/*
	 * MACs of a phase, where they are not those of forward; `wants` says per input whether it needs a gradient. False
	 * when they do not fit 64 bits.
	 */
	bool (*phase_macs)(const struct fc_graph *graph, const struct fc_node *node, enum fc_phase phase, const bool *wants,
			   uint64_t forward, uint64_t *macs);
	/* What initial values take for the fans of its parameters. NULL: those of its first parameter. */
	struct init_fan (*fan)(const struct fc_node *node);
	/* Bytes of running statistics. NULL: none. */
	uint64_t (*state_bytes)(const struct fc_graph *graph, const struct fc_node *node);
};

#define X(upper, lower) extern const struct op_kind fc_op_##lower;
FC_OPS(X)
#undef X

const struct op_kind *fc_op_kind(enum fc_op op);

/* The op of that name, or -1; foreign layers have no word of their own. */
int fc_op_find(const char *name);

/* Attributes as they are when a model gives no argument. */
struct fc_attributes fc_op_defaults(enum fc_op op);
/* Fills in what depends on other attributes (a pool's stride). */
void fc_op_complete(enum fc_op op, struct fc_attributes *attributes);

/* The arguments of a node as the model language writes them: "64 11x11 stride=4 pad=2". */
void fc_op_describe(const struct fc_node *node, struct fc_str *out);

/* Helpers that rows share. */
static inline struct fc_shape op_input(const struct fc_graph *graph, const struct fc_node *node)
{
	return fc_graph_input_shape(graph, node, 0);
}

static inline uint64_t op_elements(struct fc_shape shape)
{
	return (uint64_t)fc_shape_elements(shape);
}

/* Whether a shape has at most so many values. */
static inline bool op_has_at_most(struct fc_shape s, int64_t most)
{
	int64_t elements = s.n;

	return !__builtin_mul_overflow(elements, s.c, &elements) && !__builtin_mul_overflow(elements, s.h, &elements) &&
	       !__builtin_mul_overflow(elements, s.w, &elements) && elements <= most;
}

static inline uint64_t op_no_bytes(const struct fc_graph *graph, const struct fc_node *node)
{
	(void)graph;
	(void)node;
	return 0;
}

/* The sides of a value by axis. */
static inline int64_t op_side(struct fc_shape shape, int64_t axis)
{
	const int64_t sides[] = { shape.n, shape.c, shape.h, shape.w };

	return sides[axis];
}

static inline void op_set_side(struct fc_shape *shape, int64_t axis, int64_t side)
{
	int64_t *const sides[] = { &shape->n, &shape->c, &shape->h, &shape->w };

	*sides[axis] = side;
}

/* Values that the forward step of a foreign layer reads beside its own parameters. */
uint64_t fc_op_foreign_reads(const struct fc_graph *graph, const struct fc_node *node);

int fc_op_same_shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err);
int fc_op_pool_shape(const struct fc_graph *graph, struct fc_node *node, struct fc_error *err);

/* An argument of a row: its name, its place in struct fc_attributes, its range and what it is otherwise. */
#define OP_ARGUMENT(name, type, field, required, min, max, fallback) \
	{ (name), (type), offsetof(struct fc_attributes, field), (required), (min), (max), (fallback) }
#define OP_FLAG_ARGUMENT(field) OP_ARGUMENT(#field, OP_FLAG, field, false, 0, 1, 0)

/* What the two phases of kinds without parameters move, where backward needs nothing but the output's gradient. */
#define OP_TRAFFIC_PLAIN                                         \
	{                                                        \
		[FC_PHASE_FORWARD] = { OP_X, OP_Y },             \
		[FC_PHASE_BACKWARD_DATA] = { OP_DY, OP_DX },     \
	}
/* ... and of kinds with parameters whose gradients come from the input. */
#define OP_TRAFFIC_WEIGHTS                                           \
	{                                                            \
		[FC_PHASE_FORWARD] = { OP_X | OP_PARAMS, OP_Y },     \
		[FC_PHASE_BACKWARD_DATA] = { OP_DY | OP_WEIGHT, OP_DX }, \
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_X | OP_DY, OP_DPARAM }, \
	}
/* ... and of normalisations, whose backward pass is one. */
#define OP_TRAFFIC_NORM                                                                  \
	{                                                                                \
		[FC_PHASE_FORWARD] = { OP_X | OP_PARAMS, OP_Y | OP_SAVED },              \
		[FC_PHASE_BACKWARD_DATA] = { OP_X | OP_DY | OP_WEIGHT | OP_SAVED, OP_DX | OP_DPARAM }, \
		[FC_PHASE_BACKWARD_WEIGHTS] = { OP_X | OP_DY | OP_SAVED, OP_DPARAM },    \
	}

/* "64x7x7": a shape without its batch. */
#define OP_SHAPE_FORMAT "%lldx%lldx%lld"
#define OP_SHAPE_VALUES(s) (long long)(s).c, (long long)(s).h, (long long)(s).w

#endif
