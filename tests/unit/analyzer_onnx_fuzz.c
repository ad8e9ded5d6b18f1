/*
 * Hostile ONNX: the files of tests/fuzz/onnx as they are (text, see analyzer_onnx_write.h; .hex: bytes), then all of them
 * mutated, in their text and in their bytes. Nothing may crash, hang or leak; an error is one sentence. The mutations are
 * the same in every run; FC_FUZZ=N makes N of each. Meant to be run under sanitizers too.
 */
#include "analyzer_onnx_write.h"

#include <dirent.h>

#include "flopclock/cost.h"
#include "flopclock/file.h"
#include "flopclock/model.h"
#include "flopclock/number.h"
#include "flopclock/random.h"
#include "flopclock/schedule.h"

#include "../../analyzer/rebatch.h"

#define MUTATIONS 60

/* -------- what is done with a file -------- */

/* Whatever was understood must be countable or say why not. */
static void use(struct fc_graph *graph)
{
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_memory memory;

	assert_true(graph->node_count > 1);
	for (int i = 0; i < graph->node_count; i++) {
		assert_true(graph->nodes[i].name && *graph->nodes[i].name);
		for (int k = 0; k < graph->nodes[i].input_count; k++)
			assert_true(graph->nodes[i].inputs[k] < i);
	}
	if (fc_cost_build(graph, &table, &err)) {
		assert_true(strlen(err.text) > 0);
		return;
	}
	(void)fc_autograd_saved_bytes(graph);
	(void)fc_cost_output_bytes(graph, FC_PASS_TRAIN);
	if (graph->node_count < 1000)
		(void)fc_memory_estimate(graph, true, &memory, &err);
	fc_cost_release(&table);
	if (!fc_graph_rebatch(graph, 7, &err) && !fc_cost_build(graph, &table, &err))
		fc_cost_release(&table);
}

static void feed(const void *data, size_t size)
{
	const struct fc_model_request request = { .model = "x.onnx", .input = { 3, 32, 32 }, .batch = 2 };
	struct fc_error err = { "" };
	struct fc_graph graph;

	if (fc_model_read(&request, data, size, &graph, &err)) {
		assert_true(strlen(err.text) > 0 && !strchr(err.text, '\n'));
		return;
	}
	use(&graph);
	fc_graph_release(&graph);
}

/* -------- mutations -------- */

struct dice {
	uint64_t file, mutation, index;
};

static uint32_t roll(struct dice *dice, uint32_t sides)
{
	uint32_t word[4];

	fc_philox(dice->file, dice->mutation, dice->index++, word);
	return word[0] % sides;
}

static void replace(struct fc_str *text, size_t at, size_t length, const void *with, size_t with_length)
{
	struct fc_str out = { 0 };

	fc_str_addn(&out, text->text, at);
	fc_str_addn(&out, with, with_length);
	fc_str_addn(&out, text->text + at + length, text->length - at - length);
	fc_str_release(text);
	*text = out;
}

/* A byte, some bytes less, some bytes twice, a number that is too large, the end cut off. */
static void mutate_bytes(struct fc_str *data, struct dice *dice)
{
	const size_t at = roll(dice, (uint32_t)data->length + 1), rest = data->length - at;
	const size_t length = rest ? 1 + roll(dice, rest < 24 ? (uint32_t)rest : 24) : 0;
	const unsigned char byte = (unsigned char)roll(dice, 256);
	static const char huge[] = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
	char copy[24];

	switch (roll(dice, 5)) {
	case 0:
		replace(data, at, rest ? 1 : 0, &byte, 1);
		break;
	case 1:
		replace(data, at, length, "", 0);
		break;
	case 2:
		memcpy(copy, data->text + at, length);
		replace(data, at, 0, copy, length);
		break;
	case 3:
		replace(data, at, rest ? 1 : 0, huge + roll(dice, 10), 1 + roll(dice, 1));
		break;
	default:
		replace(data, at, rest, "", 0);
		break;
	}
}

static const char *const words[] = {
	"0",
	"1",
	"2",
	"3",
	"-1",
	"-2",
	"7",
	"64",
	"65536",
	"65537",
	"2147483648",
	"1099511627776",
	"9223372036854775807",
	"-9223372036854775808",
	"0.5",
	"-1.5",
	"x",
	"y",
	"w",
	"a",
	"b",
	"_",
};

/* A number or a name becomes another one: what is written remains ONNX, and may mean anything. */
static void mutate_text(struct fc_str *text, struct dice *dice)
{
	static const char ends[] = " ,;\n=[]:";
	size_t at = roll(dice, (uint32_t)text->length), length;
	const char *const word = words[roll(dice, sizeof(words) / sizeof(words[0]))];

	while (at && !strchr(ends, text->text[at - 1]))
		at--;
	length = strcspn(text->text + at, ends);
	if (strncmp(text->text + at, "->", 2))
		replace(text, at, length, word, strlen(word));
}

/* Whatever of it is a statement. */
static void feed_text(const char *text)
{
	struct fc_str file;

	(void)write_onnx_of(text, &file);
	feed(file.length ? file.text : "", file.length);
	fc_str_release(&file);
}

static void mutate_file(const char *text, uint64_t number, uint64_t mutations)
{
	for (uint64_t m = 0; m < mutations; m++) {
		struct dice dice = { number, m, 0 };
		struct fc_str changed = { 0 }, file;

		fc_str_add(&changed, text);
		for (uint32_t n = 1 + roll(&dice, 3); n; n--)
			mutate_text(&changed, &dice);
		feed_text(changed.text);
		fc_str_release(&changed);
		(void)write_onnx_of(text, &file);
		for (uint32_t n = 1 + roll(&dice, 4); n && file.length; n--)
			mutate_bytes(&file, &dice);
		feed(file.length ? file.text : "", file.length);
		fc_str_release(&file);
	}
}

/* -------- files -------- */

static int is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void feed_hex(const char *text)
{
	struct fc_str data = { 0 };
	unsigned byte;

	for (; sscanf(text, " %2x", &byte) == 1; text += strspn(text, " \n") + 2)
		fc_str_addc(&data, (char)byte);
	feed(data.length ? data.text : "", data.length);
	fc_str_release(&data);
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
	struct fc_error err = { "" };
	struct dirent **entries;
	char folder[4096];
	int count;

	(void)state;
	snprintf(folder, sizeof(folder), "%s/tests/fuzz/onnx", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".");
	count = scandir(folder, &entries, is_case, alphasort);
	assert_true(count > 20);
	for (int i = 0; i < count; i++) {
		struct fc_str path = { 0 };
		char *text;
		size_t size;

		fc_str_addf(&path, "%s/%s", folder, entries[i]->d_name);
		if (fc_file_read(path.text, 1 << 20, &text, &size, &err))
			fail_msg("%s", err.text);
		if (strstr(entries[i]->d_name, ".hex")) {
			feed_hex(text);
		} else {
			feed_text(text);
			mutate_file(text, (uint64_t)i, mutation_count());
		}
		fc_str_release(&path);
		free(text);
		free(entries[i]);
	}
	free(entries);
}

/* Every way to cut a file short. */
static void prefixes(void **state)
{
	struct fc_str file = write_onnx(
		"input x float batch 3 height width\ntensor w float 4 3 3 3\nConv x,w -> c pads=[1,1,1,1]\n"
		"Shape c -> s start=1\nReduceMean c -> y axes=[2,3] keepdims=0\noutput y float batch 4");

	(void)state;
	for (size_t length = 0; length <= file.length; length++)
		feed(file.text, length);
	fc_str_release(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(corpus),
		cmocka_unit_test(prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
