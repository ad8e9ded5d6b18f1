/* Agreement of two orders: Spearman, Kendall, inverted pairs. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "stat.h"

static double mean(const double *values, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += values[i];
	return sum / (double)n;
}

double fc_correlation(const double *x, const double *y, size_t n)
{
	if (n < 2)
		return NAN;

	const double mx = mean(x, n), my = mean(y, n);
	double xx = 0, yy = 0, xy = 0;

	for (size_t i = 0; i < n; i++) {
		xx += (x[i] - mx) * (x[i] - mx);
		yy += (y[i] - my) * (y[i] - my);
		xy += (x[i] - mx) * (y[i] - my);
	}
	if (xx == 0 || yy == 0)
		return NAN;
	return fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy))));
}

double fc_spearman(const double *x, const double *y, size_t n)
{
	double *ranks = fc_calloc(n ? 2 * n : 1, sizeof(*ranks));

	fc_ranks(x, n, ranks);
	fc_ranks(y, n, ranks + n);

	const double rho = fc_correlation(ranks, ranks + n, n);

	free(ranks);
	return rho;
}

struct point {
	double x, y;
};

static int compare_points(const void *a, const void *b)
{
	const struct point *p = a, *q = b;

	if (p->x != q->x)
		return p->x < q->x ? -1 : 1;
	return (p->y > q->y) - (p->y < q->y);
}

/* Sorts y by merging and counts the strict inversions: how often a larger value stood before a smaller one. */
static uint64_t merge_sort(double *y, double *scratch, size_t n)
{
	uint64_t inversions = 0;

	for (size_t width = 1; width < n; width *= 2) {
		for (size_t left = 0; left < n; left += 2 * width) {
			const size_t middle = left + width < n ? left + width : n;
			const size_t right = left + 2 * width < n ? left + 2 * width : n;
			size_t a = left, b = middle;

			for (size_t k = left; k < right; k++) {
				if (b >= right || (a < middle && y[a] <= y[b])) {
					scratch[k] = y[a++];
				} else {
					inversions += middle - a;
					scratch[k] = y[b++];
				}
			}
		}
		memcpy(y, scratch, n * sizeof(*y));
	}
	return inversions;
}

static uint64_t pairs_of(uint64_t n)
{
	return n % 2 ? n * ((n - 1) / 2) : n / 2 * (n - 1);
}

void fc_pair_count(const double *x, const double *y, size_t n, struct fc_pair_counts *counts)
{
	struct point *points = fc_calloc(n ? n : 1, sizeof(*points));
	double *work = fc_calloc(n ? 2 * n : 1, sizeof(*work));
	size_t same_x = 1, same_both = 1, same_y = 1;

	for (size_t i = 0; i < n; i++)
		points[i] = (struct point){ x[i], y[i] };
	if (n > 1)
		qsort(points, n, sizeof(*points), compare_points);
	*counts = (struct fc_pair_counts){ .total = n ? pairs_of(n) : 0 };
	for (size_t i = 1; i <= n && n > 0; i++) {
		const bool x_ends = i == n || points[i].x != points[i - 1].x;
		const bool both_end = x_ends || points[i].y != points[i - 1].y;

		counts->ties_x += x_ends ? pairs_of(same_x) : 0;
		counts->ties_both += both_end ? pairs_of(same_both) : 0;
		same_x = x_ends ? 1 : same_x + 1;
		same_both = both_end ? 1 : same_both + 1;
		work[i - 1] = points[i - 1].y;
	}
	counts->discordant = merge_sort(work, work + n, n);
	for (size_t i = 1; i <= n && n > 0; i++) {
		const bool ends = i == n || work[i] != work[i - 1];

		counts->ties_y += ends ? pairs_of(same_y) : 0;
		same_y = ends ? 1 : same_y + 1;
	}
	counts->concordant = counts->total - counts->ties_x - counts->ties_y + counts->ties_both - counts->discordant;
	free(points);
	free(work);
}

double fc_kendall(const struct fc_pair_counts *counts)
{
	const double x = (double)(counts->total - counts->ties_x), y = (double)(counts->total - counts->ties_y);

	if (x == 0 || y == 0)
		return NAN;
	return ((double)counts->concordant - (double)counts->discordant) / (sqrt(x) * sqrt(y));
}
