/*
 * Iterations on a device that works behind its caller: nothing here waits but fc_network_begin() and
 * fc_network_collect(). The first iteration of a pass runs step by step, so that whatever a library does once is done;
 * the second is captured, and from then on the device is given whole iterations.
 */
#include <assert.h>

#include "network.h"

bool fc_network_streams(const struct fc_network *network)
{
	return network->config.backend->stream != NULL;
}

uint64_t fc_network_stream_limit(const struct fc_network *network)
{
	return network->config.backend->stream->results;
}

int fc_network_load(struct fc_network *network, enum fc_pass pass, const struct fc_images *images,
		    struct fc_error *err)
{
	network->streams[pass].batch = (struct fc_batch){
		.count = network->graph->batch,
		.height = images->height,
		.width = images->width,
		.mean = images->mean,
		.deviation = images->deviation,
	};
	return network->config.backend->stream->load(network->device, pass, images, err);
}

int fc_network_begin(struct fc_network *network, enum fc_pass pass, const uint32_t *order, int64_t count,
		     struct fc_error *err)
{
	return network->config.backend->stream->begin(network->device, pass, order, count, err);
}

/* Every kernel has a step: going on to the next batch is the input's business. */
static int advance(struct fc_network *network, struct program *program, struct fc_probe *probe, struct fc_error *err)
{
	const struct fc_executed_step *const input = &program->steps[0].step;
	int rc;

	assert(input->step.phase == FC_PHASE_INPUT);
	if (probe)
		probe->kind->enter(probe, 0, input, 0);
	rc = network->config.backend->stream->advance(network->device, program->pass, err);
	if (probe)
		probe->kind->leave(probe);
	return rc;
}

static int run_steps(struct fc_network *network, struct program *program, struct fc_probe *probe,
		     struct fc_error *err)
{
	const struct fc_batch *const batch = &network->streams[program->pass].batch;

	if (network_run_steps(network, program, batch, probe, NULL, err))
		return -1;
	return advance(network, program, probe, err);
}

static void tell_capture(struct fc_probe *probe, enum fc_pass pass, bool begin)
{
	if (probe && probe->kind->capture)
		probe->kind->capture(probe, pass, begin);
}

static int capture_steps(struct fc_network *network, struct program *program, struct fc_probe *probe, void **graph,
			 struct fc_error *err)
{
	const struct fc_stream_ops *const ops = network->config.backend->stream;
	struct fc_error second;

	if (ops->capture_begin(network->device, err))
		return -1;
	if (!run_steps(network, program, probe, err))
		return ops->capture_end(network->device, graph, err);
	/* The first failure is the one to tell. */
	if (!ops->capture_end(network->device, graph, &second))
		ops->graph_release(network->device, *graph);
	return -1;
}

static int capture(struct fc_network *network, struct program *program, struct fc_probe *probe, struct fc_error *err)
{
	void *graph = NULL;
	int rc;

	tell_capture(probe, program->pass, true);
	rc = capture_steps(network, program, probe, &graph, err);
	tell_capture(probe, program->pass, false);
	if (rc)
		return fc_fail_context(err, "%s: capturing a %s iteration", network->graph->name,
				       fc_pass_name(program->pass));
	network->streams[program->pass].graph = graph;
	return 0;
}

static int replay(struct fc_network *network, enum fc_pass pass, struct fc_probe *probe, struct fc_error *err)
{
	int rc;

	if (probe)
		probe->kind->enter(probe, FC_PROBE_REPLAY, NULL, 0);
	rc = network->config.backend->stream->replay(network->device, network->streams[pass].graph, err);
	if (probe)
		probe->kind->leave(probe);
	return rc;
}

/* A probe that measures must be able to tell what is what in a replay. */
static bool replays(const struct fc_network *network, const struct fc_probe *probe)
{
	return !network->config.no_replay && (!probe || !probe->kind->measures || probe->kind->capture);
}

int fc_network_stream(struct fc_network *network, enum fc_pass pass, struct fc_probe *probe, struct fc_error *err)
{
	struct program *const program = &network->programs[pass];
	struct stream *const stream = &network->streams[pass];
	int rc = 0;

	assert(program->open && stream->waiting < fc_network_stream_limit(network));
	if (stream->iterations == 1 && replays(network, probe))
		rc = capture(network, program, probe, err);
	if (!rc)
		rc = stream->graph ? replay(network, pass, probe, err) : run_steps(network, program, probe, err);
	stream->iterations++;
	stream->waiting++;
	network_count_iteration(network, pass);
	return rc;
}

int fc_network_collect(struct fc_network *network, enum fc_pass pass, uint64_t count, struct fc_result *out,
		       struct fc_error *err)
{
	struct stream *const stream = &network->streams[pass];
	const uint64_t before = network->iterations[pass] - count;

	assert(count <= stream->waiting);
	if (network->config.backend->stream->collect(network->device, pass, count, out, err))
		return -1;
	stream->waiting = 0;
	for (uint64_t i = 0; i < count; i++)
		if (network_check_loss(network, pass, before + i + 1, out[i].loss, err))
			return -1;
	return 0;
}

void network_stream_close(struct fc_network *network)
{
	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		if (network->streams[pass].graph)
			network->config.backend->stream->graph_release(network->device, network->streams[pass].graph);
}
