/*
 * The memory of a network: one block. What lives through comes first: parameters, their gradients, momentum, running
 * statistics, each kind in one piece and in graph order (so that an optimizer can sweep over it); behind them one
 * region in which each pass has packed its values, gradients and saved data, and which both passes use in turn.
 *
 * Parameters may have shadows of half their bytes: these lie at half the parameters' offsets, whatever they are, so that
 * one sweep can write both.
 */
#include "network.h"

#include <assert.h>
#include <string.h>

#include "flopclock/host.h"

#define ALIGNMENT 64u

static uint64_t rounded(uint64_t bytes, uint64_t unit)
{
	return (bytes + unit - 1) / unit * unit;
}

/* -------- will it fit? -------- */

/* Names a batch that would fit: what grows with the batch is all but the parameters and their company. */
static int refuse(const struct fc_network *network, uint64_t fixed, uint64_t growing, uint64_t available,
		  struct fc_error *err)
{
	const struct fc_graph *const graph = network->graph;
	const uint64_t room = available > fixed ? available - fixed : 0;
	const long long batch = (long long)((double)room / (double)(growing + 1) * (double)graph->batch);
	struct fc_str advice = { 0 };

	if (batch)
		fc_str_addf(&advice, "batch %lld would fit", batch);
	else
		fc_str_add(&advice, "not even batch 1 would fit");
	fc_fail(err, "%s with batch %lld needs %.2f GB of memory and %.2f GB are available; %s", graph->name,
		(long long)graph->batch, (double)(fixed + growing) / 1e9, (double)available / 1e9, advice.text);
	fc_str_release(&advice);
	return -1;
}

static uint64_t available_for(const struct fc_network *network)
{
	const struct fc_backend *const backend = network->config.backend;

	/* Another device's memory is known when it is open, or never: then its memory_alloc() says no. */
	if (backend->memory_available)
		return network->device ? backend->memory_available(network->device) : UINT64_MAX;
	return strcmp(backend->device, "cpu") ? UINT64_MAX : fc_host_available();
}

int network_check_memory(const struct fc_network *network, struct fc_error *err)
{
	const struct fc_memory_options options = { .pass = FC_PASS_TRAIN,
						   .optimizer_values = network->config.sgd.momentum != 0,
						   .precision = network->config.device.precision };
	const uint64_t available = available_for(network);
	struct fc_memory memory;

	if (network->config.validate_only)
		return 0;
	if (fc_memory_plan(network->graph, &options, &memory, err))
		return -1;
	if (memory.total > available)
		return refuse(network, memory.total - memory.activations, memory.activations, available, err);
	return 0;
}

/* -------- how much -------- */

static bool has_shadows(const struct fc_network *network)
{
	for (int n = 0; n < network->graph->node_count; n++)
		for (int p = 0; p < network->graph->nodes[n].param_count; p++)
			if (network->nodes[n].param[p].shadow_bytes)
				return true;
	return false;
}

/* Half of a parameter's offset must be a place for its shadow. */
static uint64_t alignment(const struct fc_network *network)
{
	return has_shadows(network) ? 2 * ALIGNMENT : ALIGNMENT;
}

/* Of the shadows too: they take half of what the parameters take, and lie at half the offsets. */
static uint64_t place_shadows(struct fc_network *network, char *base)
{
	const uint64_t unit = alignment(network);
	uint64_t offset = 0;

	for (int n = 0; n < network->graph->node_count; n++)
		for (int p = 0; p < network->graph->nodes[n].param_count; p++) {
			struct fc_tensor *const param = &network->nodes[n].param[p];

			assert(!param->shadow_bytes || 2 * param->shadow_bytes == param->bytes);
			if (base && param->shadow_bytes)
				param->shadow = base + offset / 2;
			offset += rounded(param->bytes, unit);
		}
	return offset / 2;
}

