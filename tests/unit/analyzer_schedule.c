/*
 * The schedule against a simulation that knows nothing of how it was made: buffers hold tags of what was written
 * last, and every step must find the tags it needs, in a buffer that lives at that moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/model.h"
#include "flopclock/random.h"
#include "flopclock/schedule.h"

/* -------- the simulation -------- */

struct machine {
	const struct fc_graph *graph;
	const struct fc_schedule *s;
	struct fc_schedule_options options;
	int step;
	int *value_tag;		/* per buffer: the node whose value it holds, -1 */
	int *saved_tag;		/* per buffer */
	bool *holds;		/* per buffer and node: it holds this node's gradient, as far as it is there */
	int *got, *expected;	/* per node: contributions to its gradient */
	bool *reached, *needs, *passed_on;
	const char *name;
};

#define CHECK(m, condition)                                                                                   \
	do {                                                                                                  \
		if (!(condition))                                                                             \
			fail_msg("%s, pass %d, step %d (%s %s): %s", (m)->name, (int)(m)->s->pass, (m)->step, \
				 (m)->graph->nodes[(m)->s->steps[(m)->step].node].name,                       \
				 fc_phase_name((m)->s->steps[(m)->step].phase), #condition);                  \
	} while (0)

static void in_life(struct machine *m, int buffer)
{
	CHECK(m, buffer >= 0);
	CHECK(m, m->s->buffers[buffer].first <= m->step && m->s->buffers[buffer].last >= m->step);
}

/* The node whose computation produced what node n's output holds. */
static int origin(const struct machine *m, int n)
{
	while (m->s->identity[n])
		n = m->graph->nodes[n].inputs[0];
	return n;
}

static int top_of(const struct machine *m, int n, enum fc_phase phase)
{
	const int fused = m->s->fused[n];

	return fused >= 0 && m->s->fused_phases[fused] & 1u << phase ? fused : n;
}

static void read_value(struct machine *m, int n)
{
	in_life(m, m->s->value[n]);
	CHECK(m, m->value_tag[m->s->value[n]] == origin(m, n));
}

static void read_gradient(struct machine *m, int n)
{
	const int buffer = m->s->gradient[n];

	in_life(m, buffer);
	CHECK(m, m->holds[buffer * m->graph->node_count + n]);
	CHECK(m, m->got[n] == m->expected[n]);
}

static void hold_only(struct machine *m, int buffer, int n)
{
	memset(m->holds + buffer * m->graph->node_count, 0, (size_t)m->graph->node_count);
	m->holds[buffer * m->graph->node_count + n] = true;
}

static void forward(struct machine *m, int n)
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

static void loss(struct machine *m, int n)
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
static void pass_on(struct machine *m, int n)
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

static void read_for_backward(struct machine *m, int n, enum fc_phase phase)
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

static void backward_data(struct machine *m, int n)
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
					       fc_op_traits(node->op)->gradient_in_place) && node->input_count == 1));
		}
		hold_only(m, dx, x);
		m->got[x]++;
	}
	pass_on(m, n);
}

/* Who has no step of its own passes on when its moment comes: before any node below it. */
static void pass_on_above(struct machine *m, int n)
{
	for (int a = m->graph->node_count - 1; a > n; a--)
		if (m->reached[a] && !(m->s->fused_phases[a] & 1u << FC_PHASE_BACKWARD_DATA))
			pass_on(m, a);
}

static void expect(struct machine *m)
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
static void run_steps(struct machine *m, int *runs)
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
static int last_with_params(const struct machine *m)
{
	int n = m->graph->node_count - 1;

	while (n > 0 && !(m->reached[n] && m->graph->nodes[n].param_count))
		n--;
	return n;
}

static void check_complete(struct machine *m, const int *runs)
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

