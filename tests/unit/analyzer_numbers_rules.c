/*
 * What makes the difference between rules adds up, for every rule and every shipped network; torchvision's own column; sums in
 * single precision.
 */
#include "analyzer_golden.h"

#include "../../analyzer/list.h"
#include "../../analyzer/rule_terms.h"

static void check_terms(const char *model, const struct fc_cost_table *table, enum fc_pass pass)
{
	const struct fc_rule *rule;

	for (int i = 0; (rule = fc_rule_at(i)); i++) {
		struct fc_error err = { "" };
		struct rule_terms terms;
		struct fc_arena arena;
		uint64_t total, core, sum;

		fc_arena_init(&arena);
		assert_int_equal(fc_rule_terms(rule, table, pass, &arena, &terms, &err), 0);
		assert_int_equal(fc_rule_apply(rule, table, pass, -1, &total, &err), 0);
		assert_int_equal(fc_rule_apply(fc_rule_find("core"), table, pass, -1, &core, &err), 0);
		expect(terms.total, total, model, rule->name, "the total");
		expect(terms.base, core * (strcmp(rule->unit, "FLOP") ? 1 : 2), model, rule->name, "the base");
		sum = terms.base;
		for (int t = 0; t < terms.count; t++) {
			assert_true(!terms.terms[t].added != !terms.terms[t].omitted);
			/* What is said as a product is one. */
			if (terms.terms[t].weight > 1)
				expect(terms.terms[t].added, terms.terms[t].weight * terms.terms[t].count, model,
				       rule->name, terms.terms[t].what);
			sum += terms.terms[t].added - terms.terms[t].omitted;
		}
		expect(sum, total, model, rule->name, "the sum of its terms");
		expect(terms.added - terms.omitted, total - terms.base, model, rule->name, "the difference");
		fc_arena_release(&arena);
	}
}

