/* CUPTI's times are on the wall clock, which somebody may set while it is read. */
#ifndef FLOPCLOCK_CUDA_CUPTI_CLOCK_H
#define FLOPCLOCK_CUDA_CUPTI_CLOCK_H

#include <stdint.h>

/* How far the wall clock is ahead of the monotonic one, in nanoseconds: it changes when the wall clock is set. */
int64_t cupti_clock_lead(void);

/* By less than this it changes all the time. */
#define CUPTI_CLOCK_STEP_NS 100000

#endif
