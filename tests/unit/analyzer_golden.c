/*
 * Every figure of the reference tables (tests/golden/model_counts.csv, model_training.csv, model_totals.csv) against the shipped
 * models, to the last digit.
 */
#include <math.h>

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
		const double forward = (double)(columns[0].value + columns[6].value);
		const double backward = (double)(columns[3].value + columns[4].value + columns[7].value);
		for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
			expect(columns[i].value, batch * number_at(&golden, row, columns[i].name), model, input,
			       columns[i].name);
		/* All digits that the table has. */
		assert_true(fabs(backward / forward - strtod(text_at(&golden, row, "bwd_over_fwd"), NULL)) <=
			    0.51e-6);
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 42);
	fc_arena_release(&golden.arena);
}

/* Every shipped network at its own input, as PyTorch counts below autograd, forward and with all gradients. */
static void totals_of_all_models(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "model_totals.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model"), *const input =
										  text_at(&golden, row, "input");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forward_counts),
		cmocka_unit_test(training_counts),
		cmocka_unit_test(totals_of_all_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
