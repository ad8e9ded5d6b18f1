#include "flopclock/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "schedule_builder.h"

/* Larger buffers than this (256 TiB) are a mistake, and sums of smaller ones cannot overflow. */
#define MAX_BUFFER_BYTES (UINT64_C(1) << 48)

int fc_schedule_new_buffer(struct schedule_builder *b, enum fc_role role, int node, uint64_t bytes)
{
	struct fc_buffer *const buffer = &b->schedule->buffers[b->schedule->buffer_count];

	*buffer = (struct fc_buffer){ .role = role, .node = node, .bytes = bytes, .first = -1, .last = -1 };
	return b->schedule->buffer_count++;
}

bool fc_schedule_needs_gradient(const struct fc_graph *graph, int node)
{
	bool *below;
	bool found = false;

	if (graph->nodes[node].param_count)
		return true;
	below = fc_calloc((size_t)node + 1, sizeof(*below));
	below[node] = true;
	/* Inputs have smaller indices: one walk downward visits everything below once. */
	for (int n = node; n >= 0 && !found; n--) {
		if (!below[n])
			continue;
		found = graph->nodes[n].param_count > 0;
		for (int k = 0; k < graph->nodes[n].input_count; k++)
			below[graph->nodes[n].inputs[k]] = true;
	}
	free(below);
	return found;
}

static int check_sizes(const struct fc_graph *graph, struct fc_error *err)
{
	for (int n = 0; n < graph->node_count; n++) {
		const struct fc_shape s = graph->nodes[n].shape;
		int64_t bytes = 4;

		if (s.n < 1 || s.c < 1 || s.h < 1 || s.w < 1 || __builtin_mul_overflow(bytes, s.n, &bytes) ||
		    __builtin_mul_overflow(bytes, s.c, &bytes) || __builtin_mul_overflow(bytes, s.h, &bytes) ||
		    __builtin_mul_overflow(bytes, s.w, &bytes) || (uint64_t)bytes > MAX_BUFFER_BYTES)
			return fc_fail(err,
				       "%s: layer %s has an output of %lld x %lld x %lld x %lld values, more than "
				       "any memory holds",
				       graph->name, graph->nodes[n].name, (long long)s.n, (long long)s.c,
				       (long long)s.h, (long long)s.w);
	}
	return 0;
}

/* Which nodes and heads take part, and which of them need a gradient. */
static int mark_nodes(struct schedule_builder *b, struct fc_error *err)
{
	const struct fc_graph *const graph = b->graph;
	struct fc_schedule *const s = b->schedule;

	for (int n = 0; n < graph->node_count; n++) {
		const struct fc_node *const node = &graph->nodes[n];

		s->runs[n] = b->train || !node->train_only;
		s->identity[n] = !b->train && fc_op_traits(node->op)->training_only;
		b->needs_gradient[n] = node->param_count > 0;
		for (int k = 0; k < node->input_count; k++)
			b->needs_gradient[n] |= b->needs_gradient[node->inputs[k]];
	}
	for (int h = 0; h < graph->head_count; h++) {
		const struct fc_head *const head = &graph->heads[h];

		if (head->train_only && !b->train)
			continue;
		if (b->is_head[head->node])
			return fc_fail(err, "%s: layer %s is the answer of two heads", graph->name,
				       graph->nodes[head->node].name);
		b->is_head[head->node] = true;
		b->reached[head->node] = b->train && b->needs_gradient[head->node];
	}
	for (int n = graph->node_count - 1; n > 0; n--)
		for (int k = 0; b->reached[n] && k < graph->nodes[n].input_count; k++)
			b->reached[graph->nodes[n].inputs[k]] |= b->needs_gradient[graph->nodes[n].inputs[k]];
	return 0;
}

static void list_readers(struct schedule_builder *b)
{
	const struct fc_graph *const graph = b->graph;
	int *const start = b->reader_start, *fill;

	for (int n = 0; n < graph->node_count; n++)
		for (int k = 0; b->schedule->runs[n] && k < graph->nodes[n].input_count; k++)
			start[graph->nodes[n].inputs[k] + 1]++;
	for (int n = 0; n < graph->node_count; n++)
		start[n + 1] += start[n];
	b->reader = FC_NEW_ARRAY(&b->scratch, int, start[graph->node_count] + 1);
	fill = FC_NEW_ARRAY(&b->scratch, int, graph->node_count + 1);
	memcpy(fill, start, (size_t)graph->node_count * sizeof(*fill));
	for (int n = 0; n < graph->node_count; n++)
		for (int k = 0; b->schedule->runs[n] && k < graph->nodes[n].input_count; k++)
			b->reader[fill[graph->nodes[n].inputs[k]]++] = n;
}

/* -------- steps -------- */

static void add_step(struct schedule_builder *b, int node, enum fc_phase phase)
{
	b->step_of[phase][node] = b->schedule->step_count;
	b->schedule->steps[b->schedule->step_count++] = (struct fc_step){ node, phase };
}

bool fc_schedule_has_backward_data(const struct schedule_builder *b, int node)
{
	const struct fc_node *const n = &b->graph->nodes[node];

	if (n->param_count && fc_schedule_traits(b, node)->joint_backward)
		return true;
	for (int k = 0; k < n->input_count; k++)
		if (b->needs_gradient[n->inputs[k]] && !b->schedule->shared_gradient[node][k])
			return true;
	return false;
}

