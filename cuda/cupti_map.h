/* Numbers by number: a hash table with open addressing that only grows. Zero-initialised is empty. */
#ifndef FLOPCLOCK_CUDA_CUPTI_MAP_H
#define FLOPCLOCK_CUDA_CUPTI_MAP_H

#include <stddef.h>
#include <stdint.h>

#define CUPTI_MAP_NONE UINT32_MAX

struct cupti_map {
	uint64_t *keys;
	uint32_t *values;   /* CUPTI_MAP_NONE: an empty place */
	size_t count, room; /* room: 0 or a power of two */
};

/* CUPTI_MAP_NONE where there is none. */
uint32_t cupti_map_get(const struct cupti_map *map, uint64_t key);
/* Replaces what was there. */
void cupti_map_put(struct cupti_map *map, uint64_t key, uint32_t value);
/* Keeps its memory. */
void cupti_map_clear(struct cupti_map *map);
void cupti_map_release(struct cupti_map *map);

#endif
