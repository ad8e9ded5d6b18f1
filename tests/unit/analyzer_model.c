/*
 * The model language: what it means, and what it says about text that means nothing.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/file.h"
#include "flopclock/model.h"

/* Five lines that most cases begin with. */
#define HEAD "network x\ninput 3x32x32\nclasses 10\n"
#define TAIL "dense classes\noutput\n"

static struct fc_model_request request_for(const char *model)
{
	return (struct fc_model_request){ .model = model, .batch = 1 };
}

static void read_or_fail(const char *text, struct fc_graph *graph)
{
	const struct fc_model_request request = request_for("x.net");
	struct fc_error err = { "" };

	if (fc_model_read(&request, text, strlen(text), graph, &err))
		fail_msg("%s", err.text);
}

static void names(const struct fc_graph *graph, struct fc_str *out)
{
	for (int i = 1; i < graph->node_count; i++)
		fc_str_addf(out, "%s%s", i > 1 ? " " : "", graph->nodes[i].name);
}

static void expect_names(const char *text, const char *expected)
{
	struct fc_str found = { 0 };
	struct fc_graph graph;

	read_or_fail(text, &graph);
	names(&graph, &found);
	assert_string_equal(found.text, expected);
	fc_str_release(&found);
	fc_graph_release(&graph);
}

static void names_of_layers(void **state)
{
	(void)state;
	expect_names(HEAD "conv 8 3\nrelu\nconv 8 3\nrelu\n" TAIL, "conv relu conv_2 relu_2 dense");
	expect_names(HEAD "f: sequence { conv 8 3; relu; a: relu; relu }\n" TAIL, "f.0 f.1 f.a f.2 dense");
	expect_names(HEAD "for i in 1..3 { layer{i}.{2*i}: relu }\n" TAIL, "layer1.2 layer2.4 layer3.6 dense");
	expect_names(HEAD "block b { relu; c: conv 8 1 }\nb\nx: b\nb\n" TAIL,
		     "b.relu b.c x.relu x.c b_2.relu b_2.c dense");
	expect_names(HEAD "g: group { s: sequence { relu; for i in 1 2 { relu } } }\n" TAIL,
		     "g.s.0 g.s.1 g.s.2 dense");
	expect_names(HEAD "relu; relu # a comment; not a statement\r\n" TAIL, "relu relu_2 dense");
	expect_names("\xEF\xBB\xBF" HEAD TAIL, "dense");
	expect_names(HEAD "if 0 { a: relu }\nelse if 1 { b: relu }\nelse { c: relu }\n" TAIL, "b dense");
}

/* Each expression stands for a count of ReLUs. */
static void expressions(void **state)
{
	static const struct {
		const char *text;
		int value;
	} cases[] = {
		{ "2 + 3 * 4", 14 },
		{ "(2 + 3) * 4", 20 },
		{ "7 / 2", 3 },
		{ "5 + -7 / 2", 1 },
		{ "-7 % 4", 1 },
		{ "10 - 4 - 3", 3 },
		{ "2 * 3 == 6", 1 },
		{ "1 + 1 < 3 and not 2 > 3", 1 },
		{ "0 or 0", 0 },
		{ "0 and 1 / 0", 0 },
		{ "1 or 1 / 0", 1 },
		{ "true + true + false", 2 },
		{ "in.channels + in.height / in.width", 4 },
		{ "(3x5 / 2 == 1x2) + (3x3 == 3) + (3x1 != 3)", 3 },
		{ "not 0.5 > 0.25 or 1.5 * 2 == 3", 1 },
		{ "- - 3", 3 },
		{ "floor(7.9) + ceil(2.1) - round(2.5) - round(3.5)", 4 },
		{ "floor(max(2, 3) * min(4, 2.5))", 7 },
		{ "sqrt(16) == 4", 1 },
		{ "divisible(32 * 0.75, 8) + divisible(12, 8) + divisible(1, 8)", 24 + 16 + 8 },
		{ "divisible(67.9, 8) + divisible(11, 8) + divisible(27, 24)", 64 + 16 + 48 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_str text = { 0 };
		struct fc_graph graph;

		fc_str_addf(&text, HEAD "repeat %s { relu }\n" TAIL, cases[i].text);
		read_or_fail(text.text, &graph);
		if (graph.node_count - 2 != cases[i].value)
			fail_msg("%s: found %d, expected %d", cases[i].text, graph.node_count - 2, cases[i].value);
		fc_graph_release(&graph);
		fc_str_release(&text);
	}
}

/* The names, shapes and parameters of what a split and the second form of `input` make. */
static void splits_and_sides(void **state)
{
	struct fc_model_request request = request_for("x.net");
	static const char text[] = "network x\nparam size = 16\ninput 3 size size/2\nclasses 10\n"
				   "parts: split 2 axis=3\nadd parts.0 parts.1\nexpect in.channels 16 4\n"
				   "both: split 3\nconcat both both.1\n" TAIL;
	struct fc_error err = { "" };
	struct fc_graph graph;

	(void)state;
	read_or_fail(text, &graph);
	assert_string_equal(graph.nodes[2].name, "parts.1");
	assert_int_equal(graph.nodes[2].op, FC_OP_SLICE);
	assert_int_equal(graph.nodes[2].attributes.first, 4);
	assert_int_equal(graph.nodes[2].shape.w, 4);
	assert_int_equal(graph.nodes[graph.node_count - 2].shape.c, 4);
	assert_string_equal(graph.parameters, "size=16");
	fc_graph_release(&graph);
	request.settings = (struct fc_texts){ { "size=8" }, 1 };
	assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), -1);
	assert_string_equal(err.text, "x.net:7:8: found 3x8x2 ('add'), expected 3x16x4");
}

