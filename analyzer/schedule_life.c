/* From which step to which every buffer is needed: the first that writes it, the last that reads it. */
#include "schedule_builder.h"

static void touch(const struct schedule_builder *b, int buffer, int step)
{
	struct fc_buffer *const x = buffer >= 0 ? &b->schedule->buffers[buffer] : NULL;

	if (!x || step < 0)
		return;
	if (x->first < 0 || step < x->first)
		x->first = step;
	if (step > x->last)
		x->last = step;
}

static void touch_inputs(const struct schedule_builder *b, int node, int step)
{
	const struct fc_node *const n = &b->graph->nodes[node];

	for (int k = 0; k < n->input_count; k++)
		touch(b, b->schedule->value[n->inputs[k]], step);
}

static void live_forward(const struct schedule_builder *b, int node)
{
	const struct fc_schedule *const s = b->schedule;
	const int step = node ? b->step_of[FC_PHASE_FORWARD][node] : b->step_of[FC_PHASE_INPUT][0];

	touch(b, s->value[node], step);
	if (step >= 0)
		touch_inputs(b, node, step);
	touch(b, s->value[node], b->step_of[FC_PHASE_LOSS][node]);
	touch(b, s->gradient[node], b->step_of[FC_PHASE_LOSS][node]);
}

/*
 * What the backward step of `node` at index `step` keeps alive; `reads_input`: this is the one of its steps that
 * does.
 */
static void live_backward(const struct schedule_builder *b, int node, int step, bool reads_input)
{
	const struct fc_schedule *const s = b->schedule;
	const struct fc_op_traits *const traits = fc_op_traits(b->graph->nodes[node].op);
	const int top = s->fused[node];

	if (step < 0)
		return;
	if (traits->backward_reads_input && reads_input)
		touch_inputs(b, node, step);
	if (traits->backward_reads_output)
		touch(b, s->value[node], step);
	if (top >= 0 && fc_schedule_fused_backward(b, top) &&
	    fc_op_traits(b->graph->nodes[top].op)->backward_reads_output)
		touch(b, s->value[top], step);
	touch(b, s->gradient[node], step);
	touch(b, s->saved[node], step);
}

static void live_saved(struct schedule_builder *b, int node)
{
	const struct fc_op_traits *const traits = fc_op_traits(b->graph->nodes[node].op);
	const uint64_t bytes = traits->saved_bytes ? traits->saved_bytes(b->graph, &b->graph->nodes[node]) : 0;

	b->schedule->saved[node] = fc_schedule_new_buffer(b, FC_ROLE_SAVED, node, bytes);
	touch(b, b->schedule->saved[node], b->step_of[FC_PHASE_FORWARD][node]);
}

void fc_schedule_assign_lives(struct schedule_builder *b)
{
	const struct fc_graph *const graph = b->graph;

	for (int n = 0; n < graph->node_count; n++) {
		const int weights = b->step_of[FC_PHASE_BACKWARD_WEIGHTS][n],
			  data = b->step_of[FC_PHASE_BACKWARD_DATA][n];

		live_forward(b, n);
		if (b->train && b->step_of[FC_PHASE_FORWARD][n] >= 0)
			live_saved(b, n);
		live_backward(b, n, weights, true);
		live_backward(b, n, data, weights < 0);
		for (int k = 0; data >= 0 && k < graph->nodes[n].input_count; k++)
			if (b->needs_gradient[graph->nodes[n].inputs[k]] && !b->schedule->shared_gradient[n][k])
				touch(b, b->schedule->gradient[graph->nodes[n].inputs[k]], data);
	}
}
