/*
 * Inside of the executor: network.c (opening, closing), network_program.c (a schedule made of prepared layers),
 * network_memory.c (how much, where), network_init.c (first values), network_run.c (iterations), network_stream.c
 * (iterations of a device that works behind its caller), network_read.c (for tests).
 */
#ifndef FLOPCLOCK_TRACER_NETWORK_H
#define FLOPCLOCK_TRACER_NETWORK_H

#include "flopclock/cost.h"
#include "flopclock/executor.h"

/* A step ready to run. */
struct executed {
	struct fc_executed_step step;
	struct fc_layer *layer;		/* NULL for a loss */
	const struct fc_head *head;	/* of a loss, else NULL */
	uint64_t flops;			/* of the step and all that it covers */
	struct fc_step *covers;		/* step.covers, while the list is being made */
};

/* One pass made executable. Arrays are per node unless they say otherwise. */
struct program {
	bool open;
	enum fc_pass pass;
	bool update_once;		/* one step updates all parameters */
	struct fc_arena arena;
	struct fc_schedule schedule;
	struct fc_layer *layers;	/* .node is NULL where a node has no layer of its own */
	/* Outputs: several nodes may have one tensor (identities, fused activations), in value_of[node]. */
	struct fc_tensor *values, **value_of;
	struct fc_tensor *gradients;	/* layout borrowed from the value; .bytes is 0 where there is none */
	int step_count;			/* per step: */
	struct executed *steps;
	uint64_t packed, scratch;	/* bytes of the region that both passes share, scratch at its end */
};

struct node_state {
	struct fc_tensor param[FC_MAX_PARAMS], gradient[FC_MAX_PARAMS], momentum[FC_MAX_PARAMS];
	struct fc_tensor statistic[2];
	int statistic_count;
};

/* Iterations of a pass on a device that works behind its caller. */
struct stream {
	struct fc_batch batch;		/* what feed() and loss() get: no pixels, no labels */
	uint64_t iterations;
	uint64_t waiting;		/* iterations whose results are still on the device */
	void *graph;			/* the captured iteration, NULL as long as there is none */
};

struct fc_network {
	const struct fc_graph *graph;	/* borrowed */
	struct fc_network_config config;
	struct fc_arena arena;
	struct fc_cost_table costs;
	struct fc_device *device;
	struct node_state *nodes;	/* per node */
	struct program programs[FC_PASS_COUNT];
	struct fc_iteration iteration;
	struct stream streams[FC_PASS_COUNT];
	char *memory;
	uint64_t bytes[FC_ROLE_COUNT], total;
	struct fc_flat flat;		/* the parameters and what goes with them, for update_all() */
	bool watched;			/* how much is in use was looked at: the first time, and the most beyond that */
	uint64_t first_used, peak;
	/* The last iteration's losses, checked when they are there (sync). */
	const struct fc_loss *loss;
	enum fc_pass loss_pass;
	uint32_t iterations[FC_PASS_COUNT];
};

int program_open(struct fc_network *network, enum fc_pass pass, struct fc_error *err);
void program_close(struct fc_network *network, struct program *program);

/* Before anything is prepared: refuses what the machine cannot hold, by the announced size. */
int network_check_memory(const struct fc_network *network, struct fc_error *err);
/* Packs, allocates and binds; both programs are open. */
int network_allocate(struct fc_network *network, struct fc_error *err);
/* Looks at how much memory is in use; the first time is what later ones are compared with. */
void network_watch_memory(struct fc_network *network);

int network_initialise(struct fc_network *network, struct fc_error *err);

/* All steps of an iteration in their order. loss: an entry per head, or NULL where losses stay on the device. */
int network_run_steps(struct fc_network *network, struct program *program, const struct fc_batch *batch,
		      struct fc_probe *probe, struct fc_loss *loss, struct fc_error *err);
/* Fails, naming the iteration (from 1), where one of its losses is not finite. */
int network_check_loss(const struct fc_network *network, enum fc_pass pass, uint64_t iteration,
		       const struct fc_loss *loss, struct fc_error *err);
/* An iteration of the pass was run, or will have been. */
void network_count_iteration(struct fc_network *network, enum fc_pass pass);

/* Gives back what was captured; the device is still open. */
void network_stream_close(struct fc_network *network);

#endif
