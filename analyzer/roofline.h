/*
 * The roofline: a step takes at least as long as its arithmetic at the peak of a device, and at least as long as its bytes at
 * the bandwidth of its memory.
 */
#ifndef ANALYZER_ROOFLINE_H
#define ANALYZER_ROOFLINE_H

#include <stdint.h>

#include "flopclock/error.h"
#include "flopclock/precision.h"

struct roofline {
	const char *name, *source;
	double peak_flops;   /* of products, per second */
	double update_flops; /* of an optimizer, which computes in fp32 */
	double bandwidth;    /* bytes per second */
};

/* A card or processor by its data sheet. Dense figures, without sparsity; 0: not published. */
struct roofline_device {
	const char *name, *title;
	double tflops[FC_PRECISION_COUNT];
	double gb_per_s;
	const char *source;
};

const struct roofline_device *fc_roofline_device_at(int index); /* NULL behind the last */

/* Peaks and a bandwidth in the units of data sheets; without a name. */
struct roofline fc_roofline_of(double tflops, double update_tflops, double gb_per_s);

/* A device by its name; an unknown one fails with a sentence that lists the known ones. */
int fc_roofline_find(const char *device, enum fc_precision precision, struct roofline *roofline,
		     struct fc_error *err);

#endif
