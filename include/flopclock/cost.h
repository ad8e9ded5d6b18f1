/*
 * What a step costs, counted exactly. Counts are per kind, in 64 bits; every published rule is a linear formula over
 * them (table in analyzer/rule.c). All counts are for the whole batch of the graph.
 *
 *   MACs of a convolution   N * O * OH * OW * (I / groups) * KH * KW, positions on padding included, bias excluded
 *   MACs of a dense layer   N * O * I
 *   backward data           the same again, except where the input needs no gradient (it is the network's input)
 *   backward weights        the same again
 *   FLOPs                   2 * MACs; of an update: the optimizer's operations, see below
 *   bytes                   every operand moved once, no cache modelled
 */
#ifndef FLOPCLOCK_COST_H
#define FLOPCLOCK_COST_H

#include "flopclock/graph.h"
#include "flopclock/precision.h"
#include "flopclock/step.h"

/* Rule-free counters of one forward pass. The names are those of the reference tables. */
#define FC_COUNTERS(X)                                                              \
	X(conv_macs) X(conv_macs_in_bounds) X(linear_macs) X(matmul_macs)           \
	X(conv_bias) X(linear_bias) X(conv_out) X(linear_out)                       \
	X(norm_elements) X(norm_params)                                             \
	X(relu_elements) X(relu_module_elements) X(other_activation_elements)       \
	X(max_pool_in) X(max_pool_out) X(avg_pool_in) X(avg_pool_out)               \
	X(adaptive_pool_in) X(adaptive_pool_out)                                    \
	X(adaptive_pool_module_in) X(adaptive_pool_module_out)                      \
	X(add_elements) X(multiply_elements) X(concat_elements)

struct fc_counts {
#define X(name) uint64_t name;
	FC_COUNTERS(X)
#undef X
};

struct fc_cost {
	struct fc_step step;
	uint64_t macs, flops;
	uint64_t params;		/* trainable values of the node; the same in each of its phases */
	uint64_t bytes_read, bytes_written;
};

struct fc_cost_table {
	struct fc_arena arena;
	const struct fc_graph *graph;		/* borrowed */
	/* Per node its phases in the order of enum fc_phase: layer_costs rows; then input and the losses. */
	int count, layer_costs;
	struct fc_cost *costs;
	/* Per node, forward: counts[node]. Zero for the input. */
	struct fc_counts *counts;
	uint64_t params;			/* trainable values of the whole graph, auxiliary heads included */
};

/*
 * How parameters follow their gradients. Per trainable value w with gradient g, and step; what is the same for all of them is
 * not counted (1 - b1, c1 = 1 - b1^t ...). A multiplication, an addition, a division and a square root are one each.
 *
 *   sgd        w -= rate g                                                                            2 FLOPs
 *   momentum   m = b m + g; w -= rate m                                                               4
 *   adam       m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g g; w -= rate (m / c1) / (sqrt(v / c2) + e)    14
 *   with weight decay                                                    g = g + decay w comes first; 2 more
 *
 * w, g and the state (m, v) are read, w and the state are written, in fp32.
 */
struct fc_optimizer {
	const char *name;
	const char *formula;
	uint8_t flops, decay_flops;	/* per trainable value */
	uint8_t state;			/* values kept per trainable value */
};

const struct fc_optimizer *fc_optimizer_find(const char *name);	/* NULL: unknown */
const struct fc_optimizer *fc_optimizer_at(int index);		/* NULL behind the last; the first is the default */

/* What is counted; zero-initialised: a training iteration in fp32, SGD with momentum. */
struct fc_cost_options {
	const struct fc_optimizer *optimizer;	/* NULL: the default */
	bool weight_decay;
	bool in_bounds;			/* products with the zeros of padding count in no phase */
	enum fc_pass pass;		/* FC_PASS_VALIDATE: forward, input and loss of what runs in validation */
	/*
	 * bf16: activations, their gradients and the weights of products take 2 bytes, everything else 4; an update also
	 * writes the 2 bytes. tf32 moves what fp32 does.
	 */
	enum fc_precision precision;
};

