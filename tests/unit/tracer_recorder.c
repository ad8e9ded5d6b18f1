/* Times added up: samples against sorting everything, the recorder against sums made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "flopclock/model.h"
#include "flopclock/random.h"

#include "../../tracer/backends.h"
#include "../../tracer/recorder.h"

/* -------- samples -------- */

static int rising(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, size_t count, double share)
{
	const double h = (double)(count - 1) * share, low = floor(h);

	return sorted[(size_t)low] +
	       (h - low) * (low + 1 < (double)count ? sorted[(size_t)low + 1] - sorted[(size_t)low] : 0);
}

static int64_t value_at(uint64_t seed, uint64_t i)
{
	uint32_t word[4];

	fc_philox(seed, 5, i, word);
	return 1 + word[0] % 1000000;
}

static void statistics_are_exact(void **state)
{
	(void)state;
	for (uint64_t count = 1; count <= SAMPLES_LIMIT; count = count < 70 ? count + 1 : count * 3 / 2) {
		struct samples samples = { .count = 0 };
		struct samples_summary summary;
		double values[SAMPLES_LIMIT], distances[SAMPLES_LIMIT], median;
		int64_t total = 0, least = INT64_MAX;

		for (uint64_t i = 0; i < count; i++) {
			const int64_t v = value_at(count, i);

			samples_add(&samples, v, SAMPLES_LIMIT);
			values[i] = (double)v;
			total += v;
			least = v < least ? v : least;
		}
		samples_summarise(&samples, &summary);
		qsort(values, count, sizeof(double), rising);
		median = quantile(values, count, 0.5);
		for (uint64_t i = 0; i < count; i++)
			distances[i] = fabs(values[i] - median);
		qsort(distances, count, sizeof(double), rising);
		assert_int_equal(samples.count, count);
		assert_int_equal(samples.total_ns, total);
		assert_int_equal(samples.min_ns, least);
		assert_true(summary.median_s == median / 1e9);
		assert_true(fabs(summary.mad_s - quantile(distances, count, 0.5) / 1e9) < 1e-18);
		assert_true(fabs(summary.p95_s - quantile(values, count, 0.95) / 1e9) < 1e-15);
		samples_release(&samples);
	}
}

static void nothing_has_no_statistics(void **state)
{
	struct samples samples = { .count = 0 };
	struct samples_summary summary;

	(void)state;
	samples_summarise(&samples, &summary);
	assert_true(isnan(summary.median_s) && isnan(summary.mad_s) && isnan(summary.p95_s));
}

/* Beyond the limit: totals stay exact, memory stays, the sample is fair and the same again. */
static void many_are_sampled(void **state)
{
	const uint64_t count = 200000;
	struct samples samples[2] = { { .count = 0 }, { .count = 0 } };
	struct samples_summary summary[2];
	double below = 0;

	(void)state;
	for (int s = 0; s < 2; s++) {
		for (uint64_t i = 0; i < count; i++)
			samples_add(&samples[s], (int64_t)i + 1, SAMPLES_LIMIT);
		samples_summarise(&samples[s], &summary[s]);
		assert_int_equal(samples[s].kept, SAMPLES_LIMIT);
		assert_int_equal(samples[s].room, SAMPLES_LIMIT);
	}
	assert_int_equal(samples[0].total_ns, (int64_t)(count * (count + 1) / 2));
	assert_int_equal(samples[0].min_ns, 1);
	assert_memory_equal(&summary[0], &summary[1], sizeof(summary[0]));
	/* The median of a fair sample of 4096 is within 4 standard errors (half of 1/64 each) of the true one. */
	assert_true(fabs(summary[0].median_s * 1e9 / (double)count - 0.5) < 4 * 0.5 / 64);
	assert_true(fabs(summary[0].p95_s * 1e9 / (double)count - 0.95) < 0.02);
	for (uint32_t i = 0; i < samples[0].kept; i++)
		below += samples[0].values[i] <= (int64_t)count / 10;
	assert_true(fabs(below / SAMPLES_LIMIT - 0.1) < 0.02);
	samples_release(&samples[0]);
	samples_release(&samples[1]);
}

/* -------- the recorder -------- */

