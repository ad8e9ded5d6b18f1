/* The machine that a run was made on, as far as it can be published. */
#ifndef FLOPCLOCK_TRACER_ENVIRONMENT_H
#define FLOPCLOCK_TRACER_ENVIRONMENT_H

#include <time.h>

#include "flopclock/json.h"

/* What the processor calls itself; the architecture where it has no name. */
void environment_processor(struct fc_str *name);

/* The members of run.json's "host". */
void environment_describe(struct fc_json *json);

/* The time of day, or $SOURCE_DATE_EPOCH where somebody wants the same bytes again. */
time_t environment_time(void);

#endif
