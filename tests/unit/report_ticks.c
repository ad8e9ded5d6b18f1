#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../../report/axis.h"

static void show(const struct fc_ticks *ticks, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (int i = 0; i < ticks->count; i++) {
		const struct fc_tick *tick = &ticks->ticks[i];

		if (*tick->text && used < size)
			used += (size_t)snprintf(out + used, size - used, "%s%s%s%s", used ? " " : "", tick->text,
						 *tick->raised ? "^" : "", tick->raised);
	}
}

static void expect_linear(double low, double high, int wanted, const char *expected)
{
	struct fc_ticks ticks;
	struct fc_error err;
	char text[1024];

	assert_int_equal(fc_ticks_linear(low, high, wanted, &ticks, &err), 0);
	show(&ticks, text, sizeof text);
	assert_string_equal(text, expected);
}

static void expect_log(double low, double high, int every, bool between, const char *expected)
{
	struct fc_ticks ticks;
	struct fc_error err;
	char text[1024];

	assert_int_equal(fc_ticks_log(low, high, every, between, &ticks, &err), 0);
	show(&ticks, text, sizeof text);
	assert_string_equal(text, expected);
}

/* The example of the paper's reference implementation, and others whose answer is easily agreed on. */
static void search_finds_what_is_known(void **state)
{
	const struct fc_labeling a = fc_labeling_search(8.1, 14.1, 4), b = fc_labeling_search(0, 100, 5);

	(void)state;
	assert_float_equal(a.first, 8, 1e-9);
	assert_float_equal(a.step, 2, 1e-9);
	assert_int_equal(a.count, 4);
	assert_float_equal(b.first, 0, 1e-9);
	assert_float_equal(b.step, 25, 1e-9);
	assert_int_equal(b.count, 5);
}

static void linear_goldens(void **state)
{
	(void)state;
	expect_linear(0, 1, 5, "0.00 0.25 0.50 0.75 1.00");
	expect_linear(0, 100, 6, "0 20 40 60 80 100");
	expect_linear(-1, 1, 5, "\xE2\x88\x92" "1.0 \xE2\x88\x92" "0.5 0.0 0.5 1.0");
	expect_linear(0, 27.3, 4, "0 10 20");
	expect_linear(3, 3, 5, "1.5 2.0 2.5 3.0 3.5 4.0 4.5");
	expect_linear(0, 0, 3, "0.0 0.5 1.0");
	expect_linear(0, 4e9, 5, "0 1\xC3\x97" "10^9 2\xC3\x97" "10^9 3\xC3\x97" "10^9 4\xC3\x97" "10^9");
	expect_linear(0, 2e-7, 3, "0 1\xC3\x97" "10^\xE2\x88\x92" "7 2\xC3\x97" "10^\xE2\x88\x92" "7");
}

/* The same range in thirty units has the same ticks. */
static void linear_ticks_scale_over_thirty_decades(void **state)
{
	struct fc_ticks plain, scaled;
	struct fc_error err;

	(void)state;
	assert_int_equal(fc_ticks_linear(1.3, 8.9, 5, &plain, &err), 0);
	assert_true(plain.count >= 3);
	for (int decade = -15; decade <= 15; decade++) {
		const double unit = pow(10, decade);

		assert_int_equal(fc_ticks_linear(1.3 * unit, 8.9 * unit, 5, &scaled, &err), 0);
		assert_int_equal(scaled.count, plain.count);
		for (int i = 0; i < plain.count; i++) {
			assert_float_equal(scaled.ticks[i].value / unit, plain.ticks[i].value, 1e-9);
			assert_true(*scaled.ticks[i].text);
		}
	}
}

static void ticks_lie_inside_and_ascend(void **state)
{
	struct fc_ticks ticks;
	struct fc_error err;
	uint64_t dice = 1;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		double a, b;

		dice = dice * 6364136223846793005u + 1442695040888963407u;
		a = ((double)(dice >> 33) / 2147483648.0 - 0.5) * pow(10, (int)(dice % 25) - 12);
		b = a + fabs(a) * pow(10, (int)(dice >> 8 & 7) - 5);
		assert_int_equal(fc_ticks_linear(a, b, 2 + (int)(dice >> 20 & 7), &ticks, &err), 0);
		for (int i = 0; i < ticks.count; i++) {
			assert_true(ticks.ticks[i].value >= a - 1e-6 * (b - a) || b == a);
			assert_true(ticks.ticks[i].value <= b + 1e-6 * (b - a) || b == a);
			assert_true(i == 0 || ticks.ticks[i].value > ticks.ticks[i - 1].value);
		}
		assert_int_equal(fc_ticks_pair(a, b, &ticks, &err), 0);
		assert_in_range(ticks.count, 2, 6);
	}
}

