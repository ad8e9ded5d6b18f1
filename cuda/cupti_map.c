#include "cupti_map.h"

#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

/* Correlation ids count up, node ids differ in their high half: both spread only when mixed (the finaliser of MurmurHash3). */
static uint64_t mix(uint64_t key)
{
	key ^= key >> 33;
	key *= UINT64_C(0xff51afd7ed558ccd);
	key ^= key >> 33;
	key *= UINT64_C(0xc4ceb9fe1a85ec53);
	return key ^ key >> 33;
}

/* The place of the key, or the empty one where it would be. */
static size_t find(const struct cupti_map *map, uint64_t key)
{
	size_t at = mix(key) & (map->room - 1);

	while (map->values[at] != CUPTI_MAP_NONE && map->keys[at] != key)
		at = (at + 1) & (map->room - 1);
	return at;
}

uint32_t cupti_map_get(const struct cupti_map *map, uint64_t key)
{
	return map->count ? map->values[find(map, key)] : CUPTI_MAP_NONE;
}

static void grow(struct cupti_map *map)
{
	struct cupti_map bigger = { .room = map->room ? 2 * map->room : 256, .count = map->count };

	bigger.keys = fc_calloc(bigger.room, sizeof(*bigger.keys));
	bigger.values = fc_calloc(bigger.room, sizeof(*bigger.values));
	memset(bigger.values, 0xff, bigger.room * sizeof(*bigger.values));
	for (size_t i = 0; i < map->room; i++) {
		if (map->values[i] == CUPTI_MAP_NONE)
			continue;
		const size_t at = find(&bigger, map->keys[i]);

		bigger.keys[at] = map->keys[i];
		bigger.values[at] = map->values[i];
	}
	cupti_map_release(map);
	*map = bigger;
}

void cupti_map_put(struct cupti_map *map, uint64_t key, uint32_t value)
{
	size_t at;

	if (2 * (map->count + 1) > map->room)
		grow(map);
	at = find(map, key);
	map->count += map->values[at] == CUPTI_MAP_NONE;
	map->keys[at] = key;
	map->values[at] = value;
}

void cupti_map_clear(struct cupti_map *map)
{
	if (map->count)
		memset(map->values, 0xff, map->room * sizeof(*map->values));
	map->count = 0;
}

void cupti_map_release(struct cupti_map *map)
{
	free(map->keys);
	free(map->values);
	*map = (struct cupti_map){ .count = 0 };
}
