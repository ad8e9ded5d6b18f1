/*
 * Whole runs on a device that works behind its caller: they learn what a run learns that waits for every step, and their
 * times close to the nanosecond although nobody looked at a clock within a window.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "flopclock/arena.h"
#include "flopclock/csv.h"
#include "flopclock/number.h"
#include "flopclock/run.h"

#include "../../tracer/probes.h"
#include "../streaming_run.h"

/* -------- what a folder says -------- */

struct sheet {
	struct fc_arena arena;
	struct fc_csv_table table;
};

static void read_sheet(const struct fc_trainer_result *result, const char *name, struct sheet *sheet)
{
	struct fc_str path = { 0 };
	struct fc_error err;

	fc_arena_init(&sheet->arena);
	fc_str_addf(&path, "%s/%s", result->folder.text, name);
	if (fc_csv_read(path.text, 1 << 24, &sheet->arena, &sheet->table, &err))
		fail_msg("%s", err.text);
	fc_str_release(&path);
}

static const char *cell(const struct sheet *sheet, size_t row, const char *column)
{
	const int index = fc_csv_column(&sheet->table, column);

	assert_true(index >= 0 && row < sheet->table.rows);
	return fc_csv_cell(&sheet->table, row, index);
}

static double number(const struct sheet *sheet, size_t row, const char *column)
{
	double value = NAN;

	assert_true(fc_parse_double(cell(sheet, row, column), &value));
	return value;
}

/* The number behind a member of run.json, of its n-th occurrence. */
static double member(const char *json, const char *name, int n)
{
	struct fc_str key = { 0 };
	const char *at = json;

	fc_str_addf(&key, "\"%s\": ", name);
	for (int i = 0; i <= n; i++) {
		at = strstr(at, key.text);
		if (!at)
			fail_msg("run.json has no %s", name);
		at += key.length;
	}
	fc_str_release(&key);
	return strtod(at, NULL);
}

static void train(const struct streaming_request *request, int expected, struct fc_trainer_result *result)
{
	struct fc_error err;
	const int rc = streaming_train(request, result, &err);

	if (rc != expected)
		fail_msg("ended with %d: %s", rc, err.text);
}

static void forget(struct fc_trainer_result *result)
{
	fc_str_release(&result->folder);
	fc_dir_remove("runs");
}

/* -------- learning -------- */

static void expect_columns(const struct fc_trainer_result *a, const struct fc_trainer_result *b, const char *file,
			   const char *const *columns)
{
	struct sheet x, y;

	read_sheet(a, file, &x);
	read_sheet(b, file, &y);
	assert_int_equal(x.table.rows, y.table.rows);
	for (size_t row = 0; row < x.table.rows; row++)
		for (int c = 0; columns[c]; c++)
			assert_string_equal(cell(&x, row, columns[c]), cell(&y, row, columns[c]));
	fc_arena_release(&x.arena);
	fc_arena_release(&y.arena);
}

static void it_learns_the_same(void **state)
{
	static const char *const of_steps[] = { "step", "epoch", "pass", "images", "loss", "correct", NULL };
	static const char *const of_epochs[] = { "train_images", "validate_images", "train_loss", "train_accuracy",
						 "validate_loss", "validate_accuracy", NULL };
	const struct fc_backend backend = streaming_backend();
	const struct streaming_request waiting = { .backend = &fc_backend_reference, .probe = &fc_probe_none };
	const struct streaming_request cases[] = {
		{ .backend = &backend, .probe = &fc_probe_none },
		{ .backend = &backend, .probe = &fc_probe_none, .no_replay = true },
		{ .backend = &backend, .probe = &fc_probe_fake },
		{ .backend = &backend, .probe = &late_kind },
		{ .backend = &backend, .probe = &late_kind, .no_replay = true },
	};
	struct fc_trainer_result expected, result;

	(void)state;
	train(&waiting, 0, &expected);
	assert_int_equal(expected.iterations, RUN_EPOCHS * RUN_STEPS);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		train(&cases[i], 0, &result);
		expect_columns(&expected, &result, "steps.csv", of_steps);
		expect_columns(&expected, &result, "epochs.csv", of_epochs);
		assert_true(result.train_loss == expected.train_loss &&
			    result.validate_accuracy == expected.validate_accuracy);
		fc_str_release(&result.folder);
	}
	forget(&expected);
}

