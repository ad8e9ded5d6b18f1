/*
 * What measuring costs: before anything is measured the program runs itself on the same model with the same settings and
 * seed, without a probe, for as many steps as are wanted, and is asked how fast that was.
 */
#ifndef FLOPCLOCK_TRACER_OVERHEAD_H
#define FLOPCLOCK_TRACER_OVERHEAD_H

#include "trace.h"

/* Sets run->config.untraced_*; not more steps than the run itself has. Fails where the other run did, with its words. */
int overhead_measure(const struct trace_settings *settings, struct trace_run *run, uint64_t steps,
		     struct fc_error *err);

#endif
