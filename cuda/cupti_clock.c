#include "cupti_clock.h"

#include <time.h>

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The best of some tries: nothing came in between. */
int64_t cupti_clock_lead(void)
{
	int64_t least = INT64_MAX, lead = 0;

	for (int i = 0; i < 8; i++) {
		const int64_t before = read_clock(CLOCK_MONOTONIC), wall = read_clock(CLOCK_REALTIME),
			      after = read_clock(CLOCK_MONOTONIC);

		if (after - before < least) {
			least = after - before;
			lead = wall - before - (after - before) / 2;
		}
	}
	return lead;
}
