/* What lies in a network's tensors, as plain arrays: for tests. */
#include "network.h"

struct fc_device *fc_network_device(struct fc_network *network)
{
	return network->device;
}

static int check_tensor(const struct fc_tensor *tensor, const struct fc_network *network, int node,
			struct fc_error *err)
{
	if (tensor && tensor->data)
		return 0;
	return fc_fail(err, "%s: layer %s has no such tensor here", network->graph->name,
		       network->graph->nodes[node].name);
}

int fc_network_read_param(struct fc_network *network, int node, int param, bool gradient, float *plain,
			  struct fc_error *err)
{
	const struct node_state *const state = &network->nodes[node];
	const struct fc_tensor *const tensor = gradient ? &state->gradient[param] : &state->param[param];

	if (check_tensor(tensor, network, node, err))
		return -1;
	return network->config.backend->read(network->device, tensor, plain, err);
}

int fc_network_write_param(struct fc_network *network, int node, int param, const float *plain, struct fc_error *err)
{
	struct fc_tensor *const tensor = &network->nodes[node].param[param];

	if (check_tensor(tensor, network, node, err))
		return -1;
	return network->config.backend->write(network->device, tensor, plain, err);
}

int fc_network_read_state(struct fc_network *network, int node, int which, float *plain, struct fc_error *err)
{
	const struct fc_tensor *const tensor = &network->nodes[node].statistic[which];

	if (check_tensor(tensor, network, node, err))
		return -1;
	return network->config.backend->read(network->device, tensor, plain, err);
}

int fc_network_read_value(struct fc_network *network, enum fc_pass pass, int node, bool gradient, float *plain,
			  struct fc_error *err)
{
	const struct program *const program = &network->programs[pass];
	const struct fc_tensor *tensor = NULL;

	if (program->open && program->schedule.runs[node])
		tensor = gradient ? &program->gradients[node] : program->value_of[node];
	if (check_tensor(tensor, network, node, err))
		return -1;
	return network->config.backend->read(network->device, tensor, plain, err);
}
