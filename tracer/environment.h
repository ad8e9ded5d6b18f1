/* The machine that a run was made on, as far as it can be published. */
#ifndef FLOPCLOCK_TRACER_ENVIRONMENT_H
#define FLOPCLOCK_TRACER_ENVIRONMENT_H

#include <time.h>

#include "flopclock/json.h"

/*
 * How busy others kept the processor: how often this program has been pushed off a core, and when that was read. On
 * an idle machine that happens a few times a second.
 */
struct environment_load {
	int64_t when_ns;
	uint64_t preemptions;
};

void environment_load(struct environment_load *load);
/* Per second between two readings; NaN where no time has passed. */
double environment_preemptions_per_s(const struct environment_load *from, const struct environment_load *to);

/* The members of run.json's "host". */
void environment_describe(struct fc_json *json, double preemptions_per_s);

/* The time of day, or $SOURCE_DATE_EPOCH where somebody wants the same bytes again. */
time_t environment_time(void);

#endif
