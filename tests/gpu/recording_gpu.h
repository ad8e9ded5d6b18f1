/*
 * A GPU that computes nothing: it checks every call and keeps a log. Memory is addresses without anything behind them, so that
 * the largest networks need none.
 *
 * What is checked: every span lies in one living allocation; what is read has been written since it was allocated (by an
 * upload, a clear or a kernel); what is written does not lie half on what the same call reads; nothing is allocated,
 * freed, moved to or from the host, measured or waited for while capturing; at the end everything has been given back.
 * One exception: the optimizer sweeps over the gaps between parameters, and its momentum begins as allocated (zero).
 */
#ifndef FLOPCLOCK_TESTS_RECORDING_GPU_H
#define FLOPCLOCK_TESTS_RECORDING_GPU_H

#include "gpu.h"

struct recording;

struct recording_totals {
	uint64_t launches, convs, products, legacies;	/* executed; those of replays too */
	uint64_t captured, replays, uploads, downloads, syncs, measures;
	uint64_t allocated_bytes, peak_bytes;		/* now; at most */
	int allocations, plans, graphs;			/* not given back yet */
};

/* The log outlives the gpu, so that a test can look at it behind close(). */
struct recording *recording_new(void);
void recording_free(struct recording *recording);
struct gpu *recording_open(struct recording *recording);
const struct recording_totals *recording_totals(const struct recording *recording);
/* The first thing that was wrong, NULL: nothing. */
const char *recording_complaint(const struct recording *recording);
/* From now on the optimizer may only run when all of this was written since it last did: a gradient. */
void recording_watch(struct recording *recording, const void *data, uint64_t bytes);
/* Forgets what was written there, as if it had just been allocated: to see that a check finds something. */
void recording_forget(struct recording *recording, const void *data, uint64_t bytes);

#endif
