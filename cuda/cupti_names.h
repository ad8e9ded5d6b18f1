/* Names of kernels, each kept once and in full: CUPTI's own texts do not outlive CUPTI. Zero-initialised is empty. */
#ifndef FLOPCLOCK_CUDA_CUPTI_NAMES_H
#define FLOPCLOCK_CUDA_CUPTI_NAMES_H

#include "flopclock/arena.h"
#include "cupti_map.h"

struct cupti_name {
	const char *text;
	uint32_t next; /* of the same hash, CUPTI_MAP_NONE */
};

struct cupti_names {
	struct fc_arena arena;
	struct cupti_map first; /* by hash */
	struct cupti_name *list;
	uint32_t count, room;
};

/* Its number; list[number].text lives until release. NULL has a name too. */
uint32_t cupti_names_intern(struct cupti_names *names, const char *text);
void cupti_names_release(struct cupti_names *names);

#endif
