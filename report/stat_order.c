/* Order statistics and ranks. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "stat.h"

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void fc_sort_doubles(double *values, size_t n)
{
	if (n > 1)
		qsort(values, n, sizeof(*values), compare);
}

double fc_quantile(const double *sorted, size_t n, double p)
{
	if (n == 0)
		return NAN;
	assert(p >= 0 && p <= 1);

	const double place = (double)(n - 1) * p;
	const size_t below = (size_t)place;

	if (below + 1 >= n)
		return sorted[n - 1];
	return sorted[below] + (place - (double)below) * (sorted[below + 1] - sorted[below]);
}

static double *sorted_copy(const double *values, size_t n)
{
	double *copy = fc_calloc(n ? n : 1, sizeof(*copy));

	memcpy(copy, values, n * sizeof(*copy));
	fc_sort_doubles(copy, n);
	return copy;
}

double fc_median(const double *values, size_t n)
{
	if (n == 0)
		return NAN;

	double *sorted = sorted_copy(values, n);
	const double median = fc_quantile(sorted, n, 0.5);

	free(sorted);
	return median;
}

double fc_mad(const double *values, size_t n)
{
	if (n == 0)
		return NAN;

	const double median = fc_median(values, n);
	double *deviation = fc_calloc(n, sizeof(*deviation));

	for (size_t i = 0; i < n; i++)
		deviation[i] = fabs(values[i] - median);

	const double mad = fc_median(deviation, n);

	free(deviation);
	return mad;
}

struct place {
	double value;
	size_t index;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return (x->index > y->index) - (x->index < y->index);
}

void fc_ranks(const double *values, size_t n, double *ranks)
{
	struct place *places = fc_calloc(n ? n : 1, sizeof(*places));

	for (size_t i = 0; i < n; i++)
		places[i] = (struct place){ values[i], i };
	if (n > 1)
		qsort(places, n, sizeof(*places), compare_places);
	for (size_t first = 0, next; first < n; first = next) {
		for (next = first + 1; next < n && places[next].value == places[first].value;)
			next++;
		/* Ranks first + 1 .. next share their mean. */
		for (size_t i = first; i < next; i++)
			ranks[places[i].index] = ((double)first + 1 + (double)next) / 2;
	}
	free(places);
}
