/* Memory of the backends that compute on the processor itself. */
#ifndef FLOPCLOCK_HOST_MEMORY_H
#define FLOPCLOCK_HOST_MEMORY_H

#include <stdint.h>

#include "flopclock/error.h"

/*
 * One zeroed block, aligned to 64 bytes, in large pages where the system has them. What the machine (or the control
 * group that the process runs in) cannot hold is refused before anything is touched: one sentence in err.
 */
int host_memory_alloc(uint64_t bytes, void **memory, struct fc_error *err);
void host_memory_free(void *memory);

/* Bytes that can still be had: of the machine, or of the control group, whichever has less. UINT64_MAX: unknown. */
uint64_t host_memory_available(void);

/* Bytes of memory that the process takes up now, all that it has touched; 0: unknown. */
uint64_t host_memory_resident(void);

#endif