/* Fails only when a total does not fit 64 bits, naming the layer. options: NULL for none. */
int fc_cost_build(const struct fc_graph *graph, struct fc_cost_table *table, struct fc_error *err);
int fc_cost_build_as(const struct fc_graph *graph, const struct fc_cost_options *options, struct fc_cost_table *table,
		     struct fc_error *err);
void fc_cost_release(struct fc_cost_table *table);

/* The cost of a step, NULL where the node has no such phase (a ReLU has no backward_weights). */
const struct fc_cost *fc_cost_find(const struct fc_cost_table *table, struct fc_step step);

/* Forward counts summed over the nodes that run in the pass. */
int fc_cost_counts(const struct fc_cost_table *table, enum fc_pass pass, struct fc_counts *sum, struct fc_error *err);

/*
 * fp32 bytes of all outputs that are no views, every in-place operation counted as if it had an output of its own;
 * images and dropout are not counted. An upper bound of what a naive implementation allocates.
 */
uint64_t fc_cost_output_bytes(const struct fc_graph *graph, enum fc_pass pass);

/*
 * Bytes that PyTorch's autograd would keep from forward to backward for the same network in training: every storage
 * once, images included, parameters and buffers not; ReLU and residual adds in place as torchvision writes them;
 * indices of a max pool 8 bytes, masks of dropout 4 bytes per value, mean and 1/deviation of a batch norm.
 */
uint64_t fc_autograd_saved_bytes(const struct fc_graph *graph);

/* What a rule charges for a node of one kind instead of the weighted counters. */
struct fc_rule_kind {
	enum fc_op op;
	bool unknown;		/* the original prints 0 because it does not know it */
	bool by_class;		/* the same for a layer norm over channels, which is a class of its own there */
	uint8_t per_output;	/* for each element of the output; and beside it, where not NULL: */
	bool (*charge)(const struct fc_graph *graph, const struct fc_node *node, uint64_t *total); /* false: too much */
};

/* Counting rules. */
struct fc_rule {
	const char *name;	/* "thop" */
	const char *version;	/* "0.1.1" */
	const char *unit;	/* "MAC" or "FLOP": what the original prints */
	const char *formula;	/* as text, for the header of every output */
	const char *source;
	/* total = sum of weights[i] * counter i, in the order of FC_COUNTERS */
	const uint8_t *weights;
	/* Kinds that the original charges otherwise than by their counters; a row with the kind `input` ends it; NULL: none. */
	const struct fc_rule_kind *kinds;
	/* Per element of a batch norm in training; 0: as in evaluation. */
	uint8_t training_norm;
	/* Counters of kinds that the original does not know and prints as 0 (--strict refuses them): a bit each. */
	uint64_t blind;
	bool paper;		/* the published table's rule: 2 * round(GMACs, 2) is printed too */
	bool single;		/* the original sums layers up in single precision, in their order */
	bool in_bounds;		/* goes with fc_cost_options.in_bounds */
};

const struct fc_rule *fc_rule_find(const char *name);		/* NULL: unknown */
const struct fc_rule *fc_rule_at(int index);			/* NULL behind the last */

/*
 * The rule's own number for a pass or for one node (node >= 0; -1 for the whole graph), in the rule's unit. The whole is the sum
 * of the nodes but for rules in single precision.
 */
int fc_rule_apply(const struct fc_rule *rule, const struct fc_cost_table *table, enum fc_pass pass, int node,
		  uint64_t *total, struct fc_error *err);

/* A total in hundredths of a GFLOP as the published table has it: GMACs rounded to two decimals, then doubled. */
uint64_t fc_rule_published_hundredths(uint64_t macs);

/*
 * Whether the rule's original knows this kind of layer; where it does not, its total lacks the layer without a
 * word.
 */
bool fc_rule_sees(const struct fc_rule *rule, const struct fc_cost_table *table, int node);

#endif