static void shapes_and_attributes(void **state)
{
	struct fc_graph graph;

	(void)state;
	read_or_fail(HEAD "default conv bias=false\n"
			  "conv 8 3x1 stride=2x1 pad=1x0\n"
			  "conv 12 3 dilation=2 bias\n"
			  "max_pool 3x2\n"
			  "conv 6 1 groups=3\n"
			  "avg_pool 2 stride=1\n" TAIL,
		     &graph);
	const struct fc_node *const n = graph.nodes;

	assert_int_equal(n[1].shape.c, 8);
	assert_int_equal(n[1].shape.h, 16);
	assert_int_equal(n[1].shape.w, 32);
	assert_false(n[1].attributes.bias);
	assert_int_equal(n[1].param_count, 1);
	assert_int_equal(n[1].params[0].shape.h, 3);
	assert_int_equal(n[1].params[0].shape.w, 1);
	assert_int_equal(n[2].shape.h, 12);
	assert_int_equal(n[2].shape.w, 28);
	assert_int_equal(n[2].param_count, 2);
	assert_int_equal(n[3].attributes.stride_h, 3);
	assert_int_equal(n[3].attributes.stride_w, 2);
	assert_int_equal(n[3].shape.h, 4);
	assert_int_equal(n[3].shape.w, 14);
	assert_int_equal(n[4].params[0].shape.c, 4);
	assert_int_equal(n[5].attributes.stride_h, 1);
	assert_int_equal(n[6].params[0].shape.c, 6 * 3 * 13);
	assert_int_equal(n[6].line, 10);
	fc_graph_release(&graph);
}

static void values_and_scopes(void **state)
{
	struct fc_graph graph;

	(void)state;
	/* A kept list grows; a block is read by a list; a default of a parameter sees the parameters before it. */
	read_or_fail(HEAD "let n = 4\n"
			  "block join(width, twice=2*width) { concat in; conv twice 1 }\n"
			  "keep all = in\n"
			  "for i in 1..n { l{i}: join i from all; keep all = all l{i} }\n"
			  "concat all\n" TAIL,
		     &graph);
	assert_int_equal(graph.nodes[graph.node_count - 2].shape.c, 3 + 2 * (1 + 2 + 3 + 4));
	assert_int_equal(graph.nodes[graph.node_count - 2].input_count, 5);
	assert_int_equal(graph.nodes[0].use_count, 5);
	fc_graph_release(&graph);
}

static void heads(void **state)
{
	struct fc_graph graph;

	(void)state;
	read_or_fail(HEAD "block side { fc: dense classes; output weight=0.3 train_only }\n"
			  "a: relu\n"
			  "side\n"
			  "b: relu\n"
			  "s2: side\n"
			  "c: dense classes\n"
			  "output\n",
		     &graph);
	assert_int_equal(graph.head_count, 3);
	assert_string_equal(graph.nodes[graph.heads[0].node].name, "c");
	assert_false(graph.heads[0].train_only);
	assert_true(graph.heads[0].loss_weight == 1);
	assert_string_equal(graph.nodes[graph.heads[1].node].name, "side.fc");
	assert_string_equal(graph.nodes[graph.heads[2].node].name, "s2.fc");
	assert_true(graph.heads[1].train_only && graph.heads[1].loss_weight == 0.3);
	for (int i = 0; i < graph.node_count; i++)
		assert_int_equal(graph.nodes[i].train_only, strstr(graph.nodes[i].name, ".fc") != NULL);
	/* a is read by the first auxiliary head and by b. */
	assert_int_equal(graph.nodes[1].use_count, 2);
	fc_graph_release(&graph);
}

