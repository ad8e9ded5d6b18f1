/* Statistics and fits: SciPy's values, brute force, and data whose truth is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "flopclock/csv.h"
#include "flopclock/number.h"
#include "../../report/fit.h"
#include "../../report/stat.h"

#define GOLDEN "tests/golden/report/"

static const char *source_path(struct fc_arena *arena, const char *path)
{
	const char *root = getenv("FC_ROOT");

	return fc_arena_printf(arena, "%s/%s", root ? root : ".", path);
}

struct golden {
	struct fc_arena arena;
	struct fc_csv_table points, values;
};

static int open_golden(void **state)
{
	static struct golden golden;
	struct fc_error err;

	fc_arena_init(&golden.arena);
	if (fc_csv_read(source_path(&golden.arena, GOLDEN "stat_points.csv"), 1 << 20, &golden.arena, &golden.points,
			&err) ||
	    fc_csv_read(source_path(&golden.arena, GOLDEN "stat_values.csv"), 1 << 20, &golden.arena, &golden.values,
			&err)) {
		fprintf(stderr, "%s\n", err.text);
		return -1;
	}
	*state = &golden;
	return 0;
}

static int close_golden(void **state)
{
	fc_arena_release(&((struct golden *)*state)->arena);
	return 0;
}

static void take_case(const struct golden *golden, const char *name, struct fc_points *points)
{
	fc_points_init(points, golden->points.rows);
	for (size_t row = 0; row < golden->points.rows; row++) {
		double value[3];

		if (strcmp(fc_csv_cell(&golden->points, row, 0), name))
			continue;
		for (int i = 0; i < 3; i++)
			assert_true(fc_parse_double(fc_csv_cell(&golden->points, row, 1 + i), &value[i]));
		fc_points_add(points, value[0], value[1], value[2], (int)points->n);
	}
	assert_true(points->n > 0);
}

/* What ours say about a statistic of the golden file. */
static double quantile_of(const double *values, size_t n, double p)
{
	double *sorted = calloc(n, sizeof(*sorted)), quantile;

	memcpy(sorted, values, n * sizeof(*sorted));
	fc_sort_doubles(sorted, n);
	quantile = fc_quantile(sorted, n, p);
	free(sorted);
	return quantile;
}

static double rank_checksum(const double *x, size_t n)
{
	double *ranks = calloc(n, sizeof(*ranks)), sum = 0;

	fc_ranks(x, n, ranks);
	for (size_t i = 0; i < n; i++)
		sum += (double)(i + 1) * ranks[i];
	free(ranks);
	return sum;
}

static double order_statistic(const struct fc_points *p, const char *what)
{
	struct fc_pair_counts pairs;

	if (!strcmp(what, "median_x"))
		return fc_median(p->flops, p->n);
	if (!strcmp(what, "mad_x"))
		return fc_mad(p->flops, p->n);
	if (!strncmp(what, "quantile_y_", 11))
		return quantile_of(p->time, p->n, strtod(what + 11, NULL));
	if (!strcmp(what, "rank_checksum"))
		return rank_checksum(p->flops, p->n);
	if (!strcmp(what, "spearman"))
		return fc_spearman(p->flops, p->time, p->n);
	fc_pair_count(p->flops, p->time, p->n, &pairs);
	return !strcmp(what, "kendall") ? fc_kendall(&pairs) : NAN;
}

static double fitted_value(const struct fc_points *p, const char *what)
{
	for (enum fc_fit_kind kind = 0; kind < FC_FIT_COUNT; kind++) {
		const size_t length = strlen(fc_fit_name(kind));
		struct fc_fit fit;

		if (strncmp(what, fc_fit_name(kind), length))
			continue;
		fc_fit(kind, p, -1, &fit);
		assert_true(fit.valid);
		what += length + 1;
		return !strcmp(what, "rss")	   ? fit.rss
		       : !strcmp(what, "rate")	   ? fit.rate
		       : !strcmp(what, "overhead") ? fit.overhead
		       : !strcmp(what, "factor")   ? fit.factor
		       : !strcmp(what, "exponent") ? fit.exponent
						   : NAN;
	}
	return NAN;
}

