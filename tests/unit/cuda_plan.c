/*
 * Every convolution of every shipped model, in every phase and precision, has a plan for an H100: the real cuDNN makes it, without
 * a device. How many are on tensor cores, and what they want as workspace, is kept per version of cuDNN.
 */
#include "cuda_plan_fixture.h"

#ifdef HAVE_CUDA

#include "flopclock/csv.h"

/* In the order of tests/golden/plans_h100.csv; whatever else lies in the folder of models is planned too. */
static const char *const models[] = { "lenet5",	  "alexnet",  "vgg11",	     "vgg16",	   "googlenet",
				      "resnet18", "resnet34", "densenet121", "densenet161" };

#define MODELS (sizeof(models) / sizeof(models[0]))

struct totals {
	int plans, tensor_cores, nondeterministic;
	uint64_t workspace_bytes;
};

/* Fails for a plan that is missing or breaks a condition. */
static void check_plan(const struct fc_graph *graph, const struct fc_plan *plan, enum fc_precision precision)
{
	const struct fc_node *const node = &graph->nodes[plan->step.node];
	const bool forward = plan->step.phase == FC_PHASE_FORWARD;
	const char *wrong = NULL;

	if (!plan->found)
		wrong = plan->why;
	else if (plan->workspace_bytes > CONV_WORKSPACE_BYTES)
		wrong = "wants too much workspace";
	else if (precision == FC_PRECISION_FP32 && plan->tensor_cores)
		wrong = "is on tensor cores";
	else if (strstr(plan->notes, "runtime_compilation"))
		wrong = "has to be compiled first";
	else if (strstr(plan->notes, "winograd") || strstr(plan->notes, "fft") ||
		 strstr(plan->notes, "reduced_precision"))
		wrong = plan->notes;
	else if (plan->bias != (forward && node->attributes.bias))
		wrong = "adds the bias in another place";
	else if (plan->candidates < 1 || plan->engine < 0)
		wrong = "is not one of any candidates";
	if (wrong)
		fail_msg("%s %s %s %s: %s", graph->name, node->name, fc_phase_name(plan->step.phase),
			 fc_precision_name(precision), wrong);
}

static struct totals plan_graph(void *planner, const struct fc_graph *graph, enum fc_precision precision)
{
	struct totals totals = { 0 };
	struct fc_error err;
	struct fc_plan plan;

	for (int node = 0; node < graph->node_count; node++)
		for (int phase = FC_PHASE_FORWARD; phase <= FC_PHASE_BACKWARD_WEIGHTS; phase++) {
			const struct fc_step step = { node, (enum fc_phase)phase };

			if (!runs(graph, node, phase))
				continue;
			if (fc_planner_cudnn.plan(planner, graph, step, &plan, &err))
				fail_msg("%s %s", graph->name, err.text);
			check_plan(graph, &plan, precision);
			totals.plans++;
			totals.tensor_cores += plan.tensor_cores;
			totals.nondeterministic += !plan.deterministic;
			if (plan.workspace_bytes > totals.workspace_bytes)
				totals.workspace_bytes = plan.workspace_bytes;
		}
	return totals;
}

/* One for each precision, for all tests: equal convolutions are planned once. */
struct planners {
	void *of[FC_PRECISION_COUNT];
};

static void *planner_for(struct planners *planners, enum fc_precision precision)
{
	if (!planners->of[precision])
		planners->of[precision] = open_planner("h100", precision);
	return planners->of[precision];
}

static int close_planners(void **state)
{
	struct planners *const planners = *state;

	for (int p = 0; p < FC_PRECISION_COUNT; p++)
		if (planners->of[p])
			fc_planner_cudnn.close(planners->of[p]);
	return 0;
}

static int no_planners(void **state)
{
	static struct planners planners;

	*state = &planners;
	return 0;
}

static struct totals plan_model(struct planners *planners, const char *model, enum fc_precision precision)
{
	struct totals totals;
	struct fc_graph graph;

	if (!load_model(model, &graph))
		fail_msg("there is no model %s", model);
	totals = plan_graph(planner_for(planners, precision), &graph, precision);
	fc_graph_release(&graph);
	return totals;
}

static void check_row(const struct fc_csv_table *table, size_t row, const struct totals *t)
{
	struct fc_str found = { 0 };

	fc_str_addf(&found, "%d,%d,%d,%llu", t->plans, t->tensor_cores, t->nondeterministic,
		    (unsigned long long)t->workspace_bytes);
	if (row >= table->rows)
		fail_msg("the golden table has %zu rows only; found %s", table->rows, found.text);
	struct fc_str expected = { 0 };
	for (int column = 3; column < table->columns; column++)
		fc_str_addf(&expected, "%s%s", column > 3 ? "," : "", fc_csv_cell(table, row, column));
	if (strcmp(found.text, expected.text))
		fail_msg("%s %s: found %s, expected %s", fc_csv_cell(table, row, 1), fc_csv_cell(table, row, 2),
			 found.text, expected.text);
	fc_str_release(&found);
	fc_str_release(&expected);
}

/* The rows that belong to a version of cuDNN; `rows` 0: none do. */
static size_t first_row(const struct fc_csv_table *table, uint64_t version, size_t *rows)
{
	size_t first = table->rows;

	*rows = 0;
	for (size_t row = table->rows; row-- > 0;)
		if (strtoull(fc_csv_cell(table, row, 0), NULL, 10) == version) {
			first = row;
			++*rows;
		}
	return first;
}

