/*
 * A network as a graph of nodes in topological order: every node comes after its inputs.
 *
 * Shapes are (N, C, H, W), N the batch. Weights are (O, I / groups, KH, KW), of a transposed convolution (I, O / groups,
 * KH, KW); those of dense and linear layers and of an embedding are (O, I, 1, 1), of lstm and gru (gates * hidden, I or
 * hidden, 1, 1); scales, shifts and biases are (values, 1, 1, 1), learned values (1, C, H, W). A dense layer takes any
 * (N, C, H, W) and reads it as C*H*W features; a linear layer reads each row of W values; a sequence is (N, C, steps,
 * features), one of its own for each channel.
 */
#ifndef FLOPCLOCK_GRAPH_H
#define FLOPCLOCK_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/arena.h"
#include "flopclock/error.h"

/* y = f(x), element by element. One row here, in analyzer/op_elementwise.c and in each backend's table. */
#define FC_ELEMENTWISE_OPS(X)                                                                   \
	X(RELU, relu) X(RELU6, relu6) X(LEAKY_RELU, leaky_relu) X(ELU, elu)                     \
	X(SIGMOID, sigmoid) X(HARD_SIGMOID, hard_sigmoid) X(SILU, silu) X(HARD_SWISH, hard_swish) \
	X(GELU, gelu) X(MISH, mish) X(TANH, tanh) X(SOFTPLUS, softplus) X(EXP, exp) X(LOG, log) \
	X(SQRT, sqrt) X(ERF, erf) X(ABS, abs) X(POWER, power) X(SCALE, scale) X(CLIP, clip)

/* Two or more values become one, element by element; a side of 1 is repeated along the others'. */
#define FC_BROADCAST_OPS(X)                                                                     \
	X(ADD, add) X(SUBTRACT, subtract) X(MULTIPLY, multiply) X(DIVIDE, divide)               \
	X(MAXIMUM, maximum) X(MINIMUM, minimum)

/*
 * The kinds of layers. One row here, one file analyzer/op_<name>.c (a table for the two families above), one case in each
 * backend that can compute it. The last ones, from FOREIGN on, stand for layers of other formats: counted, never computed.
 */
#define FC_OPS(X)                                                                               \
	X(INPUT, input)                                                                         \
	X(CONV, conv) X(CONV_TRANSPOSE, conv_transpose)                                         \
	X(DENSE, dense) X(LINEAR, linear) X(MATMUL, matmul) X(LSTM, lstm) X(GRU, gru)           \
	X(BATCH_NORM, batch_norm) X(LAYER_NORM, layer_norm) X(GROUP_NORM, group_norm)           \
	X(LOCAL_RESPONSE_NORM, local_response_norm) X(SOFTMAX, softmax)                         \
	FC_ELEMENTWISE_OPS(X)                                                                   \
	X(DROPOUT, dropout) X(STOCHASTIC_DEPTH, stochastic_depth)                               \
	X(MAX_POOL, max_pool) X(AVG_POOL, avg_pool) X(ADAPTIVE_AVG_POOL, adaptive_avg_pool)     \
	X(ADAPTIVE_MAX_POOL, adaptive_max_pool) X(MEAN, mean) X(RESIZE, resize)                 \
	FC_BROADCAST_OPS(X)                                                                     \
	X(CONCAT, concat) X(SLICE, slice) X(PAD, pad) X(RESHAPE, reshape) X(PERMUTE, permute)   \
	X(CHANNEL_SHUFFLE, channel_shuffle) X(EMBEDDING, embedding) X(LEARNED, learned)         \
	X(FOREIGN, foreign) X(FOREIGN_WEIGHTS, foreign_weights) X(FOREIGN_MOVE, foreign_move)

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

