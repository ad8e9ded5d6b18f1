/* Texts, numbers, JSON and arena: what every other room leans on. */
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
#include "flopclock/json.h"
#include "flopclock/number.h"
#include "flopclock/random.h"
#include "flopclock/str.h"

static void numbers_read_back(void **state)
{
	const double values[] = { 0, 1, -1, 0.1, 1.0 / 3, 1e300, 5e-324, 123456789.123, 0.0029296875, 1e15, 2.5e-8 };
	char buffer[FC_NUMBER_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_true(strtod(fc_number(buffer, values[i]), NULL) == values[i]);
	for (uint64_t i = 0; i < 20000; i++) {
		uint32_t word[4];
		double value;

		fc_philox(1, 2, i, word);
		memcpy(&value, word, sizeof(value));
		if (isfinite(value))
			assert_true(strtod(fc_number(buffer, value), NULL) == value);
	}
	for (uint64_t i = 0; i < 2000; i++) {
		const double value = (double)(i * i * i) / 1000;
		char shortest[FC_NUMBER_SIZE];
		int digits = 1;

		do
			snprintf(shortest, sizeof(shortest), "%.*g", digits, value);
		while (strtod(shortest, NULL) != value && digits++ < 17);
		if (!strchr(shortest, 'e'))
			assert_string_equal(fc_number(buffer, value), shortest);
	}
	assert_string_equal(fc_number(buffer, 0), "0");
	assert_string_equal(fc_number(buffer, 5e-324), "4.94065645841247e-324");
	assert_string_equal(fc_number(buffer, 0.1), "0.1");
	assert_string_equal(fc_number(buffer, 0.0001), "0.0001");
	assert_string_equal(fc_number(buffer, -1234567890123456), "-1234567890123456");
	assert_string_equal(fc_number(buffer, 1e16), "1e+16");
	assert_string_equal(fc_number(buffer, 100), "100");
	assert_string_equal(fc_number(buffer, 2.5e-8), "2.5e-08");
}

static void numbers_are_strict(void **state)
{
	uint64_t u = 7;
	int64_t i;
	double d;

	(void)state;
	assert_true(fc_parse_u64("18446744073709551615", &u) && u == UINT64_MAX);
	assert_false(fc_parse_u64("18446744073709551616", &u));
	assert_false(fc_parse_u64("-1", &u));
	assert_false(fc_parse_u64(" 1", &u));
	assert_false(fc_parse_u64("1 ", &u));
	assert_false(fc_parse_u64("", &u));
	assert_true(fc_parse_i64("-9223372036854775808", &i) && i == INT64_MIN);
	assert_false(fc_parse_i64("-", &i));
	assert_true(fc_parse_double("-1.5e-3", &d) && d == -1.5e-3);
	assert_false(fc_parse_double("nan", &d));
	assert_false(fc_parse_double("0x10", &d));
	assert_false(fc_parse_double("1e999", &d));
	assert_false(fc_parse_double("1,5", &d));
}

static void overflow_is_told(void **state)
{
	uint64_t result = 5;

	(void)state;
	assert_true(fc_mul_u64(UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, &result));
	assert_false(fc_mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 32, &result));
	assert_true(result == (UINT64_C(1) << 32) * ((UINT64_C(1) << 32) - 1));
	assert_false(fc_add_u64(UINT64_MAX, 1, &result));
	assert_true(fc_add_u64(UINT64_MAX, 0, &result) && result == UINT64_MAX);
}

static void json_is_exact(void **state)
{
	struct fc_json json = { 0 };

	(void)state;
	fc_json_object(&json, NULL);
	fc_json_u64(&json, "big", UINT64_MAX);
	fc_json_number(&json, "third", 1.0 / 3);
	fc_json_number(&json, "missing", NAN);
	fc_json_text(&json, "quote\"", "line\nbreak\\ \x01");
	fc_json_array(&json, "empty");
	fc_json_end_array(&json);
	fc_json_array(&json, "list");
	fc_json_bool(&json, NULL, true);
	fc_json_text(&json, NULL, NULL);
	fc_json_end_array(&json);
	fc_json_end_object(&json);
	assert_string_equal(json.out.text, "{\n  \"big\": 18446744073709551615,\n  \"third\": 0.3333333333333333,\n"
					   "  \"missing\": null,\n  \"quote\\\"\": \"line\\nbreak\\\\ \\u0001\",\n"
					   "  \"empty\": [],\n  \"list\": [\n    true,\n    null\n  ]\n}\n");
	fc_json_release(&json);
}

static void json_is_always_utf8(void **state)
{
	const struct {
		const char *text, *written;
	} cases[] = {
		{ "caf\xc3\xa9", "\"caf\xc3\xa9\"\n" },
		{ "\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xe2\x82\xac\xf0\x9f\x98\x80\"\n" },
		{ "\xff", "\"\xef\xbf\xbd\"\n" },
		{ "\xc3", "\"\xef\xbf\xbd\"\n" },
		{ "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"\n" },
		{ "\xe0\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n" },
		{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n" },
		{ "\xf4\x90\x80\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"\n" },
		{ "\xe2\x82x", "\"\xef\xbf\xbd\xef\xbf\xbdx\"\n" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_json json = { 0 };

		fc_json_array(&json, NULL);
		fc_json_text(&json, NULL, cases[i].text);
		fc_json_end_array(&json);
		assert_memory_equal(json.out.text + 4, cases[i].written, strlen(cases[i].written) - 1);
		fc_json_release(&json);
	}
}

static void arena_keeps_everything(void **state)
{
	struct fc_arena arena;
	char *texts[3000];

	(void)state;
	fc_arena_init(&arena);
	for (int i = 0; i < 3000; i++) {
		texts[i] = fc_arena_printf(&arena, "text %d", i);
		if (i % 100 == 0) {
			char *large = fc_arena_alloc(&arena, 1, 100000);

			assert_int_equal(large[99999], 0);
			memset(large, 'x', 100000);
		}
	}
	for (int i = 0; i < 3000; i++) {
		char expected[32];

		snprintf(expected, sizeof(expected), "text %d", i);
		assert_string_equal(texts[i], expected);
		assert_int_equal((uintptr_t)texts[i] % _Alignof(max_align_t), 0);
	}
	fc_arena_release(&arena);
}

/* Known answers of Philox4x32-10 from the authors' kat_vectors (counter and key all zero, all ones). */
static void philox_is_philox(void **state)
{
	const uint32_t zeros[4] = { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 };
	const uint32_t ones[4] = { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd };
	uint32_t word[4];
	double sum = 0;

	(void)state;
	fc_philox(0, 0, 0, word);
	assert_memory_equal(word, zeros, sizeof(word));
	fc_philox(UINT64_MAX, UINT64_MAX, UINT64_MAX, word);
	assert_memory_equal(word, ones, sizeof(word));
	for (uint64_t i = 0; i < 100000; i++) {
		const float u = fc_uniform_at(3, 4, i);

		assert_true(u >= 0 && u < 1);
		sum += u;
	}
	assert_true(fabs(sum / 100000 - 0.5) < 0.005);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_read_back), cmocka_unit_test(numbers_are_strict),
		cmocka_unit_test(overflow_is_told),  cmocka_unit_test(json_is_exact),
		cmocka_unit_test(json_is_always_utf8),
		cmocka_unit_test(arena_keeps_everything), cmocka_unit_test(philox_is_philox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
