/* Which values lie in one buffer: in-place layers, identities, activations that their producer computes. */
#include "schedule_builder.h"

/* Reads of a value that come after every forward step: by the loss, or by a backward step. */
static bool read_late(const struct schedule_builder *b, int node)
{
	if (b->is_head[node] || (b->reached[node] && fc_schedule_traits(b, node)->backward_reads_output))
		return true;
	for (int r = b->reader_start[node]; r < b->reader_start[node + 1]; r++)
		if (b->reached[b->reader[r]] && fc_schedule_traits(b, b->reader[r])->backward_reads_input)
			return true;
	return false;
}

/* An in-place node may overwrite its first input when it is the last that reads it. */
static bool takes_over(const struct schedule_builder *b, int node, const int *pending, const int *root)
{
	const struct fc_node *const n = &b->graph->nodes[node];
	const int x = n->input_count ? n->inputs[0] : -1;

	return x >= 0 && fc_schedule_traits(b, node)->in_place && pending[root[x]] == 1 &&
	       !(b->options.separate && b->options.separate[node]) &&
	       fc_shape_elements(n->shape) == fc_shape_elements(b->graph->nodes[x].shape);
}

/*
 * A producer whose two backward phases are separate applies the activation's backward in place, to the gradient that it
 * gets. An add behind the activation may have let others share that very buffer.
 */
static bool mask_would_spread(const struct schedule_builder *b, int producer, int activation)
{
	if (!b->graph->nodes[producer].param_count || fc_schedule_traits(b, producer)->joint_backward)
		return false;
	for (int r = b->reader_start[activation]; r < b->reader_start[activation + 1]; r++)
		if (b->graph->nodes[b->reader[r]].op == FC_OP_ADD)
			return true;
	return false;
}

static void try_fusion(struct schedule_builder *b, int node)
{
	const struct fc_node *const n = &b->graph->nodes[node];
	const int x = n->inputs[0];
	unsigned phases;

	if (!b->options.fuses || n->input_count != 1 || n->param_count || x == 0 || b->schedule->fused_phases[x] ||
	    b->schedule->identity[x] || b->reader_start[x + 1] - b->reader_start[x] != 1)
		return;
	phases = b->options.fuses(&b->graph->nodes[x], n, b->schedule->pass);
	phases &= 1u << FC_PHASE_FORWARD |
		  (b->reached[node] && !mask_would_spread(b, x, node) ? 1u << FC_PHASE_BACKWARD_DATA : 0);
	/* The backward of an activation alone would need the value between the two, which is not kept. */
	if (!(phases & 1u << FC_PHASE_FORWARD))
		return;
	b->schedule->fused[x] = node;
	b->schedule->fused_phases[node] = phases;
}

void fc_schedule_assign_values(struct schedule_builder *b)
{
	const struct fc_graph *const graph = b->graph;
	struct fc_schedule *const s = b->schedule;
	/*
	 * root: the node whose output this one's is, through identities; pending: reads of it that are still to come.
	 */
	int *const root = FC_NEW_ARRAY(&b->scratch, int, graph->node_count);
	int *const pending = FC_NEW_ARRAY(&b->scratch, int, graph->node_count);

	for (int n = 0; n < graph->node_count; n++) {
		root[n] = s->identity[n] ? root[graph->nodes[n].inputs[0]] : n;
		if (!s->runs[n])
			continue;
		pending[root[n]] += read_late(b, n);
		for (int k = 0; !s->identity[n] && k < graph->nodes[n].input_count; k++)
			pending[root[graph->nodes[n].inputs[k]]]++;
	}
	for (int n = 0; n < graph->node_count; n++) {
		const struct fc_node *const node = &graph->nodes[n];

		if (!s->runs[n])
			continue;
		if (s->identity[n]) {
			s->value[n] = s->value[node->inputs[0]];
			continue;
		}
		if (takes_over(b, n, pending, root)) {
			s->value[n] = s->value[node->inputs[0]];
			try_fusion(b, n);
		} else {
			s->value[n] = fc_schedule_new_buffer(b, FC_ROLE_VALUE, n,
							     4 * (uint64_t)fc_shape_elements(node->shape));
		}
		for (int k = 0; k < node->input_count; k++)
			pending[root[node->inputs[k]]]--;
	}
}
