/*
 * Intervals by the cluster bootstrap: layers of one network are alike, so networks are what is resampled.
 *
 * Nothing is refitted point by point. The power follows from five sums per cluster, the share of inverted pairs from
 * the counts within and between clusters: 2000 resamples of 100,000 rows cost as much as 2000 of 5.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fit.h"
#include "stat.h"

enum { STREAM_EXPONENT = 1, STREAM_INVERSIONS = 2 };

static void draw(struct fc_dice *dice, uint32_t *times, int clusters)
{
	memset(times, 0, (size_t)clusters * sizeof(*times));
	for (int i = 0; i < clusters; i++)
		times[fc_dice_throw(dice, (uint32_t)clusters)]++;
}

/* One resample: how often each cluster was drawn -> the statistic, NaN where the draw does not define it. */
typedef double (*statistic)(const void *sums, const uint32_t *times, int clusters);

static struct fc_estimate resample(const void *sums, statistic of, int clusters, const struct fc_bootstrap *bootstrap,
				   uint64_t stream)
{
	struct fc_estimate estimate = { .low = NAN, .high = NAN };
	uint32_t *times = fc_calloc(clusters ? (size_t)clusters : 1, sizeof(*times));
	double *values = fc_calloc((size_t)bootstrap->resamples + 1, sizeof(*values));
	struct fc_dice dice = { .seed = bootstrap->seed, .stream = stream };
	size_t n = 0;

	for (int i = 0; i < clusters; i++)
		times[i] = 1;
	estimate.value = of(sums, times, clusters);
	for (int i = 0; clusters >= 2 && i < bootstrap->resamples; i++) {
		draw(&dice, times, clusters);
		values[n] = of(sums, times, clusters);
		n += !isnan(values[n]);
	}
	/* Where most draws say nothing, the rest is no interval. */
	if (n >= 20 && n * 2 > (size_t)bootstrap->resamples) {
		fc_sort_doubles(values, n);
		estimate.low = fc_quantile(values, n, 0.025);
		estimate.high = fc_quantile(values, n, 0.975);
	}
	free(times);
	free(values);
	return estimate;
}

struct line_sums {
	double n, f, t, ff, ft;
};

static double slope(const void *sums, const uint32_t *times, int clusters)
{
	const struct line_sums *cluster = sums;
	struct line_sums all = { 0 };

	for (int i = 0; i < clusters; i++) {
		all.n += times[i] * cluster[i].n;
		all.f += times[i] * cluster[i].f;
		all.t += times[i] * cluster[i].t;
		all.ff += times[i] * cluster[i].ff;
		all.ft += times[i] * cluster[i].ft;
	}

	const double variance = all.ff - all.f * all.f / all.n;

	/* Logarithms were centred before, so a variance of rounding size means that the FLOPs do not vary. */
	return variance > 1e-12 * all.n ? (all.ft - all.f * all.t / all.n) / variance : NAN;
}

struct fc_estimate fc_bootstrap_exponent(const struct fc_points *points, const struct fc_bootstrap *bootstrap)
{
	struct line_sums *sums = fc_calloc(points->clusters ? (size_t)points->clusters : 1, sizeof(*sums));
	double mf = 0, mt = 0;

	for (size_t i = 0; i < points->n; i++) {
		mf += log(points->flops[i]) / (double)points->n;
		mt += log(points->time[i]) / (double)points->n;
	}
	for (size_t i = 0; i < points->n; i++) {
		struct line_sums *sum = &sums[points->cluster[i]];
		const double f = log(points->flops[i]) - mf, t = log(points->time[i]) - mt;

		sum->n++;
		sum->f += f;
		sum->t += t;
		sum->ff += f * f;
		sum->ft += f * t;
	}

	const struct fc_estimate estimate = resample(sums, slope, points->clusters, bootstrap, STREAM_EXPONENT);

	free(sums);
	return estimate;
}

/* Pairs of clusters: at [g * clusters + h], g <= h. */
struct pair_sums {
	double differing, inverted;
};

