/*
 * Offline packing: which buffer lies where, all sizes and lives known. An exact answer is NP-hard (it is dynamic
 * storage allocation); taking the largest buffers first and putting each into the smallest gap that is free during
 * its whole life comes within a few percent of the lower bound, the peak of what is alive at once.
 */
#include <stdlib.h>
#include <string.h>

#include "flopclock/schedule.h"

#define ALIGNMENT 64u

struct placed {
	uint64_t offset, end;
	int first, last;
};

static bool lives_through(const struct fc_buffer *buffer)
{
	return buffer->role <= FC_ROLE_STATE;
}

static uint64_t aligned(uint64_t bytes)
{
	return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static int larger_first(const void *a, const void *b)
{
	const struct fc_buffer *const x = *(struct fc_buffer *const *)a, *const y = *(struct fc_buffer *const *)b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x < y ? -1 : 1;
}

/*
 * The smallest gap between neighbours alive at the same time. placed[] is sorted by offset; returns where to insert.
 */
static int find_gap(const struct placed *placed, int count, const struct fc_buffer *buffer, uint64_t bytes,
		    uint64_t *offset)
{
	uint64_t end = 0, smallest = UINT64_MAX;
	int where = -1, behind = 0;

	for (int i = 0; i < count; i++) {
		if (placed[i].last < buffer->first || placed[i].first > buffer->last)
			continue;
		if (placed[i].offset > end && placed[i].offset - end >= bytes && placed[i].offset - end < smallest) {
			smallest = placed[i].offset - end;
			*offset = end;
			where = i;
			if (smallest == bytes)
				break;
		}
		if (placed[i].end > end) {
			end = placed[i].end;
			behind = i + 1;
		}
	}
	if (where < 0) {
		*offset = end;
		where = behind;
	}
	/* Between neighbours not alive at the same time, anything goes: keep the order by offset. */
	while (where > 0 && placed[where - 1].offset > *offset)
		where--;
	while (where < count && placed[where].offset < *offset)
		where++;
	return where;
}

uint64_t fc_schedule_pack(struct fc_buffer *buffers, int count)
{
	struct fc_buffer **const order = fc_calloc((size_t)count + 1, sizeof(struct fc_buffer *));
	struct placed *const placed = fc_calloc((size_t)count + 1, sizeof(*placed));
	int n = 0, done = 0;
	uint64_t total = 0;

	for (int i = 0; i < count; i++)
		if (!lives_through(&buffers[i]) && buffers[i].bytes && buffers[i].first >= 0)
			order[n++] = &buffers[i];
	qsort(order, (size_t)n, sizeof(struct fc_buffer *), larger_first);
	for (int i = 0; i < n; i++) {
		const uint64_t bytes = aligned(order[i]->bytes);
		const int where = find_gap(placed, done, order[i], bytes, &order[i]->offset);

		memmove(placed + where + 1, placed + where, (size_t)(done - where) * sizeof(*placed));
		placed[where] =
			(struct placed){ order[i]->offset, order[i]->offset + bytes, order[i]->first, order[i]->last };
		done++;
		if (order[i]->offset + bytes > total)
			total = order[i]->offset + bytes;
	}
	free(placed);
	free(order);
	return total;
}