static void log_goldens(void **state)
{
	(void)state;
	expect_log(1, 1000, 1, false, "1 10 100 1000");
	expect_log(0.001, 1, 1, false, "0.001 0.01 0.1 1");
	expect_log(1e5, 1e10, 1, false, "10^5 10^6 10^7 10^8 10^9 10^10");
	expect_log(1e5, 1e10, 2, false, "10^6 10^8 10^10");
	expect_log(1e-6, 1e-3, 1, false,
		   "10^\xE2\x88\x92"
		   "6 10^\xE2\x88\x92"
		   "5 10^\xE2\x88\x92"
		   "4 10^\xE2\x88\x92"
		   "3");
	expect_log(1, 100, 1, true, "1 2 5 10 20 50 100");
	expect_log(2, 8, 1, true, "2 3 4 5 6 7 8");
	expect_log(5, 5, 1, true, "2 5 10");
}

static void log_ticks_over_thirty_decades(void **state)
{
	struct fc_ticks ticks;
	struct fc_error err;
	int majors = 0;

	(void)state;
	assert_int_equal(fc_ticks_log(1e-15, 1e15, 5, false, &ticks, &err), 0);
	for (int i = 0; i < ticks.count; i++)
		majors += ticks.ticks[i].major;
	assert_int_equal(majors, 7);
	assert_int_equal(fc_ticks_log(1e-300, 1e300, 100, false, &ticks, &err), 0);
	assert_int_equal(ticks.count, 7);
}

static void what_is_no_range_is_refused(void **state)
{
	const double bad[][2] = { { NAN, 1 }, { 0, NAN }, { -INFINITY, 0 }, { 0, INFINITY }, { -1e308, 1e308 } };
	struct fc_ticks ticks;
	struct fc_error err;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(fc_ticks_linear(bad[i][0], bad[i][1], 5, &ticks, &err), -1);
		assert_int_equal(fc_ticks_pair(bad[i][0], bad[i][1], &ticks, &err), -1);
		assert_int_equal(fc_ticks_log(bad[i][0], bad[i][1], 1, false, &ticks, &err), -1);
	}
	assert_int_equal(fc_ticks_log(0, 1, 1, false, &ticks, &err), -1);
	assert_int_equal(fc_ticks_log(-1, 1, 1, false, &ticks, &err), -1);
	assert_non_null(strstr(err.text, "logarithmic"));
}

/* Labels of an axis keep apart and inside their limits, however short it is. */
static void axis_labels_keep_apart(void **state)
{
	struct fc_error err;

	(void)state;
	for (int round = 0; round < 400; round++) {
		const bool log = round & 1, upright = round & 2;
		const double low = log ? pow(10, round % 37 - 18) : round % 5 - 2;
		const double high = log ? low * pow(10, round % 29 + 0.3) : low + pow(10, round % 23 - 11);
		struct fc_axis axis = { .name = "x",
					.log = log,
					.upright = upright,
					.low = low,
					.high = high,
					.start = upright ? 20 + 2 * round % 300 + 12 : 20,
					.end = upright ? 20 : 32 + 2 * round % 300,
					.limit_low = 12,
					.limit_high = 400,
					.type = { .size = 8 } };
		struct fc_canvas canvas;

		fc_canvas_init(&canvas, &fc_metrics_fixed, 420, 420);
		assert_int_equal(fc_axis_fit(&axis, &fc_metrics_fixed, &err), 0);
		fc_axis_draw(&axis, &canvas, upright ? 200 : 330);
		for (size_t i = 0; i < canvas.label_count; i++) {
			for (size_t k = 0; k < i; k++)
				assert_false(fc_box_meets(canvas.labels[i], canvas.labels[k]));
		}
		fc_canvas_release(&canvas);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(search_finds_what_is_known),
		cmocka_unit_test(linear_goldens),
		cmocka_unit_test(linear_ticks_scale_over_thirty_decades),
		cmocka_unit_test(ticks_lie_inside_and_ascend),
		cmocka_unit_test(log_goldens),
		cmocka_unit_test(log_ticks_over_thirty_decades),
		cmocka_unit_test(what_is_no_range_is_refused),
		cmocka_unit_test(axis_labels_keep_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
