/*
 * What the planner plans is what the backend asks for: the requests that the backend makes while it prepares a
 * model are those that conv_request() tells from the graph.
 */
#include "cuda_plan_fixture.h"

#include "../gpu/recording_gpu.h"
#include "backend.h"
#include "conv_request.h"
#include "flopclock/executor.h"

#define MOST 4096

struct keys {
	char *text[MOST];
	int count;
};

/* A backend has no other way to be told. */
static struct {
	struct recording *log;
	const struct gpu_ops *real;
	struct gpu_ops spy;
	struct keys asked;
} world;

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add(struct keys *keys, const struct gpu_conv_request *request)
{
	struct gpu_conv_request plain = *request;
	char key[CONV_KEY_SIZE];

	/* Whether a gradient is added to is the schedule's matter and changes no plan; the rest is the user's. */
	plain.accumulate = false;
	plain.workspace_bytes = 0;
	conv_request_key(&plain, key);
	assert_true(keys->count < MOST);
	keys->text[keys->count++] = strdup(key);
}

/* In order, each once. */
static void sort(struct keys *keys)
{
	int kept = 0;

	qsort(keys->text, (size_t)keys->count, sizeof(keys->text[0]), by_text);
	for (int i = 0; i < keys->count; i++)
		if (kept && !strcmp(keys->text[kept - 1], keys->text[i]))
			free(keys->text[i]);
		else
			keys->text[kept++] = keys->text[i];
	keys->count = kept;
}

static void release(struct keys *keys)
{
	while (keys->count)
		free(keys->text[--keys->count]);
}

static int spy_on_conv(struct gpu *gpu, const struct gpu_conv_request *request, struct gpu_conv **conv,
		       struct fc_error *err)
{
	add(&world.asked, request);
	return world.real->conv_open(gpu, request, conv, err);
}

static int always(struct fc_error *err)
{
	(void)err;
	return 0;
}

static int open_spied(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	struct gpu *const gpu = recording_open(world.log);

	world.real = gpu->ops;
	world.spy = *gpu->ops;
	world.spy.conv_open = spy_on_conv;
	gpu->ops = &world.spy;
	return backend_cuda_open_on(gpu, config, device, err);
}

static const struct fc_backend spied_backend = {
	.name = "spied",
	.device = "cuda",
	.summary = "tells what it is asked for",
	.available = always,
	.open = open_spied,
	BACKEND_FUNCTIONS,
};

static void compare(const char *model, enum fc_precision precision, const struct keys *planned)
{
	for (int i = 0; i < planned->count || i < world.asked.count; i++) {
		const char *const plan = i < planned->count ? planned->text[i] : "nothing";
		const char *const asked = i < world.asked.count ? world.asked.text[i] : "nothing";

		if (strcmp(plan, asked))
			fail_msg("%s %s: planned %s, asked for %s", model, fc_precision_name(precision), plan, asked);
	}
	assert_true(planned->count > 0);
}

/* false: the backend does not compute this model. */
static bool check_model(const char *model, enum fc_precision precision)
{
	struct fc_network_config config = { .backend = &spied_backend, .seed = 1, .sgd = { 0.1, 0.9, 0 } };
	struct keys planned = { .count = 0 };
	struct fc_network *network;
	struct fc_graph graph;
	struct fc_error err;
	bool opened;

	if (!load_model(model, &graph))
		fail_msg("there is no model %s", model);
	world.log = recording_new();
	config.device = (struct fc_device_config){ .precision = precision };
	opened = !fc_network_open(&graph, &config, &network, &err);
	for (int n = 0; opened && n < graph.node_count; n++)
		for (int phase = FC_PHASE_FORWARD; phase <= FC_PHASE_BACKWARD_WEIGHTS; phase++) {
			struct gpu_conv_request request;

			if (!runs(&graph, n, phase))
				continue;
			request = conv_request(&graph, &graph.nodes[n], (enum fc_phase)phase, precision);
			add(&planned, &request);
		}
	if (opened) {
		sort(&planned);
		sort(&world.asked);
		compare(model, precision, &planned);
		fc_network_close(network);
	}
	release(&planned);
	release(&world.asked);
	fc_graph_release(&graph);
	recording_free(world.log);
	return opened;
}

/* Models with few parameters, which take no time to begin with, and all there is: bias, ReLU behind it, batch norm, joins. */
static void test_requests(void **state)
{
	static const char *const models[] = { "lenet5", "squeezenet1_1", "googlenet", "resnet18", "densenet121" };

	(void)state;
	for (size_t m = 0; m < sizeof(models) / sizeof(models[0]); m++)
		for (int p = FC_PRECISION_TF32; p < FC_PRECISION_COUNT; p++)
			if (!check_model(models[m], (enum fc_precision)p))
				fail_msg("%s: the backend cannot prepare it", models[m]);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_requests) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