static void first_values(void **state)
{
	struct fc_graph graph;

	(void)state;
	read_or_fail(HEAD "conv 8 5\n"
			  "batch_norm\n"
			  "init conv kaiming_normal fan_out\n"
			  "init conv.bias constant 0.25\n"
			  "conv 16 3 groups=4\n"
			  "init conv kaiming_uniform fan_in\n"
			  "conv 4 3\n"
			  "init dense truncated_normal 0.01 2\n"
			  "init dense.bias xavier_uniform\n" TAIL,
		     &graph);
	const struct fc_node *const n = graph.nodes;

	assert_int_equal(n[1].params[0].init.kind, FC_INIT_UNIFORM);
	assert_true(fabs(n[1].params[0].init.a - 1 / sqrt(75)) < 1e-15);
	assert_true(fabs(n[1].params[1].init.a - 1 / sqrt(75)) < 1e-15);
	assert_int_equal(n[2].params[0].init.kind, FC_INIT_CONSTANT);
	assert_true(n[2].params[0].init.a == 1 && n[2].params[1].init.a == 0);
	assert_string_equal(n[2].params[1].name, "shift");
	assert_int_equal(n[3].params[0].init.kind, FC_INIT_NORMAL);
	assert_true(fabs(n[3].params[0].init.a - sqrt(2.0 / (16 * 9))) < 1e-15);
	assert_true(n[3].params[1].init.a == 0.25);
	assert_true(fabs(n[4].params[0].init.a - sqrt(6.0 / (16 * 9))) < 1e-15);
	assert_int_equal(n[5].params[0].init.kind, FC_INIT_TRUNCATED_NORMAL);
	assert_true(n[5].params[0].init.a == 0.01 && n[5].params[0].init.b == 2);
	assert_true(fabs(n[5].params[1].init.a - sqrt(6.0 / (4 * 24 * 24 + 10))) < 1e-15);
	fc_graph_release(&graph);
}

/* What a backend of the twelve plain kinds must know of a layer. */
static void beyond_the_plain_form(void **state)
{
	struct fc_graph graph;

	(void)state;
	read_or_fail(HEAD "a: conv 3 3 pad=1\nb: conv 3 3 pad=1 pad_end=2\nc: avg_pool 2 pad=1\n"
			  "d: avg_pool 2 pad=1 exclude_pad\n"
			  "e: conv_transpose 3 3 pad=1\nf: pad 1 end=0\ng: adaptive_avg_pool 1\n"
			  "h: add f g\ni: add f f\nj: add h i\nk: max_pool 2 pad_end=1\n" TAIL,
		     &graph);
	static const char *const expected[] = { NULL, "another padding at the end", NULL, "padding outside the mean", NULL, NULL,
						NULL, "values of different shapes", NULL, NULL, "another padding at the end" };

	for (int i = 0; i < 11; i++) {
		const char *const beyond = fc_op_beyond(&graph, &graph.nodes[i + 1]);

		if (!beyond != !expected[i] || (beyond && strcmp(beyond, expected[i])))
			fail_msg("%s: found %s", graph.nodes[i + 1].name, beyond ? beyond : "nothing");
	}
	fc_graph_release(&graph);
}

/* A `default` or an `init` inside braces ends with them; each call of a block begins anew. */
static void defaults_inside_braces(void **state)
{
	struct fc_graph graph;

	(void)state;
	read_or_fail(HEAD "default conv bias=false\ninit conv zero\n"
			  "block b { conv 4 1; default conv bias; init conv one; init conv.bias constant 3; conv 4 1 }\n"
			  "b\ngroup { default conv pad=2; init conv constant 5; group { init conv constant 7 }; conv 4 3 }\nb\n"
			  "conv 4 1\n" TAIL,
		     &graph);
	const struct fc_node *const n = graph.nodes;
	static const struct {
		double first;
		int params, pad;
	} expected[] = { { 0, 1, 0 }, { 1, 2, 0 }, { 5, 1, 2 }, { 0, 1, 0 }, { 1, 2, 0 }, { 0, 1, 0 } };

	for (int i = 0; i < 6; i++) {
		assert_true(n[i + 1].params[0].init.a == expected[i].first);
		assert_int_equal(n[i + 1].param_count, expected[i].params);
		assert_int_equal(n[i + 1].attributes.pad_h, expected[i].pad);
	}
	assert_true(n[2].params[1].init.a == 3);
	fc_graph_release(&graph);
}

static void settings_and_digest(void **state)
{
	static const char text[] = HEAD "param width = 8\nparam list = 1 2\n"
					"for i in list { conv width*i 1 }\n" TAIL;
	struct fc_model_request request = request_for("x.net");
	struct fc_error err = { "" };
	struct fc_graph plain, changed;

	(void)state;
	assert_int_equal(fc_model_read(&request, text, strlen(text), &plain, &err), 0);
	request.settings = (struct fc_texts){ { "width=3", "list=1,2,4" }, 2 };
	request.batch = 7;
	request.classes = 5;
	request.input[0] = 1;
	request.input[1] = request.input[2] = 6;
	assert_int_equal(fc_model_read(&request, text, strlen(text), &changed, &err), 0);
	assert_int_equal(plain.nodes[2].shape.c, 16);
	assert_int_equal(changed.nodes[3].shape.c, 12);
	assert_int_equal(changed.nodes[3].shape.n, 7);
	assert_int_equal(changed.nodes[0].shape.c, 1);
	assert_int_equal(changed.classes, 5);
	assert_string_equal(changed.settings, "width=3, list=1,2,4");
	assert_string_equal(plain.settings, "");
	assert_int_equal(strlen(plain.digest), 64);
	assert_string_not_equal(plain.digest, changed.digest);
	fc_graph_release(&plain);
	fc_graph_release(&changed);
}