struct fixture {
	struct fc_graph graph;
	struct fc_network *network;
	struct fc_recorder *recorder;
};

static void open_fixture(struct fixture *f)
{
	static const char text[] = "network tiny\ninput 1x4x4\nclasses 2\nrelu\ndense classes\noutput\n";
	const struct fc_model_request request = { .model = "tiny.net", .batch = 2 };
	const struct fc_network_config config = { .backend = &fc_backend_null };
	struct fc_error err = { "" };

	if (fc_model_read(&request, text, sizeof(text) - 1, &f->graph, &err) ||
	    fc_network_open(&f->graph, &config, &f->network, &err))
		fail_msg("%s", err.text);
	f->recorder = recorder_open(f->network, true, NULL);
}

static void close_fixture(struct fixture *f)
{
	recorder_close(f->recorder);
	fc_network_close(f->network);
	fc_graph_release(&f->graph);
}

static void add(struct fixture *f, uint32_t iteration, int step, int64_t start, int64_t end, int stream)
{
	const struct fc_record record = {
		.pass = f->recorder->iterations[iteration].pass,
		.iteration = iteration,
		.step = step,
		.kernel = step % 2 ? "odd" : "even",
		.start_ns = start,
		.end_ns = end,
		.stream = stream,
	};

	fc_recorder_add(f->recorder, &record);
}

/* Every step of an iteration once, 10 ns each from `start` on. */
static void add_all(struct fixture *f, uint32_t iteration, int64_t start)
{
	for (int i = 0; i < fc_network_step_count(f->network, f->recorder->iterations[iteration].pass); i++)
		add(f, iteration, i, start + 10 * i, start + 10 * i + 10, 0);
}

static void assert_clean(struct fixture *f)
{
	for (enum recorder_anomaly a = 0; a < RECORDER_ANOMALY_COUNT; a++)
		assert_null(recorder_anomaly(f->recorder, a));
}

static void sums_close(void **state)
{
	struct recorder_totals totals;
	struct fixture f;
	int steps;

	(void)state;
	open_fixture(&f);
	steps = fc_network_step_count(f.network, FC_PASS_TRAIN);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(recorder_begin(f.recorder, FC_PASS_TRAIN, 1, i > 0, 1000 + 1000 * i), i);
		add_all(&f, i, 1100 + 1000 * i);
		recorder_end(f.recorder, 1900 + 1000 * i)->images = 2;
	}
	recorder_flush(f.recorder);
	assert_clean(&f);
	recorder_sum(f.recorder, FC_PASS_TRAIN, 0, &totals);
	assert_int_equal(totals.iterations, 3);
	assert_int_equal(totals.measured, 2);
	assert_int_equal(totals.images, 4);
	assert_int_equal(totals.wall_ns, 2 * 900);
	assert_int_equal(totals.kernel_ns, 2 * 10 * steps);
	assert_int_equal(totals.wall_ns, totals.kernel_ns + totals.idle_ns);
	for (int i = 0; i < steps; i++) {
		assert_int_equal(f.recorder->steps[FC_PASS_TRAIN][i].samples.count, 2);
		assert_int_equal(f.recorder->steps[FC_PASS_TRAIN][i].samples.total_ns, 20);
		assert_int_equal(f.recorder->steps[FC_PASS_TRAIN][i].records, 2);
	}
	recorder_sum(f.recorder, FC_PASS_TRAIN, 2, &totals);
	assert_int_equal(totals.iterations, 0);
	close_fixture(&f);
}

