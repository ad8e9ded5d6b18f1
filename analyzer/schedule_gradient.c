/*
 * Which gradients lie in one buffer.
 *
 * Time runs with the backward pass: a node's moment is node_count - index, its steps read the gradient of its output
 * and write those of its inputs at that moment. The nodes whose gradients lie in one buffer are its holders; a holder
 * is alive until the moment when its gradient is read. Whatever is written into the buffer while two holders are
 * alive would destroy one of them. There are three ways to write:
 *
 *   a step takes over the buffer it reads (in place): only when it is the last living holder;
 *   an add passes its own gradient on without a step: content unchanged, always harmless in itself;
 *   a later contribution is added to a gradient that is already there: this cannot be avoided later, so an add may
 * only pass its buffer on when all such additions come after the death of the other holders.
 */
#include <limits.h>
#include <stdlib.h>

#include "schedule_builder.h"

#define NEVER INT_MAX

struct sharing {
	struct schedule_builder *b;
	/* Holders of a buffer as a list: first of the buffer, next of the node. Read ones stay in it. */
	int *first_holder, *next_holder;
};

static int moment(const struct sharing *s, int node)
{
	return s->b->graph->node_count - node;
}

static int dies(const struct sharing *s, int node)
{
	return moment(s, fc_schedule_gradient_reader(s->b, node));
}

/* The first moment after that of `node` at which another reader contributes to the gradient of x. */
static int next_addition(const struct sharing *s, int x, int node)
{
	const struct schedule_builder *const b = s->b;

	for (int r = b->reader_start[x + 1] - 1; r >= b->reader_start[x]; r--)
		if (b->reader[r] < node && b->reached[b->reader[r]])
			return moment(s, b->reader[r]);
	return NEVER;
}

static void hold(const struct sharing *s, int node, int buffer)
{
	s->b->schedule->gradient[node] = buffer;
	s->next_holder[node] = s->first_holder[buffer];
	s->first_holder[buffer] = node;
}

/*
 * The add `node` may let the gradient of its k-th input be its own. Not with an activation fused in (top is that
 * then): what is read is the gradient of the activation's output.
 */
static bool may_pass_on(const struct sharing *s, int node, int top, int k)
{
	const struct fc_node *const add = &s->b->graph->nodes[node];
	const int x = add->inputs[k], buffer = s->b->schedule->gradient[node];

	if (add->op != FC_OP_ADD || fc_op_beyond(s->b->graph, add) || top != node ||
	    (s->b->options.separate && s->b->options.separate[node]))
		return false;
	for (int other = 0; other < add->input_count; other++)
		if (other != k && add->inputs[other] == x)
			return false;
	for (int h = s->first_holder[buffer]; h >= 0; h = s->next_holder[h])
		if (h != node && dies(s, h) >= moment(s, node) &&
		    (next_addition(s, x, node) <= dies(s, h) || next_addition(s, h, node) <= dies(s, x)))
			return false;
	return true;
}

/*
 * The step of `node` may write the gradient of its input where that of its output was; with a fused activation (top),
 * where that of the activation's output was.
 */
static bool may_take_over(const struct sharing *s, int node, int top)
{
	const struct fc_node *const n = &s->b->graph->nodes[node];
	const struct fc_op_traits *const traits = fc_op_traits(n->op);
	const struct fc_graph *const graph = s->b->graph;

	if (n->input_count != 1 || (!traits->in_place && !traits->gradient_in_place) ||
	    (s->b->options.separate && s->b->options.separate[node]) ||
	    fc_shape_elements(n->shape) != fc_shape_elements(graph->nodes[n->inputs[0]].shape))
		return false;
	for (int h = s->first_holder[s->b->schedule->gradient[node]]; h >= 0; h = s->next_holder[h])
		if (h != node && h != top && dies(s, h) >= moment(s, node))
			return false;
	return true;
}

static void new_gradient(const struct sharing *s, int node)
{
	const uint64_t bytes = 4 * (uint64_t)fc_shape_elements(s->b->graph->nodes[node].shape);
	const int buffer = fc_schedule_new_buffer(s->b, FC_ROLE_GRADIENT, node, bytes);

	s->first_holder[buffer] = -1;
	hold(s, node, buffer);
}

/* `node` has the gradient of `top`'s output (itself, or the activation that it computes too): on to its inputs. */
static void propagate(const struct sharing *s, int node, int top)
{
	struct fc_schedule *const schedule = s->b->schedule;
	const struct fc_node *const n = &s->b->graph->nodes[node];

	schedule->gradient[node] = schedule->gradient[top];
	for (int k = 0; k < n->input_count; k++) {
		const int x = n->inputs[k];

		if (!s->b->needs_gradient[x])
			continue;
		if (schedule->gradient[x] >= 0) {
			schedule->accumulate[node][k] = true;
		} else if (may_pass_on(s, node, top, k)) {
			schedule->shared_gradient[node][k] = true;
			hold(s, x, schedule->gradient[node]);
		} else if (may_take_over(s, node, top)) {
			hold(s, x, schedule->gradient[node]);
		} else {
			new_gradient(s, x);
		}
	}
}

void fc_schedule_assign_gradients(struct schedule_builder *b)
{
	const int count = b->graph->node_count;
	const int *const fused = b->schedule->fused;
	struct sharing s = {
		.b = b,
		.first_holder = FC_NEW_ARRAY(&b->scratch, int, 3 * count),
		.next_holder = FC_NEW_ARRAY(&b->scratch, int, count),
	};

	/* The losses come first of all; who else reads a head's output adds to its gradient. */
	for (int n = 1; n < count; n++)
		if (b->is_head[n] && b->reached[n])
			new_gradient(&s, n);
	for (int n = count - 1; n > 0; n--)
		if (b->reached[n] && !fc_schedule_fused_backward(b, n))
			propagate(&s, n, fused[n] >= 0 && fc_schedule_fused_backward(b, fused[n]) ? fused[n] : n);
}