/* No two buffers that are alive at one moment overlap. Returns the peak of what is alive at once. */
static uint64_t check_packed(const struct fc_buffer *b, int count, int steps, uint64_t total)
{
	uint64_t peak = 0;

	for (int i = 0; i < count; i++) {
		assert_true(b[i].offset % 64 == 0);
		assert_true(!b[i].bytes || b[i].offset + b[i].bytes <= total);
		for (int k = i + 1; k < count; k++)
			if (b[i].bytes && b[k].bytes && b[i].first <= b[k].last && b[k].first <= b[i].last)
				assert_true(b[i].offset + b[i].bytes <= b[k].offset ||
					    b[k].offset + b[k].bytes <= b[i].offset);
	}
	for (int step = 0; step < steps; step++) {
		uint64_t sum = 0;

		for (int i = 0; i < count; i++)
			if (b[i].first <= step && b[i].last >= step)
				sum += (b[i].bytes + 63) / 64 * 64;
		peak = sum > peak ? sum : peak;
	}
	assert_true(total >= peak);
	return peak;
}

/* Simulates one pass; returns how much more memory packing takes than is alive at once. */
static double simulate(const struct fc_graph *graph, enum fc_pass pass, const struct fc_schedule_options *options)
{
	struct fc_schedule schedule;
	struct fc_error err;
	struct machine m = { .graph = graph, .s = &schedule, .name = graph->name };
	const size_t nodes = (size_t)graph->node_count;
	uint64_t total, peak;
	int *runs;

	if (options)
		m.options = *options;
	if (fc_schedule_build(graph, pass, options, &schedule, &err))
		fail_msg("%s", err.text);
	const size_t buffers = (size_t)schedule.buffer_count;

	m.value_tag = malloc(buffers * sizeof(int));
	m.saved_tag = malloc(buffers * sizeof(int));
	memset(m.value_tag, 0xff, buffers * sizeof(int));
	memset(m.saved_tag, 0xff, buffers * sizeof(int));
	m.holds = calloc(buffers * nodes, 1);
	m.got = calloc(nodes, sizeof(int));
	m.expected = calloc(nodes, sizeof(int));
	m.reached = calloc(nodes, 1);
	m.needs = calloc(nodes, 1);
	m.passed_on = calloc(nodes, 1);
	runs = calloc(nodes * FC_PHASE_COUNT, sizeof(int));
	expect(&m);
	run_steps(&m, runs);
	check_complete(&m, runs);
	total = fc_schedule_pack(schedule.buffers, schedule.buffer_count);
	peak = check_packed(schedule.buffers, schedule.buffer_count, schedule.step_count, total);
	free(m.value_tag);
	free(m.saved_tag);
	free(m.holds);
	free(m.got);
	free(m.expected);
	free(m.reached);
	free(m.needs);
	free(m.passed_on);
	free(runs);
	fc_schedule_release(&schedule);
	return (double)total / (double)peak;
}

/* -------- fusions as backends have them -------- */

static unsigned fuse_forward(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	(void)pass;
	return producer->op == FC_OP_CONV && activation->op == FC_OP_RELU ? 1u << FC_PHASE_FORWARD : 0;
}

static unsigned fuse_all(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	(void)pass;
	if (producer->op == FC_OP_INPUT || activation->op == FC_OP_DROPOUT)
		return 0;
	return 1u << FC_PHASE_FORWARD | 1u << FC_PHASE_BACKWARD_DATA;
}

static void simulate_all(const struct fc_graph *graph, const bool *separate)
{
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int fuse = 0; fuse < 3; fuse++)
			for (int last = 0; last < 3; last++) {
				const struct fc_schedule_options options = {
					.updates_last = last > 0,
					.update_once = last > 1,
					.separate = separate,
					.fuses = fuse == 0 ? NULL : fuse == 1 ? fuse_forward : fuse_all,
				};

				simulate(graph, pass, &options);
			}
}

/* -------- shipped models -------- */

static const char *const models[] = { "lenet5", "alexnet", "vgg11", "vgg16", "googlenet", "resnet18", "resnet34",
				      "densenet121", "densenet161" };