static void read_golden(struct fc_arena *arena, struct fc_csv_table *table)
{
	const char *const root = getenv("FC_ROOT");
	struct fc_str path = { 0 };
	struct fc_error err;

	fc_str_addf(&path, "%s/tests/golden/plans_h100.csv", root ? root : ".");
	if (fc_csv_read(path.text, 1 << 20, arena, table, &err))
		fail_msg("%s", err.text);
	fc_str_release(&path);
}

/* Small images leave little to a tensor core: what LeNet takes says nothing. */
static void check_loosely(const char *model, enum fc_precision precision, const struct totals *t)
{
	if (precision == FC_PRECISION_FP32)
		assert_int_equal(t->tensor_cores, 0);
	else if (strcmp(model, "lenet5") && 5 * t->tensor_cores < 4 * t->plans)
		fail_msg("%s %s: %d of %d plans are on tensor cores", model, fc_precision_name(precision),
			 t->tensor_cores, t->plans);
}

static void test_named_models(void **state)
{
	struct fc_arena arena = { 0 };
	struct libraries libraries;
	struct fc_csv_table table;
	size_t rows, row;

	open_libraries(&libraries);
	read_golden(&arena, &table);
	row = first_row(&table, libraries.version[LIBRARY_CUDNN], &rows);
	if (!rows)
		print_message("no figures are kept for version %llu of cuDNN: checked loosely\n",
			      (unsigned long long)libraries.version[LIBRARY_CUDNN]);
	else
		assert_int_equal(rows, MODELS * FC_PRECISION_COUNT);
	for (size_t m = 0; m < MODELS; m++)
		for (int p = 0; p < FC_PRECISION_COUNT; p++) {
			const struct totals t = plan_model(*state, models[m], (enum fc_precision)p);

			check_loosely(models[m], (enum fc_precision)p, &t);
			if (rows)
				check_row(&table, row++, &t);
		}
	fc_arena_release(&arena);
}

static void plan_file(struct planners *planners, const char *folder, const char *file)
{
	struct fc_str path = { 0 };

	fc_str_addf(&path, "%s/%s", folder, file);
	for (int p = 0; p < FC_PRECISION_COUNT; p++)
		plan_model(planners, path.text, (enum fc_precision)p);
	fc_str_release(&path);
}

/* Of a family of models its first one. */
static void test_every_model_file(void **state)
{
	struct libraries libraries;
	struct fc_str folder = { 0 };
	struct dirent *entry;
	struct fc_error err;
	int files = 0;
	DIR *dir;

	open_libraries(&libraries);
	assert_int_equal(fc_share_dir("models", &folder, &err), 0);
	dir = opendir(folder.text);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *const ending = strrchr(entry->d_name, '.');

		if (!ending || strcmp(ending, ".net"))
			continue;
		plan_file(*state, folder.text, entry->d_name);
		files++;
	}
	closedir(dir);
	fc_str_release(&folder);
	assert_true(files >= 5);
}

/* A ReLU that alone reads a convolution with bias is computed with it; a sigmoid is not. */
static void test_fused_relu(void **state)
{
	static const struct {
		const char *model;
		int bias, relu;
	} cases[] = { { "alexnet", 5, 5 }, { "vgg16", 13, 13 }, { "lenet5", 2, 0 }, { "resnet18", 0, 0 } };
	struct libraries libraries;

	open_libraries(&libraries);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *const planner = planner_for(*state, FC_PRECISION_TF32);
		int bias = 0, relu = 0;
		struct fc_graph graph;
		struct fc_plan plan;
		struct fc_error err;

		assert_true(load_model(cases[i].model, &graph));
		for (int n = 0; n < graph.node_count; n++) {
			if (!runs(&graph, n, FC_PHASE_FORWARD))
				continue;
			assert_int_equal(fc_planner_cudnn.plan(planner, &graph,
							       (struct fc_step){ n, FC_PHASE_FORWARD }, &plan, &err),
					 0);
			bias += plan.bias;
			relu += plan.relu;
		}
		assert_int_equal(bias, cases[i].bias);
		assert_int_equal(relu, cases[i].relu);
		fc_graph_release(&graph);
	}
}

/* Other layers and phases have no plan. */
static void test_no_convolution(void **state)
{
	struct libraries libraries;
	struct fc_graph graph;
	struct fc_plan plan;
	struct fc_error err;
	void *planner;

	open_libraries(&libraries);
	planner = planner_for(*state, FC_PRECISION_TF32);
	assert_true(load_model("lenet5", &graph));
	assert_int_equal(fc_planner_cudnn.plan(planner, &graph, (struct fc_step){ 0, FC_PHASE_FORWARD }, &plan, &err),
			 -1);
	assert_string_equal(err.text, "input, forward: is no phase of a convolution");
	assert_int_equal(fc_planner_cudnn.plan(planner, &graph, (struct fc_step){ 1, FC_PHASE_UPDATE }, &plan, &err),
			 -1);
	assert_string_equal(err.text, "conv1, update: is no phase of a convolution");
	fc_graph_release(&graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_named_models),
		cmocka_unit_test(test_every_model_file),
		cmocka_unit_test(test_fused_relu),
		cmocka_unit_test(test_no_convolution),
	};

	return cmocka_run_group_tests(tests, no_planners, close_planners);
}

#else

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(needs_module) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
