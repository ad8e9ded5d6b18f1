/* A pass made executable: its schedule, a prepared layer for every node that computes, and the list of steps. */
#include <string.h>

#include "network.h"

static bool fused_backward(const struct program *program, int node)
{
	return program->schedule.fused_phases[node] & 1u << FC_PHASE_BACKWARD_DATA;
}

static bool has_backward(const struct program *program, int node)
{
	return program->pass == FC_PASS_TRAIN && program->schedule.gradient[node] >= 0;
}

/* A node computed wholly by the one in front of it, or whose output is its input, needs no layer. */
static bool has_layer(const struct program *program, int node)
{
	const struct fc_schedule *const s = &program->schedule;

	if (!s->runs[node] || s->identity[node])
		return false;
	return !s->fused_phases[node] || (has_backward(program, node) && !fused_backward(program, node));
}

static void choose_tensors(struct program *program, const struct fc_graph *graph)
{
	const struct fc_schedule *const s = &program->schedule;

	for (int n = 0; n < graph->node_count; n++) {
		program->values[n].shape = graph->nodes[n].shape;
		program->gradients[n].shape = graph->nodes[n].shape;
		if (s->identity[n] || s->fused_phases[n])
			program->value_of[n] = program->value_of[graph->nodes[n].inputs[0]];
		else
			program->value_of[n] = &program->values[n];
	}
}

static void fill_layer(struct fc_network *network, struct program *program, int n)
{
	const struct fc_node *const node = &network->graph->nodes[n];
	const struct fc_schedule *const s = &program->schedule;
	struct fc_layer *const layer = &program->layers[n];
	struct node_state *const state = &network->nodes[n];
	const int activation = s->fused[n];
	const int top = activation >= 0 && fused_backward(program, activation) ? activation : n;

	*layer = (struct fc_layer){
		.graph = network->graph, .node = node, .pass = program->pass, .iteration = &network->iteration };
	layer->fused = activation >= 0 ? &network->graph->nodes[activation] : NULL;
	layer->fused_backward = top != n;
	layer->x = FC_NEW_ARRAY(&program->arena, struct fc_tensor *, node->input_count + 1);
	layer->dx = FC_NEW_ARRAY(&program->arena, struct fc_tensor *, node->input_count + 1);
	layer->y = program->value_of[n];
	layer->dy = has_backward(program, top) ? &program->gradients[top] : NULL;
	layer->accumulate = s->accumulate[n];
	for (int k = 0; k < node->input_count; k++) {
		const int x = node->inputs[k];

		layer->x[k] = program->value_of[x];
		if (layer->dy && has_backward(program, x) && !s->shared_gradient[n][k])
			layer->dx[k] = &program->gradients[x];
	}
	for (int p = 0; p < node->param_count; p++) {
		layer->param[p] = &state->param[p];
		if (program->pass != FC_PASS_TRAIN)
			continue;
		layer->param_gradient[p] = &state->gradient[p];
		layer->momentum[p] = network->config.sgd.momentum != 0 ? &state->momentum[p] : NULL;
	}
	for (int k = 0; k < state->statistic_count; k++)
		layer->state[k] = &state->statistic[k];
}

static void borrow_layout(struct fc_tensor *tensor, const struct fc_tensor *from)
{
	tensor->bytes = from->bytes;
	tensor->layout = from->layout;
}

static bool same_layout(const struct fc_network *network, const struct fc_tensor *a, const struct fc_tensor *b)
{
	if (a == b)
		return true;
	return a->bytes == b->bytes &&
	       (!network->config.backend->same_layout || network->config.backend->same_layout(a, b));
}

/*
 * Whether everything that the schedule lets lie in one place with node n's output or its gradient has the same
 * layout.
 */
