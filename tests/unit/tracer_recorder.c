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
	for (enum fc_anomaly a = 0; a < FC_ANOMALY_COUNT; a++)
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

static void expect_anomaly(struct fixture *f, enum fc_anomaly anomaly)
{
	recorder_flush(f->recorder);
	assert_non_null(recorder_anomaly(f->recorder, anomaly));
	for (enum fc_anomaly a = 0; a < FC_ANOMALY_COUNT; a++)
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
	assert_non_null(recorder_anomaly(f.recorder, FC_ANOMALY_BACKWARDS));
	close_fixture(&f);

	begin(&f);
	add(&f, 0, 0, 1990, 2010, 0);
	recorder_end(f.recorder, 2000);
	expect_anomaly(&f, FC_ANOMALY_OUTSIDE);

	begin(&f);
	add(&f, 0, 0, 1105, 1107, 0);
	recorder_end(f.recorder, 2000);
	expect_anomaly(&f, FC_ANOMALY_OVERLAP);

	begin(&f);
	add(&f, 0, -1, 1500, 1600, 0);
	recorder_end(f.recorder, 2000);
	expect_anomaly(&f, FC_ANOMALY_UNATTRIBUTED);

	open_fixture(&f);
	recorder_begin(f.recorder, FC_PASS_VALIDATE, 1, true, 1000);
	add(&f, 0, 0, 1100, 1200, 0);
	recorder_end(f.recorder, 2000);
	expect_anomaly(&f, FC_ANOMALY_MISSING);

	/* A record of the other pass, and one of an iteration that was added up already. */
	begin(&f);
	recorder_end(f.recorder, 2000);
	fc_recorder_add(f.recorder, &record);
	expect_anomaly(&f, FC_ANOMALY_UNKNOWN);
	begin(&f);
	recorder_end(f.recorder, 2000);
	recorder_flush(f.recorder);
	add(&f, 0, 0, 1100, 1200, 0);
	expect_anomaly(&f, FC_ANOMALY_UNKNOWN);
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

/* -------- as a GPU gives them -------- */

static void add_activity(struct fixture *f, int step, int64_t start, int64_t end, enum fc_activity activity,
			 const struct fc_launch *launch)
{
	const struct fc_record record = { .pass = FC_PASS_VALIDATE, .step = step, .kernel = "x", .start_ns = start,
					  .end_ns = end, .stream = activity, .activity = activity, .launch = launch };

	fc_recorder_add(f->recorder, &record);
}

/* Copies and memsets keep the device busy but are no kernels; a copy counts where no kernel hides it. */
static void copies_and_fills(void **state)
{
	struct recorder_totals t;
	struct fixture f;
	int steps;

	(void)state;
	open_fixture(&f);
	steps = fc_network_step_count(f.network, FC_PASS_VALIDATE);
	recorder_begin(f.recorder, FC_PASS_VALIDATE, 1, true, 1000);
	recorder_end(f.recorder, 2000);
	add_all(&f, 0, 1100);
	/* Half over the last kernel, and one all alone; a memset over the latter's end. */
	add_activity(&f, 0, 1095 + 10 * steps, 1105 + 10 * steps, FC_ACTIVITY_COPY, NULL);
	add_activity(&f, 1, 1500, 1520, FC_ACTIVITY_COPY, NULL);
	add_activity(&f, 1, 1510, 1530, FC_ACTIVITY_FILL, NULL);
	recorder_flush(f.recorder);
	assert_clean(&f);
	recorder_sum(f.recorder, FC_PASS_VALIDATE, 0, &t);
	assert_int_equal(t.kernel_ns, 10 * steps);
	assert_int_equal(t.busy_ns, 10 * steps + 5 + 30);
	assert_int_equal(t.copy_exposed_ns, 5 + 20);
	assert_int_equal(t.idle_ns, 1000 - t.busy_ns);
	/* Of the first copy half runs beside a kernel of another step. */
	assert_int_equal(t.overlap_ns, 5);
	assert_int_equal(t.activities[FC_ACTIVITY_KERNEL], steps);
	assert_int_equal(t.activities[FC_ACTIVITY_COPY], 2);
	assert_int_equal(t.activities[FC_ACTIVITY_FILL], 1);
	assert_int_equal(f.recorder->steps[FC_PASS_VALIDATE][1].samples.total_ns, 10 + 30);
	close_fixture(&f);
}

/* One kernel launched in two ways is two rows. */
static void launches_are_told_apart(void **state)
{
	static const struct fc_launch wide = { { 128, 2, 1 }, { 256, 1, 1 }, 32, 1024 },
				      narrow = { { 64, 2, 1 }, { 256, 1, 1 }, 32, 1024 };
	const struct recorder_kernel *kernel;
	struct fc_str text = { 0 };
	struct fixture f;
	int rows = 0;

	(void)state;
	open_fixture(&f);
	recorder_begin(f.recorder, FC_PASS_VALIDATE, 1, true, 1000);
	recorder_end(f.recorder, 2000);
	add_activity(&f, 0, 1000, 1001, FC_ACTIVITY_KERNEL, &wide);
	add_activity(&f, 0, 1001, 1003, FC_ACTIVITY_KERNEL, &narrow);
	add_activity(&f, 0, 1003, 1007, FC_ACTIVITY_KERNEL, &wide);
	add_activity(&f, 0, 1007, 1015, FC_ACTIVITY_KERNEL, NULL);
	recorder_flush(f.recorder);
	for (int k = f.recorder->steps[FC_PASS_VALIDATE][0].first_kernel; k >= 0; k = f.recorder->kernels[k].next)
		rows++;
	assert_int_equal(rows, 3);
	kernel = &f.recorder->kernels[f.recorder->steps[FC_PASS_VALIDATE][0].first_kernel];
	assert_int_equal(kernel->samples.total_ns, 1 + 4);
	recorder_launch_text(kernel->launch.grid, &text);
	assert_string_equal(text.text, "128x2x1");
	fc_str_release(&text);
	close_fixture(&f);
}

/* What belongs to no step is a step of its own, with its kernels; what ran between iterations belongs to none. */
static void the_remainder_is_kept(void **state)
{
	const struct fc_record between = { .iteration = FC_PROBE_NO_ITERATION, .step = -1, .kernel = "upload",
					   .start_ns = 5000, .end_ns = 5070, .activity = FC_ACTIVITY_COPY };
	const struct recorder_step *remainder;
	struct recorder_totals t;
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, 0, -1, 1500, 1600, 0);
	add(&f, 0, -1, 1550, 1650, 1);
	recorder_end(f.recorder, 2000);
	fc_recorder_add(f.recorder, &between);
	recorder_flush(f.recorder);
	recorder_sum(f.recorder, FC_PASS_VALIDATE, 0, &t);
	assert_int_equal(t.unattributed_ns, 150);
	assert_int_equal(t.overlap_ns, 0);
	assert_int_equal(t.wall_ns, t.busy_ns + t.idle_ns);
	remainder = &f.recorder->steps[FC_PASS_VALIDATE][f.recorder->step_count[FC_PASS_VALIDATE]];
	assert_int_equal(remainder->records, 2);
	assert_int_equal(remainder->samples.total_ns, 150);
	assert_string_equal(f.recorder->kernels[remainder->first_kernel].name, "odd");
	assert_int_equal(f.recorder->outside, 1);
	assert_int_equal(f.recorder->outside_ns, 70);
	expect_anomaly(&f, FC_ANOMALY_UNATTRIBUTED);
}

