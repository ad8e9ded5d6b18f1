/*
 * What the parts of the schedule builder share: schedule.c (which nodes run, order of steps), schedule_value.c and
 * schedule_gradient.c (which values and which gradients share a buffer), schedule_life.c (from which step to which it lives).
 */
#ifndef FLOPCLOCK_ANALYZER_SCHEDULE_BUILDER_H
#define FLOPCLOCK_ANALYZER_SCHEDULE_BUILDER_H

#include "flopclock/schedule.h"

struct schedule_builder {
	const struct fc_graph *graph;
	struct fc_schedule *schedule;
	struct fc_schedule_options options;
	struct fc_arena scratch;
	bool train;
	bool *is_head;		/* per node, in this pass */
	bool *needs_gradient;	/* per node: something at or below it has parameters */
	bool *reached;		/* per node: its gradient is computed and read */
	/*
	 * Nodes that run and read n's output, rising: reader[reader_start[n]] up to reader[reader_start[n + 1] - 1].
	 */
	int *reader_start, *reader;
	/* Index of a node's step in a phase, -1 where it has none. */
	int *step_of[FC_PHASE_COUNT];
};

int fc_schedule_new_buffer(struct schedule_builder *builder, enum fc_role role, int node, uint64_t bytes);

/* Fills schedule->value, fused and fused_phases; which nodes run, and their readers, are known. */
void fc_schedule_assign_values(struct schedule_builder *builder);

/* Fills schedule->gradient, accumulate and shared_gradient; values and fusions are decided. */
void fc_schedule_assign_gradients(struct schedule_builder *builder);

/* Fills first and last of every buffer and adds the saved data; the steps are known. */
void fc_schedule_assign_lives(struct schedule_builder *builder);

/* Whether the node's backward_data step has anything to do. */
bool fc_schedule_has_backward_data(const struct schedule_builder *builder, int node);

static inline const struct fc_op_traits *fc_schedule_traits(const struct schedule_builder *builder, int node)
{
	return fc_op_traits(builder->graph->nodes[node].op);
}

static inline bool fc_schedule_fused_backward(const struct schedule_builder *builder, int node)
{
	return builder->schedule->fused_phases[node] & 1u << FC_PHASE_BACKWARD_DATA;
}

/* The node whose steps read the gradient of this node's output. */
static inline int fc_schedule_gradient_reader(const struct schedule_builder *builder, int node)
{
	return fc_schedule_fused_backward(builder, node) ? builder->graph->nodes[node].inputs[0] : node;
}

#endif
