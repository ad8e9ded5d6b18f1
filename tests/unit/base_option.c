/* The option table: every type, every spelling, every complaint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/option.h"

struct settings {
	bool flag;
	const char *text;
	struct fc_texts list;
	uint64_t count;
	double number;
	int choice;
	int64_t input[3];
};

static const char *const choices[] = { "red", "green", NULL };

#define OFFSET(field) .offset = offsetof(struct settings, field)
static const struct fc_option options[] = {
	{ .name = "flag", .letter = 'f', .type = FC_OPTION_FLAG, OFFSET(flag), .help = "a flag" },
	{ .name = "text", .letter = 'o', .type = FC_OPTION_TEXT, OFFSET(text), .arg = "FILE", .help = "a text" },
	{ .name = "set", .type = FC_OPTION_LIST, OFFSET(list), .arg = "A=B", .help = "a list" },
	{ .name = "count", .type = FC_OPTION_COUNT, OFFSET(count), .arg = "N", .help = "a count", .min = 1, .max = 100 },
	{ .name = "number", .type = FC_OPTION_NUMBER, OFFSET(number), .arg = "X", .help = "a number", .min = 0, .max = 1 },
	{ .name = "choice", .type = FC_OPTION_CHOICE, OFFSET(choice), .arg = "COLOUR", .help = "one", .choices = choices },
	{ .name = "input", .type = FC_OPTION_INPUT, OFFSET(input), .arg = "CxHxW", .help = "a shape" },
	{ .name = "color-map", .type = FC_OPTION_FLAG, OFFSET(flag), .help = "shares a prefix" },
	{ .name = NULL },
};

static int parse(int argc, const char *const *argv, struct settings *settings, char **operands, int *count,
		 struct fc_error *err)
{
	char *copy[16];
	bool help;

	for (int i = 0; i < argc; i++)
		copy[i] = (char *)(uintptr_t)argv[i];
	*settings = (struct settings){ 0 };
	return fc_option_parse(options, argc, copy, settings, operands, count, &help, err);
}

static void everything_parses(void **state)
{
	const char *const argv[] = { "first", "-f", "--text=x", "--set", "a=1", "--set=b=2", "--cou", "7", "--number", "0.5",
				     "--choice", "green", "--input=3x64x32", "-ofile", "--", "--flag" };
	struct settings s;
	char *operands[16];
	struct fc_error err;
	int count;

	(void)state;
	assert_int_equal(parse(16, argv, &s, operands, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(operands[0], "first");
	assert_string_equal(operands[1], "--flag");
	assert_true(s.flag);
	assert_string_equal(s.text, "file");
	assert_int_equal(s.list.count, 2);
	assert_string_equal(s.list.text[1], "b=2");
	assert_int_equal(s.count, 7);
	assert_true(s.number == 0.5);
	assert_int_equal(s.choice, 1);
	assert_int_equal(s.input[0] * 10000 + s.input[1] * 100 + s.input[2], 36432);
}

static void mistakes_are_named(void **state)
{
	const struct {
		const char *argv[2];
		const char *error;
	} cases[] = {
		{ { "--nothing", "1" }, "there is no option --nothing" },
		{ { "-z", "1" }, "there is no option -z" },
		{ { "--co", "1" }, "--co may be --count or --color-map" },
		{ { "--flag=1", "1" }, "--flag takes no value" },
		{ { "x", "--count" }, "--count needs a value: N" },
		{ { "--count", "0" }, "--count 0: a whole number from 1 to 100 is expected" },
		{ { "--count", "1.5" }, "--count 1.5: a whole number from 1 to 100 is expected" },
		{ { "--number", "2" }, "--number 2: a number from 0 to 1 is expected" },
		{ { "--choice", "blue" }, "--choice blue: one of red, green is expected" },
		{ { "--input", "3x64" }, "--input 3x64: CxHxW is expected, for example 3x64x64, each from 1 to 65536" },
		{ { "--input", "3x0x64" }, "--input 3x0x64: CxHxW is expected, for example 3x64x64, each from 1 to 65536" },
		{ { "--input", "3x64x64x" }, "--input 3x64x64x: CxHxW is expected, for example 3x64x64, each from 1 to 65536" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings s;
		char *operands[16];
		struct fc_error err = { "" };
		int count;

		assert_int_equal(parse(2, cases[i].argv, &s, operands, &count, &err), -1);
		assert_string_equal(err.text, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(everything_parses), cmocka_unit_test(mistakes_are_named) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
