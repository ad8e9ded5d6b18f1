#include "onnx_map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct onnx_map_entry {
	const char *key;
	uint64_t hash;
	const void *thing;
};

static uint64_t hash_of(const char *key)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (; *key; key++)
		hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
	return hash ^ hash >> 29;
}

/* Where the key is, or where it would go. */
static struct onnx_map_entry *slot(const struct onnx_map *map, const char *key, uint64_t hash)
{
	size_t i = (size_t)hash & (map->capacity - 1);

	while (map->entries[i].key && (map->entries[i].hash != hash || strcmp(map->entries[i].key, key)))
		i = (i + 1) & (map->capacity - 1);
	return &map->entries[i];
}

static void grow(struct onnx_map *map)
{
	const struct onnx_map old = *map;

	map->capacity = old.capacity ? 2 * old.capacity : 64;
	map->entries = fc_calloc(map->capacity, sizeof(*map->entries));
	for (size_t i = 0; i < old.capacity; i++)
		if (old.entries[i].key)
			*slot(map, old.entries[i].key, old.entries[i].hash) = old.entries[i];
	free(old.entries);
}

void fc_onnx_map_release(struct onnx_map *map)
{
	free(map->entries);
	*map = (struct onnx_map){ 0 };
}

void *fc_onnx_map_find(const struct onnx_map *map, const char *key)
{
	/* Whoever put it there knows whether it may be written to. */
	return map->capacity ? (void *)(uintptr_t)slot(map, key, hash_of(key))->thing : NULL;
}

void fc_onnx_map_put(struct onnx_map *map, const char *key, const void *thing)
{
	const uint64_t hash = hash_of(key);
	struct onnx_map_entry *entry;

	if (2 * (map->count + 1) > map->capacity)
		grow(map);
	entry = slot(map, key, hash);
	map->count += !entry->key;
	*entry = (struct onnx_map_entry){ key, hash, thing };
}
