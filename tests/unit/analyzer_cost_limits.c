/* What every table of costs keeps to: its order, 64 bits, the smallest images, batches as factors. */
#include "analyzer_cost.h"

static void the_table_is_in_order(void **state)
{
	struct loaded l;
	int previous = 0;

	(void)state;
	load_text(&l, "network x\ninput 3x4x4\nclasses 4\nconv 3 1\nbatch_norm\nrelu\ndense 4\noutput\n", 1);
	for (int i = 0; i < l.table.count; i++) {
		const struct fc_cost *const c = &l.table.costs[i];
		const bool late = c->step.phase == FC_PHASE_INPUT || c->step.phase == FC_PHASE_LOSS;
		const int key = late ? 1000 + (int)c->step.phase : c->step.node * 8 + (int)c->step.phase;

		assert_true(key > previous);
		previous = key;
		assert_ptr_equal(fc_cost_find(&l.table, c->step), c);
	}
	assert_null(fc_cost_find(&l.table, (struct fc_step){ 0, FC_PHASE_FORWARD }));
	assert_null(fc_cost_find(&l.table, (struct fc_step){ 3, FC_PHASE_LOSS }));
	release(&l);
}

/* Eight images, 2^36 outputs each, 2^24 products per output: 2^63 MACs still fit, twice as many FLOPs do not. */
static void what_does_not_fit(void **state)
{
	static const char format[] = "network x\ninput 16x1024x1024\nclasses 2\nconv 65536 1024 pad=512 stride=%d\n"
				     "adaptive_avg_pool 1\ndense 2\noutput\n";
	const struct fc_model_request request = { .model = "x.net", .batch = 8 };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;
	struct loaded l;
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), format, 4);
	load_text(&l, text, 8);
	assert_true(l.table.counts[1].conv_macs > UINT64_C(1) << 56);
	release(&l);
	snprintf(text, sizeof(text), format, 1);
	assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), 0);
	assert_int_equal(fc_cost_build(&graph, &table, &err), -1);
	assert_string_equal(err.text, "x.net: layer 'conv' (line 4): its FLOPs do not fit 64 bits");
	fc_graph_release(&graph);
}

static void expect_overflow(const char *text, int64_t batch, const char *error)
{
	const struct fc_model_request request = { .model = "x.net", .batch = batch };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;

	if (fc_model_read(&request, text, strlen(text), &graph, &err))
		fail_msg("%s", err.text);
	assert_int_equal(fc_cost_build(&graph, &table, &err), -1);
	assert_string_equal(err.text, error);
	fc_graph_release(&graph);
}

/* 2^63 products of a transposed convolution; products of matrices of 2^60 each, of which eight are too many. */
static void what_else_does_not_fit(void **state)
{
	struct loaded l;

	(void)state;
	expect_overflow(
		"network x\ninput 16x1024x1024\nclasses 2\nconv_transpose 65536 1024 pad=512\nadaptive_avg_pool 1\n"
		"dense 2\noutput\n",
		8, "x.net: layer 'conv_transpose' (line 4): its FLOPs do not fit 64 bits");
	load_text(&l,
		  "network x\ninput 256x65536x65536\nclasses 2\nm: reshape 1 1048576 1048576\np: matmul m m\n"
		  "adaptive_avg_pool 1\ndense 2\noutput\n",
		  1);
	assert_int_equal(l.table.counts[2].matmul_macs, UINT64_C(1) << 60);
	assert_int_equal(cost_of(&l, 2, FC_PHASE_FORWARD)->flops, UINT64_C(1) << 61);
	release(&l);
	expect_overflow(
		"network x\ninput 256x65536x65536\nclasses 2\nm: reshape 1 1048576 1048576\nkeep all = m\n"
		"for i in 1..8 { p{i}: matmul m m; a{i}: adaptive_avg_pool 1; keep all = all a{i} }\n"
		"first: adaptive_avg_pool 1 from m\nrest: concat a1 a2 a3 a4 a5 a6 a7 a8 first\ndense 2\noutput\n",
		1, "x.net: layer 'p8' (line 6): its costs, added to those before it, do not fit 64 bits");
}

/* -------- the smallest images -------- */

