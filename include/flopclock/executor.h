/*
 * The executor: a graph, a backend and a data set become a network that trains.
 *
 * One struct fc_network holds parameters, gradients and momentum; a struct fc_program is the schedule of one pass made
 * executable: layers prepared, memory packed, tensors bound. Both passes share one block of memory.
 */
#ifndef FLOPCLOCK_EXECUTOR_H
#define FLOPCLOCK_EXECUTOR_H

#include "flopclock/backend.h"
#include "flopclock/probe.h"
#include "flopclock/schedule.h"

struct fc_network;

struct fc_network_config {
	const struct fc_backend *backend;
	struct fc_device_config device;
	uint64_t seed;
	struct fc_sgd sgd;
	bool validate_only;
	bool no_replay;			/* run every iteration step by step */
};

/* Builds both programs, allocates, initialises the parameters from the seed (the same values on every backend). */
int fc_network_open(const struct fc_graph *graph, const struct fc_network_config *config, struct fc_network **network,
		    struct fc_error *err);
void fc_network_close(struct fc_network *network);

/*
 * One iteration of a pass. The probe's enter and leave surround every step. loss[] gets one entry per head that runs
 * in the pass; its values are valid after fc_network_sync. A loss that is not finite is an error that names the iteration.
 */
int fc_network_run(struct fc_network *network, enum fc_pass pass, const struct fc_batch *batch, struct fc_probe *probe,
		   struct fc_loss *loss, struct fc_error *err);
int fc_network_sync(struct fc_network *network, struct fc_error *err);

/*
 * The same on a backend with stream_ops: the data set is loaded once, an epoch begun, iterations run without waiting,
 * results collected. The first iteration of a pass runs step by step, the second is captured and then replayed, so that it
 * is executed too, and every later one is replayed; with config.no_replay, or a probe that cannot see into a replay, all
 * run step by step. order: see fc_stream_ops.begin.
 */
bool fc_network_streams(const struct fc_network *network);
uint64_t fc_network_stream_limit(const struct fc_network *network);	/* iterations between two collections */
int fc_network_load(struct fc_network *network, enum fc_pass pass, const struct fc_images *images, struct fc_error *err);
int fc_network_begin(struct fc_network *network, enum fc_pass pass, const uint32_t *order, int64_t count,
		     struct fc_error *err);
int fc_network_stream(struct fc_network *network, enum fc_pass pass, struct fc_probe *probe, struct fc_error *err);
/* The last `count` iterations; a loss that is not finite is an error that names the iteration. */
int fc_network_collect(struct fc_network *network, enum fc_pass pass, uint64_t count, struct fc_result *out,
		       struct fc_error *err);

/* A step as it is executed: the steps that it covers beside its own (fusions), kernel name. */
struct fc_executed_step {
	struct fc_step step;		/* where one step updates all parameters: that of the last layer that has some */
	int cover_count;
	const struct fc_step *covers;	/* not including `step` */
	const char *kernel;
};
int fc_network_step_count(const struct fc_network *network, enum fc_pass pass);
const struct fc_executed_step *fc_network_step(const struct fc_network *network, enum fc_pass pass, int index);

/* Bytes really allocated on the device, by role; total is their sum. */
void fc_network_memory(const struct fc_network *network, uint64_t bytes[FC_ROLE_COUNT], uint64_t *total);
/*
 * The most that has been taken since the device was opened, whatever for: of the device's memory where the backend can
 * tell, else of the host's by this process. Looked at when layers are prepared, when memory is allocated, and now.
 */
uint64_t fc_network_peak(struct fc_network *network);

/* Parameters and gradients as plain arrays, for tests: the param-th of a node. count floats in *plain. */
int fc_network_read_param(struct fc_network *network, int node, int param, bool gradient, float *plain,
			  struct fc_error *err);
int fc_network_write_param(struct fc_network *network, int node, int param, const float *plain, struct fc_error *err);
/* Running statistics of a batch norm: which 0 mean, 1 variance; channels floats in *plain. */
int fc_network_read_state(struct fc_network *network, int node, int which, float *plain, struct fc_error *err);
/*
 * The output of a node (gradient: the loss by it) as it lies in memory now, as a plain (N, C, H, W) array. Its memory is
 * shared with other buffers: a test calls this from a probe's leave(), right behind the step that wrote it.
 */
int fc_network_read_value(struct fc_network *network, enum fc_pass pass, int node, bool gradient, float *plain,
			  struct fc_error *err);
struct fc_device *fc_network_device(struct fc_network *network);

#endif