/* -------- time -------- */

/* The iterations that run step by step and that are captured are not measured, whatever was asked for. */
static void warm_up_holds_the_capture(void **state)
{
	const struct fc_backend backend = streaming_backend();
	const struct streaming_request request = { .backend = &backend, .probe = &late_kind };
	uint64_t seen[2] = { 0 };
	struct fc_trainer_result result;
	struct sheet steps;
	char *json;

	(void)state;
	train(&request, 0, &result);
	read_sheet(&result, "steps.csv", &steps);
	for (size_t row = 0; row < steps.table.rows; row++) {
		const int validates = !strcmp(cell(&steps, row, "pass"), "validate");

		assert_string_equal(cell(&steps, row, "measured"), seen[validates]++ < (validates ? 2 : 3) ? "0" : "1");
	}
	fc_arena_release(&steps.arena);
	json = streaming_file(&result, "run.json");
	assert_non_null(strstr(json, "\"warmup\": 3,"));
	assert_non_null(strstr(json, "\"replay\": true,"));
	free(json);
	forget(&result);
}

/* Every nanosecond of a measured pass is busy or idle, and every busy one has its step. */
static void times_close(void **state)
{
	static const struct {
		const struct fc_probe_kind *probe;
		bool no_replay;
	} cases[] = { { &late_kind, false }, { &late_kind, true }, { &fc_probe_fake, false }, { &fc_probe_fake, true } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fc_backend backend = streaming_backend();
		const struct streaming_request request = { .backend = &backend, .probe = cases[i].probe,
							   .no_replay = cases[i].no_replay };
		struct fc_trainer_result result;
		struct sheet layers;
		double sum[2] = { 0 };
		char *json;

		train(&request, 0, &result);
		json = streaming_file(&result, "run.json");
		assert_non_null(strstr(json, "\"anomalies\": []"));
		read_sheet(&result, "layers.csv", &layers);
		for (size_t row = 0; row < layers.table.rows; row++)
			sum[!strcmp(cell(&layers, row, "pass"), "validate")] += number(&layers, row, "time_total_s");
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
			const struct fc_closure *const c = &result.closure[pass];

			assert_true(c->busy_ns > 0 && c->idle_ns > 0);
			assert_int_equal(c->wall_ns, c->busy_ns + c->idle_ns);
			assert_int_equal(member(json, "difference_ns", (int)pass), 0);
			assert_true(fabs(sum[pass] * 1e9 - (double)c->busy_ns) < 1e-3);
		}
		fc_arena_release(&layers.arena);
		free(json);
		forget(&result);
	}
}