static void add_updates(struct schedule_builder *b)
{
	for (int n = b->graph->node_count - 1; n > 0; n--) {
		if (!b->reached[n] || !b->graph->nodes[n].param_count)
			continue;
		add_step(b, n, FC_PHASE_UPDATE);
		if (b->options.update_once)
			return;
	}
}

static void add_backward_steps(struct schedule_builder *b)
{
	const struct fc_graph *const graph = b->graph;

	for (int n = graph->node_count - 1; n > 0; n--) {
		if (!b->reached[n] || fc_schedule_fused_backward(b, n))
			continue;
		if (graph->nodes[n].param_count && !fc_schedule_traits(b, n)->joint_backward)
			add_step(b, n, FC_PHASE_BACKWARD_WEIGHTS);
		if (fc_schedule_has_backward_data(b, n))
			add_step(b, n, FC_PHASE_BACKWARD_DATA);
		if (graph->nodes[n].param_count && !b->options.updates_last)
			add_step(b, n, FC_PHASE_UPDATE);
	}
	if (b->options.updates_last)
		add_updates(b);
}

static void add_steps(struct schedule_builder *b)
{
	const struct fc_graph *const graph = b->graph;
	const struct fc_schedule *const s = b->schedule;

	add_step(b, 0, FC_PHASE_INPUT);
	for (int n = 1; n < graph->node_count; n++)
		if (s->runs[n] && !s->identity[n] && !(s->fused_phases[n] & 1u << FC_PHASE_FORWARD))
			add_step(b, n, FC_PHASE_FORWARD);
	for (int h = 0; h < graph->head_count; h++)
		if (b->is_head[graph->heads[h].node] && (b->train || !graph->heads[h].train_only))
			add_step(b, graph->heads[h].node, FC_PHASE_LOSS);
	add_backward_steps(b);
}

/* -------- the whole -------- */

static void allocate(struct schedule_builder *b)
{
	const struct fc_graph *const graph = b->graph;
	struct fc_schedule *const s = b->schedule;
	const int count = graph->node_count;
	int inputs = 0;
	bool *flags;

	for (int n = 0; n < count; n++)
		inputs += graph->nodes[n].input_count;
	s->steps = FC_NEW_ARRAY(&s->arena, struct fc_step, 4 * count + graph->head_count + 1);
	s->buffers = FC_NEW_ARRAY(&s->arena, struct fc_buffer, 3 * count);
	int **const per_node[] = { &s->value, &s->gradient, &s->saved, &s->fused };
	for (size_t i = 0; i < sizeof(per_node) / sizeof(per_node[0]); i++) {
		*per_node[i] = FC_NEW_ARRAY(&s->arena, int, count);
		memset(*per_node[i], 0xff, (size_t)count * sizeof(int));
	}
	s->fused_phases = FC_NEW_ARRAY(&s->arena, unsigned, count);
	s->runs = FC_NEW_ARRAY(&s->arena, bool, count);
	s->identity = FC_NEW_ARRAY(&s->arena, bool, count);
	s->accumulate = FC_NEW_ARRAY(&s->arena, bool *, count);
	s->shared_gradient = FC_NEW_ARRAY(&s->arena, bool *, count);
	flags = FC_NEW_ARRAY(&s->arena, bool, 2 * inputs + 1);
	for (int n = 0; n < count; n++) {
		s->accumulate[n] = flags;
		s->shared_gradient[n] = flags + graph->nodes[n].input_count;
		flags += 2 * graph->nodes[n].input_count;
	}
	b->is_head = FC_NEW_ARRAY(&b->scratch, bool, count);
	b->needs_gradient = FC_NEW_ARRAY(&b->scratch, bool, count);
	b->reached = FC_NEW_ARRAY(&b->scratch, bool, count);
	b->reader_start = FC_NEW_ARRAY(&b->scratch, int, count + 1);
	for (int phase = 0; phase < FC_PHASE_COUNT; phase++) {
		b->step_of[phase] = FC_NEW_ARRAY(&b->scratch, int, count);
		memset(b->step_of[phase], 0xff, (size_t)count * sizeof(int));
	}
}

int fc_schedule_build(const struct fc_graph *graph, enum fc_pass pass, const struct fc_schedule_options *options,
		      struct fc_schedule *schedule, struct fc_error *err)
{
	struct schedule_builder b = { .graph = graph, .schedule = schedule, .train = pass == FC_PASS_TRAIN };
	int rc = check_sizes(graph, err);

	if (rc)
		return rc;
	if (options)
		b.options = *options;
	*schedule = (struct fc_schedule){ .graph = graph, .pass = pass };
	fc_arena_init(&schedule->arena);
	fc_arena_init(&b.scratch);
	allocate(&b);
	rc = mark_nodes(&b, err);
	if (!rc) {
		list_readers(&b);
		fc_schedule_assign_values(&b);
		if (b.train)
			fc_schedule_assign_gradients(&b);
		add_steps(&b);
		fc_schedule_assign_lives(&b);
	}
	fc_arena_release(&b.scratch);
	if (rc)
		fc_schedule_release(schedule);
	return rc;
}

void fc_schedule_release(struct fc_schedule *schedule)
{
	fc_arena_release(&schedule->arena);
	*schedule = (struct fc_schedule){ .step_count = 0 };
}
