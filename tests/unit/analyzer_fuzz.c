/*
 * Hostile model text: the files of tests/fuzz/model as they are (found*.net came from a fuzzer that looks for new branches),
 * then every shipped model and a file with one of each statement, mutated. Nothing may crash, hang or leak; an error is one
 * sentence. The mutations are the same in every run; FC_FUZZ=N makes N of each text. Meant to be run under sanitizers too.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/cost.h"
#include "flopclock/file.h"
#include "flopclock/model.h"
#include "flopclock/number.h"
#include "flopclock/random.h"
#include "flopclock/schedule.h"

#define MUTATIONS 150

/* Whatever was understood must be countable or say why not. */
static void use(struct fc_graph *graph)
{
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_memory memory;
	const struct fc_rule *rule;
	uint64_t total;

	assert_true(graph->node_count > 1 && graph->head_count > 0);
	for (int i = 1; i < graph->node_count; i++)
		for (int k = 0; k < graph->nodes[i].input_count; k++)
			assert_true(graph->nodes[i].inputs[k] < i);
	if (fc_cost_build(graph, &table, &err)) {
		assert_true(strlen(err.text) > 0);
		return;
	}
	for (int i = 0; (rule = fc_rule_at(i)); i++)
		(void)fc_rule_apply(rule, &table, FC_PASS_TRAIN, -1, &total, &err);
	if (graph->node_count < 1000)
		(void)fc_memory_estimate(graph, true, &memory, &err);
	fc_cost_release(&table);
}

static void feed(const char *path, const char *text, size_t size)
{
	const struct fc_model_request request = { .model = path, .input = { 3, 64, 64 }, .batch = 2 };
	struct fc_error err = { "" };
	struct fc_graph graph;

	if (fc_model_read(&request, text, size, &graph, &err)) {
		assert_true(strlen(err.text) > 0 && !strchr(err.text, '\n'));
		return;
	}
	use(&graph);
	fc_graph_release(&graph);
}

/* -------- mutations -------- */

struct dice {
	uint64_t text, mutation, index;
};

static uint32_t roll(struct dice *dice, uint32_t sides)
{
	uint32_t word[4];

	fc_philox(dice->text, dice->mutation, dice->index++, word);
	return word[0] % sides;
}

static const char *const tokens[] = {
	"conv ",    "dense ",	"concat ", "add ",    "from in ", "repeat 9 { ", "repeat 99999999 { ", "group { ", "} ",
	"sequence { ", "for i in 1..9 { ", "keep x = in\n", "let a = ", "if 0 { ", "else ", "output ", "block b { ", "b ",
	"9223372036854775807 ", "-1 ", "0 ", "65536 ", "1000000000 ", "0.5 ", "1e308 ", "3x1 ", "1.. ", "stride=", "pad=",
	"groups=", "bias=false ", "functional ", "in.channels ", "in.height/", "{i}", "{1/0}", "x: ", "(", ")", "..", "=",
	"variant v p=3\n", "split 2 ", "matmul in in ", "learned 1 1 1 ", "reshape 1 1 ", "permute 1 3 2 ", "slice 0 ", "axis=2 ",
	"multiply in ", "conv_transpose ", "lstm 3 ", "linear ", "layer_norm ", "resize scale=9 ", "pad 99 ", "max(", "divisible(",
	"copies ", "transpose_b ",
	"\n", ";", "#", "use densenet161 ", "classes ", "param p = 3\n", "\x01", "\xff", "%", "not ", "and ", "or ",
};

static void replace(struct fc_str *text, size_t at, size_t length, const char *with, size_t with_length)
{
	struct fc_str out = { 0 };

	fc_str_addn(&out, text->text, at);
	fc_str_addn(&out, with, with_length);
	fc_str_addn(&out, text->text + at + length, text->length - at - length);
	fc_str_release(text);
	*text = out;
}

