/* Texts to things: borrowed both, never removed. Zero-initialised is empty. */
#ifndef ANALYZER_ONNX_MAP_H
#define ANALYZER_ONNX_MAP_H

#include <stddef.h>

#include "flopclock/arena.h"

struct onnx_map {
	struct onnx_map_entry *entries;		/* a power of two of them; from malloc */
	size_t capacity, count;
};

void fc_onnx_map_release(struct onnx_map *map);
void *fc_onnx_map_find(const struct onnx_map *map, const char *key);	/* NULL: none */
/* Overwrites what was there. */
void fc_onnx_map_put(struct onnx_map *map, const char *key, const void *thing);

#endif
