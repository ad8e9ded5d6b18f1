/*
 * The times of one thing, iteration by iteration: count, total and minimum exactly; median, spread and quantile from
 * all values as long as they are few, from a fair sample of them afterwards. The sample is the same for the same
 * values.
 */
#ifndef FLOPCLOCK_TRACER_SAMPLES_H
#define FLOPCLOCK_TRACER_SAMPLES_H

#include <stdint.h>

#define SAMPLES_LIMIT 4096

/* Zero-initialised is empty. */
struct samples {
	uint64_t count;
	int64_t total_ns, min_ns;
	int64_t *values;
	uint32_t kept, room;
};

/* NaN where there are no values. */
struct samples_summary {
	double median_s;
	double mad_s;		/* median of the distances from the median, unscaled */
	double p95_s;		/* as the median, by R's type 7: straight lines between neighbours */
};

void samples_add(struct samples *samples, int64_t ns, uint32_t limit);
void samples_summarise(const struct samples *samples, struct samples_summary *summary);
void samples_release(struct samples *samples);

#endif