static bool shares_rightly(const struct fc_network *network, const struct program *program, int n)
{
	const struct fc_schedule *const s = &program->schedule;
	const struct fc_node *const node = &network->graph->nodes[n];

	for (int k = 0; k < node->input_count; k++) {
		const int x = node->inputs[k];
		const bool value = s->value[n] == s->value[x],
			   gradient = s->gradient[n] >= 0 && s->gradient[n] == s->gradient[x];

		if ((value || gradient) && !same_layout(network, program->value_of[n], program->value_of[x]))
			return false;
	}
	return true;
}

/* Prepares all layers; *separate is set to a node whose layout forbids what the schedule has it share. */
static int prepare_layers(struct fc_network *network, struct program *program, int *separate, struct fc_error *err)
{
	const struct fc_graph *const graph = network->graph;

	for (int n = 0; n < graph->node_count; n++) {
		if (has_layer(program, n)) {
			struct fc_layer *const layer = &program->layers[n];

			fill_layer(network, program, n);
			if (network->config.backend->prepare(network->device, layer, err)) {
				layer->node = NULL;
				return fc_fail_context(err, "%s: layer %s", graph->name, graph->nodes[n].name);
			}
			for (int p = 0; p < graph->nodes[n].param_count; p++) {
				borrow_layout(&network->nodes[n].gradient[p], &network->nodes[n].param[p]);
				borrow_layout(&network->nodes[n].momentum[p], &network->nodes[n].param[p]);
			}
		}
		if (!program->schedule.runs[n])
			continue;
		if (has_backward(program, n))
			borrow_layout(&program->gradients[n], program->value_of[n]);
		if (!shares_rightly(network, program, n)) {
			*separate = n;
			return 0;
		}
	}
	return 0;
}

/* -------- the list of steps -------- */

static void cover(struct program *program, struct fc_network *network, struct executed *e, struct fc_step step)
{
	const struct fc_cost *const cost = fc_cost_find(&network->costs, step);
	const int count = e->step.cover_count;

	if (!cost)
		return;
	/* Room for as many again whenever a power of two is full. */
	if (!(count & (count - 1))) {
		struct fc_step *const more = FC_NEW_ARRAY(&program->arena, struct fc_step, 2 * count + 1);

		if (count)
			memcpy(more, e->covers, (size_t)count * sizeof(*more));
		e->step.covers = e->covers = more;
	}
	e->covers[e->step.cover_count++] = step;
	e->flops += cost->flops;
}

static bool first_backward(const struct program *program, int index)
{
	const struct fc_step step = program->schedule.steps[index];
	const struct fc_step before = program->schedule.steps[index - 1];

	if (step.phase != FC_PHASE_BACKWARD_DATA && step.phase != FC_PHASE_BACKWARD_WEIGHTS)
		return false;
	return before.node != step.node || before.phase != FC_PHASE_BACKWARD_WEIGHTS;
}

/* The update of all parameters stands where that of the last layer would: the others follow downward. */
static void cover_updates(struct fc_network *network, struct program *program, struct executed *e)
{
	for (int n = e->step.step.node - 1; n > 0; n--)
		if (network->graph->nodes[n].param_count && has_backward(program, n))
			cover(program, network, e, (struct fc_step){ n, FC_PHASE_UPDATE });
}

/*
 * What a step computes beside itself: fused activations, and the parameters' gradients of kinds that give both at
 * once.
 */
static void add_covers(struct fc_network *network, struct program *program, int index)
{
	struct executed *const e = &program->steps[index];
	const struct fc_step step = e->step.step;
	const int activation = program->schedule.fused[step.node];

	if (step.phase == FC_PHASE_UPDATE && program->update_once)
		cover_updates(network, program, e);
	if (step.phase == FC_PHASE_BACKWARD_DATA && fc_op_traits(network->graph->nodes[step.node].op)->joint_backward)
		cover(program, network, e, (struct fc_step){ step.node, FC_PHASE_BACKWARD_WEIGHTS });
	if (activation < 0)
		return;
	if (step.phase == FC_PHASE_FORWARD)
		cover(program, network, e, (struct fc_step){ activation, FC_PHASE_FORWARD });
	if (fused_backward(program, activation) && first_backward(program, index))
		cover(program, network, e, (struct fc_step){ activation, FC_PHASE_BACKWARD_DATA });
}