static void mutate(struct fc_str *text, struct dice *dice)
{
	const size_t at = roll(dice, (uint32_t)text->length + 1), rest = text->length - at;
	const size_t length = rest ? 1 + roll(dice, rest < 40 ? (uint32_t)rest : 40) : 0;
	const char *const token = tokens[roll(dice, sizeof(tokens) / sizeof(tokens[0]))];
	const size_t other = roll(dice, (uint32_t)(text->length - length) + 1);
	const char byte = (char)roll(dice, 256);
	char *copy;

	switch (roll(dice, 6)) {
	case 0:
		replace(text, at, 0, token, strlen(token));
		break;
	case 1:
		replace(text, at, length, token, strlen(token));
		break;
	case 2:
		replace(text, at, length, "", 0);
		break;
	case 3:
		copy = strndup(text->text + at, length);
		replace(text, other, 0, copy, strlen(copy));
		free(copy);
		break;
	case 4:
		replace(text, at, rest ? 1 : 0, &byte, 1);
		break;
	default:
		replace(text, at, rest, "", 0);
		break;
	}
}

static void feed_mutations(const char *path, const char *original, size_t size, uint64_t number, uint64_t mutations)
{
	for (uint64_t m = 0; m < mutations; m++) {
		struct dice dice = { number, m, 0 };
		struct fc_str text = { 0 };

		fc_str_addn(&text, original, size);
		for (uint32_t n = 1 + roll(&dice, 4); n && text.length; n--)
			mutate(&text, &dice);
		feed(path, text.length ? text.text : "", text.length);
		fc_str_release(&text);
	}
}

/* -------- files -------- */

static int is_model(const struct dirent *entry)
{
	return strstr(entry->d_name, ".net") != NULL;
}

/* Every file of a folder of the source tree, in alphabetical order. */
static int each_file(const char *folder, uint64_t mutations)
{
	struct fc_str dir = { 0 }, path = { 0 };
	struct fc_error err = { "" };
	struct dirent **entries;
	int count;

	fc_str_addf(&dir, "%s/%s", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", folder);
	count = scandir(dir.text, &entries, is_model, alphasort);
	assert_true(count > 0);
	for (int i = 0; i < count; i++) {
		char *text;
		size_t size;

		fc_str_clear(&path);
		fc_str_addf(&path, "%s/%s", dir.text, entries[i]->d_name);
		if (fc_file_read(path.text, 1 << 20, &text, &size, &err))
			fail_msg("%s", err.text);
		feed(path.text, text, size);
		if (!strcmp(folder, "models") || !strcmp(entries[i]->d_name, "everything.net") ||
		    !strcmp(entries[i]->d_name, "kinds.net"))
			feed_mutations(path.text, text, size, (uint64_t)i, mutations);
		free(text);
		free(entries[i]);
	}
	free(entries);
	fc_str_release(&dir);
	fc_str_release(&path);
	return count;
}

static uint64_t mutation_count(void)
{
	uint64_t count = MUTATIONS;

	if (getenv("FC_FUZZ"))
		assert_true(fc_parse_u64(getenv("FC_FUZZ"), &count));
	return count;
}

static void corpus(void **state)
{
	(void)state;
	assert_true(each_file("tests/fuzz/model", 10 * mutation_count()) > 50);
}

static void shipped_models(void **state)
{
	(void)state;
	assert_true(each_file("models", mutation_count()) >= 9);
}

/* Every way to cut a text short. */
static void prefixes(void **state)
{
	static const char *const files[] = { "models/googlenet.net", "tests/fuzz/model/everything.net",
					     "tests/fuzz/model/kinds.net" };

	(void)state;
	for (int f = 0; f < 3; f++) {
		struct fc_error err = { "" };
		char path[4096], *text;
		size_t size;

		snprintf(path, sizeof(path), "%s/%s", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", files[f]);
		if (fc_file_read(path, 1 << 20, &text, &size, &err))
			fail_msg("%s", err.text);
		for (size_t length = 0; length <= size; length++)
			feed(path, text, length);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus),
		cmocka_unit_test(shipped_models),
		cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