static void counts_and_copies_are_exact(void **state)
{
	const struct fc_backend backend = streaming_backend();
	const struct streaming_request request = { .backend = &backend, .probe = &late_kind };
	struct fc_trainer_result result;
	struct sheet layers, kernels;
	double measured, steps = 0;
	bool filled = false;
	char *json;

	(void)state;
	train(&request, 0, &result);
	json = streaming_file(&result, "run.json");
	measured = RUN_EPOCHS * RUN_STEPS - 3;
	assert_true(member(json, "measured_iterations", 0) == measured);
	assert_true(member(json, "copies", 0) == measured && member(json, "fills", 0) == measured);
	assert_true(fabs(member(json, "copy_exposed_s", 0) * 1e9 - measured * LATE_EXPOSED_NS) < 1e-3);
	assert_true(member(json, "outside_ns", 0) > 0);
	read_sheet(&result, "layers.csv", &layers);
	for (size_t row = 0; row < layers.table.rows; row++)
		steps += !strcmp(cell(&layers, row, "pass"), "train");
	assert_true(member(json, "kernels", 0) == steps * measured);
	/* The input: copy, kernel over its end, and the fill with which the iteration ends. */
	assert_string_equal(cell(&layers, 0, "phase"), "input");
	assert_true(number(&layers, 0, "kernels_per_step") == 3);
	assert_true(fabs(number(&layers, 0, "time_median_s") * 1e9 -
			 (LATE_EXPOSED_NS + (double)late_kernel_ns(0) + LATE_FILL_NS)) < 1e-3);
	assert_true(fabs(number(&layers, 1, "time_median_s") * 1e9 - (double)late_kernel_ns(1)) < 1e-3);
	read_sheet(&result, "kernels.csv", &kernels);
	for (size_t row = 0; row < kernels.table.rows; row++) {
		const bool kernel = !strcmp(cell(&kernels, row, "kernel"), "kernel");

		assert_string_equal(cell(&kernels, row, "grid"), kernel ? "12x3x1" : "");
		assert_string_equal(cell(&kernels, row, "block"), kernel ? "128x1x1" : "");
		assert_string_equal(cell(&kernels, row, "registers"), kernel ? "40" : "");
		assert_string_equal(cell(&kernels, row, "shared_bytes"), kernel ? "2048" : "");
		filled |= !strcmp(cell(&kernels, row, "kernel"), "fill");
	}
	assert_true(filled);
	fc_arena_release(&kernels.arena);
	fc_arena_release(&layers.arena);
	free(json);
	forget(&result);
}

/* Time of no step has its own rows, and the run is suspect. */
static void nothing_is_hidden(void **state)
{
	const struct fc_backend backend = streaming_backend();
	const struct streaming_request request = { .backend = &backend, .probe = &late_kind, .stray = true,
						   .timeline = true };
	const double measured[] = { RUN_EPOCHS * RUN_STEPS - 3, RUN_EPOCHS * RUN_CHECK_STEPS - 2 };
	struct fc_trainer_result result;
	struct sheet layers, kernels;
	int rows = 0, kernel_rows = 0;
	char *json;

	(void)state;
	train(&request, 3, &result);
	json = streaming_file(&result, "run.json");
	assert_non_null(strstr(json, "time that belongs to no step ("));
	read_sheet(&result, "layers.csv", &layers);
	for (size_t row = 0; row < layers.table.rows; row++) {
		if (strcmp(cell(&layers, row, "layer"), FC_RUN_UNATTRIBUTED))
			continue;
		assert_string_equal(cell(&layers, row, "layer_index"), "");
		assert_string_equal(cell(&layers, row, "phase"), "");
		assert_true(number(&layers, row, "steps") == measured[rows]);
		assert_true(fabs(number(&layers, row, "time_total_s") * 1e9 - measured[rows] * LATE_STRAY_NS) < 1e-3);
		assert_true(fabs(member(json, "unattributed_s", rows) * 1e9 - measured[rows] * LATE_STRAY_NS) < 1e-3);
		assert_int_equal(member(json, "difference_ns", rows), 0);
		rows++;
	}
	assert_int_equal(rows, 2);
	read_sheet(&result, "kernels.csv", &kernels);
	for (size_t row = 0; row < kernels.table.rows; row++)
		kernel_rows += !strcmp(cell(&kernels, row, "layer"), FC_RUN_UNATTRIBUTED);
	assert_int_equal(kernel_rows, 2);
	fc_arena_release(&kernels.arena);
	fc_arena_release(&layers.arena);
	free(json);
	json = streaming_file(&result, "timeline.json");
	assert_non_null(strstr(json, "\"name\": \"" FC_RUN_UNATTRIBUTED "\""));
	assert_non_null(strstr(json, "\"name\": \"stream 9\""));
	assert_null(strstr(json, "\"name\": \"stream 8\""));
	assert_non_null(strstr(json, "\"grid\": \"12x3x1\""));
	free(json);
	forget(&result);
}

