#include "cupti_names.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
static uint64_t hash(const char *text)
{
	uint64_t value = UINT64_C(14695981039346656037);

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * UINT64_C(1099511628211);
	return value;
}

uint32_t cupti_names_intern(struct cupti_names *names, const char *text)
{
	uint64_t key;
	uint32_t first;

	if (!text)
		text = "(no name)";
	key = hash(text);
	first = cupti_map_get(&names->first, key);
	for (uint32_t n = first; n != CUPTI_MAP_NONE; n = names->list[n].next)
		if (!strcmp(names->list[n].text, text))
			return n;
	if (names->count == names->room) {
		names->room = names->room ? 2 * names->room : 64;
		names->list = fc_realloc(names->list, names->room, sizeof(*names->list));
	}
	names->list[names->count] =
		(struct cupti_name){ .text = fc_arena_strdup(&names->arena, text), .next = first };
	cupti_map_put(&names->first, key, names->count);
	return names->count++;
}

void cupti_names_release(struct cupti_names *names)
{
	cupti_map_release(&names->first);
	free(names->list);
	fc_arena_release(&names->arena);
	*names = (struct cupti_names){ .count = 0 };
}
