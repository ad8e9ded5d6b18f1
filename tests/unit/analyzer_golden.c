/*
 * Every figure of the reference tables (tests/golden/model_counts.csv, model_training.csv, tool_totals.csv) against
 * the shipped models, to the last digit.
 */
#include "analyzer_golden.h"

static uint64_t count_ops(const struct fc_graph *graph, enum fc_op op, enum fc_pass pass)
{
	uint64_t count = 0;

	for (int i = 0; i < graph->node_count; i++)
		count += graph->nodes[i].op == op && !(pass == FC_PASS_VALIDATE && graph->nodes[i].train_only);
	return count;
}

struct column {
	const char *name;
	uint64_t value;
};

static void forward_counts(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "model_counts.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model"), *const input =
										  text_at(&golden, row, "input");
		const enum fc_pass pass =
			strcmp(text_at(&golden, row, "mode"), "train") ? FC_PASS_VALIDATE : FC_PASS_TRAIN;
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_counts c;
		struct fc_error err = { "" };

		load(model, input, number_at(&golden, row, "num_classes"), &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		assert_int_equal(fc_cost_counts(&table, pass, &c, &err), 0);
		const struct column columns[] = {
			{ "conv_macs", c.conv_macs },
			{ "linear_macs", c.linear_macs },
			{ "bn_elems", c.norm_elements },
			{ "relu_elems", c.relu_elements },
			{ "pool_elems", c.max_pool_out + c.avg_pool_out + c.adaptive_pool_out },
			{ "params", table.params },
			{ "activation_bytes", fc_cost_output_bytes(&graph, pass) },
			{ "n_conv", count_ops(&graph, FC_OP_CONV, pass) },
			{ "n_linear", count_ops(&graph, FC_OP_DENSE, pass) },
			{ "n_bn", count_ops(&graph, FC_OP_BATCH_NORM, pass) },
			{ "n_relu", count_ops(&graph, FC_OP_RELU, pass) + count_ops(&graph, FC_OP_RELU6, pass) },
			{ "conv_bias", c.conv_bias },
			{ "linear_bias", c.linear_bias },
			{ "conv_out", c.conv_out },
			{ "linear_out", c.linear_out },
			{ "maxpool_in", c.max_pool_in },
			{ "maxpool_out", c.max_pool_out },
			{ "avgpool_in", c.avg_pool_in },
			{ "avgpool_out", c.avg_pool_out },
			{ "gap_in", c.adaptive_pool_in },
			{ "gap_out", c.adaptive_pool_out },
			{ "add_elems", c.add_elements },
			{ "mul_elems", c.multiply_elements },
			{ "cat_elems", c.concat_elements },
			{ "otheract_elems", c.other_activation_elements },
		};
		/* Every column is checked but the four that say which row it is. */
		assert_int_equal(sizeof(columns) / sizeof(columns[0]), golden.table.columns - 4);
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			expect(columns[i].value, number_at(&golden, row, columns[i].name), model, input,
			       columns[i].name);
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 54);
	fc_arena_release(&golden.arena);
}

static uint64_t macs(const struct fc_cost_table *table, enum fc_phase phase, enum fc_op op)
{
	uint64_t sum = 0;

	for (int i = 0; i < table->count; i++)
		if (table->costs[i].step.phase == phase && table->graph->nodes[table->costs[i].step.node].op == op)
			sum += table->costs[i].macs;
	return sum;
}

static void training_counts(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "model_training.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model"), *const input =
										  text_at(&golden, row, "input");
		const uint64_t batch = number_at(&golden, row, "batch");
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_counts c;
		struct fc_error err = { "" };
		uint64_t without = 0, first = 0;

		load(model, input, number_at(&golden, row, "num_classes"), &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		assert_int_equal(fc_cost_counts(&table, FC_PASS_TRAIN, &c, &err), 0);
		for (int i = 0; i < graph.node_count; i++)
			if (graph.nodes[i].op == FC_OP_CONV &&
			    !fc_cost_find(&table, (struct fc_step){ i, FC_PHASE_BACKWARD_DATA })) {
				without++;
				first += fc_cost_find(&table, (struct fc_step){ i, FC_PHASE_FORWARD })->macs;
			}
		/* The table is per image. */
		const struct column columns[] = {
			{ "conv_fwd", macs(&table, FC_PHASE_FORWARD, FC_OP_CONV) },
			{ "conv_valid", c.conv_macs_in_bounds },
			{ "first_conv", first },
			{ "conv_dgrad", macs(&table, FC_PHASE_BACKWARD_DATA, FC_OP_CONV) },
			{ "conv_wgrad", macs(&table, FC_PHASE_BACKWARD_WEIGHTS, FC_OP_CONV) },
			{ "n_conv_no_dgrad", without * batch },
			{ "linear_fwd", macs(&table, FC_PHASE_FORWARD, FC_OP_DENSE) },
			{ "linear_bwd", macs(&table, FC_PHASE_BACKWARD_DATA, FC_OP_DENSE) +
						macs(&table, FC_PHASE_BACKWARD_WEIGHTS, FC_OP_DENSE) },
			{ "saved_bytes_per_image", fc_autograd_saved_bytes(&graph) },
		};
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			expect(columns[i].value, batch * number_at(&golden, row, columns[i].name), model, input,
			       columns[i].name);
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 42);
	fc_arena_release(&golden.arena);
}

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
	assert_int_equal(golden.table.rows, 310);
	fc_arena_release(&golden.arena);
}

/* Every shipped network at its own input, as PyTorch counts below autograd, forward and with all gradients. */
static void totals_of_all_models(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "model_totals.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model"), *const input = text_at(&golden, row, "input");
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_error err = { "" };
		uint64_t forward = 0, training = 0;
		char shape[64];

		snprintf(shape, sizeof(shape), "%sx%s", text_at(&golden, row, "batch"), input);
		load(model, shape, number_at(&golden, row, "num_classes"), &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		for (int i = 0; i < table.count; i++) {
			training += table.costs[i].macs;
			forward += table.costs[i].step.phase == FC_PHASE_FORWARD ? table.costs[i].macs : 0;
		}
		expect(table.params, number_at(&golden, row, "params"), model, input, "parameters");
		expect(forward, number_at(&golden, row, "forward_macs"), model, input, "forward MACs");
		expect(training, number_at(&golden, row, "training_macs"), model, input, "training MACs");
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 60);
	fc_arena_release(&golden.arena);
}

/* Single layers as the tools count them, in the words of the model language. */
static void tool_kinds(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "tool_kinds.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const layer = text_at(&golden, row, "layer"), *const input = text_at(&golden, row, "input");
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
	assert_int_equal(golden.table.rows, 360);
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
		cmocka_unit_test(forward_counts),    cmocka_unit_test(training_counts),
		cmocka_unit_test(tool_totals),	     cmocka_unit_test(tool_kinds), cmocka_unit_test(totals_of_all_models),
		cmocka_unit_test(published_roundings), cmocka_unit_test(windows_below_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
