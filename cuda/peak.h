/* What a GPU could do at most: multiplications and additions per second by precision, from its published design. */
#ifndef FLOPCLOCK_CUDA_PEAK_H
#define FLOPCLOCK_CUDA_PEAK_H

#include "flopclock/json.h"
#include "flopclock/precision.h"

struct peak_device {
	int major, minor; /* compute capability */
	const char *name; /* as the driver calls it: cards of one design differ in what was left enabled */
	int processors;	  /* streaming multiprocessors */
};

/* FLOP/s at a clock, dense, with sums in fp32; 0: not known. */
double peak_flops(const struct peak_device *device, enum fc_precision precision, double clock_mhz);
/* An object "peak_flops" with the clock and the precisions that are known; `clock` says which clock it is. */
void peak_describe(const struct peak_device *device, double clock_mhz, const char *clock, struct fc_json *json);

#endif
