/*
 * The shipped models at many input sizes (tests/golden/model_sizes.csv: an empty cell is an input that must be refused), and
 * layer by layer (model_layers.csv), against torchvision's figures.
 */
#include "analyzer_golden.h"

static void sizes(void **state)
{
	struct golden golden;
	int refused = 0;

	(void)state;
	read_golden(&golden, "model_sizes.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model"), *const input = text_at(&golden, row, "input");
		const bool fits = *text_at(&golden, row, "macs");
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_counts c;
		struct fc_error err = { "" };

		if (!fits) {
			assert_int_equal(try_load(model, input, 10, &graph, &err), -1);
			assert_non_null(strstr(err.text, "found an input of "));
			refused++;
			continue;
		}
		load(model, input, number_at(&golden, row, "num_classes"), &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		/* With auxiliary heads the table has the forward pass of training. */
		assert_int_equal(fc_cost_counts(&table, FC_PASS_TRAIN, &c, &err), 0);
		expect(c.conv_macs + c.linear_macs, number_at(&golden, row, "macs"), model, input, "MACs");
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 178);
	assert_int_equal(refused, 14);
	fc_arena_release(&golden.arena);
}

/* "layer1" stands for the layer of that name and for all whose names begin with "layer1."; "a+b" for both. */
static bool belongs(const char *layer, const char *names)
{
	while (*names) {
		const size_t length = strcspn(names, "+");

		if (!strncmp(layer, names, length) && (!layer[length] || layer[length] == '.'))
			return true;
		names += length + (names[length] == '+');
	}
	return false;
}

static void layers(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "model_layers.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model"), *const names = text_at(&golden, row, "layers");
		uint64_t params = 0, macs = 0;
		struct fc_cost_table table;
		struct fc_graph graph;
		struct fc_error err = { "" };
		char shape[64] = "no such layer";

		load(model, "3x224x224", 1000, &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		for (int i = 1; i < graph.node_count; i++) {
			const struct fc_cost *const cost = fc_cost_find(&table, (struct fc_step){ i, FC_PHASE_FORWARD });

			if (!belongs(graph.nodes[i].name, names))
				continue;
			params += cost->params;
			macs += cost->macs;
			snprintf(shape, sizeof(shape), "%dx%dx%d", (int)graph.nodes[i].shape.c, (int)graph.nodes[i].shape.h,
				 (int)graph.nodes[i].shape.w);
		}
		assert_string_equal(shape, text_at(&golden, row, "output"));
		expect(params, number_at(&golden, row, "params"), model, names, "parameters");
		expect(macs, number_at(&golden, row, "macs"), model, names, "MACs");
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_int_equal(golden.table.rows, 106);
	fc_arena_release(&golden.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