static void notes(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	fc_recorder_note(f.recorder, FC_ANOMALY_DROPPED, 0, 3);
	assert_clean(&f);
	fc_recorder_note(f.recorder, FC_ANOMALY_DROPPED, 40, UINT32_MAX);
	fc_recorder_note(f.recorder, FC_ANOMALY_DROPPED, 2, 7);
	fc_recorder_note(f.recorder, FC_ANOMALY_ACAUSAL, 1, 7);
	assert_string_equal(recorder_anomaly(f.recorder, FC_ANOMALY_DROPPED), "records were lost (42 times)");
	assert_string_equal(recorder_anomaly(f.recorder, FC_ANOMALY_ACAUSAL),
			    "a kernel began before it was launched (1 times, first in iteration 8)");
	close_fixture(&f);
}

/* A record outside of its iteration leaves a rest: wall time is no longer busy and idle time. */
static void closure_shows_what_is_wrong(void **state)
{
	struct recorder_totals t;
	struct fixture f;

	(void)state;
	begin(&f);
	add(&f, 0, 0, 1990, 2010, 0);
	recorder_end(f.recorder, 2000);
	recorder_flush(f.recorder);
	recorder_sum(f.recorder, FC_PASS_VALIDATE, 0, &t);
	assert_int_equal(t.wall_ns - t.busy_ns - t.idle_ns, -10);
	expect_anomaly(&f, FC_ANOMALY_OUTSIDE);
}

/* -------- iterations that nobody looked at -------- */

enum { TILES = 4 };

static void begin_window(struct fixture *f)
{
	open_fixture(f);
	for (int i = 0; i < TILES; i++)
		recorder_begin(f->recorder, FC_PASS_VALIDATE, 1, true, 1000);
}

static void expect_tiles(struct fixture *f, const int64_t edges[TILES + 1])
{
	const struct recorder_iteration *const it = f->recorder->iterations;

	for (int i = 0; i < TILES; i++) {
		assert_int_equal(it[i].start_ns, edges[i]);
		assert_int_equal(it[i].end_ns, edges[i + 1]);
	}
}