/* Adds the bytes of every parameter-like tensor of a role; with `base`, lays them out from there on. */
static uint64_t place_role(struct fc_network *network, enum fc_role role, char *base)
{
	const uint64_t unit = alignment(network);
	uint64_t offset = 0;

	if (role == FC_ROLE_SHADOW)
		return place_shadows(network, base);
	for (int n = 0; n < network->graph->node_count; n++) {
		struct node_state *const state = &network->nodes[n];
		struct fc_tensor *const tensors[] = {
			[FC_ROLE_PARAM] = state->param,
			[FC_ROLE_PARAM_GRADIENT] = state->gradient,
			[FC_ROLE_MOMENTUM] = state->momentum,
			[FC_ROLE_STATE] = state->statistic,
		};
		const int count =
			role == FC_ROLE_STATE ? state->statistic_count : network->graph->nodes[n].param_count;

		for (int i = 0; i < count; i++) {
			if (base)
				tensors[role][i].data = base + offset;
			offset += rounded(tensors[role][i].bytes, unit);
		}
	}
	return offset;
}

static void grow(struct fc_schedule *schedule, int buffer, uint64_t bytes)
{
	if (buffer >= 0 && schedule->buffers[buffer].bytes < bytes)
		schedule->buffers[buffer].bytes = bytes;
}

/* The schedule's nominal sizes give way to those of the backend's layouts. */
static void size_program(const struct fc_network *network, struct program *program)
{
	struct fc_schedule *const s = &program->schedule;

	for (int i = 0; i < s->buffer_count; i++)
		s->buffers[i].bytes = 0;
	program->scratch = 0;
	for (int n = 0; n < network->graph->node_count; n++) {
		const struct fc_layer *const layer = &program->layers[n];

		if (!s->runs[n])
			continue;
		grow(s, s->value[n], program->value_of[n]->bytes);
		grow(s, s->gradient[n], program->gradients[n].bytes);
		if (!layer->node)
			continue;
		grow(s, s->saved[n], layer->saved_bytes);
		if (layer->scratch_bytes > program->scratch)
			program->scratch = rounded(layer->scratch_bytes, ALIGNMENT);
	}
	program->packed = fc_schedule_pack(s->buffers, s->buffer_count);
}

/* Bytes by role when most is alive; what packing wastes counts as values. */
static void account(struct fc_network *network, const struct program *program)
{
	const struct fc_schedule *const s = &program->schedule;
	uint64_t peak[FC_ROLE_COUNT] = { 0 }, peak_sum = 0;

	for (int step = 0; step < s->step_count; step++) {
		uint64_t live[FC_ROLE_COUNT] = { 0 }, sum = 0;

		for (int i = 0; i < s->buffer_count; i++)
			if (s->buffers[i].first <= step && s->buffers[i].last >= step) {
				live[s->buffers[i].role] += s->buffers[i].bytes;
				sum += s->buffers[i].bytes;
			}
		if (sum <= peak_sum)
			continue;
		peak_sum = sum;
		for (int role = 0; role < FC_ROLE_COUNT; role++)
			peak[role] = live[role];
	}
	network->bytes[FC_ROLE_VALUE] = program->packed - peak[FC_ROLE_GRADIENT] - peak[FC_ROLE_SAVED];
	network->bytes[FC_ROLE_GRADIENT] = peak[FC_ROLE_GRADIENT];
	network->bytes[FC_ROLE_SAVED] = peak[FC_ROLE_SAVED];
}

/* -------- where -------- */

static void bind_program(struct fc_network *network, struct program *program, char *region, char *scratch)
{
	const struct fc_schedule *const s = &program->schedule;

	for (int n = 0; n < network->graph->node_count; n++) {
		struct fc_layer *const layer = &program->layers[n];

		if (!s->runs[n])
			continue;
		if (program->value_of[n] == &program->values[n])
			program->values[n].data = region + s->buffers[s->value[n]].offset;
		if (s->gradient[n] >= 0)
			program->gradients[n].data = region + s->buffers[s->gradient[n]].offset;
		if (!layer->node)
			continue;
		if (s->saved[n] >= 0 && layer->saved_bytes)
			layer->saved = region + s->buffers[s->saved[n]].offset;
		if (layer->scratch_bytes)
			layer->scratch = scratch;
	}
}