static void equal_to_scipy(void **state)
{
	const struct golden *golden = *state;
	int checked = 0;

	for (size_t row = 0; row < golden->values.rows; row++) {
		const char *name = fc_csv_cell(&golden->values, row, 0), *what = fc_csv_cell(&golden->values, row, 1);
		struct fc_points points;
		double want, got;

		assert_true(fc_parse_double(fc_csv_cell(&golden->values, row, 2), &want));
		if (!strcmp(name, "made_with"))
			continue;
		take_case(golden, name, &points);
		got = order_statistic(&points, what);
		if (isnan(got))
			got = fitted_value(&points, what);
		/* Searched parameters end where the sum of squares is flat to the last digits. */
		const double tolerance = strstr(what, "affine_") && !strstr(what, "rss") ? 1e-5 : 1e-8;

		if (!(fabs(got - want) <= tolerance * fabs(want)))
			fail_msg("%s %s: %.17g, SciPy has %.17g", name, what, got, want);
		fc_points_release(&points);
		checked++;
	}
	assert_true(checked > 60);
}

static void degenerate_input(void **state)
{
	const double one[] = { 3 }, same[] = { 2, 2, 2 }, other[] = { 1, 2, 3 };
	struct fc_pair_counts pairs;

	(void)state;
	assert_true(isnan(fc_quantile(NULL, 0, 0.5)));
	assert_true(isnan(fc_median(NULL, 0)) && isnan(fc_mad(NULL, 0)));
	assert_true(fc_median(one, 1) == 3 && fc_mad(one, 1) == 0 && fc_quantile(one, 1, 0.95) == 3);
	assert_true(isnan(fc_spearman(same, other, 3)) && isnan(fc_spearman(one, one, 1)));
	fc_pair_count(same, other, 3, &pairs);
	assert_int_equal(pairs.total, 3);
	assert_int_equal(pairs.ties_x, 3);
	assert_int_equal(pairs.concordant + pairs.discordant, 0);
	assert_true(isnan(fc_kendall(&pairs)));
	fc_pair_count(NULL, NULL, 0, &pairs);
	assert_int_equal(pairs.total, 0);
}

static void pairs_by_brute_force(const double *x, const double *y, size_t n, struct fc_pair_counts *counts)
{
	*counts = (struct fc_pair_counts){ 0 };
	for (size_t i = 0; i < n; i++) {
		for (size_t k = i + 1; k < n; k++) {
			const double product = (x[i] - x[k]) * (y[i] - y[k]);

			counts->total++;
			counts->ties_x += x[i] == x[k];
			counts->ties_y += y[i] == y[k];
			counts->ties_both += x[i] == x[k] && y[i] == y[k];
			counts->concordant += product > 0;
			counts->discordant += product < 0;
		}
	}
}

static void pairs_equal_brute_force(void **state)
{
	struct fc_dice dice = { .seed = 5 };
	double x[97], y[97];

	(void)state;
	for (int round = 0; round < 400; round++) {
		const uint32_t values = 1 + fc_dice_throw(&dice, 60);
		const size_t n = fc_dice_throw(&dice, 97) + 1;
		struct fc_pair_counts fast, slow;

		for (size_t i = 0; i < n; i++) {
			x[i] = fc_dice_throw(&dice, values);
			y[i] = fc_dice_throw(&dice, values);
		}
		fc_pair_count(x, y, n, &fast);
		pairs_by_brute_force(x, y, n, &slow);
		assert_memory_equal(&fast, &slow, sizeof(fast));
	}
}

static void dice_are_fair_and_seeded(void **state)
{
	struct fc_dice a = { .seed = 9, .stream = 1 }, b = a, c = { .seed = 9, .stream = 2 };
	int seen[6] = { 0 }, same = 0;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		const uint32_t throw = fc_dice_throw(&a, 6);

		assert_true(throw < 6);
		seen[throw]++;
		assert_int_equal(throw, fc_dice_throw(&b, 6));
		same += throw == fc_dice_throw(&c, 6);
	}
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 9600, 10400);
	assert_in_range(same, 9600, 10400);
	assert_int_equal(fc_dice_throw(&a, 1), 0);
}

/* Points of some networks, t = 1e-9 F^b times noise; networks differ among themselves by `between`. */
static void make_power(struct fc_points *points, uint64_t seed, int clusters, int each, double b, double noise,
		       double between)
{
	struct fc_dice dice = { .seed = seed };

	fc_points_init(points, (size_t)(clusters * each));
	for (int g = 0; g < clusters; g++) {
		const double own = between * (fc_dice_throw(&dice, 2001) / 1000.0 - 1);

		for (int i = 0; i < each; i++) {
			const double f = exp(13 + 10 * fc_dice_throw(&dice, 100000) / 1e5);
			const double e = noise * (fc_dice_throw(&dice, 2001) / 1000.0 - 1);

			fc_points_add(points, f, 1, 1e-9 * pow(f, b) * exp(e + own), g);
		}
	}
}

