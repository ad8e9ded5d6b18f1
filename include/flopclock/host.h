/* The processor and its memory, for the backends that compute on it. */
#ifndef FLOPCLOCK_HOST_H
#define FLOPCLOCK_HOST_H

#include <stdint.h>

#include "flopclock/error.h"
#include "flopclock/str.h"

/*
 * One zeroed block, aligned to 64 bytes, in large pages where the system has them. What the machine (or the control
 * group that the process runs in) cannot hold is refused before anything is touched: one sentence in err.
 */
int fc_host_alloc(uint64_t bytes, void **memory, struct fc_error *err);
void fc_host_free(void *memory);

/* Bytes that can still be had: of the machine, or of the control group, whichever has less. UINT64_MAX: unknown. */
uint64_t fc_host_available(void);

/* Bytes of memory that the process takes up now, all that it has touched; 0: unknown. */
uint64_t fc_host_resident(void);

/* What the processor calls itself; the architecture where it has no name. */
void fc_host_processor(struct fc_str *name);

#endif