/* -------- errors: the whole sentence, place included -------- */

static const struct {
	const char *text, *error;
} errors[] = {
	{ "", "x.net:1:1: found the end of the file, expected 'network NAME'" },
	{ "# nothing\n", "x.net:2:1: found the end of the file, expected 'network NAME'" },
	{ "\x7f"
	  "ELF",
	  "x.net:1:1: found byte 0x7F, expected a statement, a name or a number" },
	{ "network 7\n", "x.net:1:9: found '7', expected a name" },
	{ "network x\ninput 3x8\n", "x.net:2:7: found '3x8', expected channels, height and width such as 3x224x224" },
	{ "network x\ninput 0x8x8\n", "x.net:2:7: found an input of 0x8x8, expected sides from 1 to 65536" },
	{ "network x\nclasses 10\nconv 8 3\n",
	  "x.net:3:1: found a layer before the images, expected 'input CxHxW' above" },
	{ "network x\ninput 3x8x8\ndense 10\noutput\n",
	  "x.net:4:1: found an output before 'classes', expected 'classes NUMBER' above" },
	{ HEAD "network y\n", "x.net:4:1: found a second 'network', expected one at the top of the file" },
	{ HEAD "input 3x8x8\n", "x.net:4:1: found a second 'input', expected one" },
	{ HEAD "convv 8 3\n", "x.net:4:1: found 'convv', expected a layer, a block of this file or a statement; "
			      "did you mean 'conv'?" },
	{ HEAD "conv 8\n", "x.net:4:1: found 'conv' without 'kernel', expected it behind" },
	{ HEAD "conv 8 3 4\n", "x.net:4:10: found 4, expected only named arguments behind 'conv'" },
	{ HEAD "conv 8 3 strid=2\n",
	  "x.net:4:10: found 'strid' behind 'conv', expected one of out, kernel, stride, pad, "
	  "pad_end, dilation, groups, bias; did you mean 'stride'?" },
	{ HEAD "conv 8 3 stride=2 stride=3\n", "x.net:4:19: found 'stride' a second time, expected it once" },
	{ HEAD "conv 8 3 stride=0\n",
	  "x.net:4:17: found stride=0, expected an integer or a size such as 3x1 with sides "
	  "from 1 to 65536" },
	{ HEAD "conv 0.5 3\n", "x.net:4:6: found out=0.5, expected an integer from 1 to 1000000000" },
	{ HEAD "relu 3\n", "x.net:4:6: found 3, expected no number behind 'relu'" },
	{ HEAD "dropout 1\n", "x.net:4:9: found probability=1, expected a number from 0 to 0.999" },
	{ HEAD "conv 8 33\n",
	  "x.net:4:1: layer 'conv': found an input of 32x32, expected at least 33x33 for its window" },
	{ HEAD "conv 8 3x1 dilation=20x1 pad=2x0\n",
	  "x.net:4:1: layer 'conv': found an input of 32x32, expected at least 37x1 for its window" },
	{ HEAD "max_pool 3 pad=2\n",
	  "x.net:4:1: layer 'max_pool': found a padding of 2x2, expected at most half of the 3x3 window" },
	{ HEAD "conv 8 3 groups=2\n",
	  "x.net:4:1: layer 'conv': found 2 groups, expected a divisor of 3 input and 8 output channels" },
	{ HEAD "a: conv 8 3\nb: conv 9 3 from in\nadd a b\n",
	  "x.net:6:1: layer 'add': found 9x30x30 ('b'), expected 8x30x30 as the first value ('a')" },
	{ HEAD "a: conv 8 3\nconcat a in\n",
	  "x.net:5:1: layer 'concat': found 3x32x32 ('input'), expected 30x30 as the first value ('a')" },
	{ HEAD "add in\n", "x.net:4:1: layer 'add': found one value, expected at least two to add" },
	{ HEAD "a: conv 8 3 from b\n", "x.net:4:18: found 'b', expected the name of an earlier layer or 'in'" },
	{ HEAD "a: conv 8 3 from b\nb: conv 8 3 from a\n",
	  "x.net:4:18: found 'b', which is defined on line 5, expected the name of an earlier layer: a layer reads "
	  "only what "
	  "stands above it" },
	{ HEAD "let n = 3\nrelu from n\n",
	  "x.net:5:11: found 'n', which is a number, expected the name of an earlier layer" },
	{ HEAD "a: relu\nconv a 3\n",
	  "x.net:5:6: found 'a', which is a layer's output, expected a number such as a.channels" },
	{ HEAD "conv n 3\n", "x.net:4:6: found 'n', expected a number or the name of one" },
	{ HEAD "a: relu\na: relu\n", "x.net:5:4: found a second layer 'a', expected another name" },
	{ HEAD "n: relu\nlet n = 1\n",
	  "x.net:5:5: found the name 'n' again, which is a layer already, expected another name" },
	{ HEAD "keep a = in in\nrelu from a\n",
	  "x.net:5:1: found 2 values in front of 'relu', expected one: join them with concat or add" },
	{ HEAD "block b { b }\nb\n", "x.net:4:11: found block 'b' inside itself, expected another one" },
	{ HEAD "block b { c }\nblock c { b }\nb\n",
	  "x.net:5:11: found block 'b' inside itself, expected another one" },
	{ HEAD "block b { relu }\nblock b { relu }\n", "x.net:5:7: found a second block 'b', expected another name" },
	{ HEAD "block b(x) { relu }\nb\n", "x.net:5:1: found 'b' without 'x', expected a value for it" },
	{ HEAD "block b(x) { relu }\nb 1 2\n",
	  "x.net:5:5: found one more value, expected at most the 1 parameters of block 'b'" },
	{ HEAD "block b(x) { relu }\nb 1 y=2\n",
	  "x.net:5:5: found 'y', expected at most the 1 parameters of block 'b'" },
	{ HEAD "group { param a = 3 }\n", "x.net:4:9: found 'param' inside braces, expected it outside of them" },
	{ HEAD "x: let a = 3\n",
	  "x.net:4:4: found a name in front of 'let', expected it only in front of layers, blocks, "
	  "sequences and groups" },
	{ HEAD "let from = 3\n", "x.net:4:5: found 'from', expected a name that is not a word of the language" },
	{ HEAD "group {\nrelu\n", "x.net:6:1: found the end of the file, expected '}' for the '{' of line 4" },
	{ HEAD "relu }\n", "x.net:4:6: found '}', expected a layer, a block or a statement" },
	{ HEAD "relu 3 4 from in in2 )\n", "x.net:4:22: found ')', expected the end of the statement" },
	{ HEAD "conv 8 3 $\n", "x.net:4:10: found '$', expected a statement, a name or a number" },
	{ HEAD "conv 8 3 \xC3\xA9\n", "x.net:4:10: found byte 0xC3, expected a statement, a name or a number" },
	{ HEAD "conv 8 3a\n", "x.net:4:8: found '3a', expected a number or a size such as 3x1" },
	{ HEAD "conv 99999999999999999999 3\n",
	  "x.net:4:6: found '99999999999999999999', expected a number that fits 64 bits" },
	{ HEAD "dropout 1e999\n", "x.net:4:9: found '1e999', expected a number that can be represented" },
	{ HEAD "let a = 9223372036854775807 + 1\n",
	  "x.net:4:29: found a result that does not fit 64 bits, expected a smaller one" },
	{ HEAD "let a = (0 - 9223372036854775807 - 1) / -1\n",
	  "x.net:4:39: found a result that does not fit 64 bits, expected a smaller one" },
	{ HEAD "let a = 8 / 0\n", "x.net:4:11: found a division by 0, expected another divisor" },
	{ HEAD "let a = 1..\n", "x.net:4:9: found a range without an end, expected one such as 1..4" },
	{ HEAD "for i in 1 2 3, j in 4 5 { relu }\n",
	  "x.net:4:22: found a list of 2 for 'j', expected 3 as in the list before it" },
	{ HEAD "for i in 1.. { relu }\n",
	  "x.net:4:1: found only ranges without an end, expected one list that ends" },
	{ HEAD "for i in 1..2000000000 { relu }\n",
	  "x.net:4:10: found a list of more than 65536 numbers, expected fewer" },
	{ HEAD "repeat -1 { relu }\n", "x.net:4:8: found -1, expected an integer from 0 to 9223372036854775807" },
	{ HEAD "repeat 1000000000000 { relu }\n", "x.net:4:24: found more than 20000 layers, expected fewer" },
	{ HEAD "repeat 1000000000000 { }\n",
	  "x.net:4:1: found a model that takes more than 4000000 steps to build, expected a smaller one" },
	{ HEAD "keep f = in\nrepeat 40 { keep f = f f }\n",
	  "x.net:5:24: found a model that takes more than 4000000 steps to build, expected a smaller one" },
	{ HEAD "adaptive_avg_pool 1\nconv 999999999 1\nconv 999999999 1\n",
	  "x.net:6:1: layer 'conv_2': found a parameter of 999999999x999999999x1x1, expected at most 1099511627776 "
	  "values" },
	{ HEAD "expect 3x31x32\n", "x.net:4:8: found 3x32x32 ('input'), expected 3x31x32" },
	{ HEAD "init conv banana\n",
	  "x.net:4:11: found 'banana', expected one of torch, kaiming_normal, kaiming_uniform, "
	  "xavier_normal, xavier_uniform, normal, truncated_normal, uniform, constant, zero, one" },
	{ HEAD "init conv normal\n", "x.net:4:11: found 'normal' with 0 numbers, expected 1" },
	{ HEAD "init conv zero fan_in\n", "x.net:4:11: found 'zero fan_in', expected 'zero'" },
	{ HEAD "init relu zero\n",
	  "x.net:4:1: found 'relu', which has no such parameter, expected a kind of layer with parameters, such as conv" },
	{ HEAD "default banana x=1\n", "x.net:4:9: found 'banana', expected a kind of layer such as conv" },
	{ HEAD "relu\n", "x.net:1:1: found a network without an answer, expected 'output' behind its last layer" },
	{ HEAD "dense classes\noutput train_only\n",
	  "x.net:1:1: found a network without an answer, expected 'output' behind its last layer" },
	{ HEAD "output\n", "x.net:4:1: found the images as the output, expected a layer" },
	{ HEAD "relu\noutput\n",
	  "x.net:5:1: found an output of 3x32x32 ('relu'), expected 10x1x1, one value per class" },
	{ HEAD "a: dense classes\noutput\noutput from a\n",
	  "x.net:6:1: found 'a' as an output a second time, expected it once" },
	{ HEAD "relu\ndense classes from in\noutput\n",
	  "x.net:4:1: layer 'relu': found no layer that reads it, expected one, or 'output'" },
	{ HEAD "conv floor(8 3\n", "x.net:4:14: found '3', expected ')'" },
	{ HEAD "conv flor(8) 3\n",
	  "x.net:4:6: found 'flor', expected one of the functions floor, ceil, round, sqrt, min, max, divisible" },
	{ HEAD "conv max(8) 3\n", "x.net:4:11: found ')', expected ','" },
	{ HEAD "let a = sqrt(-1)\n", "x.net:4:9: found the root of a negative number, expected one of 0 or more" },
	{ HEAD "let a = ceil(1e300)\n", "x.net:4:9: found a result that does not fit 64 bits, expected a smaller one" },
	{ HEAD "let a = floor(3x3)\n", "x.net:4:9: found 3x3 in floor(), expected a number" },
	{ HEAD "let a = divisible(8, 0)\n", "x.net:4:9: found a step below 1, expected a larger one" },
	{ HEAD "block conv { relu }\n",
	  "x.net:4:7: found a block with the name of a kind of layer ('conv'), expected another name" },
	{ HEAD "expect 3 32\n", "x.net:4:8: found a list of 2, expected three integers: channels, height and width" },
	{ HEAD "expect 3 32 0.5\n", "x.net:4:8: found 0.5, expected an integer" },
	{ HEAD "split 2\n", "x.net:4:1: found 2 parts of 3, expected a divisor" },
	{ HEAD "keep a = in in\nsplit 2 from a\n", "x.net:5:1: found 2 values in front of 'split', expected one" },
	{ HEAD "a: split 3\nrelu from a.3\n",
	  "x.net:5:11: found 'a.3', expected the name of an earlier layer or 'in'" },
	{ HEAD "add in in copies copies\n", "x.net:4:18: found 'copies' a second time, expected it once" },
	{ HEAD "a: adaptive_avg_pool 2\nmultiply in a\n",
	  "x.net:5:1: layer 'multiply': found 3x2x2 ('a'), expected 3x32x32 as the first value ('input')" },
	{ HEAD "subtract in in in\n", "x.net:4:1: layer 'subtract': found 3 values, expected two to subtract" },
	{ HEAD "matmul in\n", "x.net:4:1: layer 'matmul': found 1 value, expected two to multiply" },
	{ HEAD "a: adaptive_avg_pool 4x8\nmatmul in a\n",
	  "x.net:5:1: layer 'matmul': found 3x32x32 and 3x4x8, expected as many channels and 32 rows in the second" },
	{ HEAD "conv_transpose 4 3 groups=2\n",
	  "x.net:4:1: layer 'conv_transpose': found 2 groups, expected a divisor of 3 input and 4 output channels" },
	{ HEAD "conv_transpose 4 3 out_pad=1\n",
	  "x.net:4:1: layer 'conv_transpose': found out_pad=1x1, expected less than the stride or the dilation" },
	{ HEAD "conv_transpose 4 1 pad=16\n",
	  "x.net:4:1: layer 'conv_transpose': found an output of 0x0, expected at least 1x1: the padding takes all of it" },
	{ HEAD "max_pool 2 pad_end=2\n",
	  "x.net:4:1: layer 'max_pool': found a padding of 2x2 at the end, expected less than the 2x2 window" },
	{ HEAD "avg_pool 2 pad_end=1\n",
	  "x.net:4:1: layer 'avg_pool': found another padding at the end, expected exclude_pad with it" },
	{ HEAD "group_norm 2\n", "x.net:4:1: layer 'group_norm': found 2 groups, expected a divisor of 3 channels" },
	{ HEAD "channel_shuffle 2\n",
	  "x.net:4:1: layer 'channel_shuffle': found 2 groups, expected a divisor of 3 channels" },
	{ HEAD "softmax axis=0\n", "x.net:4:14: found axis=0, expected an integer from 1 to 3" },
	{ HEAD "slice 1 3\n",
	  "x.net:4:1: layer 'slice': found 3 channels from 1 on in steps of 1, expected them among 3" },
	{ HEAD "slice 0 9 axis=2 step=4\n",
	  "x.net:4:1: layer 'slice': found 9 rows from 0 on in steps of 4, expected them among 32" },
	{ HEAD "reshape 3 32 31\n",
	  "x.net:4:1: layer 'reshape': found 3x32x31, expected as many values as in 3x32x32" },
	{ HEAD "permute 1 1 2\n", "x.net:4:1: layer 'permute': found 1 1 2, expected each of 1, 2 and 3 once" },
	{ HEAD "pad 32 reflect\n",
	  "x.net:4:1: layer 'pad': found an input of 32x32, expected more rows and columns than are reflected" },
	{ HEAD "pad 1 reflect edge\n", "x.net:4:1: layer 'pad': found both reflect and edge, expected one of them" },
	{ HEAD "resize\n", "x.net:4:1: layer 'resize': found no size, expected one of size and scale" },
	{ HEAD "resize size=4 scale=2\n",
	  "x.net:4:1: layer 'resize': found both size and scale, expected one of size and scale" },
	{ HEAD "resize size=4 align_corners\n",
	  "x.net:4:1: layer 'resize': found align_corners without bilinear, expected both or neither" },
	{ HEAD "embedding 9 4\n",
	  "x.net:4:1: layer 'embedding': found 3x32x32, expected a width of 1: one number for each row" },
	{ HEAD "a: adaptive_avg_pool 1\nb: conv 3 1\nembedding 9 4\n",
	  "x.net:6:1: layer 'embedding': found 'b', which learns, expected the images: numbers of rows have no gradient" },
	{ HEAD "learned 1 1 1 from in\n", "x.net:4:15: found 'from', expected the end of the statement" },
	{ HEAD "learned 1000000 1000000 1000000\n",
	  "x.net:4:1: layer 'learned': found an output of 1x1000000x1000000x1000000, expected at most 1099511627776 values" },
	{ HEAD "init lstm.bias zero\n",
	  "x.net:4:1: found 'lstm.bias', which has no such parameter, expected one of weight_input, weight_hidden, "
	  "bias_input, bias_hidden" },
	{ HEAD "use x\n", "x.net:4:5: found a network that uses itself ('x'), expected another one" },
	{ HEAD "use nosuch\n", "x.net:4:5: nosuch.net: cannot be read: No such file or directory" },
	{ HEAD "use nosuch 3\n",
	  "x.net:4:12: found a value without a name behind 'use nosuch', expected name=value" },
};

