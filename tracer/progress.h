/* A line on the terminal that tells how far a run is; nothing where standard error is no terminal. */
#ifndef FLOPCLOCK_TRACER_PROGRESS_H
#define FLOPCLOCK_TRACER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/step.h"

struct progress {
	bool on;
	const char *name;
	uint64_t epochs, steps[FC_PASS_COUNT];	/* steps per epoch */
	int64_t shown_ns;			/* when the line was last drawn */
	/* Of each pass so far. */
	uint64_t done[FC_PASS_COUNT], images[FC_PASS_COUNT];
	int64_t spent_ns[FC_PASS_COUNT];
};

void progress_open(struct progress *progress, bool wanted, const char *name, uint64_t epochs, uint64_t train_steps,
		   uint64_t validate_steps);
/* An iteration is done. */
void progress_step(struct progress *progress, enum fc_pass pass, uint64_t epoch, uint64_t step, int64_t images,
		   int64_t taken_ns, double loss);
/* Wipes the line, before anything else is printed. */
void progress_clear(struct progress *progress);

#endif