/* As a GPU gives them: late, in any order, several kernels a step, streams that overlap. */
static void late_and_mixed(void **state)
{
	struct recorder_totals totals;
	struct fixture f;
	int steps;

	(void)state;
	open_fixture(&f);
	steps = fc_network_step_count(f.network, FC_PASS_TRAIN);
	for (uint32_t i = 0; i < 2; i++) {
		recorder_begin(f.recorder, FC_PASS_TRAIN, 1, true, 1000 + 1000 * i);
		recorder_end(f.recorder, 2000 + 1000 * i);
	}
	for (int i = steps - 1; i >= 0; i--) {
		add(&f, 1, i, 2100 + 20 * i, 2110 + 20 * i, 0);
		/* A second kernel of the step, half over the first one, on another stream. */
		add(&f, 1, i, 2105 + 20 * i, 2115 + 20 * i, 1);
	}
	add_all(&f, 0, 1100);
	recorder_flush(f.recorder);
	assert_clean(&f);
	recorder_sum(f.recorder, FC_PASS_TRAIN, 0, &totals);
	assert_int_equal(totals.kernel_ns, 10 * steps + 20 * steps);
	assert_int_equal(totals.busy_ns, 10 * steps + 15 * steps);
	assert_int_equal(totals.wall_ns, totals.busy_ns + totals.idle_ns);
	assert_int_equal(f.recorder->steps[FC_PASS_TRAIN][0].records, 3);
	assert_int_equal(f.recorder->steps[FC_PASS_TRAIN][0].samples.count, 2);
	assert_int_equal(f.recorder->steps[FC_PASS_TRAIN][0].samples.total_ns, 25);
	close_fixture(&f);
}

static void expect_anomaly(struct fixture *f, enum recorder_anomaly anomaly)
{
	recorder_flush(f->recorder);
	assert_non_null(recorder_anomaly(f->recorder, anomaly));
	for (enum recorder_anomaly a = 0; a < RECORDER_ANOMALY_COUNT; a++)
		if (a != anomaly && recorder_anomaly(f->recorder, a))
			fail_msg("also: %s", recorder_anomaly(f->recorder, a));
	close_fixture(f);
}

static void begin(struct fixture *f)
{
	open_fixture(f);
	recorder_begin(f->recorder, FC_PASS_VALIDATE, 1, true, 1000);
	add_all(f, 0, 1100);
}

static void anomalies(void **state)
{
	struct fixture f;
	struct fc_record record = { .pass = FC_PASS_TRAIN, .iteration = 0, .step = 0, .kernel = "x" };

	(void)state;
	begin(&f);
	recorder_end(f.recorder, 900);
	recorder_flush(f.recorder);
	assert_non_null(recorder_anomaly(f.recorder, RECORDER_BACKWARDS));
	close_fixture(&f);

	begin(&f);
	add(&f, 0, 0, 1990, 2010, 0);
	recorder_end(f.recorder, 2000);
	expect_anomaly(&f, RECORDER_OUTSIDE);

	begin(&f);
	add(&f, 0, 0, 1105, 1107, 0);
	recorder_end(f.recorder, 2000);
	expect_anomaly(&f, RECORDER_OVERLAP);

	begin(&f);
	add(&f, 0, -1, 1500, 1600, 0);
	recorder_end(f.recorder, 2000);
	expect_anomaly(&f, RECORDER_UNATTRIBUTED);

	open_fixture(&f);
	recorder_begin(f.recorder, FC_PASS_VALIDATE, 1, true, 1000);
	add(&f, 0, 0, 1100, 1200, 0);
	recorder_end(f.recorder, 2000);
	expect_anomaly(&f, RECORDER_MISSING);

	/* A record of the other pass, and one of an iteration that was added up already. */
	begin(&f);
	recorder_end(f.recorder, 2000);
	fc_recorder_add(f.recorder, &record);
	expect_anomaly(&f, RECORDER_UNKNOWN);
	begin(&f);
	recorder_end(f.recorder, 2000);
	recorder_flush(f.recorder);
	add(&f, 0, 0, 1100, 1200, 0);
	expect_anomaly(&f, RECORDER_UNKNOWN);
}

static void nothing_expected_is_no_anomaly(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	f.recorder->expects = false;
	recorder_begin(f.recorder, FC_PASS_TRAIN, 1, true, 1000);
	recorder_end(f.recorder, 2000);
	recorder_flush(f.recorder);
	assert_clean(&f);
	assert_int_equal(f.recorder->steps[FC_PASS_TRAIN][0].samples.count, 0);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics_are_exact), cmocka_unit_test(nothing_has_no_statistics),
		cmocka_unit_test(many_are_sampled),	cmocka_unit_test(sums_close),
		cmocka_unit_test(late_and_mixed),	cmocka_unit_test(anomalies),
		cmocka_unit_test(nothing_expected_is_no_anomaly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