#define MODEL_COUNT (sizeof(models) / sizeof(models[0]))

static void load(const char *model, int64_t batch, const char *setting, struct fc_graph *graph)
{
	const char *const root = getenv("FC_ROOT");
	struct fc_model_request request = { .batch = batch };
	struct fc_error err;
	char path[4096];

	snprintf(path, sizeof(path), "%s/models/%s.net", root ? root : ".", model);
	request.model = path;
	if (setting)
		request.settings.text[request.settings.count++] = setting;
	if (fc_model_load(&request, graph, &err))
		fail_msg("%s", err.text);
}

static void shipped_models(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODEL_COUNT; i++) {
		struct fc_graph graph;

		load(models[i], 2, NULL, &graph);
		simulate_all(&graph, NULL);
		/* Packing wastes little. */
		assert_true(simulate(&graph, FC_PASS_TRAIN, NULL) < 1.06);
		assert_true(simulate(&graph, FC_PASS_VALIDATE, NULL) < 1.02);
		fc_graph_release(&graph);
	}
}

/* Those with squeeze-and-excitation, channel shuffles, splits, stochastic depth. */
static void other_shipped_models(void **state)
{
	static const char *const others[] = { "resnext50_32x4d", "inception_v3", "squeezenet1_1", "mobilenet_v2",
					      "mobilenet_v3_small", "shufflenet_v2_x1_0", "efficientnet_b0" };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct fc_graph graph;

		load(others[i], 2, NULL, &graph);
		simulate_all(&graph, NULL);
		fc_graph_release(&graph);
	}
}

static void auxiliary_heads(void **state)
{
	struct fc_schedule train, validate;
	struct fc_graph graph;
	struct fc_error err;
	int losses = 0;

	(void)state;
	load("googlenet", 2, "aux=true", &graph);
	simulate_all(&graph, NULL);
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_TRAIN, NULL, &train, &err), 0);
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_VALIDATE, NULL, &validate, &err), 0);
	for (int i = 0; i < train.step_count; i++)
		losses += train.steps[i].phase == FC_PHASE_LOSS;
	assert_int_equal(losses, 3);
	for (int i = 0; i < validate.step_count; i++)
		assert_false(graph.nodes[validate.steps[i].node].train_only);
	fc_schedule_release(&train);
	fc_schedule_release(&validate);
	fc_graph_release(&graph);
}

/* A residual network's shortcuts cost no backward step, and what goes around a block is added in place. */
static void adds_of_resnet_are_free(void **state)
{
	struct fc_schedule schedule;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	load("resnet18", 2, NULL, &graph);
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_TRAIN, NULL, &schedule, &err), 0);
	for (int i = 0; i < schedule.step_count; i++)
		assert_false(schedule.steps[i].phase == FC_PHASE_BACKWARD_DATA &&
			     graph.nodes[schedule.steps[i].node].op == FC_OP_ADD);
	fc_schedule_release(&schedule);
	fc_graph_release(&graph);
}

static void estimates(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODEL_COUNT; i++) {
		struct fc_memory one, four, plain;
		struct fc_graph graph;
		struct fc_error err;

		load(models[i], 1, NULL, &graph);
		assert_int_equal(fc_memory_estimate(&graph, true, &one, &err), 0);
		assert_int_equal(fc_memory_estimate(&graph, false, &plain, &err), 0);
		assert_int_equal(plain.optimizer, 0);
		assert_int_equal(plain.total + one.optimizer, one.total);
		assert_int_equal(one.params, one.param_gradients);
		assert_int_equal(one.total,
				 one.params + one.param_gradients + one.optimizer + one.statistics + one.activations);
		assert_true(one.kept <= one.activations);
		fc_graph_release(&graph);
		load(models[i], 4, NULL, &graph);
		assert_int_equal(fc_memory_estimate(&graph, true, &four, &err), 0);
		assert_int_equal(four.params, one.params);
		/* Saved statistics of a batch norm do not grow with the batch; alignment may differ. */
		assert_true(four.kept <= 4 * one.kept && four.kept > 3 * one.kept);
		fc_graph_release(&graph);
	}
}

