/*
 * From a node that does work to a node of struct fc_graph.
 *
 * Values have any number of dimensions, layers four: (N, C, H, W). A layer of a kind that the program trains is only made
 * where the kind's own shape rule gives the very shape that the standard gives. Everything else becomes a foreign layer,
 * which carries the counts that are given here.
 */
#ifndef ANALYZER_ONNX_LAYER_H
#define ANALYZER_ONNX_LAYER_H

#include "onnx_machine.h"

/* How dimensions become (N, C, H, W); four are themselves. */
enum onnx_fold {
	ONNX_IMAGE,	/* (N, C), (N, C, W): what is behind the channels comes last */
	ONNX_ROWS,	/* (N, W), (N, H, W): rows of features */
};

/* Fewer than five dimensions, all sides at least 1; false otherwise. */
bool fc_onnx_fold(const struct onnx_value *value, enum onnx_fold fold, struct fc_shape *shape);

/* Sets of a call's inputs have a bit for each; those behind the last bit belong to the set of all. */
#define ONNX_ALL_INPUTS (~0u)
static inline bool fc_onnx_has(unsigned inputs, int index)
{
	return index < 32 ? inputs >> index & 1 : inputs == ONNX_ALL_INPUTS;
}

/* A kind that would do. */
struct onnx_wish {
	enum fc_op op;
	struct fc_attributes attributes;
	enum onnx_fold fold;
	unsigned data;		/* which inputs of the call are data */
	unsigned params;	/* which hold its parameters; all of their values must be its parameters, and the reverse */
	bool elementwise;	/* one input, and the order of its values does not matter */
	bool learns;		/* broadcasts: an initialiser may be data too, the same for every image */
};

/* Whether it became such a layer; the first output lies in it then. */
bool fc_onnx_lower(struct onnx_call *call, const struct onnx_wish *wish);

/* Whether the first input, transposed, became a layer of kind permute; the first output lies in it then. */
bool fc_onnx_lower_transposition(struct onnx_call *call, enum onnx_fold fold);

/*
 * An earlier layer has these parameters. Vectors that came through an Identity, or whose values are all one number, were only
 * merged by the exporter, because they are equal: biases and scales of a network that was never trained.
 */
bool fc_onnx_is_shared(const struct onnx_value *value);

/* Outputs without a layer are made of the initialisers that the inputs are, or are made of. */
void fc_onnx_inherit(struct onnx_call *call);

/* What a node costs that fits no kind. */
struct onnx_cost {
	struct fc_counts counts;
	/* MACs of the gradient of each of the first inputs, data or parameter; and what backward needs beside them. */
	uint64_t input_macs[FC_FOREIGN_INPUTS], other_macs;
	uint64_t read_values;	/* of its data; 0: all of them */
	unsigned untrained;	/* inputs that are no parameters although they are initialisers */
	unsigned learned;	/* inputs that are parameters even where they are a single value, or integers */
	bool quantised;		/* its integers stand for reals, and are learned as these are */
	bool moves;		/* the backward pass reads nothing but the gradient */
};

/* What a layer is called: the node's name, else that of its first output, else its op. */
const char *fc_onnx_layer_name(const struct onnx_call *call);

/* Adds a foreign layer; all outputs lie in it. No layer where everything is constant. */
int fc_onnx_count(struct onnx_call *call, const struct onnx_cost *cost);

/* A foreign layer that counts nothing, and a line in the list of what could not be counted. */
int fc_onnx_uncounted(struct onnx_call *call, const char *why);
/* Values that are only moved, from where nothing is known: only the file could say their shape. */
int fc_onnx_unfollowed(struct onnx_call *call);

/* The network's input as node 0, others as layers without operands; by_image: it grows with the batch. */
int fc_onnx_add_input(struct onnx_machine *m, struct onnx_value *value, bool first, bool by_image);

/* A bias behind a product without one: adds it to the layer that made the value; false where there is none. */
bool fc_onnx_merge_bias(struct onnx_call *call, struct onnx_value *product, struct onnx_value *bias);

#endif