static void tiles(void **state)
{
	/* The device's clock: other zero, same pace. */
	const struct fc_result results[TILES] = {
		{ .end_ns = 70 }, { .end_ns = 270 }, { .end_ns = 280 }, { .end_ns = 570 } };
	struct recorder_totals t;
	struct fixture f;
	int steps;

	(void)state;
	/* Without records the stamps say, counted back from the end. */
	begin_window(&f);
	f.recorder->expects = false;
	assert_ptr_equal(recorder_tile(f.recorder, TILES, 1000, 2000, results), f.recorder->iterations);
	expect_tiles(&f, (const int64_t[]){ 1000, 1500, 1700, 1710, 2000 });
	recorder_flush(f.recorder);
	assert_clean(&f);
	close_fixture(&f);
	/* Stamps that reach beyond the window are cut. */
	begin_window(&f);
	recorder_tile(f.recorder, TILES, 1600, 2000, results);
	expect_tiles(&f, (const int64_t[]){ 1600, 1600, 1700, 1710, 2000 });
	close_fixture(&f);
	/* Records say it better: to the end of the last one, in whatever order they come. */
	begin_window(&f);
	steps = fc_network_step_count(f.network, FC_PASS_VALIDATE);
	for (int i = TILES - 1; i >= 0; i--)
		add_all(&f, (uint32_t)i, 1050 + 200 * i);
	recorder_tile(f.recorder, TILES, 1000, 2000, results);
	expect_tiles(&f, (const int64_t[]){ 1000, 1050 + 10 * steps, 1250 + 10 * steps, 1450 + 10 * steps, 2000 });
	recorder_flush(f.recorder);
	assert_clean(&f);
	recorder_sum(f.recorder, FC_PASS_VALIDATE, 0, &t);
	assert_int_equal(t.wall_ns, 1000);
	assert_int_equal(t.busy_ns, 10 * steps * TILES);
	assert_int_equal(t.wall_ns, t.busy_ns + t.idle_ns);
	close_fixture(&f);
	/* A clock that went backwards. */
	begin_window(&f);
	f.recorder->expects = false;
	recorder_tile(f.recorder, TILES, 3000, 2000, results);
	expect_anomaly(&f, FC_ANOMALY_BACKWARDS);
}

/* -------- from other threads -------- */

static void *deliver(void *argument)
{
	struct fixture *const f = argument;

	for (int64_t i = 0; i < 20000; i++) {
		add_activity(f, (int)(i % 3), 1000 + i, 1001 + i, FC_ACTIVITY_KERNEL, NULL);
		fc_recorder_note(f->recorder, FC_ANOMALY_DROPPED, 1, 0);
	}
	return NULL;
}

static void records_from_threads(void **state)
{
	pthread_t thread[2];
	struct fixture f;

	(void)state;
	open_fixture(&f);
	recorder_begin(f.recorder, FC_PASS_VALIDATE, 1, true, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, deliver, &f), 0);
	/* Meanwhile new iterations begin: the list moves. */
	for (int i = 0; i < 5000; i++)
		recorder_begin(f.recorder, FC_PASS_VALIDATE, 1, true, 0);
	for (int i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(recorder_waiting(f.recorder), 40000);
	assert_int_equal(f.recorder->anomalies[FC_ANOMALY_DROPPED].count, 40000);
	close_fixture(&f);
}

/* -------- rates -------- */

static void rate_of_the_first(void **state)
{
	struct fixture f;

	(void)state;
	open_fixture(&f);
	assert_true(isnan(recorder_rate(f.recorder, FC_PASS_TRAIN, 1)));
	for (int i = 0; i < 4; i++) {
		recorder_begin(f.recorder, FC_PASS_TRAIN, 1, i > 0, 1000 * i);
		/* 2 images in 500 ns, then in 1000 ns each. */
		recorder_end(f.recorder, 1000 * i + (i == 1 ? 500 : 1000))->images = 2;
	}
	assert_true(recorder_rate(f.recorder, FC_PASS_TRAIN, 1) == 4e6);
	assert_true(fabs(recorder_rate(f.recorder, FC_PASS_TRAIN, 99) - 6e9 / 2500) < 1e-3);
	close_fixture(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statistics_are_exact), cmocka_unit_test(nothing_has_no_statistics),
		cmocka_unit_test(many_are_sampled),	cmocka_unit_test(sums_close),
		cmocka_unit_test(late_and_mixed),	cmocka_unit_test(anomalies),
		cmocka_unit_test(nothing_expected_is_no_anomaly),
		cmocka_unit_test(copies_and_fills),	cmocka_unit_test(launches_are_told_apart),
		cmocka_unit_test(the_remainder_is_kept), cmocka_unit_test(notes),
		cmocka_unit_test(closure_shows_what_is_wrong), cmocka_unit_test(tiles),
		cmocka_unit_test(records_from_threads), cmocka_unit_test(rate_of_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
