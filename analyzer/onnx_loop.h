/*
 * Loops whose number of turns is known: each turn is carried out as if it stood in the graph. A parameter that every turn
 * reads is one parameter.
 */
#ifndef ANALYZER_ONNX_LOOP_H
#define ANALYZER_ONNX_LOOP_H

#include "onnx_layer.h"

#define ONNX_MAX_TURNS 4096

struct onnx_loop {
	struct onnx_call *call;
	const struct onnx_graph *body;
	struct onnx_scope constants;	/* the body's initialisers and what it says of shapes */
	int layers;			/* of the graph when it began */
	int state_count, collected_count;
	int64_t turns, done;		/* wanted, and those carried out */
	struct onnx_value **outputs;	/* of the turn before */
	struct onnx_value **collected;	/* per output that is collected, of each turn */
};

/* The body of a call. Close it even where this fails. */
int fc_onnx_loop_open(struct onnx_loop *loop, struct onnx_call *call);
/* So many turns at most, at most ONNX_MAX_TURNS. */
void fc_onnx_loop_start(struct onnx_loop *loop, int64_t turns);
/* An operand of the turn that comes. */
void fc_onnx_loop_give(struct onnx_loop *loop, struct onnx_scope *turn, int input, struct onnx_value *value);
/* Carries out the body and ends the scope; `first` is where the states begin among the body's outputs. */
int fc_onnx_loop_turn(struct onnx_loop *loop, struct onnx_scope *turn, int first);
/* The call's outputs: the last states, and what each turn gave side by side along a new axis. */
int fc_onnx_loop_end(struct onnx_loop *loop, int first, const char *axes);
/* Passes `rc` on: of a loop whose end is not known (ONNX_LATER) nothing remains. */
int fc_onnx_loop_close(struct onnx_loop *loop, int rc);

/* An entry of a list of axes or the like that may be left out. */
int64_t fc_onnx_loop_entry(const struct onnx_call *call, const char *name, int index);

#endif