/* -------- networks that nobody would draw -------- */

static uint32_t dice(uint64_t seed, int *at, uint32_t sides)
{
	uint32_t word[4];

	fc_philox(seed, 77, (uint64_t)(*at)++, word);
	return word[0] % sides;
}

static int input_count(enum fc_op op, int of_joins)
{
	switch (op) {
	case FC_OP_LEARNED:
		return 0;
	case FC_OP_MATMUL:
		return 2;
#define X(upper, lower) case FC_OP_##upper:
	FC_BROADCAST_OPS(X)
#undef X
	case FC_OP_CONCAT:
		return of_joins;
	default:
		return 1;
	}
}

static bool learns(enum fc_op op)
{
	static const enum fc_op kinds[] = { FC_OP_CONV, FC_OP_CONV_TRANSPOSE, FC_OP_DENSE, FC_OP_LINEAR, FC_OP_LSTM, FC_OP_GRU,
					    FC_OP_BATCH_NORM, FC_OP_LAYER_NORM, FC_OP_GROUP_NORM, FC_OP_LEARNED };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i] == op)
			return true;
	return false;
}

static void random_graph(uint64_t seed, struct fc_graph *graph)
{
	/* Every kind once, and those again that share buffers. */
	static const enum fc_op kinds[] = {
#define X(upper, lower) FC_OP_##upper,
		FC_OPS(X)
#undef X
		FC_OP_CONV, FC_OP_CONV, FC_OP_BATCH_NORM, FC_OP_BATCH_NORM, FC_OP_RELU, FC_OP_RELU, FC_OP_RELU, FC_OP_RELU,
		FC_OP_SIGMOID, FC_OP_SIGMOID, FC_OP_DROPOUT, FC_OP_DROPOUT, FC_OP_DROPOUT, FC_OP_ADD, FC_OP_ADD, FC_OP_ADD,
		FC_OP_ADD, FC_OP_ADD, FC_OP_ADD, FC_OP_CONCAT, FC_OP_CONCAT, FC_OP_MAX_POOL, FC_OP_MULTIPLY, FC_OP_MULTIPLY,
		FC_OP_RESHAPE, FC_OP_RESHAPE, FC_OP_LAYER_NORM,
	};
	int at = 0;
	const int count = 3 + (int)dice(seed, &at, 22);

	*graph = (struct fc_graph){ .name = "random", .batch = 2, .classes = 4, .node_count = count };
	fc_arena_init(&graph->arena);
	graph->nodes = FC_NEW_ARRAY(&graph->arena, struct fc_node, count);
	for (int n = 0; n < count; n++) {
		struct fc_node *const node = &graph->nodes[n];
		int *const inputs = FC_NEW_ARRAY(&graph->arena, int, 4);

		node->index = n;
		node->op = n ? kinds[1 + dice(seed, &at, sizeof(kinds) / sizeof(kinds[0]) - 1)] : FC_OP_INPUT;
		node->attributes.axis = node->attributes.groups = 1;
		node->name = fc_arena_printf(&graph->arena, "n%d_%d", n, (int)node->op);
		node->shape = (struct fc_shape){ 2, 4, 4, 4 };
		node->inputs = inputs;
		if (!n)
			continue;
		node->input_count = input_count(node->op, 1 + (int)dice(seed, &at, 3));
		/* Mostly the last one, so that chains appear; else anything before. */
		for (int k = 0; k < node->input_count; k++)
			inputs[k] = !k && dice(seed, &at, 3) ? n - 1 : (int)dice(seed, &at, (uint32_t)n);
		node->train_only = false;
		for (int k = 0; k < node->input_count; k++) {
			graph->nodes[inputs[k]].use_count++;
			node->train_only |= graph->nodes[inputs[k]].train_only;
		}
		node->train_only |= dice(seed, &at, 20) == 0;
		if (learns(node->op)) {
			node->param_count = 1;
			node->params[0].shape = (struct fc_shape){ 4, 4, 1, 1 };
		}
	}
	/* Concat would change the shape; only liveness matters here, so that all nodes have the same. */
	for (int h = 0; h < 3; h++) {
		const int node = count - 1 - (h ? (int)dice(seed, &at, (uint32_t)count - 1) : 0);
		bool taken = false;

		for (int k = 0; k < graph->head_count; k++)
			taken |= graph->heads[k].node == node;
		if (taken || (h && dice(seed, &at, 2)))
			continue;
		graph->heads[graph->head_count++] =
			(struct fc_head){ .node = node, .loss_weight = 1, .train_only = graph->nodes[node].train_only };
		graph->nodes[node].use_count++;
	}
}