/* A cluster drawn w times meets itself w * w times (twice between each two of its copies, once within each). */
static double inversion_rate(const void *sums, const uint32_t *times, int clusters)
{
	const struct pair_sums *pair = sums;
	double differing = 0, inverted = 0;

	for (int g = 0; g < clusters; g++) {
		for (int h = g; times[g] && h < clusters; h++) {
			const double weight = (double)times[g] * times[h];

			differing += weight * pair[g * clusters + h].differing;
			inverted += weight * pair[g * clusters + h].inverted;
		}
	}
	return differing > 0 ? inverted / differing : NAN;
}

struct slice {
	size_t first, n;
};

static struct pair_sums count_slice(const double *x, const double *y, size_t n)
{
	struct fc_pair_counts counts;

	fc_pair_count(x, y, n, &counts);
	return (struct pair_sums){ (double)(counts.concordant + counts.discordant), (double)counts.discordant };
}

/* Points put together by cluster: slices of x (FLOPs) and y (time). */
static void gather(const struct fc_points *points, struct slice *slices, double *x, double *y)
{
	size_t *next = fc_calloc((size_t)points->clusters + 1, sizeof(*next));

	for (size_t i = 0; i < points->n; i++)
		slices[points->cluster[i]].n++;
	for (int g = 1; g < points->clusters; g++)
		slices[g].first = slices[g - 1].first + slices[g - 1].n;
	for (int g = 0; g < points->clusters; g++)
		next[g] = slices[g].first;
	for (size_t i = 0; i < points->n; i++) {
		const size_t place = next[points->cluster[i]]++;

		x[place] = points->flops[i];
		y[place] = points->time[i];
	}
	free(next);
}

static void count_between(const struct slice *slices, int clusters, const double *x, const double *y, size_t n,
			  struct pair_sums *sums)
{
	double *both = fc_calloc(2 * n + 1, sizeof(*both));

	for (int g = 0; g < clusters; g++)
		sums[g * clusters + g] = count_slice(x + slices[g].first, y + slices[g].first, slices[g].n);
	for (int g = 0; g < clusters; g++) {
		for (int h = g + 1; h < clusters; h++) {
			const size_t ng = slices[g].n, nh = slices[h].n;
			struct pair_sums *sum = &sums[g * clusters + h];

			memcpy(both, x + slices[g].first, ng * sizeof(*x));
			memcpy(both + ng, x + slices[h].first, nh * sizeof(*x));
			memcpy(both + n, y + slices[g].first, ng * sizeof(*y));
			memcpy(both + n + ng, y + slices[h].first, nh * sizeof(*y));
			*sum = count_slice(both, both + n, ng + nh);
			sum->differing -= sums[g * clusters + g].differing + sums[h * clusters + h].differing;
			sum->inverted -= sums[g * clusters + g].inverted + sums[h * clusters + h].inverted;
		}
	}
	free(both);
}

struct fc_estimate fc_bootstrap_inversions(const struct fc_points *points, const struct fc_bootstrap *bootstrap)
{
	const int clusters = points->clusters;

	if (clusters > FC_BOOTSTRAP_CLUSTERS) {
		const struct pair_sums all = count_slice(points->flops, points->time, points->n);

		return (struct fc_estimate){ all.differing > 0 ? all.inverted / all.differing : NAN, NAN, NAN };
	}

	struct slice *slices = fc_calloc((size_t)clusters + 1, sizeof(*slices));
	double *x = fc_calloc(2 * points->n + 1, sizeof(*x));
	struct pair_sums *sums = fc_calloc((size_t)clusters * (size_t)clusters + 1, sizeof(*sums));

	gather(points, slices, x, x + points->n);
	count_between(slices, clusters, x, x + points->n, points->n, sums);

	const struct fc_estimate estimate =
		resample(sums, inversion_rate, clusters, bootstrap, STREAM_INVERSIONS);

	free(slices);
	free(x);
	free(sums);
	return estimate;
}
