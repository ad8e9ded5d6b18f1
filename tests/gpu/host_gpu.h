/*
 * A GPU on the processor: every function of struct gpu_ops, with our kernels' own bodies run thread by thread, and convolutions
 * and products as plain loops. Slow, and exact about what a device forbids.
 *
 * Every access that a call lists must lie in an allocation; nothing may be allocated, freed, moved, measured or waited for while
 * capturing; grids, blocks and shared memory must be what devices take; all threads must reach a barrier. A call that does
 * something else fails, and what was wrong first is kept: who closes a GPU without having asked for it (host_gpu_misuse), or
 * before everything was given back, is aborted with the sentence.
 */
#ifndef FLOPCLOCK_TESTS_HOST_GPU_H
#define FLOPCLOCK_TESTS_HOST_GPU_H

#include "gpu.h"

struct host_gpu_options {
	/*
	 * Every call runs twice, its threads in both orders, with other values in what it does not say it reads: both
	 * must give the same, and leave alone what it does not say it writes. Costs looks at all memory per call.
	 */
	bool strict;
	/* The vendor's batch norms and pools are supported; whatever is measured later is faster, so they are chosen. */
	bool legacy;
};

int host_gpu_open(struct gpu **gpu, struct fc_error *err);
void host_gpu_set(struct gpu *gpu, const struct host_gpu_options *options);
/* What was done that a device forbids, the first of it; NULL: nothing. Asking forgets it. The text lives as long as the GPU. */
const char *host_gpu_misuse(struct gpu *gpu);
/* Launches of our kernels so far, replayed ones too. */
uint64_t host_gpu_launches(struct gpu *gpu);

#endif
