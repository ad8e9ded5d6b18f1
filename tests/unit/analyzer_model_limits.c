/*
 * Model text that would take long or fill the memory, were there no limits: each ends in a sentence. Time cannot be asserted,
 * steps can: there is no way to do much work, or to take much memory, in few of them.
 */
#include <sys/resource.h>

#include "analyzer_model.h"

/* All of these texts together; one alone took more, once. Sanitizers keep what was freed for a while. */
#define MAX_GROWTH_KB (512 << 10)

/* A text in which one piece, and perhaps what closes it, comes so often. */
struct long_text {
	const char *before, *again, *middle, *close, *after, *error;
};

static void refuse_long(const struct long_text *c, int times)
{
	struct fc_str text = { 0 };

	fc_str_add(&text, HEAD);
	fc_str_add(&text, c->before);
	for (int n = 0; n < times; n++)
		fc_str_add(&text, c->again);
	fc_str_add(&text, c->middle);
	for (int n = 0; n < times; n++)
		fc_str_add(&text, c->close);
	fc_str_add(&text, c->after);
	refuse(text.text, text.length, c->error);
	fc_str_release(&text);
}

/* Nesting, in text and when it is carried out, and chains that would be deep trees. */
static void depth_is_limited(void **state)
{
	static const struct long_text cases[] = {
		{ "", "group {\n", "relu", "}\n", TAIL,
		  "x.net:68:7: found braces nested more than 64 deep, expected fewer" },
		{ "conv ", "(", "8", ")", " 3\n" TAIL,
		  "found an expression nested more than 64 deep, expected a simpler one" },
		{ "conv ", "-", "8", "", " 3\n" TAIL,
		  "found an expression nested more than 64 deep, expected a simpler one" },
		{ "conv ", "1+", "8", "", " 3\n" TAIL,
		  "found an expression nested more than 64 deep, expected a simpler one" },
		{ "conv ", "floor(", "8", ")", " 3\n" TAIL,
		  "found an expression nested more than 64 deep, expected a simpler one" },
		{ "", "if 1 { ", "relu", "}", "\n" TAIL, "found braces nested more than 64 deep, expected fewer" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse_long(&cases[i], 20000);
}

/* What is looked up one by one must not come in any number. */
static void length_is_limited(void **state)
{
	static const struct long_text cases[] = {
		{ "block b(", "a, ", "z", "", ") { relu }\nb\n" TAIL, "found more than 256 arguments, expected fewer" },
		{ "block b { relu }\nb ", "1 ", "", "", "\n" TAIL, "found more than 256 arguments, expected fewer" },
		{ "conv 8 3 ", "pad=1 ", "", "", "\n" TAIL, "found more than 256 arguments, expected fewer" },
		{ "let a = ", "1 ", "", "", "\n" TAIL, "found a list of more than 4096 numbers, expected fewer" },
		{ "", "relu\n", "", "", TAIL, "found more than 20000 layers, expected fewer" },
		{ "for ", "i in 1, ", "j in 1", "", " { relu }\n" TAIL, "found more than 16 names in one 'for', expected fewer" },
		{ "a: relu\nconcat ", "a ", "", "", "\nconcat in\n" TAIL, ", expected " },
	};
	struct fc_str text = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse_long(&cases[i], 20001);
	fc_str_add(&text, HEAD "param p = 1\n");
	for (int i = 0; i < 20000; i++)
		fc_str_addf(&text, "variant v%d p=%d\n", i, i);
	fc_str_add(&text, TAIL);
	refuse(text.text, text.length, "found a model that takes more than 4000000 steps to build");
	fc_str_release(&text);
}

/* Few lines that would be carried out for ever: blocks that call two blocks each are 2^40 layers in 40 lines. */
static void expansion_is_limited(void **state)
{
	static const char *const texts[] = {
		HEAD "repeat 1000000 { repeat 1000000 { let a = 1 } }\n" TAIL,
		HEAD "repeat 100 { let a = 1..65536 }\n" TAIL,
		HEAD "for i in 1..65536 { for j in 1..65536 { let a = i * j } }\n" TAIL,
		HEAD "for i in 1..65536 { for j in 1..60 { l{i}_{j}: group { } } }\n" TAIL,
		HEAD "repeat 1000000 { default conv pad=1; init conv zero; init conv.bias one }\n" TAIL,
		HEAD "block b { default conv pad=1; let a = 1 2 3 }\nrepeat 1000000 { b }\n" TAIL,
		HEAD "keep a = in\nrepeat 60 { keep a = a a }\nconcat a\n" TAIL,
	};
	struct rusage before, after;
	struct fc_str text = { 0 };

	(void)state;
	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		refuse(texts[i], strlen(texts[i]), "found a model that takes more than 4000000 steps to build");
	fc_str_add(&text, HEAD);
	for (int i = 0; i < 40; i++)
		fc_str_addf(&text, "block b%d { b%d; b%d }\n", i, i + 1, i + 1);
	fc_str_add(&text, "block b40 { let a = 1 }\nb0\n" TAIL);
	refuse(text.text, text.length, "found a model that takes more than 4000000 steps to build");
	fc_str_release(&text);
	getrusage(RUSAGE_SELF, &after);
	assert_true(after.ru_maxrss - before.ru_maxrss < MAX_GROWTH_KB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(length_is_limited),
		cmocka_unit_test(expansion_is_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