static void errors_name_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		const struct fc_model_request request = request_for("x.net");
		struct fc_error err = { "" };
		struct fc_graph graph;

		if (!fc_model_read(&request, errors[i].text, strlen(errors[i].text), &graph, &err))
			fail_msg("no error from:\n%s", errors[i].text);
		if (strcmp(err.text, errors[i].error))
			fail_msg("found    %s\nexpected %s\nfrom:\n%s", err.text, errors[i].error, errors[i].text);
	}
}

static void bytes_that_are_no_text(void **state)
{
	static const char text[] = HEAD "conv 8 3\0\n" TAIL;
	const struct fc_model_request request = request_for("x.net");
	struct fc_error err = { "" };
	struct fc_graph graph;

	(void)state;
	assert_int_equal(fc_model_read(&request, text, sizeof(text) - 1, &graph, &err), -1);
	assert_string_equal(err.text, "x.net:4:9: found a byte 0, expected text");
}

/* Nesting, in text and when it is carried out, and chains that would be deep trees. */
static void depth_is_limited(void **state)
{
	static const struct {
		const char *before, *again, *middle, *close, *after, *error;
	} cases[] = {
		{ "", "group {\n", "relu", "}\n", TAIL,
		  "x.net:68:7: found braces nested more than 64 deep, expected fewer" },
		{ "conv ", "(", "8", ")", " 3\n" TAIL,
		  "found an expression nested more than 64 deep, expected a simpler one" },
		{ "conv ", "-", "8", "", " 3\n" TAIL,
		  "found an expression nested more than 64 deep, expected a simpler one" },
		{ "conv ", "1+", "8", "", " 3\n" TAIL,
		  "found an expression nested more than 64 deep, expected a simpler one" },
		{ "", "if 1 { ", "relu", "}", "\n" TAIL, "found braces nested more than 64 deep, expected fewer" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fc_model_request request = request_for("x.net");
		struct fc_error err = { "" };
		struct fc_str text = { 0 };
		struct fc_graph graph;

		fc_str_add(&text, HEAD);
		fc_str_add(&text, cases[i].before);
		for (int n = 0; n < 20000; n++)
			fc_str_add(&text, cases[i].again);
		fc_str_add(&text, cases[i].middle);
		for (int n = 0; n < 20000; n++)
			fc_str_add(&text, cases[i].close);
		fc_str_add(&text, cases[i].after);
		assert_int_equal(fc_model_read(&request, text.text, text.length, &graph, &err), -1);
		if (!strstr(err.text, cases[i].error))
			fail_msg("found %s, expected %s", err.text, cases[i].error);
		fc_str_release(&text);
	}
}

/* Blocks that call two blocks each: 2^60 layers in 60 lines. */
static void expansion_is_limited(void **state)
{
	const struct fc_model_request request = request_for("x.net");
	struct fc_error err = { "" };
	struct fc_str text = { 0 };
	struct fc_graph graph;

	(void)state;
	fc_str_add(&text, HEAD);
	for (int i = 0; i < 60; i++)
		fc_str_addf(&text, "block b%d { b%d; b%d }\n", i, i + 1, i + 1);
	fc_str_add(&text, "block b60 { let a = 1 }\nb0\n" TAIL);
	assert_int_equal(fc_model_read(&request, text.text, text.length, &graph, &err), -1);
	assert_non_null(strstr(err.text, ", expected "));
	fc_str_release(&text);
}

static void write_file(const char *path, const char *text)
{
	struct fc_error err = { "" };

	if (fc_file_write(path, text, strlen(text), &err))
		fail_msg("%s", err.text);
}

static void load_error(const char *model, const char *expected)
{
	const struct fc_model_request request = request_for(model);
	struct fc_error err = { "" };
	struct fc_graph graph;

	assert_int_equal(fc_model_load(&request, &graph, &err), -1);
	assert_string_equal(err.text, expected);
}

static void files(void **state)
{
	const struct fc_model_request request = request_for("outer.net");
	struct fc_error err = { "" };
	struct fc_graph graph;
	FILE *huge;

	(void)state;
	write_file("inner.net", "network inner\ninput 3x8x8\nclasses 4\nparam width = 8\nconv width 3\n" TAIL);
	write_file("middle.net", "network middle\nparam wide = 16\nuse inner width=wide\n");
	write_file("outer.net", "network outer\nclasses 7\nuse middle wide=32\n");
	assert_int_equal(fc_model_load(&request, &graph, &err), 0);
	assert_string_equal(graph.name, "outer");
	assert_string_equal(graph.path, "outer.net");
	assert_int_equal(graph.classes, 7);
	assert_int_equal(graph.nodes[1].shape.c, 32);
	fc_graph_release(&graph);
	write_file("bad.net", "network bad\nuse inner widht=3\n");
	load_error("bad.net", "bad.net:2:11: found 'widht', expected a parameter of the network (width)");
	write_file("inner.net", "network inner\ninput 3x8x8\nclasses 4\nparam width = 8\nconv width 9\n" TAIL);
	load_error("outer.net",
		   "inner.net:5:1: layer 'conv': found an input of 8x8, expected at least 9x9 for its window");
	write_file("inner.net", "network inner\nuse outer\n");
	load_error("outer.net", "inner.net:2:5: found a network that uses itself ('outer'), expected another one");
	load_error("./", "./:1:1: found a folder, expected a model file");
	load_error("/dev/zero", "/dev/zero:1:1: found no regular file, expected a model file");
	load_error("./missing.net", "./missing.net: cannot be read: No such file or directory");
	huge = fopen("huge.net", "w");
	assert_non_null(huge);
	assert_int_equal(fseek(huge, 100 << 20, SEEK_SET), 0);
	fputc('x', huge);
	fclose(huge);
	load_error("huge.net", "huge.net:1:1: found a file of 104857601 bytes, expected a model of at most 1048576");
}

static void unknown_settings(void **state)
{
	static const struct {
		const char *setting, *error;
	} cases[] = {
		{ "nonsense", "found the setting 'nonsense', expected NAME=VALUE" },
		{ "=3", "found the setting '=3', expected NAME=VALUE" },
		{ "depth=3", "x.net: found the setting 'depth', expected a parameter of the network (width)" },
		{ "width=", "setting width:1:1: found the end of the file, expected a number, a name or '('" },
		{ "width=3)", "setting width:1:2: found ')', expected the end of the value" },
		{ "width=x", "setting width:1:1: found 'x', expected a number or the name of one" },
		{ "width=1.5", "setting width:1:1: found a number with a fraction for 'width', expected an integer" },
	};
	static const char text[] = HEAD "param width = 8\nconv width 3\n" TAIL;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_model_request request = request_for("x.net");
		struct fc_error err = { "" };
		struct fc_graph graph;

		request.settings = (struct fc_texts){ { cases[i].setting }, 1 };
		assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), -1);
		assert_string_equal(err.text, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_and_sides),
		cmocka_unit_test(names_of_layers),
		cmocka_unit_test(expressions),
		cmocka_unit_test(shapes_and_attributes),
		cmocka_unit_test(values_and_scopes),
		cmocka_unit_test(heads),
		cmocka_unit_test(first_values),
		cmocka_unit_test(beyond_the_plain_form),
		cmocka_unit_test(defaults_inside_braces),
		cmocka_unit_test(settings_and_digest),
		cmocka_unit_test(errors_name_their_place),
		cmocka_unit_test(bytes_that_are_no_text),
		cmocka_unit_test(depth_is_limited),
		cmocka_unit_test(expansion_is_limited),
		cmocka_unit_test(files),
		cmocka_unit_test(unknown_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