/* What distinguishes two nodes of one kind. Fields that a kind does not use are 0. Axes: 0 is N, 1 C, 2 H, 3 W. */
struct fc_attributes {
	int64_t out;			/* channels or features of the output */
	int64_t out_h, out_w;		/* reshape, learned: the other sides */
	int64_t kernel_h, kernel_w;	/* conv, pools; adaptive pools and resize: output size */
	int64_t stride_h, stride_w;	/* conv, pools; resize: how many times larger */
	int64_t pad_h, pad_w;		/* at the start; what the end needs follows from the output size */
	int64_t pad_end_h, pad_end_w;	/* only the shape rule reads them */
	int64_t out_pad_h, out_pad_w;	/* conv_transpose: rows and columns that the output has beyond the others */
	int64_t dilation_h, dilation_w;	/* conv; 1 is dense */
	int64_t groups;			/* conv, group_norm, channel_shuffle */
	int64_t axis;			/* softmax, mean, slice; layer_norm: how many of the last sides */
	int64_t first, count, step;	/* slice: `count` elements first, first + step ...; embedding: rows of the table */
	int64_t order[3];		/* permute: which axis of the input becomes C, H, W */
	int64_t size;			/* local_response_norm: channels of a window */
	bool bias;			/* conv, dense, linear, lstm, gru */
	bool ceil;			/* pools: round the output size up */
	bool exclude_pad;		/* avg_pool: padding is not in the divisor */
	bool functional;		/* not a module in the original: hook-based counters do not see it */
	bool method;			/* adaptive_avg_pool: a method of the tensor in the original, no function */
	bool copies;			/* add: makes a new tensor in the original, where `+=` adds in place */
	bool transpose_a, transpose_b;	/* matmul: the last two sides change places first */
	bool channels;			/* layer_norm: over the channels of each pixel */
	bool approximate;		/* gelu: by tanh */
	bool bilinear, align_corners;	/* resize; else nearest */
	bool reflect, edge;		/* pad; else a constant */
	bool reverse;			/* lstm, gru: from the last step to the first */
	double probability;		/* dropout, stochastic_depth: of being zeroed */
	double epsilon, momentum;	/* norms; PyTorch's meaning, running = (1-m) running + m batch */
	double a, b, c;			/* what else a function has: see analyzer/op_elementwise.c; pad: the constant */
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
	const char *name;	/* "weight", "bias", "scale", "shift" ... */
	struct fc_shape shape;
	struct fc_init init;	/* fan already resolved into a and b */
};

#define FC_MAX_PARAMS 4

#define FC_FOREIGN_INPUTS 4

/*
 * A layer of another format that no kind describes: its reader counted it, no backend computes it. foreign_weights are
 * products of one input with weights, as a convolution is; foreign_move need nothing but the gradient in the backward pass.
 */
struct fc_foreign {
	const char *kind;		/* what its format calls it: "Einsum" */
	/* For a batch of so many images; 0: it does not depend on them. Everything below grows with it, but shared_values. */
	int64_t batch;
	struct fc_shape shape;		/* of the output */
	const struct fc_counts *counts;	/* of forward */
	uint64_t read_values;		/* what forward reads of its inputs */
	uint64_t shared_values;		/* what else, whatever the batch: parameters of other layers, what is made of them */
	/*
	 * Multiply-accumulates of the backward pass: of the gradient of each of the first inputs, of backward_data
	 * whichever of them needs one, and of backward_weights.
	 */
	uint64_t input_macs[FC_FOREIGN_INPUTS], data_macs, weight_macs;
	bool uncounted;			/* its reader did not know what it costs */
};

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
	const struct fc_foreign *foreign;	/* of the foreign kinds; else NULL */
};

/* Layers that a reader could not count, by what their format calls them. */
struct fc_uncounted {
	const char *kind;
	int count;
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
	const char *parameters;	/* "depths=2 2 2 2, aux=false": all that the model has, as they are here */
	char digest[65];	/* SHA-256 of the model's text, all files that it read, and of the settings */
	int64_t batch, classes;
	int node_count;
	struct fc_node *nodes;
	int head_count;
	struct fc_head heads[FC_MAX_HEADS];
	const char *untrainable;	/* why it can be counted but not trained, as a sentence; NULL: it can be */
	int uncounted_count;
	const struct fc_uncounted *uncounted;	/* in the order of their first appearance */
};

void fc_graph_release(struct fc_graph *graph);

/* Fails with the reason where the graph can only be counted. */
int fc_graph_check_trainable(const struct fc_graph *graph, struct fc_error *err);

const char *fc_op_name(enum fc_op op);

/* The name of its kind; of a foreign layer what its format calls it. */
const char *fc_node_kind(const struct fc_node *node);

/*
 * What a node asks of a kind beyond its plain form, for backends that have no more than that: "values of different shapes"
 * to add, "padding outside the mean" of a pool, "another padding at the end"; NULL: nothing.
 */
const char *fc_op_beyond(const struct fc_graph *graph, const struct fc_node *node);

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
	bool training_only;		/* dropout: in validation its output is its input */
	/* What forward leaves for backward beside input and output (indices, masks, statistics): nominal bytes. */
	uint64_t (*saved_bytes)(const struct fc_graph *graph, const struct fc_node *node);
};

const struct fc_op_traits *fc_op_traits(enum fc_op op);

#endif
