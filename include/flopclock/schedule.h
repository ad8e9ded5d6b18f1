/*
 * The order of steps of one iteration and the life of every buffer in it: pure, derived from the graph alone.
 *
 * The analyzer packs it with nominal fp32 sizes to announce the memory of a training step; the executor packs the same
 * schedule with the sizes that its backend's layouts have, and runs it.
 *
 * Order in training: input, forward of every node, loss of every head, then in reverse order per node backward_weights,
 * backward_data and update: the update finds the gradient still in the cache, and the weights are no longer needed.
 * (A backend that wants the updates together gets them at the end, or one step, that of the last layer that has parameters,
 * in which it does all of them.) In validation: input, forward, loss; a dropout is no
 * step there, its output is its input.
 *
 * A kind with parameters whose two backward phases are separate reads its input in backward_weights only, so that the
 * gradient of the input may lie where the input was.
 *
 * Buffers are shared where that is exact: an in-place node (traits) takes over its input's value when nothing else reads
 * it; its gradient likewise. A gradient with several contributions is written by the first step that contributes and
 * accumulated into by the others. The backward of an add is no step at all where its inputs can share the
 * gradient of its output.
 */
#ifndef FLOPCLOCK_SCHEDULE_H
#define FLOPCLOCK_SCHEDULE_H

#include "flopclock/cost.h"

/*
 * PARAM, GRADIENT (of parameters), MOMENTUM, SHADOW (of parameters, in a second representation) and STATE (running
 * statistics) live through; the others from first to last.
 */
#define FC_ROLES(X)                                                                              \
	X(PARAM, parameters) X(PARAM_GRADIENT, parameter_gradients) X(MOMENTUM, optimizer)       \
	X(SHADOW, shadows) X(STATE, statistics)                                                  \
	X(VALUE, activations) X(GRADIENT, activation_gradients) X(SAVED, saved) X(SCRATCH, scratch)

enum fc_role {
#define X(upper, lower) FC_ROLE_##upper,
	FC_ROLES(X)
#undef X
	FC_ROLE_COUNT
};

struct fc_buffer {
	enum fc_role role;
	int node;		/* whose value, gradient, saved data ... */
	uint64_t bytes;		/* nominal; the executor writes the real size */
	int first, last;	/* indices of steps, inclusive */
	uint64_t offset;	/* after packing; only for roles that do not live through */
};

/* What an executor knows of its backend; zero-initialised is what the analyzer announces. */
struct fc_schedule_options {
	bool updates_last;
	bool update_once;	/* with updates_last: only the first of the update steps, which does the others' work too */
	/* Per node or NULL: its layout differs from an input's, so that it shares no buffer with its inputs. */
	const bool *separate;
	/* fc_backend's function of this name, or NULL. Only asked for an activation in place behind its only producer. */
	unsigned (*fuses)(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass);
};

struct fc_schedule {
	struct fc_arena arena;
	const struct fc_graph *graph;	/* borrowed */
	enum fc_pass pass;
	int step_count;
	struct fc_step *steps;
	int buffer_count;
	struct fc_buffer *buffers;
	/*
	 * Values, gradients and saved data; what lives through is not listed. Index into buffers or -1, per node; several
	 * nodes may share one. A gradient exists where something reads it.
	 */
	int *value, *gradient, *saved;
	/* Per node: the activation that its own steps compute too (or -1), and which of this node's phases another computes. */
	int *fused;
	unsigned *fused_phases;
	/* Per node: runs in this pass; its output is its input (no step). */
	bool *runs, *identity;
	/* Per node an array of input_count: this node's backward_data adds to what is there instead of overwriting. */
	bool **accumulate;
	/* Per node an array of input_count: this input's gradient shares the buffer of the output's, nothing to do. */
	bool **shared_gradient;
};

/* options: NULL for none. Fails for sizes beyond reason and for two heads on one node. On failure nothing is left. */
int fc_schedule_build(const struct fc_graph *graph, enum fc_pass pass, const struct fc_schedule_options *options,
		      struct fc_schedule *schedule, struct fc_error *err);
void fc_schedule_release(struct fc_schedule *schedule);

/*
 * Assigns offsets (multiples of 64 bytes) to buffers that do not live through, so that no two whose lives meet overlap.
 * Returns the bytes needed. Largest first, each into the smallest gap that fits: within a few percent of the peak.
 */
uint64_t fc_schedule_pack(struct fc_buffer *buffers, int count);

/* Whether the gradient of this node's output is needed at all (something below it has parameters). */
bool fc_schedule_needs_gradient(const struct fc_graph *graph, int node);

/* Nominal bytes of one step: without what a backend's layouts and its workspace add. */
struct fc_memory {
	uint64_t params, param_gradients, optimizer, statistics;
	uint64_t activations;		/* peak of everything that does not live through */
	uint64_t kept;			/* of that: values and saved data alive when the backward pass begins */
	uint64_t shadows;		/* bf16 beside fp32 parameters */
	uint64_t total;
	struct fc_step peak;		/* the step in which most is alive at once */
	uint64_t alive;			/* how much that is: no packing can do with less */
};

/* Zero-initialised: a training step of SGD without momentum in fp32. */
struct fc_memory_options {
	enum fc_pass pass;		/* FC_PASS_VALIDATE: an inference; it keeps parameters, statistics and little else */
	int optimizer_values;		/* that the optimizer keeps per trainable value */
	enum fc_precision precision;	/* bf16: activations take 2 bytes, training keeps a shadow, inference nothing but that */
};

int fc_memory_plan(const struct fc_graph *graph, const struct fc_memory_options *options, struct fc_memory *memory,
		   struct fc_error *err);

/* The same of a training step in fp32. */
int fc_memory_estimate(const struct fc_graph *graph, bool momentum, struct fc_memory *memory, struct fc_error *err);

#endif