static const struct program *larger(const struct fc_network *network)
{
	const struct program *const train = &network->programs[FC_PASS_TRAIN],
				    *const validate = &network->programs[FC_PASS_VALIDATE];

	return train->packed >= validate->packed ? train : validate;
}

static bool has_role(const struct fc_network *network, enum fc_role role)
{
	if (role == FC_ROLE_SHADOW)
		return has_shadows(network);
	if (role == FC_ROLE_PARAM_GRADIENT || role == FC_ROLE_MOMENTUM)
		return !network->config.validate_only &&
		       (role != FC_ROLE_MOMENTUM || network->config.sgd.momentum != 0);
	return true;
}

static void measure(struct fc_network *network)
{
	uint64_t scratch = 0;

	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		if (network->programs[pass].open) {
			size_program(network, &network->programs[pass]);
			if (network->programs[pass].scratch > scratch)
				scratch = network->programs[pass].scratch;
		}
	for (enum fc_role role = FC_ROLE_PARAM; role <= FC_ROLE_STATE; role++)
		network->bytes[role] = has_role(network, role) ? place_role(network, role, NULL) : 0;
	account(network, larger(network));
	network->bytes[FC_ROLE_SCRATCH] = scratch;
	network->total = 0;
	for (int role = 0; role < FC_ROLE_COUNT; role++)
		network->total += network->bytes[role];
}

int network_allocate(struct fc_network *network, struct fc_error *err)
{
	const uint64_t available = available_for(network);
	char *regions[FC_ROLE_COUNT] = { NULL };
	uint64_t growing;
	char *place;
	void *memory;

	measure(network);
	growing = larger(network)->packed;
	if (network->total > available)
		return refuse(network, network->total - growing, growing, available, err);
	if (network->config.backend->memory_alloc(network->device, network->total, &memory, err))
		return fc_fail_context(err, "%s", network->graph->name);
	network->memory = memory;
	place = network->memory;
	for (enum fc_role role = FC_ROLE_PARAM; role <= FC_ROLE_STATE; role++) {
		if (!has_role(network, role))
			continue;
		regions[role] = place;
		place += place_role(network, role, place);
	}
	network->flat = (struct fc_flat){
		.params = regions[FC_ROLE_PARAM],
		.gradients = regions[FC_ROLE_PARAM_GRADIENT],
		.momentum = regions[FC_ROLE_MOMENTUM],
		.shadows = regions[FC_ROLE_SHADOW],
		.bytes = network->bytes[FC_ROLE_PARAM],
		.sgd = network->config.sgd,
	};
	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		if (network->programs[pass].open)
			bind_program(network, &network->programs[pass], place, place + growing);
	network_watch_memory(network);
	return 0;
}

/* -------- how much it was -------- */

/* Only differences mean something: of a device it is known what is left, not what is used. */
static uint64_t used(const struct fc_network *network)
{
	const struct fc_backend *const backend = network->config.backend;

	return backend->memory_available ? UINT64_MAX - backend->memory_available(network->device) :
					   fc_host_resident();
}

void network_watch_memory(struct fc_network *network)
{
	const uint64_t now = used(network);

	if (!network->watched)
		network->first_used = now;
	network->watched = true;
	if (now > network->first_used && now - network->first_used > network->peak)
		network->peak = now - network->first_used;
}

uint64_t fc_network_peak(struct fc_network *network)
{
	network_watch_memory(network);
	return network->peak;
}

void fc_network_memory(const struct fc_network *network, uint64_t bytes[FC_ROLE_COUNT], uint64_t *total)
{
	for (int role = 0; role < FC_ROLE_COUNT; role++)
		bytes[role] = network->bytes[role];
	*total = network->total;
}