static void intervals_hold_the_truth(void **state)
{
	const struct fc_bootstrap bootstrap = { .seed = 1, .resamples = 300 };
	int held = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 100; seed++) {
		struct fc_estimate estimate, again;
		struct fc_points points;

		make_power(&points, seed, 15, 20, 0.8, 0.5, 0.5);
		estimate = fc_bootstrap_exponent(&points, &bootstrap);
		again = fc_bootstrap_exponent(&points, &bootstrap);
		assert_memory_equal(&estimate, &again, sizeof(estimate));
		assert_true(estimate.low <= estimate.value && estimate.value <= estimate.high);
		held += estimate.low <= 0.8 && 0.8 <= estimate.high;
		fc_points_release(&points);
	}
	/* 95 of 100 are meant; percentile intervals of 15 clusters are known to be somewhat short. */
	assert_in_range(held, 84, 100);
}

static void exact_data_has_no_width(void **state)
{
	const struct fc_bootstrap bootstrap = { .seed = 1, .resamples = 200 };
	struct fc_estimate exponent, inversions;
	struct fc_fit fits[FC_FIT_COUNT];
	struct fc_points points;

	(void)state;
	make_power(&points, 3, 5, 12, 0.6, 0, 0);
	exponent = fc_bootstrap_exponent(&points, &bootstrap);
	inversions = fc_bootstrap_inversions(&points, &bootstrap);
	assert_true(fabs(exponent.value - 0.6) < 1e-9 && exponent.high - exponent.low < 1e-9);
	assert_true(inversions.value == 0 && inversions.low == 0 && inversions.high == 0);
	fc_fit_ladder(&points, true, fits);
	assert_true(fits[FC_FIT_POWER].weight > 0.999);
	assert_true(fits[FC_FIT_POWER].cv_error_factor < 1.0001);
	assert_true(fits[FC_FIT_PROPORTIONAL].cv_error_factor > 1.5);
	fc_points_release(&points);
}

/* The counts within and between clusters say for the whole what counting the whole says. */
static void inversions_equal_a_direct_count(void **state)
{
	const struct fc_bootstrap bootstrap = { .seed = 1, .resamples = 50 };
	struct fc_pair_counts pairs;
	struct fc_estimate estimate;
	struct fc_points points;

	(void)state;
	make_power(&points, 8, 7, 30, 0.8, 2, 1);
	fc_pair_count(points.flops, points.time, points.n, &pairs);
	estimate = fc_bootstrap_inversions(&points, &bootstrap);
	assert_true(fabs(estimate.value - (double)pairs.discordant / (double)(pairs.concordant + pairs.discordant)) <
		    1e-15);
	assert_true(estimate.low < estimate.value && estimate.value < estimate.high);
	fc_points_release(&points);
}

static void one_cluster_has_no_interval(void **state)
{
	const struct fc_bootstrap bootstrap = { .seed = 1, .resamples = 50 };
	struct fc_estimate estimate;
	struct fc_points points;

	(void)state;
	make_power(&points, 8, 1, 30, 0.8, 0.2, 0);
	estimate = fc_bootstrap_exponent(&points, &bootstrap);
	assert_true(!isnan(estimate.value) && isnan(estimate.low) && isnan(estimate.high));
	fc_points_release(&points);
}

static void equal_flops_fit_nothing(void **state)
{
	struct fc_fit fits[FC_FIT_COUNT];
	struct fc_points points;

	(void)state;
	fc_points_init(&points, 4);
	for (int i = 0; i < 4; i++)
		fc_points_add(&points, 1e9, 1e6, 1 + i, i);
	fc_fit_ladder(&points, true, fits);
	for (enum fc_fit_kind kind = 0; kind < FC_FIT_COUNT; kind++)
		assert_true(!fits[kind].valid && isnan(fits[kind].cv_error_factor));
	fc_points_release(&points);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(equal_to_scipy, open_golden, close_golden),
		cmocka_unit_test(degenerate_input),
		cmocka_unit_test(pairs_equal_brute_force),
		cmocka_unit_test(dice_are_fair_and_seeded),
		cmocka_unit_test(intervals_hold_the_truth),
		cmocka_unit_test(exact_data_has_no_width),
		cmocka_unit_test(inversions_equal_a_direct_count),
		cmocka_unit_test(one_cluster_has_no_interval),
		cmocka_unit_test(equal_flops_fit_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