/* -------- the rest of the folder -------- */

static void plans_are_told(void **state)
{
	const struct fc_backend backend = streaming_backend();
	const struct streaming_request request = { .backend = &backend, .probe = &fc_probe_fake };
	struct fc_trainer_result result;
	const char *at;
	int plans = 0;
	char *json;

	(void)state;
	train(&request, 0, &result);
	json = streaming_file(&result, "run.json");
	at = strstr(json, "\"plans\": [");
	assert_non_null(at);
	while ((at = strstr(at, "\"engine\": \"loops\""))) {
		plans++;
		at++;
	}
	/* Two convolutions: forward in both passes, weights twice, data once; one update, of a layer that is none. */
	assert_int_equal(plans, 4 + 2 + 1);
	assert_non_null(strstr(json, "      \"pass\": \"train\",\n      \"layer\": \"conv\",\n      \"op\": \"conv\",\n"
				     "      \"phase\": \"forward\",\n      \"engine\": \"loops\"\n    },"));
	free(json);
	forget(&result);
}

/* -------- what fails -------- */

static int no_collect(struct fc_device *device, enum fc_pass pass, uint64_t count, struct fc_result *out,
		      struct fc_error *err)
{
	(void)device;
	(void)pass;
	(void)count;
	(void)out;
	return fc_fail(err, "the results are gone");
}

static int no_begin(struct fc_device *device, enum fc_pass pass, const uint32_t *order, int64_t count,
		    struct fc_error *err)
{
	if (pass == FC_PASS_VALIDATE)
		return fc_fail(err, "no epoch begins");
	return streaming_begin(device, pass, order, count, err);
}

static int no_load(struct fc_device *device, enum fc_pass pass, const struct fc_images *images, struct fc_error *err)
{
	(void)device;
	(void)pass;
	(void)images;
	return fc_fail(err, "no place for the images");
}

static int no_capture(struct fc_device *device, struct fc_error *err)
{
	(void)device;
	return fc_fail(err, "not now");
}

static void expect_failure(const struct fc_stream_ops *ops, double rate, const char *sentence)
{
	struct fc_backend backend = streaming_backend();
	const struct streaming_request request = { .backend = &backend, .probe = &late_kind, .rate = rate };
	struct fc_trainer_result result;
	struct fc_error err;

	backend.stream = ops;
	assert_int_equal(streaming_train(&request, &result, &err), -1);
	if (!strstr(err.text, sentence))
		fail_msg("expected %s, found %s", sentence, err.text);
	assert_false(fc_dir_exists("runs"));
}

static void failures_leave_nothing(void **state)
{
	struct fc_stream_ops ops = streaming_ops;

	(void)state;
	ops.load = no_load;
	expect_failure(&ops, 0, "made: no place for the images");
	ops = streaming_ops;
	ops.begin = no_begin;
	expect_failure(&ops, 0, "epoch 1: no epoch begins");
	ops = streaming_ops;
	ops.collect = no_collect;
	expect_failure(&ops, 0, "epoch 1, train steps 1 to 3: the results are gone");
	ops = streaming_ops;
	ops.capture_begin = no_capture;
	expect_failure(&ops, 0, "epoch 1, train steps 1 to 3: small: capturing a train iteration: not now");
	expect_failure(&streaming_ops, 1e20, "small: the loss of train iteration 2 (layer dense_2) is no finite number");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_learns_the_same),	      cmocka_unit_test(warm_up_holds_the_capture),
		cmocka_unit_test(times_close),		      cmocka_unit_test(counts_and_copies_are_exact),
		cmocka_unit_test(nothing_is_hidden),	      cmocka_unit_test(plans_are_told),
		cmocka_unit_test(failures_leave_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