static void random_networks(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 4000; seed++) {
		struct fc_graph graph;
		bool separate[32] = { false };
		int at = 1000;

		random_graph(seed, &graph);
		for (int n = 0; n < graph.node_count; n++)
			separate[n] = dice(seed, &at, 4) == 0;
		simulate_all(&graph, seed % 2 ? separate : NULL);
		fc_graph_release(&graph);
	}
}

static void two_heads_on_one_node(void **state)
{
	struct fc_schedule schedule;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	random_graph(1, &graph);
	graph.head_count = 2;
	graph.heads[0] = graph.heads[1] = (struct fc_head){ .node = 2, .loss_weight = 1 };
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_TRAIN, NULL, &schedule, &err), -1);
	assert_non_null(strstr(err.text, "two heads"));
	fc_graph_release(&graph);
}

static void sizes_beyond_reason(void **state)
{
	struct fc_schedule schedule;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	random_graph(1, &graph);
	graph.nodes[1].shape = (struct fc_shape){ INT64_MAX / 2, 65536, 65536, 65536 };
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_TRAIN, NULL, &schedule, &err), -1);
	assert_non_null(strstr(err.text, "more than any memory"));
	fc_graph_release(&graph);
}

/* -------- packing alone -------- */

static void random_packing(void **state)
{
	(void)state;
	for (uint64_t seed = 0; seed < 300; seed++) {
		struct fc_buffer buffers[120] = { 0 };
		int at = 0;
		const int count = 1 + (int)dice(seed, &at, 120);
		uint64_t total;

		for (int i = 0; i < count; i++) {
			buffers[i].role = dice(seed, &at, 9) ? FC_ROLE_VALUE : FC_ROLE_PARAM;
			buffers[i].bytes = dice(seed, &at, 10) ? 1 + dice(seed, &at, 100000) : 0;
			buffers[i].first = (int)dice(seed, &at, 50);
			buffers[i].last = buffers[i].first + (int)dice(seed, &at, 12);
		}
		total = fc_schedule_pack(buffers, count);
		/* What lives through is none of its business. */
		for (int i = 0; i < count; i++)
			if (buffers[i].role == FC_ROLE_PARAM) {
				assert_int_equal(buffers[i].offset, 0);
				buffers[i].bytes = 0;
			}
		assert_true((double)total <= 1.35 * (double)check_packed(buffers, count, 70, total));
	}
}

static void packing_nothing(void **state)
{
	struct fc_buffer none = { .role = FC_ROLE_VALUE, .first = 0, .last = 3 };

	(void)state;
	assert_int_equal(fc_schedule_pack(NULL, 0), 0);
	assert_int_equal(fc_schedule_pack(&none, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_models),	 cmocka_unit_test(other_shipped_models),
		cmocka_unit_test(auxiliary_heads),
		cmocka_unit_test(adds_of_resnet_are_free), cmocka_unit_test(estimates),
		cmocka_unit_test(random_networks),	 cmocka_unit_test(two_heads_on_one_node),
		cmocka_unit_test(sizes_beyond_reason),	 cmocka_unit_test(random_packing),
		cmocka_unit_test(packing_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
