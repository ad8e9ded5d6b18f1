/*
 * Calls of the host by correlation id: when each ran and what it belongs to. A kernel carries the correlation id of the call
 * that launched it. A call is forgotten one age after the age in which it was seen.
 */
#ifndef FLOPCLOCK_CUDA_CUPTI_CALLS_H
#define FLOPCLOCK_CUDA_CUPTI_CALLS_H

#include <stdbool.h>

#include "cupti_map.h"

struct cupti_call {
	uint64_t scope;		  /* packed; 0: none was named */
	int64_t start_ns, end_ns; /* of the outermost call with this id, where `timed` */
	bool timed;
	bool charged; /* its way to the device was counted */
};

struct cupti_calls {
	struct cupti_call_age {
		struct cupti_map numbers;
		struct cupti_call *list;
		uint32_t count, room;
	} present, past;
};

/* Borrowed until the next call of add. NULL: not seen. */
struct cupti_call *cupti_calls_find(struct cupti_calls *calls, uint32_t correlation);
/* The same, made where it is missing. */
struct cupti_call *cupti_calls_add(struct cupti_calls *calls, uint32_t correlation);
void cupti_calls_age(struct cupti_calls *calls);
void cupti_calls_release(struct cupti_calls *calls);

#endif
