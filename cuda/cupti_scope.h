/* What a launch belongs to, packed into the 64 bits that CUPTI carries from the call to the kernel (an external id). */
#ifndef FLOPCLOCK_CUDA_CUPTI_SCOPE_H
#define FLOPCLOCK_CUDA_CUPTI_SCOPE_H

#include <stdint.h>

#include "flopclock/step.h"

/* Instead of a step: a replay, whose kernels have a step each; work of an iteration outside of all its steps. */
#define CUPTI_STEP_REPLAY 0xfffeu
#define CUPTI_STEP_NONE	  0xffffu

#define CUPTI_RUNS 0x8000u

struct cupti_scope {
	uint32_t iteration;
	uint16_t step;
	uint16_t run; /* 1 .. CUPTI_RUNS - 1, so that no scope is 0 */
	enum fc_pass pass;
};

static inline uint64_t cupti_scope_pack(const struct cupti_scope *scope)
{
	return (uint64_t)scope->iteration << 32 | (uint64_t)scope->step << 16 | (uint64_t)scope->run << 1 |
	       (uint64_t)scope->pass;
}

static inline struct cupti_scope cupti_scope_unpack(uint64_t id)
{
	return (struct cupti_scope){ .iteration = (uint32_t)(id >> 32),
				     .step = (uint16_t)(id >> 16),
				     .run = (uint16_t)(id >> 1) & (CUPTI_RUNS - 1),
				     .pass = (enum fc_pass)(id & 1) };
}

#endif
