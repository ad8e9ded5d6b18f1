/*
 * A few iterations as a picture: Chrome's trace format, one track per stream and one for the iterations, times in
 * microseconds. Perfetto and chrome://tracing open it.
 */
#ifndef FLOPCLOCK_TRACER_TIMELINE_H
#define FLOPCLOCK_TRACER_TIMELINE_H

#include "flopclock/str.h"
#include "recorder.h"

/* The first measured iterations of each pass; more would be a file that no viewer likes. */
#define TIMELINE_ITERATIONS 5

struct timeline;

struct timeline *timeline_open(const struct fc_network *network, const struct fc_graph *graph);
void timeline_close(struct timeline *timeline);
void timeline_add(struct timeline *timeline, const struct recorder_iteration *iteration, uint32_t index,
		  const struct recorder_pending *record);
/* The whole file. */
void timeline_text(const struct timeline *timeline, const struct fc_recorder *recorder, struct fc_str *out);

#endif
