/*
 * The spine: a step is a node in a phase. It is the unit of cost, of planning, of execution, of timing and of joining.
 */
#ifndef FLOPCLOCK_STEP_H
#define FLOPCLOCK_STEP_H

/* forward .. update belong to a node; input to node 0; loss to the node of a head. */
#define FC_PHASES(X)                            \
	X(FORWARD, forward)                     \
	X(BACKWARD_DATA, backward_data)         \
	X(BACKWARD_WEIGHTS, backward_weights)   \
	X(UPDATE, update)                       \
	X(INPUT, input)                         \
	X(LOSS, loss)

enum fc_phase {
#define X(upper, lower) FC_PHASE_##upper,
	FC_PHASES(X)
#undef X
	FC_PHASE_COUNT
};

enum fc_pass { FC_PASS_TRAIN, FC_PASS_VALIDATE, FC_PASS_COUNT };

struct fc_step {
	int node;
	enum fc_phase phase;
};

const char *fc_phase_name(enum fc_phase phase);
const char *fc_pass_name(enum fc_pass pass);	/* "train", "validate" */

#endif
