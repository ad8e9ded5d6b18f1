/* What counting tools print for networks and single layers (tests/golden/tool_*.csv), to the last digit. */
#include "analyzer_golden.h"

static void tool_totals(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "tool_totals.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model");
		const struct fc_rule *const rule = fc_rule_find(text_at(&golden, row, "rule"));
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_error err = { "" };
		uint64_t total = 0, sum = 0, part;

		assert_non_null(rule);
		load(model, "", 1000, &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		assert_int_equal(fc_rule_apply(rule, &table, FC_PASS_VALIDATE, -1, &total, &err), 0);
		expect(total, number_at(&golden, row, "total"), model, "its own input", rule->name);
		for (int i = 0; i < graph.node_count; i++) {
			assert_int_equal(fc_rule_apply(rule, &table, FC_PASS_VALIDATE, i, &part, &err), 0);
			sum = rule->single ? (uint64_t)((float)sum + (float)part) : sum + part;
		}
		expect(sum, total, model, "its own input", "the sum over layers");
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 399);
	fc_arena_release(&golden.arena);
}

/* What runs in training, auxiliary heads too, by tools that count it in training mode. */
static void tool_training(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "tool_training.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const name = text_at(&golden, row, "model");
		const struct fc_rule *const rule = fc_rule_find(text_at(&golden, row, "rule"));
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_error err = { "" };
		uint64_t total = 0;
		char model[64];

		assert_non_null(rule);
		snprintf(model, sizeof(model), "%s%s", name,
			 strcmp(name, "googlenet") && strcmp(name, "inception_v3") ? "" : "_aux");
		load(model, strcmp(name, "inception_v3") ? "2x3x224x224" : "2x3x299x299", 1000, &graph);
		assert_int_equal(graph.batch, number_at(&golden, row, "batch"));
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		assert_int_equal(fc_rule_apply(rule, &table, FC_PASS_TRAIN, -1, &total, &err), 0);
		expect(total, number_at(&golden, row, "total"), model, "training", rule->name);
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 72);
	fc_arena_release(&golden.arena);
}

/* Single layers as the tools count them, in the words of the model language. */
static void tool_kinds(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "tool_kinds.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const layer = text_at(&golden, row, "layer"), *const input =
										  text_at(&golden, row, "input");
		const struct fc_rule *const rule = fc_rule_find(text_at(&golden, row, "rule"));
		const struct fc_model_request request = { .model = "x.net", .batch = 1 };
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_error err = { "" };
		uint64_t total;
		char text[512];

		assert_non_null(rule);
		snprintf(text, sizeof(text), "network x\ninput %s\nclasses 1\n%s\ndense 1\noutput\n", input, layer);
		if (fc_model_read(&request, text, strlen(text), &graph, &err))
			fail_msg("%s", err.text);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		assert_int_equal(fc_rule_apply(rule, &table, FC_PASS_VALIDATE, 1, &total, &err), 0);
		expect(total, number_at(&golden, row, "total"), layer, input, rule->name);
		/* What a rule says not to know, its tool has printed as nothing. */
		assert_true(fc_rule_sees(rule, &table, 1) || !total);
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 1045);
	fc_arena_release(&golden.arena);
}

/* The published table: GMACs by rule thop to two decimals, then doubled. 15.70 stands there as "157". */
static void published_roundings(void **state)
{
	static const struct {
		const char *model;
		uint64_t hundredths;
	} published[] = { { "alexnet", 142 },
			  { "vgg16", 3094 },
			  { "googlenet", 302 },
			  { "resnet18", 364 },
			  { "densenet161", 1570 } };

	(void)state;
	for (size_t i = 0; i < sizeof(published) / sizeof(published[0]); i++) {
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_error err = { "" };
		uint64_t total;

		load(published[i].model, "1x3x224x224", 1000, &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		assert_int_equal(fc_rule_apply(fc_rule_find("thop"), &table, FC_PASS_VALIDATE, -1, &total, &err), 0);
		assert_int_equal(fc_rule_published_hundredths(total), published[i].hundredths);
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
}

/* Below 224 an adaptive pool repeats values; thop's two versions differ in how they count that. */
static void windows_below_one(void **state)
{
	static const struct {
		const char *rule;
		uint64_t pool;
	} expected[] = { { "thop", 10240 }, { "thop-2020", 9216 } };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_error err = { "" };
		uint64_t total = 0;

		load("alexnet", "1x3x96x96", 10, &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		for (int n = 0; n < graph.node_count; n++)
			if (graph.nodes[n].op == FC_OP_ADAPTIVE_AVG_POOL)
				assert_int_equal(fc_rule_apply(fc_rule_find(expected[i].rule), &table,
							       FC_PASS_VALIDATE, n, &total, &err),
						 0);
		assert_int_equal(total, expected[i].pool);
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tool_totals),	     cmocka_unit_test(tool_training),
		cmocka_unit_test(tool_kinds),	     cmocka_unit_test(published_roundings),
		cmocka_unit_test(windows_below_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