static const struct fc_head *head_of(const struct fc_graph *graph, int node)
{
	for (int h = 0; h < graph->head_count; h++)
		if (graph->heads[h].node == node)
			return &graph->heads[h];
	return NULL;
}

/* The kernel's name is the backend's and may change with the next call: kept as a copy. */
static const char *kernel_name(const struct fc_network *network, struct program *program, const struct executed *e)
{
	const struct fc_backend *const backend = network->config.backend;
	const struct fc_layer *const layer = e->layer ? e->layer : &program->layers[0];

	return fc_arena_strdup(&program->arena, backend->kernel(network->device, layer, e->step.step.phase));
}

static void list_steps(struct fc_network *network, struct program *program)
{
	const struct fc_schedule *const s = &program->schedule;

	program->step_count = s->step_count;
	program->steps = FC_NEW_ARRAY(&program->arena, struct executed, s->step_count);
	for (int i = 0; i < s->step_count; i++) {
		struct executed *const e = &program->steps[i];
		const struct fc_cost *const cost = fc_cost_find(&network->costs, s->steps[i]);

		e->step.step = s->steps[i];
		e->flops = cost ? cost->flops : 0;
		if (s->steps[i].phase == FC_PHASE_LOSS)
			e->head = head_of(network->graph, s->steps[i].node);
		else
			e->layer = &program->layers[s->steps[i].node];
		add_covers(network, program, i);
		e->step.kernel = kernel_name(network, program, e);
	}
}

/* -------- the whole -------- */

static int try_open(struct fc_network *network, struct program *program, const bool *separate, int *mismatch,
		    struct fc_error *err)
{
	const struct fc_graph *const graph = network->graph;
	const struct fc_schedule_options options = {
		.updates_last = network->config.backend->updates_last,
		.update_once = program->update_once,
		.separate = separate,
		.fuses = network->config.backend->fuses,
	};

	if (fc_schedule_build(graph, program->pass, &options, &program->schedule, err))
		return -1;
	program->open = true;
	fc_arena_init(&program->arena);
	program->layers = FC_NEW_ARRAY(&program->arena, struct fc_layer, graph->node_count);
	program->values = FC_NEW_ARRAY(&program->arena, struct fc_tensor, graph->node_count);
	program->value_of = FC_NEW_ARRAY(&program->arena, struct fc_tensor *, graph->node_count);
	program->gradients = FC_NEW_ARRAY(&program->arena, struct fc_tensor, graph->node_count);
	choose_tensors(program, graph);
	*mismatch = -1;
	return prepare_layers(network, program, mismatch, err);
}

int program_open(struct fc_network *network, enum fc_pass pass, struct fc_error *err)
{
	struct program *const program = &network->programs[pass];
	bool *const separate = FC_NEW_ARRAY(&network->arena, bool, network->graph->node_count);
	int mismatch;

	program->pass = pass;
	program->update_once = network->config.backend->updates_last && network->config.backend->update_all;
	/*
	 * Layouts are known only after preparing; a node that cannot share is told so and everything is tried again.
	 */
	for (;;) {
		if (try_open(network, program, separate, &mismatch, err))
			return -1;
		if (mismatch < 0)
			break;
		separate[mismatch] = true;
		program_close(network, program);
	}
	list_steps(network, program);
	return 0;
}

void program_close(struct fc_network *network, struct program *program)
{
	const struct fc_backend *const backend = network->config.backend;

	if (!program->open)
		return;
	for (int n = 0; n < network->graph->node_count; n++)
		if (program->layers[n].node)
			backend->release(network->device, &program->layers[n]);
	for (int n = 0; n < network->graph->node_count; n++)
		if (program->value_of[n] == &program->values[n] && program->values[n].bytes)
			backend->tensor_release(network->device, &program->values[n]);
	fc_schedule_release(&program->schedule);
	fc_arena_release(&program->arena);
	program->open = false;
}
