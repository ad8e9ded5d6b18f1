/*
 * Statistics of plain arrays. Nothing here knows about layers or runs. Input is finite; callers see to that.
 */
#ifndef REPORT_STAT_H
#define REPORT_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ascending, NaN nowhere. */
void fc_sort_doubles(double *values, size_t n);

/* Quantile of a sorted array by linear interpolation between order statistics (type 7 of Hyndman and Fan 1996, the
 * default of R and NumPy). NaN for n = 0. */
double fc_quantile(const double *sorted, size_t n, double p);

/* Of an unsorted array, which is left as it is. */
double fc_median(const double *values, size_t n);
/* Median of absolute deviations from the median, not scaled to a normal's standard deviation. */
double fc_mad(const double *values, size_t n);

/* Ranks from 1; equal values share the mean of their ranks. */
void fc_ranks(const double *values, size_t n, double *ranks);

/* Pearson's correlation; NaN where one side does not vary. */
double fc_correlation(const double *x, const double *y, size_t n);
/* Pearson's correlation of the ranks. */
double fc_spearman(const double *x, const double *y, size_t n);

/* How the pairs of n points agree. pairs that differ in both x and y: concordant + discordant. */
struct fc_pair_counts {
	uint64_t total;		/* n (n - 1) / 2 */
	uint64_t concordant, discordant;
	uint64_t ties_x, ties_y, ties_both;	/* ties_both are in ties_x and ties_y too */
};

/* O(n log n): Knight 1966. */
void fc_pair_count(const double *x, const double *y, size_t n, struct fc_pair_counts *counts);
/* Kendall's tau-b; NaN where one side does not vary. */
double fc_kendall(const struct fc_pair_counts *counts);

/* A seeded source of whole numbers in [0, bound), the same on every machine; bound >= 1. */
struct fc_dice {
	uint64_t seed, stream, index;
	uint32_t block[4];	/* words index & ~3 and after; filled when index % 4 is 0 */
};
uint32_t fc_dice_throw(struct fc_dice *dice, uint32_t bound);

#endif
