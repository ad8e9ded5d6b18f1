/* Which batch fits into how much memory. */
#ifndef ANALYZER_FIT_H
#define ANALYZER_FIT_H

#include "flopclock/schedule.h"

/* The largest that is tried; the largest that a model may have. */
#define FC_FIT_MOST INT64_C(1000000000)

struct fc_fit {
	int64_t batch;			/* 0: not even one image */
	struct fc_memory at;		/* with that batch, with one image where it is 0 */
	struct fc_memory beyond;	/* with one image more; total 0: there is none more */
};

/*
 * The largest batch whose memory, planned as the executor plans it (fc_memory_plan), is at most `bytes`.
 *
 * How tightly buffers pack changes with their sizes, so that a batch may fit though a smaller one does not; what is alive at
 * once bounds where that can be. The answer fits, and neither do the next 256 batches nor any for which that bound is larger
 * than the memory.
 */
int fc_fit_search(const struct fc_graph *graph, const struct fc_memory_options *options, uint64_t bytes, struct fc_fit *fit,
		  struct fc_error *err);

/* "16G", "16GB", "1.5Ti", "800000": bytes, with prefixes of 1000 or, with an i, 1024. Fails with a sentence about --fit. */
int fc_fit_memory(const char *text, uint64_t *bytes, struct fc_error *err);

#endif
