#include "cupti_sample.h"

#include <math.h>
#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/random.h"

static void keep(struct cupti_sample *sample, int64_t value)
{
	if (sample->kept == sample->room) {
		sample->room = sample->room ? 2 * sample->room : 64;
		sample->values = fc_realloc(sample->values, sample->room, sizeof(*sample->values));
	}
	sample->values[sample->kept++] = value;
}

/*
 * Vitter's algorithm R: every value so far is kept with the same probability. Which place is given up does not depend on
 * the order of the places, so that sorting in between does no harm.
 */
void cupti_sample_add(struct cupti_sample *sample, int64_t value)
{
	uint32_t word[4];
	uint64_t at;

	sample->least = sample->count && sample->least < value ? sample->least : value;
	sample->most = sample->count && sample->most > value ? sample->most : value;
	sample->sum += (double)value;
	sample->count++;
	if (sample->kept < CUPTI_SAMPLE_LIMIT) {
		keep(sample, value);
		return;
	}
	fc_philox(0, 0, sample->count, word);
	at = (uint64_t)((unsigned __int128)((uint64_t)word[0] << 32 | word[1]) * sample->count >> 64);
	if (at < CUPTI_SAMPLE_LIMIT)
		sample->values[at] = value;
}

static int rising(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

double cupti_sample_quantile(struct cupti_sample *sample, double share)
{
	double at, part;
	uint32_t below;

	if (!sample->kept)
		return NAN;
	qsort(sample->values, sample->kept, sizeof(*sample->values), rising);
	at = (sample->kept - 1) * share;
	below = (uint32_t)at;
	part = at - below;
	if (part <= 0)
		return (double)sample->values[below];
	return (double)sample->values[below] + part * (double)(sample->values[below + 1] - sample->values[below]);
}

void cupti_sample_release(struct cupti_sample *sample)
{
	free(sample->values);
	*sample = (struct cupti_sample){ .count = 0 };
}
