#include "cupti_calls.h"

#include <stdlib.h>

#include "flopclock/arena.h"

static struct cupti_call *find(struct cupti_call_age *age, uint32_t correlation)
{
	const uint32_t number = cupti_map_get(&age->numbers, correlation);

	return number == CUPTI_MAP_NONE ? NULL : &age->list[number];
}

struct cupti_call *cupti_calls_find(struct cupti_calls *calls, uint32_t correlation)
{
	struct cupti_call *const call = find(&calls->present, correlation);

	return call ? call : find(&calls->past, correlation);
}

struct cupti_call *cupti_calls_add(struct cupti_calls *calls, uint32_t correlation)
{
	struct cupti_call_age *const age = &calls->present;
	struct cupti_call *const call = cupti_calls_find(calls, correlation);

	if (call)
		return call;
	if (age->count == age->room) {
		age->room = age->room ? 2 * age->room : 1024;
		age->list = fc_realloc(age->list, age->room, sizeof(*age->list));
	}
	cupti_map_put(&age->numbers, correlation, age->count);
	age->list[age->count] = (struct cupti_call){ .scope = 0 };
	return &age->list[age->count++];
}

void cupti_calls_age(struct cupti_calls *calls)
{
	const struct cupti_call_age spare = calls->past;

	calls->past = calls->present;
	calls->present = spare;
	cupti_map_clear(&calls->present.numbers);
	calls->present.count = 0;
}

void cupti_calls_release(struct cupti_calls *calls)
{
	struct cupti_call_age *const ages[] = { &calls->present, &calls->past };

	for (int i = 0; i < 2; i++) {
		cupti_map_release(&ages[i]->numbers);
		free(ages[i]->list);
	}
	*calls = (struct cupti_calls){ .present = { .count = 0 } };
}
