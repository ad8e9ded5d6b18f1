/*
 * What a planner is opened with. Descriptions of devices: the shipped ones are complete, and a wrong one is refused by the name of
 * its key. Conditions: they reach every plan.
 */
#include "cuda_plan_fixture.h"

#include "device_jansson.h"

static const char *const shipped[] = { "h100", "h100-pcie", "a100", "rtx4080", "b200" };

#define SHIPPED (sizeof(shipped) / sizeof(shipped[0]))

static void test_shipped(void **state)
{
	static const char *const names[SHIPPED] = { "NVIDIA H100 80GB HBM3", "NVIDIA H100 PCIe",
						    "NVIDIA A100-SXM4-40GB", "NVIDIA GeForce RTX 4080",
						    "NVIDIA B200" };

	(void)state;
	for (size_t i = 0; i < SHIPPED; i++) {
		char *const json = read_description(shipped[i]);
		struct fc_str name = { 0 };
		struct fc_error err;

		if (device_check(json, &name, &err))
			fail_msg("%s: %s", shipped[i], err.text);
		assert_string_equal(name.text, names[i]);
		fc_str_release(&name);
		free(json);
	}
}

/* The text with the row of a key replaced; the caller frees it. The last row has no comma behind it, so one goes in front. */
static char *replace_row(const char *json, const char *key, const char *row)
{
	struct fc_str text = { 0 };
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", key);
	const char *const start = strstr(json, quoted);
	const char *const end = strchr(start, '\n');

	fc_str_addn(&text, json, (size_t)(start - json));
	fc_str_addf(&text, "%s%s", row, end[-1] == ',' && *row ? "," : "");
	if (!*row && end[-1] != ',') {
		/* Nothing follows: the comma of the row before goes too. */
		while (text.text[text.length - 1] != ',')
			text.text[--text.length] = 0;
		text.text[--text.length] = 0;
	}
	fc_str_add(&text, end);
	return text.text;
}

static void expect_refusal(char *json, const char *expected)
{
	struct fc_str name = { 0 };
	struct fc_error err;

	assert_int_equal(device_check(json, &name, &err), -1);
	assert_string_equal(err.text, expected);
	fc_str_release(&name);
	free(json);
}

/* Takes a key out, and gives it a value of another kind. `row` begins with its quote. */
static void spoil_key(const char *json, const char *row)
{
	const char *const value = strchr(row, ':') + 2;
	const char *const kind = *value == '"'	 ? "a text"
				 : *value == '[' ? "a list of three whole numbers"
						 : "a whole number";
	char key[64], expected[128], wrong[128];

	snprintf(key, sizeof(key), "%.*s", (int)(strchr(row + 1, '"') - row - 1), row + 1);
	snprintf(expected, sizeof(expected), "key %s is missing", key);
	expect_refusal(replace_row(json, key, ""), expected);
	snprintf(wrong, sizeof(wrong), "\"%s\": false", key);
	snprintf(expected, sizeof(expected), "key %s: expected %s", key, kind);
	expect_refusal(replace_row(json, key, wrong), expected);
}

static void test_every_key(void **state)
{
	char *const json = read_description("h100");
	int keys = 0;

	(void)state;
	for (const char *row = json; (row = strchr(row, '"')); row = strchr(row, '\n')) {
		spoil_key(json, row);
		keys++;
	}
	free(json);
	assert_int_equal(keys, 23);
}

static void test_values(void **state)
{
	char *const json = read_description("h100");

	(void)state;
	expect_refusal(replace_row(json, "warpSize", "\"warpSize\": -32"), "key warpSize: expected a whole number");
	expect_refusal(replace_row(json, "warpSize", "\"warpSize\": 32.5"), "key warpSize: expected a whole number");
	expect_refusal(replace_row(json, "deviceName", "\"deviceName\": \"\""), "key deviceName: expected a text");
	expect_refusal(replace_row(json, "maxGridSize", "\"maxGridSize\": [1, 2]"),
		       "key maxGridSize: expected a list of three whole numbers");
	expect_refusal(strdup("[]"), "found no object, expected one with the keys of a device");
	expect_refusal(strdup("7"), "found no object, expected one with the keys of a device");
	expect_refusal(strdup("{"), "1:1: string or '}' expected near end of file");
	free(json);
}

#ifdef HAVE_CUDA

/* Plans all of ResNet-18; `largest` and `random` are what came of it. */
static void plan_all(const char *device, const struct fc_plan_request *conditions, uint64_t *largest, int *random)
{
	char *const json = read_description(device);
	struct fc_plan_request request = *conditions;
	struct fc_graph graph;
	struct fc_error err;
	struct fc_plan plan;
	void *planner;

	request.device = json;
	assert_true(load_model("resnet18", &graph));
	if (fc_planner_cudnn.open(&request, &planner, &err))
		fail_msg("%s", err.text);
	*largest = 0;
	*random = 0;
	for (int n = 0; n < graph.node_count; n++)
		for (int phase = 0; phase <= FC_PHASE_BACKWARD_WEIGHTS; phase++) {
			if (!runs(&graph, n, phase))
				continue;
			if (fc_planner_cudnn.plan(planner, &graph, (struct fc_step){ n, (enum fc_phase)phase }, &plan,
						  &err))
				fail_msg("%s: %s", device, err.text);
			if (!plan.found)
				fail_msg("%s: %s: %s", device, graph.nodes[n].name, plan.why);
			*largest = plan.workspace_bytes > *largest ? plan.workspace_bytes : *largest;
			*random += !plan.deterministic;
		}
	fc_planner_cudnn.close(planner);
	fc_graph_release(&graph);
	free(json);
}

/* Whatever cuDNN may ask for: its own check agrees with ours, so a plan comes out for every card. */
static void test_every_device_plans(void **state)
{
	struct libraries libraries;
	uint64_t largest;
	int random;

	(void)state;
	open_libraries(&libraries);
	for (size_t i = 0; i < SHIPPED; i++)
		for (int p = 0; p < FC_PRECISION_COUNT; p++)
			plan_all(shipped[i], &(struct fc_plan_request){ .precision = (enum fc_precision)p }, &largest,
				 &random);
}

static void test_conditions(void **state)
{
	struct fc_plan_request request = { .precision = FC_PRECISION_FP32 };
	struct libraries libraries;
	uint64_t largest;
	int random;

	(void)state;
	open_libraries(&libraries);
	plan_all("h100", &request, &largest, &random);
	assert_true(random > 0 && largest > 1 << 20);
	request.deterministic = true;
	plan_all("h100", &request, &largest, &random);
	assert_int_equal(random, 0);
	request.workspace_bytes = 1 << 20;
	plan_all("h100", &request, &largest, &random);
	assert_true(largest <= 1 << 20);
}

/* The planner refuses with the same words. */
static void test_planner_refuses(void **state)
{
	struct fc_plan_request request = { .device = "{ \"deviceName\": \"card\" }" };
	struct libraries libraries;
	struct fc_error err;
	void *planner;

	(void)state;
	open_libraries(&libraries);
	assert_int_equal(fc_planner_cudnn.open(&request, &planner, &err), -1);
	assert_string_equal(err.text, "key deviceVer is missing");
}

#else

#define test_every_device_plans needs_module
#define test_conditions		needs_module
#define test_planner_refuses	needs_module

#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shipped),	   cmocka_unit_test(test_every_key),
		cmocka_unit_test(test_values),	   cmocka_unit_test(test_every_device_plans),
		cmocka_unit_test(test_conditions), cmocka_unit_test(test_planner_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
