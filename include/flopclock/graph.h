/*
 * A network as a graph of nodes in topological order: every node comes after its inputs.
 *
 * Shapes are (N, C, H, W), N the batch. Weights are (O, I / groups, KH, KW); a dense layer's are (O, I, 1, 1); scale,
 * shift and biases are (C, 1, 1, 1). A dense layer takes any (N, C, H, W) and reads it as C*H*W features.
 */
#ifndef FLOPCLOCK_GRAPH_H
#define FLOPCLOCK_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/arena.h"
#include "flopclock/error.h"

/* The kinds of layers. One row here, one file analyzer/op_<name>.c, one case in each backend. */
#define FC_OPS(X)                             \
	X(INPUT, input)                       \
	X(CONV, conv)                         \
	X(BATCH_NORM, batch_norm)             \
	X(RELU, relu)                         \
	X(SIGMOID, sigmoid)                   \
	X(MAX_POOL, max_pool)                 \
	X(AVG_POOL, avg_pool)                 \
	X(ADAPTIVE_AVG_POOL, adaptive_avg_pool) \
	X(DROPOUT, dropout)                   \
	X(ADD, add)                           \
	X(CONCAT, concat)                     \
	X(DENSE, dense)

enum fc_op {
#define X(upper, lower) FC_OP_##upper,
	FC_OPS(X)
#undef X
	FC_OP_COUNT
};

struct fc_shape {
	int64_t n, c, h, w;
};

static inline int64_t fc_shape_elements(struct fc_shape s)
{
	return s.n * s.c * s.h * s.w;
}

/* What distinguishes two nodes of one kind. Fields that a kind does not use are 0. */
struct fc_attributes {
	int64_t out;			/* conv, dense: output channels or features */
	int64_t kernel_h, kernel_w;	/* conv, max_pool, avg_pool; adaptive_avg_pool: output size */
	int64_t stride_h, stride_w;
	int64_t pad_h, pad_w;		/* at the start; what the end needs follows from the output size */
	int64_t dilation_h, dilation_w;	/* conv; 1 is dense */
	int64_t groups;			/* conv */
	bool bias;			/* conv, dense */
	bool ceil;			/* pools: round the output size up */
	bool functional;		/* not a module in the original: hook-based counters do not see it */
	double probability;		/* dropout: of being zeroed */
	double epsilon, momentum;	/* batch_norm: PyTorch's meaning, running = (1-m) running + m batch */
};

/* Initial values of a parameter. Formulas: architectures follow torchvision, see models/README.md. */
enum fc_init_kind {
	FC_INIT_CONSTANT,		/* a */
	FC_INIT_UNIFORM,		/* U(-a, a) */
	FC_INIT_NORMAL,			/* N(0, a^2) */
	FC_INIT_TRUNCATED_NORMAL,	/* N(0, a^2) redrawn outside [-b, b] */
};

struct fc_init {
	enum fc_init_kind kind;
	double a, b;
};

struct fc_param {
	const char *name;	/* "weight", "bias", "scale", "shift" */
	struct fc_shape shape;
	struct fc_init init;	/* fan already resolved into a and b */
};

#define FC_MAX_PARAMS 2

struct fc_node {
	int index;		/* in graph->nodes; the input is 0 */
	const char *name;	/* unique: "layer1.0.conv1" */
	enum fc_op op;
	struct fc_attributes attributes;
	int input_count;
	const int *inputs;	/* indices of earlier nodes */
	struct fc_shape shape;	/* of the output */
	int param_count;
	struct fc_param params[FC_MAX_PARAMS];
	int use_count;		/* how many inputs of later nodes and heads read this output */
	bool train_only;	/* auxiliary: runs in training, not in validation */
	int line;		/* of the model file, for messages */
};

/* Where a loss is taken. Head 0 is the network's answer; others are auxiliary. */
struct fc_head {
	int node;
	double loss_weight;
	bool train_only;
};

#define FC_MAX_HEADS 8

struct fc_graph {
	struct fc_arena arena;	/* owns everything below */
	const char *name;	/* "resnet18" */
	const char *path;	/* of the model file */
	const char *settings;	/* "aux=true" or "": parameters that were set by the user */
	char digest[65];	/* SHA-256 of the model's text, all files that it read, and of the settings */
	int64_t batch, classes;
	int node_count;
	struct fc_node *nodes;
	int head_count;
	struct fc_head heads[FC_MAX_HEADS];
};

void fc_graph_release(struct fc_graph *graph);

const char *fc_op_name(enum fc_op op);

/* The input shape of a node's k-th input. */
static inline struct fc_shape fc_graph_input_shape(const struct fc_graph *graph, const struct fc_node *node, int k)
{
	return graph->nodes[node->inputs[k]].shape;
}

/* Facts about a kind that planning needs. */
struct fc_op_traits {
	bool in_place;			/* the output may take over the memory of a dying input, forward and backward */
	bool gradient_in_place;		/* only backward: the input's gradient may be written over the output's */
	bool backward_reads_input;
	bool backward_reads_output;
	bool joint_backward;		/* one pass gives data and parameter gradients: only backward_data runs */
	/* What forward leaves for backward beside input and output (indices, masks, statistics): nominal bytes. */
	uint64_t (*saved_bytes)(const struct fc_graph *graph, const struct fc_node *node);
};

const struct fc_op_traits *fc_op_traits(enum fc_op op);

#endif
