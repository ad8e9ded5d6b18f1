/* The probe that times every kernel, copy and memset of a GPU through CUPTI's activity records. */
#ifndef FLOPCLOCK_CUDA_CUPTI_PROBE_H
#define FLOPCLOCK_CUDA_CUPTI_PROBE_H

#include "flopclock/probe.h"

extern const struct fc_probe_kind fc_probe_cupti;

struct libraries;
struct cupti_pool_size;
struct cupti_session;

/*
 * Its open(), on a table of functions that is there already, borrowed until close, and with other sizes of buffers (NULL:
 * the usual ones).
 */
int cupti_probe_open_on(struct fc_probe *probe, const struct libraries *libraries, const struct cupti_pool_size *pool,
			struct fc_error *err);
/* What it measures with, from open to close. */
struct cupti_session *cupti_probe_session(const struct fc_probe *probe);

#endif
