/*
 * One traced run: train and validate a network for some epochs, measure, write the run folder.
 */
#ifndef FLOPCLOCK_TRAINER_H
#define FLOPCLOCK_TRAINER_H

#include "flopclock/backend.h"
#include "flopclock/dataset.h"
#include "flopclock/graph.h"
#include "flopclock/probe.h"
#include "flopclock/str.h"

struct fc_trainer_config {
	const struct fc_backend *backend;
	struct fc_device_config device;
	struct fc_probe *probe;			/* open, borrowed; before the backend's first device is opened */
	const struct fc_dataset *dataset;	/* borrowed */
	uint64_t seed;
	struct fc_sgd sgd;
	uint64_t epochs;			/* >= 1 */
	uint64_t steps;				/* training iterations per epoch; 0: the whole training set */
	uint64_t validate_steps;		/* per epoch; 0: the whole validation set */
	/*
	 * The first training iterations of the run that are not measured; if any, the first of validation is not either.
	 * On a device that works behind its caller at least 3 and 2: the first runs step by step, the second is captured.
	 */
	uint64_t warmup;
	bool no_replay;				/* see fc_network_config */
	const char *preset;			/* NULL: none */
	bool timeline;
	bool progress;				/* to stderr, when it is a terminal */
	int argc;				/* the command line, for provenance */
	char *const *argv;
	/* How fast the same first steps were without a probe; untraced_steps 0: not measured. */
	uint64_t untraced_steps;
	double untraced_images_per_s;
};

/* Where the measured iterations of a pass went: wall = busy + idle. */
struct fc_closure {
	int64_t wall_ns, busy_ns, idle_ns;
};

/* What a person wants to see at once; everything is in the folder. Not measured: NaN. */
struct fc_trainer_result {
	struct fc_str folder;		/* released by the caller */
	uint64_t iterations;		/* of training */
	double images_per_s, validate_images_per_s;
	double train_loss, validate_loss, validate_accuracy;	/* of the last epoch */
	double traced_images_per_s;	/* of the steps that were also run without a probe */
	struct fc_closure closure[FC_PASS_COUNT];
};

/* Whether the graph can be trained on the data at all: labels, batch. fc_trainer_run() begins with it. */
int fc_trainer_check(const struct fc_graph *graph, const struct fc_trainer_config *config, struct fc_error *err);

/*
 * Writes OUT/<name of the run>. 0 complete, 3 suspect, -1 failed (nothing written). SIGINT and SIGTERM end the program
 * with 130 and 143, leaving nothing.
 */
int fc_trainer_run(const struct fc_graph *graph, const struct fc_trainer_config *config, const char *out,
		   struct fc_trainer_result *result, struct fc_error *err);

#endif
