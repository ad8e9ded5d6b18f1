/*
 * Fibers: functions with a stack of their own that give control back in the middle and go on there later. The threads of a
 * block run as fibers, so that barriers and exchanges within a warp are what they are on a device.
 */
#ifndef FLOPCLOCK_TESTS_HOST_FIBER_H
#define FLOPCLOCK_TESTS_HOST_FIBER_H

#include <stdbool.h>

struct host_fibers;

/* Stacks for up to `count` fibers; memory is taken as they are used. */
struct host_fibers *host_fibers_new(int count);
void host_fibers_free(struct host_fibers *fibers);

/* Makes fiber i ready to run work(data) from its beginning. */
void host_fiber_start(struct host_fibers *fibers, int i, void (*work)(void *data), void *data);
/* Runs fiber i until it pauses or ends; true: it has ended. */
bool host_fiber_resume(struct host_fibers *fibers, int i);
/* Called within a fiber: back to where it was resumed. */
void host_fiber_pause(struct host_fibers *fibers);

#endif