static void terms_add_up(void **state)
{
	struct fc_error err = { "" };
	struct fc_arena arena;
	char **names;
	int count;

	(void)state;
	setenv("FLOPCLOCK_SHARE", source_root(), 1);
	fc_arena_init(&arena);
	assert_int_equal(fc_list_names(&arena, &names, &count, &err), 0);
	assert_true(count > 50);
	for (int i = 0; i < count; i++) {
		struct fc_cost_table table;
		struct fc_graph graph;

		load(names[i], "", 0, &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		check_terms(names[i], &table, FC_PASS_VALIDATE);
		check_terms(names[i], &table, FC_PASS_TRAIN);
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	free(names);
	fc_arena_release(&arena);
}

/* Kinds of layers that few networks have. */
static void terms_of_kinds(void **state)
{
	static const char text[] =
		"network x\ninput 6x8x8\nclasses 4\nconv_transpose 4 3 stride=2 groups=2\nleaky_relu\n"
		"resize scale=2 bilinear\nlayer_norm\ngroup_norm 2\na: linear 7\nb: lstm 5 from a\nc: gru 5 from a\n"
		"s: add b c\nmatmul s c transpose_b\nsoftmax axis=3\nadaptive_max_pool 2\ndense 4\noutput\n";
	const struct fc_model_request request = { .model = "x.net", .batch = 2 };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;

	(void)state;
	if (fc_model_read(&request, text, strlen(text), &graph, &err))
		fail_msg("%s", err.text);
	assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
	check_terms("x", &table, FC_PASS_VALIDATE);
	fc_cost_release(&table);
	fc_graph_release(&graph);
}

static void in_words(void **state)
{
	struct fc_error err = { "" };
	struct rule_terms terms;
	struct fc_cost_table table;
	struct fc_graph graph;
	struct fc_arena arena;
	struct fc_str text = { 0 };

	(void)state;
	load("densenet161", "", 1000, &graph);
	assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
	fc_arena_init(&arena);
	assert_int_equal(fc_rule_terms(fc_rule_find("thop"), &table, FC_PASS_VALIDATE, &arena, &terms, &err), 0);
	fc_rule_terms_text(&terms, &text);
	assert_string_equal(text.text, "4 x batch-norm elements = 117,656,448; avg_pool outputs of modules = 277,536");
	fc_str_clear(&text);
	assert_int_equal(fc_rule_terms(fc_rule_find("in-bounds"), &table, FC_PASS_VALIDATE, &arena, &terms, &err), 0);
	fc_rule_terms_text(&terms, &text);
	assert_string_equal(text.text, "less products with padding = 148,459,392");
	fc_str_release(&text);
	fc_arena_release(&arena);
	fc_cost_release(&table);
	fc_graph_release(&graph);
}

/* "1.814" in thousandths. */
static uint64_t thousandths(const char *text)
{
	double value;

	assert_true(fc_parse_double(text, &value));
	return (uint64_t)(1000 * value + 0.5);
}

/* GMACs to three decimals, as torchvision's metadata has them. */
static void torchvision_column(void **state)
{
	struct golden golden;

	(void)state;
	read_golden(&golden, "torchvision_ops.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model"), *const input =
										  text_at(&golden, row, "input");
		struct fc_error err = { "" };
		struct fc_cost_table table;
		struct fc_graph graph;
		uint64_t total;

		load(model, input, number_at(&golden, row, "classes"), &graph);
		assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
		assert_int_equal(
			fc_rule_apply(fc_rule_find("torchvision"), &table, FC_PASS_VALIDATE, -1, &total, &err), 0);
		expect((total + 500000) / 1000000, thousandths(text_at(&golden, row, "ops")), model, input, "_ops");
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_true(golden.table.rows > 50);
	fc_arena_release(&golden.arena);
}

/* Forward of conv_valid; in backward as many for each gradient, none for that of the images. */
static void in_bounds_of_training(void **state)
{
	const struct fc_cost_options options = { .in_bounds = true };
	struct golden golden;

	(void)state;
	read_golden(&golden, "model_training.csv");
	for (size_t row = 0; row < golden.table.rows; row++) {
		const char *const model = text_at(&golden, row, "model"), *const input =
										  text_at(&golden, row, "input");
		const uint64_t valid = number_at(&golden, row, "conv_valid"),
			       linear = number_at(&golden, row, "linear_fwd");
		uint64_t macs[FC_PHASE_COUNT] = { 0 }, first = 0, rule;
		struct fc_error err = { "" };
		struct fc_cost_table table;
		struct fc_graph graph;

		load(model, input, number_at(&golden, row, "num_classes"), &graph);
		assert_int_equal(fc_cost_build_as(&graph, &options, &table, &err), 0);
		for (int i = 0; i < table.count; i++)
			macs[table.costs[i].step.phase] += table.costs[i].macs;
		for (int n = 1; n < graph.node_count; n++)
			if (graph.nodes[n].op == FC_OP_CONV &&
			    !fc_cost_find(&table, (struct fc_step){ n, FC_PHASE_BACKWARD_DATA }))
				first += table.counts[n].conv_macs_in_bounds;
		expect(macs[FC_PHASE_FORWARD], (uint64_t)graph.batch * (valid + linear), model, input,
		       "forward in bounds");
		expect(macs[FC_PHASE_BACKWARD_WEIGHTS], macs[FC_PHASE_FORWARD], model, input, "weights in bounds");
		expect(macs[FC_PHASE_BACKWARD_DATA], macs[FC_PHASE_FORWARD] - first, model, input, "data in bounds");
		assert_int_equal(fc_rule_apply(fc_rule_find("in-bounds"), &table, FC_PASS_TRAIN, -1, &rule, &err), 0);
		expect(rule, macs[FC_PHASE_FORWARD], model, input, "the rule in-bounds");
		fc_cost_release(&table);
		fc_graph_release(&graph);
	}
	assert_true(golden.table.rows > 30);
	fc_arena_release(&golden.arena);
}

/* The last layer is lost in the rounding of those before it. */
static void single_precision(void **state)
{
	static const char text[] = "network x\ninput 64x256x256\nclasses 1\nconv 64 3 pad=1 "
				   "bias=false\nadaptive_avg_pool 1\ndense 1\noutput\n";
	const struct fc_model_request request = { .model = "x.net", .batch = 1 };
	struct fc_error err = { "" };
	struct fc_cost_table table;
	struct fc_graph graph;
	uint64_t total;

	(void)state;
	if (fc_model_read(&request, text, strlen(text), &graph, &err))
		fail_msg("%s", err.text);
	assert_int_equal(fc_cost_build(&graph, &table, &err), 0);
	assert_int_equal(fc_rule_apply(fc_rule_find("thop-2019"), &table, FC_PASS_VALIDATE, 3, &total, &err), 0);
	assert_int_equal(total, 127);
	assert_int_equal(fc_rule_apply(fc_rule_find("thop-2019"), &table, FC_PASS_VALIDATE, -1, &total, &err), 0);
	/* 2^22 * 576 is 9 * 2^28, behind which the next float is 256 away; the pool's 2^22 + 64 is rounded to 2^22. */
	assert_int_equal(total, UINT64_C(4194304) * 576 + 4194304);
	fc_cost_release(&table);
	fc_graph_release(&graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(terms_add_up),
		cmocka_unit_test(terms_of_kinds),
		cmocka_unit_test(in_words),
		cmocka_unit_test(torchvision_column),
		cmocka_unit_test(in_bounds_of_training),
		cmocka_unit_test(single_precision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
