#include "network.h"

#include <stdlib.h>

static bool trains(const struct fc_network *network)
{
	return !network->config.validate_only;
}

/* Running statistics by kind: how many, what they begin with (network_init.c). */
static int statistic_count(enum fc_op op)
{
	return op == FC_OP_BATCH_NORM ? 2 : 0;
}

static void shape_state(struct fc_network *network)
{
	const struct fc_graph *const graph = network->graph;

	network->nodes = FC_NEW_ARRAY(&network->arena, struct node_state, graph->node_count);
	for (int n = 0; n < graph->node_count; n++) {
		const struct fc_node *const node = &graph->nodes[n];
		struct node_state *const state = &network->nodes[n];

		for (int p = 0; p < node->param_count; p++) {
			state->param[p].shape = node->params[p].shape;
			state->gradient[p].shape = node->params[p].shape;
			state->momentum[p].shape = node->params[p].shape;
		}
		state->statistic_count = statistic_count(node->op);
		for (int k = 0; k < state->statistic_count; k++)
			state->statistic[k].shape = (struct fc_shape){ node->shape.c, 1, 1, 1 };
	}
}

static int open_programs(struct fc_network *network, struct fc_error *err)
{
	/*
	 * The training pass goes first: the parameters' layouts are chosen for it, validation takes them as they are.
	 */
	for (enum fc_pass pass = trains(network) ? FC_PASS_TRAIN : FC_PASS_VALIDATE; pass < FC_PASS_COUNT; pass++)
		if (program_open(network, pass, err))
			return -1;
	return 0;
}

static int build(struct fc_network *network, struct fc_error *err)
{
	network_watch_memory(network);
	if (open_programs(network, err))
		return -1;
	network_watch_memory(network);
	return network_allocate(network, err) || network_initialise(network, err) ? -1 : 0;
}

static int count_costs(struct fc_network *network, struct fc_error *err)
{
	const struct fc_sgd *const sgd = &network->config.sgd;
	const struct fc_cost_options options = {
		.optimizer = fc_optimizer_find(sgd->momentum != 0 ? "momentum" : "sgd"),
		.weight_decay = sgd->weight_decay != 0,
		.precision = network->config.device.precision,
	};

	return fc_cost_build_as(network->graph, &options, &network->costs, err);
}

int fc_network_open(const struct fc_graph *graph, const struct fc_network_config *config, struct fc_network **opened,
		    struct fc_error *err)
{
	struct fc_network *const network = fc_calloc(1, sizeof(*network));

	*opened = NULL;
	network->graph = graph;
	network->config = *config;
	network->iteration = (struct fc_iteration){ .seed = config->seed, .sgd = config->sgd };
	fc_arena_init(&network->arena);
	shape_state(network);
	if (count_costs(network, err)) {
		fc_arena_release(&network->arena);
		free(network);
		return -1;
	}
	/* Before layers are prepared: what measures its candidates takes memory of the size of its activations. */
	if (fc_backend_check(config->backend, graph, err) || network_check_memory(network, err) ||
	    config->backend->open(&config->device, &network->device, err) || network_check_memory(network, err) ||
	    build(network, err)) {
		fc_network_close(network);
		return -1;
	}
	*opened = network;
	return 0;
}

static void release_state(struct fc_network *network)
{
	const struct fc_backend *const backend = network->config.backend;

	for (int n = 0; n < network->graph->node_count; n++) {
		struct node_state *const state = &network->nodes[n];

		/* Gradients and momentum have borrowed their parameter's layout. */
		for (int p = 0; p < FC_MAX_PARAMS; p++)
			if (state->param[p].bytes)
				backend->tensor_release(network->device, &state->param[p]);
		for (int k = 0; k < state->statistic_count; k++)
			if (state->statistic[k].bytes)
				backend->tensor_release(network->device, &state->statistic[k]);
	}
}

void fc_network_close(struct fc_network *network)
{
	const struct fc_backend *backend;
	struct fc_error ignored;

	if (!network)
		return;
	backend = network->config.backend;
	if (network->device) {
		/* A run that fails may leave work behind. */
		backend->sync(network->device, &ignored);
		network_stream_close(network);
		for (int pass = 0; pass < FC_PASS_COUNT; pass++)
			program_close(network, &network->programs[pass]);
		release_state(network);
		if (network->memory)
			backend->memory_free(network->device, network->memory);
		backend->close(network->device);
	}
	fc_cost_release(&network->costs);
	fc_arena_release(&network->arena);
	free(network);
}
