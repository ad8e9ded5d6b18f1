/*
 * The model language: what it means.
 */
#include "analyzer_model.h"

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

/* An answer that is no row of classes is counted; then nobody has to say how many classes there are. */
static void heads_of_any_shape(void **state)
{
	static const char text[] = "network x\ninput 3x8x8\na: conv 6 3\noutput any_shape\n"
				   "b: conv 2 1\noutput any_shape train_only from b\n";
	struct fc_model_request request = request_for("x.net");
	struct fc_error err = { "" };
	struct fc_graph graph;

	(void)state;
	read_or_fail(text, &graph);
	assert_int_equal(graph.classes, 6);
	assert_int_equal(graph.head_count, 2);
	assert_int_equal(fc_graph_check_trainable(&graph, &err), -1);
	assert_string_equal(err.text, "x.net: cannot be trained: its output 'a' may have any shape, for which there is no loss");
	fc_graph_release(&graph);
	request.classes = 7;
	assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), -1);
	assert_non_null(strstr(err.text, "found no 'classes' to be 7, expected 'classes NUMBER'"));
	/* With a loss beside it the network is still no classifier. */
	read_or_fail(HEAD "a: dense classes\noutput\nconv 2 1\noutput any_shape train_only\n", &graph);
	assert_int_equal(graph.classes, 10);
	assert_non_null(graph.untrainable);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(splits_and_sides),
		cmocka_unit_test(names_of_layers),
		cmocka_unit_test(expressions),
		cmocka_unit_test(shapes_and_attributes),
		cmocka_unit_test(values_and_scopes),
		cmocka_unit_test(heads),
		cmocka_unit_test(heads_of_any_shape),
		cmocka_unit_test(first_values),
		cmocka_unit_test(beyond_the_plain_form),
		cmocka_unit_test(defaults_inside_braces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
