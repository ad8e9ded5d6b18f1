/*
 * A simulation of schedules that knows nothing of how they were made: buffers hold tags of what was written last, and every
 * step must find the tags it needs, in a buffer that lives at that moment.
 */
#ifndef TEST_ANALYZER_SCHEDULE_MACHINE_H
#define TEST_ANALYZER_SCHEDULE_MACHINE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/schedule.h"

struct machine {
	const struct fc_graph *graph;
	const struct fc_schedule *s;
	struct fc_schedule_options options;
	int step;
	int *value_tag;	     /* per buffer: the node whose value it holds, -1 */
	int *saved_tag;	     /* per buffer */
	bool *holds;	     /* per buffer and node: it holds this node's gradient, as far as it is there */
	int *got, *expected; /* per node: contributions to its gradient */
	bool *reached, *needs, *passed_on;
	const char *name;
};

#define CHECK(m, condition)                                                                                          \
	do {                                                                                                         \
		if (!(condition))                                                                                    \
			fail_msg("%s, pass %d, step %d (%s %s): %s", (m)->name, (int)(m)->s->pass, (m)->step,        \
				 (m)->graph->nodes[(m)->s->steps[(m)->step].node].name,                              \
				 fc_phase_name((m)->s->steps[(m)->step].phase), #condition);                         \
	} while (0)

static inline void in_life(struct machine *m, int buffer)
{
	CHECK(m, buffer >= 0);
	CHECK(m, m->s->buffers[buffer].first <= m->step && m->s->buffers[buffer].last >= m->step);
}

/* The node whose computation produced what node n's output holds. */
static inline int origin(const struct machine *m, int n)
{
	while (m->s->identity[n])
		n = m->graph->nodes[n].inputs[0];
	return n;
}

static inline int top_of(const struct machine *m, int n, enum fc_phase phase)
{
	const int fused = m->s->fused[n];

	return fused >= 0 && m->s->fused_phases[fused] & 1u << phase ? fused : n;
}

static inline void read_value(struct machine *m, int n)
{
	in_life(m, m->s->value[n]);
	CHECK(m, m->value_tag[m->s->value[n]] == origin(m, n));
}

static inline void read_gradient(struct machine *m, int n)
{
	const int buffer = m->s->gradient[n];

	in_life(m, buffer);
	CHECK(m, m->holds[buffer * m->graph->node_count + n]);
	CHECK(m, m->got[n] == m->expected[n]);
}

static inline void hold_only(struct machine *m, int buffer, int n)
{
	memset(m->holds + buffer * m->graph->node_count, 0, (size_t)m->graph->node_count);
	m->holds[buffer * m->graph->node_count + n] = true;
}

static inline void forward(struct machine *m, int n)
{
	const struct fc_node *const node = &m->graph->nodes[n];

	for (int k = 0; k < node->input_count; k++) {
		read_value(m, node->inputs[k]);
		/* In place only over the first input. */
		CHECK(m, k == 0 || m->s->value[node->inputs[k]] != m->s->value[n]);
	}
	if (node->input_count && m->s->value[n] == m->s->value[node->inputs[0]])
		CHECK(m, fc_op_traits(node->op)->in_place && !(m->options.separate && m->options.separate[n]));
	in_life(m, m->s->value[n]);
	m->value_tag[m->s->value[n]] = top_of(m, n, FC_PHASE_FORWARD);
	if (m->s->saved[n] >= 0) {
		in_life(m, m->s->saved[n]);
		m->saved_tag[m->s->saved[n]] = n;
	}
}

static inline void loss(struct machine *m, int n)
{
	const int buffer = m->s->gradient[n];

	read_value(m, n);
	if (m->s->pass != FC_PASS_TRAIN || buffer < 0)
		return;
	in_life(m, buffer);
	hold_only(m, buffer, n);
	CHECK(m, m->got[n] == 0);
	m->got[n] = 1;
}

/* What an add hands on without a step: its gradient is also that of its inputs. */
static inline void pass_on(struct machine *m, int n)
{
	const struct fc_node *const node = &m->graph->nodes[n];

	if (m->passed_on[n])
		return;
	m->passed_on[n] = true;
	for (int k = 0; k < node->input_count; k++) {
		const int x = node->inputs[k], buffer = m->s->gradient[n];

		if (!m->s->shared_gradient[n][k])
			continue;
		CHECK(m, node->op == FC_OP_ADD && m->s->gradient[x] == buffer);
		CHECK(m,
		      m->holds[buffer * m->graph->node_count + n] && m->got[n] == m->expected[n] && m->got[x] == 0);
		m->holds[buffer * m->graph->node_count + x] = true;
		m->got[x] = 1;
	}
}

static inline void read_for_backward(struct machine *m, int n, enum fc_phase phase)
{
	const struct fc_node *const node = &m->graph->nodes[n];
	const struct fc_op_traits *const traits = fc_op_traits(node->op);
	const bool separate_weights = node->param_count && !traits->joint_backward;
	const int top = top_of(m, n, FC_PHASE_BACKWARD_DATA);

	read_gradient(m, top);
	if (traits->backward_reads_input && separate_weights == (phase == FC_PHASE_BACKWARD_WEIGHTS))
		for (int k = 0; k < node->input_count; k++)
			read_value(m, node->inputs[k]);
	if (traits->backward_reads_output)
		read_value(m, n);
	if (top != n && fc_op_traits(m->graph->nodes[top].op)->backward_reads_output)
		read_value(m, top);
	if (m->s->saved[n] >= 0) {
		in_life(m, m->s->saved[n]);
		CHECK(m, m->saved_tag[m->s->saved[n]] == n);
	}
}

static inline void backward_data(struct machine *m, int n)
{
	const struct fc_node *const node = &m->graph->nodes[n];
	const int dy = m->s->gradient[top_of(m, n, FC_PHASE_BACKWARD_DATA)];

	for (int k = 0; k < node->input_count; k++) {
		const int x = node->inputs[k], dx = m->s->gradient[x];

		if (!m->needs[x] || m->s->shared_gradient[n][k])
			continue;
		in_life(m, dx);
		if (m->s->accumulate[n][k]) {
			/* Adding to the very buffer that is being read would read what was added. */
			CHECK(m, dx != dy && m->holds[dx * m->graph->node_count + x] && m->got[x] > 0);
		} else {
			CHECK(m, m->got[x] == 0);
			CHECK(m, dx != dy || ((fc_op_traits(node->op)->in_place ||
					       fc_op_traits(node->op)->gradient_in_place) &&
					      node->input_count == 1));
		}
		hold_only(m, dx, x);
		m->got[x]++;
	}
	pass_on(m, n);
}

/* Who has no step of its own passes on when its moment comes: before any node below it. */
static inline void pass_on_above(struct machine *m, int n)
{
	for (int a = m->graph->node_count - 1; a > n; a--)
		if (m->reached[a] && !(m->s->fused_phases[a] & 1u << FC_PHASE_BACKWARD_DATA))
			pass_on(m, a);
}

static inline void expect(struct machine *m)
{
	const struct fc_graph *const g = m->graph;

	for (int n = 0; n < g->node_count; n++) {
		m->needs[n] = g->nodes[n].param_count > 0;
		for (int k = 0; k < g->nodes[n].input_count; k++)
			m->needs[n] |= m->needs[g->nodes[n].inputs[k]];
		assert_int_equal(m->needs[n], fc_schedule_needs_gradient(g, n));
	}
	if (m->s->pass != FC_PASS_TRAIN)
		return;
	for (int h = 0; h < g->head_count; h++)
		if (m->needs[g->heads[h].node]) {
			m->reached[g->heads[h].node] = true;
			m->expected[g->heads[h].node]++;
		}
	for (int n = g->node_count - 1; n > 0; n--)
		for (int k = 0; m->reached[n] && k < g->nodes[n].input_count; k++) {
			const int x = g->nodes[n].inputs[k];

			m->reached[x] |= m->needs[x];
			m->expected[x]++;
		}
}

/* Counts how often each phase of each node was run. */
static inline void run_steps(struct machine *m, int *runs)
{
	for (m->step = 0; m->step < m->s->step_count; m->step++) {
		const struct fc_step step = m->s->steps[m->step];

		runs[step.node * FC_PHASE_COUNT + step.phase]++;
		switch (step.phase) {
		case FC_PHASE_INPUT:
			in_life(m, m->s->value[0]);
			m->value_tag[m->s->value[0]] = 0;
			break;
		case FC_PHASE_FORWARD:
			forward(m, step.node);
			break;
		case FC_PHASE_LOSS:
			loss(m, step.node);
			break;
		case FC_PHASE_BACKWARD_WEIGHTS:
			pass_on_above(m, step.node);
			read_for_backward(m, step.node, step.phase);
			break;
		case FC_PHASE_BACKWARD_DATA:
			pass_on_above(m, step.node);
			read_for_backward(m, step.node, step.phase);
			backward_data(m, step.node);
			break;
		case FC_PHASE_UPDATE: {
			const bool joint = fc_op_traits(m->graph->nodes[step.node].op)->joint_backward;

			CHECK(m, runs[step.node * FC_PHASE_COUNT +
				      (joint ? FC_PHASE_BACKWARD_DATA : FC_PHASE_BACKWARD_WEIGHTS)] == 1);
			/* Nothing that gives a gradient may come behind the one that updates all. */
			CHECK(m, !m->options.update_once || m->step == m->s->step_count - 1);
			break;
		}
		default:
			CHECK(m, false);
		}
	}
	m->step = m->s->step_count - 1;
}

/* The layer whose update does that of all. */
static inline int last_with_params(const struct machine *m)
{
	int n = m->graph->node_count - 1;

	while (n > 0 && !(m->reached[n] && m->graph->nodes[n].param_count))
		n--;
	return n;
}

static inline void check_complete(struct machine *m, const int *runs)
{
	const int only = m->options.update_once ? last_with_params(m) : -1;

	for (int n = 1; n < m->graph->node_count; n++) {
		const struct fc_node *const node = &m->graph->nodes[n];
		const int *const r = runs + n * FC_PHASE_COUNT;
		const bool has_params = m->reached[n] && node->param_count;
		const bool computed = m->s->runs[n] && !m->s->identity[n];

		CHECK(m, r[FC_PHASE_FORWARD] == (computed && !(m->s->fused_phases[n] & 1u << FC_PHASE_FORWARD)));
		CHECK(m, r[FC_PHASE_UPDATE] == (has_params && (only < 0 || only == n)));
		CHECK(m, r[FC_PHASE_BACKWARD_WEIGHTS] == (has_params && !fc_op_traits(node->op)->joint_backward));
		CHECK(m, r[FC_PHASE_BACKWARD_DATA] <= 1);
		CHECK(m, m->s->runs[n] == (m->s->pass == FC_PASS_TRAIN || !node->train_only));
		if (!m->reached[n])
			continue;
		/* Every gradient that is wanted was completed. */
		if (!(m->s->fused[n] >= 0 && m->s->fused_phases[m->s->fused[n]] & 1u << FC_PHASE_BACKWARD_DATA))
			CHECK(m, m->got[n] == m->expected[n]);
	}
}

#endif
