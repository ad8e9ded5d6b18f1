#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/random.h"

/* A number in [0, bound) that depends on nothing but `index`. */
static uint64_t pick(uint64_t index, uint64_t bound)
{
	uint32_t word[4];

	fc_philox(0, 0, index, word);
	return (uint64_t)((unsigned __int128)((uint64_t)word[0] << 32 | word[1]) * bound >> 64);
}

/* Vitter's algorithm R: every value so far is in the sample with the same probability. */
void samples_add(struct samples *s, int64_t ns, uint32_t limit)
{
	if (!s->count || ns < s->min_ns)
		s->min_ns = ns;
	s->total_ns += ns;
	s->count++;
	if (s->kept < limit) {
		if (s->kept == s->room) {
			s->room = s->room ? 2 * s->room : 16;
			s->values = fc_realloc(s->values, s->room, sizeof(*s->values));
		}
		s->values[s->kept++] = ns;
	} else {
		const uint64_t at = pick(s->count, s->count);

		if (at < limit)
			s->values[at] = ns;
	}
}

static int rising(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* R's type 7: the value at (count - 1) * share, between neighbours by straight lines. */
static double quantile(const int64_t *sorted, uint32_t count, double share)
{
	const double at = (count - 1) * share;
	const uint32_t below = (uint32_t)at;
	const double part = at - below;

	if (part <= 0)
		return (double)sorted[below];
	return (double)sorted[below] + part * (double)(sorted[below + 1] - sorted[below]);
}

void samples_summarise(const struct samples *s, struct samples_summary *summary)
{
	int64_t *sorted;
	double median;

	*summary = (struct samples_summary){ NAN, NAN, NAN };
	if (!s->kept)
		return;
	sorted = fc_calloc(s->kept, sizeof(*sorted));
	memcpy(sorted, s->values, s->kept * sizeof(*sorted));
	qsort(sorted, s->kept, sizeof(*sorted), rising);
	median = quantile(sorted, s->kept, 0.5);
	summary->median_s = median / 1e9;
	summary->p95_s = quantile(sorted, s->kept, 0.95) / 1e9;
	/* Doubled, so that a median between two values keeps the distances whole numbers. */
	for (uint32_t i = 0; i < s->kept; i++)
		sorted[i] = llabs(2 * sorted[i] - (int64_t)(2 * median));
	qsort(sorted, s->kept, sizeof(*sorted), rising);
	summary->mad_s = quantile(sorted, s->kept, 0.5) / 2e9;
	free(sorted);
}

void samples_release(struct samples *s)
{
	free(s->values);
	*s = (struct samples){ .count = 0 };
}
