/*
 * Values of which there are too many to keep: count, least, most and sum exactly, quantiles from a fair sample that is the
 * same for the same values. Zero-initialised is empty.
 */
#ifndef FLOPCLOCK_CUDA_CUPTI_SAMPLE_H
#define FLOPCLOCK_CUDA_CUPTI_SAMPLE_H

#include <stdint.h>

#define CUPTI_SAMPLE_LIMIT 4096u

struct cupti_sample {
	uint64_t count;
	int64_t least, most;
	double sum;
	int64_t *values;
	uint32_t kept, room;
};

void cupti_sample_add(struct cupti_sample *sample, int64_t value);
/* By R's type 7; NaN where there are no values. Sorts what is kept. */
double cupti_sample_quantile(struct cupti_sample *sample, double share);
void cupti_sample_release(struct cupti_sample *sample);

#endif
