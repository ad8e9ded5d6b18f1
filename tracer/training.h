/*
 * Inside of a run: trainer.c (the run as a whole), trainer_plan.c (how many steps), trainer_pass.c (a pass that waits for
 * every iteration), trainer_stream.c (a pass on a device that works behind its caller).
 */
#ifndef FLOPCLOCK_TRACER_TRAINING_H
#define FLOPCLOCK_TRACER_TRAINING_H

#include "flopclock/run.h"
#include "flopclock/trainer.h"
#include "batches.h"
#include "progress.h"
#include "recorder.h"
#include "timeline.h"

/* Everything that one run needs while it runs. */
struct trainer {
	const struct fc_graph *graph;
	const struct fc_trainer_config *config;
	struct fc_network *network;
	struct fc_probe *probe;
	struct fc_recorder *recorder;
	struct timeline *timeline;
	struct batches batches[FC_PASS_COUNT];
	uint64_t steps[FC_PASS_COUNT];		/* per epoch */
	uint64_t warmup[FC_PASS_COUNT];		/* iterations of the run */
	uint64_t done[FC_PASS_COUNT];
	struct fc_run_epoch *epochs;
	struct progress progress;
	double preemptions_per_s;		/* while training */
	/* Of a device that works behind its caller. */
	struct fc_result *results;
	double records_per_iteration[FC_PASS_COUNT], ns_per_iteration[FC_PASS_COUNT];	/* in the last window; 0: none yet */
};

/* What came of an epoch in one pass. */
struct tally {
	double loss, seconds;
	int64_t images, correct;
};

static inline int64_t trainer_now(struct trainer *t)
{
	return t->probe->kind->now(t->probe);
}

/* How many iterations of a pass warm up in a run that is long enough. */
uint64_t trainer_warmup(const struct fc_trainer_config *config, enum fc_pass pass);
/* Chooses steps and warm-up, and says where they are not what was asked for. */
void trainer_plan(struct trainer *t);

/* The steps of one pass in one epoch (from 1); seconds is left to the caller. */
int trainer_pass(struct trainer *t, enum fc_pass pass, uint64_t epoch, struct tally *tally, struct fc_error *err);

/* The same on a device that works behind its caller. The network's data is loaded first, once. */
int trainer_stream_open(struct trainer *t, struct fc_error *err);
int trainer_stream_pass(struct trainer *t, enum fc_pass pass, uint64_t epoch, struct tally *tally,
			struct fc_error *err);
void trainer_stream_close(struct trainer *t);

#endif