static void smallest_inputs(void **state)
{
	static const struct {
		const char *model;
		int smallest;
		const char *layer; /* that refuses one pixel less */
	} cases[] = {
		{ "alexnet", 63, "features.12" },
		{ "vgg11", 32, "features.20" },
		{ "vgg16", 32, "features.30" },
		{ "googlenet", 15, "maxpool3" },
		{ "resnet18", 1, "" },
		{ "resnet34", 1, "" },
		{ "densenet121", 29, "transition3.pool" },
		{ "densenet161", 29, "transition3.pool" },
		{ "lenet5", 28, "pool2" },
		{ "resnet50", 1, "" },
		{ "inception_v3", 75, "Mixed_7a.branch3x3_2.conv" },
		{ "squeezenet1_0", 21, "features.11" },
		{ "squeezenet1_1", 17, "features.8" },
		{ "mobilenet_v2", 1, "" },
		{ "mobilenet_v3_small", 1, "" },
		{ "shufflenet_v2_x1_0", 1, "" },
		{ "efficientnet_b0", 1, "" },
	};

	(void)state;
	setenv("FLOPCLOCK_SHARE", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_model_request request = { .model = cases[i].model, .batch = 2 };
		struct fc_error err = { "" };
		struct fc_graph graph;

		request.input[0] = strcmp(cases[i].model, "lenet5") ? 3 : 1;
		request.input[1] = request.input[2] = cases[i].smallest;
		if (fc_model_load(&request, &graph, &err))
			fail_msg("%s", err.text);
		fc_graph_release(&graph);
		if (cases[i].smallest == 1)
			continue;
		request.input[1] = request.input[2] = cases[i].smallest - 1;
		assert_int_equal(fc_model_load(&request, &graph, &err), -1);
		if (!strstr(err.text, cases[i].layer))
			fail_msg("%s, expected %s to be named", err.text, cases[i].layer);
	}
}

/* "Every larger size is accepted": no hole above the smallest. */
static void larger_inputs(void **state)
{
	static const struct {
		const char *model;
		int smallest;
	} cases[] = {
		{ "alexnet", 63 }, { "vgg16", 32 }, { "googlenet", 15 }, { "resnet18", 1 }, { "densenet121", 29 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int size = cases[i].smallest; size < 70; size++) {
			struct fc_model_request request = { .model = cases[i].model,
							    .input = { 3, size, size + 3 },
							    .batch = 1 };
			struct fc_error err = { "" };
			struct fc_graph graph;

			if (fc_model_load(&request, &graph, &err))
				fail_msg("%s", err.text);
			fc_graph_release(&graph);
		}
}

static void rules_are_whole(void **state)
{
	const struct fc_rule *rule;
	int count = 0;

	(void)state;
	for (; (rule = fc_rule_at(count)); count++) {
		assert_true(rule->name && rule->version && rule->formula && rule->source);
		assert_true(!strcmp(rule->unit, "MAC") || !strcmp(rule->unit, "FLOP"));
		assert_ptr_equal(fc_rule_find(rule->name), rule);
	}
	assert_true(count >= 6);
	assert_null(fc_rule_find("nonsense"));
	assert_null(fc_rule_at(-1));
	/* Halves go up, and doubling comes after rounding. */
	assert_int_equal(fc_rule_published_hundredths(714206912), 142);
	assert_int_equal(fc_rule_published_hundredths(7845841056), 1570);
	assert_int_equal(fc_rule_published_hundredths(4999999), 0);
	assert_int_equal(fc_rule_published_hundredths(5000000), 2);
}

/* A batch multiplies every count but the parameters and what belongs to them. */
static void batch_is_a_factor(void **state)
{
	const struct fc_model_request one = { .model = "resnet18", .input = { 3, 64, 64 }, .batch = 1 };
	const struct fc_model_request many = { .model = "resnet18", .input = { 3, 64, 64 }, .batch = 48 };
	struct fc_cost_table a, b;
	struct fc_graph g, h;
	struct fc_error err = { "" };

	(void)state;
	assert_int_equal(fc_model_load(&one, &g, &err) || fc_model_load(&many, &h, &err), 0);
	assert_int_equal(fc_cost_build(&g, &a, &err) || fc_cost_build(&h, &b, &err), 0);
	assert_int_equal(a.count, b.count);
	assert_int_equal(a.params, b.params);
	for (int i = 0; i < a.count; i++) {
		assert_int_equal(48 * a.costs[i].macs, b.costs[i].macs);
		if (a.costs[i].step.phase == FC_PHASE_UPDATE)
			assert_int_equal(a.costs[i].flops, b.costs[i].flops);
	}
	fc_cost_release(&a);
	fc_cost_release(&b);
	fc_graph_release(&g);
	fc_graph_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_in_order),  cmocka_unit_test(what_does_not_fit),
		cmocka_unit_test(what_else_does_not_fit), cmocka_unit_test(smallest_inputs),
		cmocka_unit_test(larger_inputs),	  cmocka_unit_test(rules_are_whole),
		cmocka_unit_test(batch_is_a_factor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
