/* The rows of the registry of probes, one file each. */
#ifndef FLOPCLOCK_TRACER_PROBES_H
#define FLOPCLOCK_TRACER_PROBES_H

#include <time.h>

#include "flopclock/probe.h"

extern const struct fc_probe_kind fc_probe_clock, fc_probe_fake, fc_probe_none;

/* CLOCK_MONOTONIC in nanoseconds. */
static inline int64_t probe_monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#endif
