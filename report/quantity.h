/* Numbers with units inside sentences: three significant digits, a prefix that fits. In the arena. */
#ifndef REPORT_QUANTITY_H
#define REPORT_QUANTITY_H

#include <stdint.h>

#include "flopclock/arena.h"

const char *fc_quantity_time(struct fc_arena *arena, double seconds);		/* "12.3 µs" */
const char *fc_quantity_rate(struct fc_arena *arena, double flop_per_s);	/* "41.2 GFLOP/s" */
const char *fc_quantity_bytes(struct fc_arena *arena, double bytes);		/* "1.23 GiB" */
const char *fc_quantity_bandwidth(struct fc_arena *arena, double bytes_per_s);	/* "9.31 GB/s" */
const char *fc_quantity_factor(struct fc_arena *arena, double factor);		/* "12.3" */

#endif
