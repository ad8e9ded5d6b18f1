/* Schedules of shipped networks through the simulation, and the memory that they are announced to take. */
#include "analyzer_schedule.h"

#include "flopclock/model.h"

static const char *const models[] = { "lenet5",	  "alexnet",  "vgg11",	     "vgg16",	   "googlenet",
				      "resnet18", "resnet34", "densenet121", "densenet161" };
#define MODEL_COUNT (sizeof(models) / sizeof(models[0]))

static void load(const char *model, int64_t batch, const char *setting, struct fc_graph *graph)
{
	const char *const root = getenv("FC_ROOT");
	struct fc_model_request request = { .batch = batch };
	struct fc_error err;
	char path[4096];

	snprintf(path, sizeof(path), "%s/models/%s.net", root ? root : ".", model);
	request.model = path;
	if (setting)
		request.settings.text[request.settings.count++] = setting;
	if (fc_model_load(&request, graph, &err))
		fail_msg("%s", err.text);
}

static void shipped_models(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODEL_COUNT; i++) {
		struct fc_graph graph;

		load(models[i], 2, NULL, &graph);
		simulate_all(&graph, NULL);
		/* Packing wastes little. */
		assert_true(simulate(&graph, FC_PASS_TRAIN, NULL) < 1.06);
		assert_true(simulate(&graph, FC_PASS_VALIDATE, NULL) < 1.02);
		fc_graph_release(&graph);
	}
}

/* Those with squeeze-and-excitation, channel shuffles, splits, stochastic depth. */
static void other_shipped_models(void **state)
{
	static const char *const others[] = { "resnext50_32x4d", "inception_v3",       "squeezenet1_1",
					      "mobilenet_v2",	 "mobilenet_v3_small", "shufflenet_v2_x1_0",
					      "efficientnet_b0" };

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct fc_graph graph;

		load(others[i], 2, NULL, &graph);
		simulate_all(&graph, NULL);
		fc_graph_release(&graph);
	}
}

static void auxiliary_heads(void **state)
{
	struct fc_schedule train, validate;
	struct fc_graph graph;
	struct fc_error err;
	int losses = 0;

	(void)state;
	load("googlenet", 2, "aux=true", &graph);
	simulate_all(&graph, NULL);
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_TRAIN, NULL, &train, &err), 0);
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_VALIDATE, NULL, &validate, &err), 0);
	for (int i = 0; i < train.step_count; i++)
		losses += train.steps[i].phase == FC_PHASE_LOSS;
	assert_int_equal(losses, 3);
	for (int i = 0; i < validate.step_count; i++)
		assert_false(graph.nodes[validate.steps[i].node].train_only);
	fc_schedule_release(&train);
	fc_schedule_release(&validate);
	fc_graph_release(&graph);
}

/* A residual network's shortcuts cost no backward step, and what goes around a block is added in place. */
static void adds_of_resnet_are_free(void **state)
{
	struct fc_schedule schedule;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	load("resnet18", 2, NULL, &graph);
	assert_int_equal(fc_schedule_build(&graph, FC_PASS_TRAIN, NULL, &schedule, &err), 0);
	for (int i = 0; i < schedule.step_count; i++)
		assert_false(schedule.steps[i].phase == FC_PHASE_BACKWARD_DATA &&
			     graph.nodes[schedule.steps[i].node].op == FC_OP_ADD);
	fc_schedule_release(&schedule);
	fc_graph_release(&graph);
}

static void estimates(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODEL_COUNT; i++) {
		struct fc_memory one, four, plain;
		struct fc_graph graph;
		struct fc_error err;

		load(models[i], 1, NULL, &graph);
		assert_int_equal(fc_memory_estimate(&graph, true, &one, &err), 0);
		assert_int_equal(fc_memory_estimate(&graph, false, &plain, &err), 0);
		assert_int_equal(plain.optimizer, 0);
		assert_int_equal(plain.total + one.optimizer, one.total);
		assert_int_equal(one.params, one.param_gradients);
		assert_int_equal(one.total,
				 one.params + one.param_gradients + one.optimizer + one.statistics + one.activations);
		assert_true(one.kept <= one.activations);
		fc_graph_release(&graph);
		load(models[i], 4, NULL, &graph);
		assert_int_equal(fc_memory_estimate(&graph, true, &four, &err), 0);
		assert_int_equal(four.params, one.params);
		/* Saved statistics of a batch norm do not grow with the batch; alignment may differ. */
		assert_true(four.kept <= 4 * one.kept && four.kept > 3 * one.kept);
		fc_graph_release(&graph);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shipped_models),  cmocka_unit_test(other_shipped_models),
		cmocka_unit_test(auxiliary_heads), cmocka_unit_test(adds_of_resnet_are_free),
		cmocka_unit_test(estimates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
