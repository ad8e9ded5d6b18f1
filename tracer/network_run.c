#include <assert.h>
#include <math.h>

#include "network.h"

static int run_step(struct fc_network *network, struct program *program, const struct executed *e,
		    const struct fc_batch *batch, struct fc_loss *loss, struct fc_error *err)
{
	const struct fc_backend *const backend = network->config.backend;
	const enum fc_phase phase = e->step.step.phase;
	const int node = e->step.step.node;

	if (phase == FC_PHASE_UPDATE && program->update_once)
		return backend->update_all(network->device, &network->flat, err);
	if (phase == FC_PHASE_INPUT)
		return backend->feed(network->device, e->layer, batch, err);
	if (phase == FC_PHASE_LOSS)
		return backend->loss(network->device, program->value_of[node],
				     program->schedule.gradient[node] >= 0 ? &program->gradients[node] : NULL, batch,
				     e->head->loss_weight, loss, err);
	return backend->run(network->device, e->layer, phase, err);
}

int network_run_steps(struct fc_network *network, struct program *program, const struct fc_batch *batch,
		      struct fc_probe *probe, struct fc_loss *loss, struct fc_error *err)
{
	int heads = 0, rc = 0;

	for (int i = 0; i < program->step_count && !rc; i++) {
		const struct executed *const e = &program->steps[i];

		if (probe)
			probe->kind->enter(probe, i, &e->step, e->flops);
		rc = run_step(network, program, e, batch, loss ? &loss[heads] : NULL, err);
		if (probe)
			probe->kind->leave(probe);
		heads += e->head != NULL;
	}
	return rc;
}

void network_count_iteration(struct fc_network *network, enum fc_pass pass)
{
	network->iterations[pass]++;
	if (pass == FC_PASS_TRAIN)
		network->iteration.index++;
}

int fc_network_run(struct fc_network *network, enum fc_pass pass, const struct fc_batch *batch,
		   struct fc_probe *probe, struct fc_loss *loss, struct fc_error *err)
{
	struct program *const program = &network->programs[pass];
	int rc;

	assert(program->open && batch->count >= 1 && batch->count <= network->graph->batch);
	rc = network_run_steps(network, program, batch, probe, loss, err);
	network->loss = loss;
	network->loss_pass = pass;
	network_count_iteration(network, pass);
	return rc;
}

int network_check_loss(const struct fc_network *network, enum fc_pass pass, uint64_t iteration,
		       const struct fc_loss *loss, struct fc_error *err)
{
	const struct program *const program = &network->programs[pass];
	int head = 0;

	for (int i = 0; i < program->step_count; i++) {
		const struct executed *const e = &program->steps[i];

		if (!e->head)
			continue;
		if (!isfinite(loss[head++].sum))
			return fc_fail(err,
				       "%s: the loss of %s iteration %llu (layer %s) is no finite number; "
				       "a smaller rate may help",
				       network->graph->name, fc_pass_name(pass), (unsigned long long)iteration,
				       network->graph->nodes[e->head->node].name);
	}
	return 0;
}

int fc_network_sync(struct fc_network *network, struct fc_error *err)
{
	int rc = network->config.backend->sync(network->device, err);

	if (!rc && network->loss)
		rc = network_check_loss(network, network->loss_pass, network->iterations[network->loss_pass],
					network->loss, err);
	/* The caller's array is not looked at again. */
	network->loss = NULL;
	return rc;
}

int fc_network_step_count(const struct fc_network *network, enum fc_pass pass)
{
	return network->programs[pass].step_count;
}

const struct fc_executed_step *fc_network_step(const struct fc_network *network, enum fc_pass pass, int index)
{
	return &network->programs[pass].steps[index].step;
}
