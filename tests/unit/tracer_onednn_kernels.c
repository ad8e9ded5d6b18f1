/*
 * No layer of a shipped model may fall to oneDNN's reference loops, in any phase: they are a thousand times slower than
 * the vectorised kernels, and nothing else would show it. Layers are prepared, nothing is allocated or run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/backend.h"
#include "flopclock/model.h"

static const struct fc_model_request requests[] = {
	{ .model = "lenet5", .batch = 64 },
	{ .model = "alexnet", .input = { 3, 64, 64 }, .classes = 10, .batch = 32 },
	{ .model = "vgg11", .input = { 1, 32, 32 }, .classes = 10, .batch = 16 },
	{ .model = "vgg16", .input = { 3, 64, 64 }, .classes = 10, .batch = 32 },
	{ .model = "googlenet", .input = { 3, 64, 64 }, .classes = 10, .batch = 32 },
	{ .model = "resnet18", .input = { 3, 64, 64 }, .classes = 10, .batch = 32 },
	{ .model = "resnet18", .input = { 1, 28, 28 }, .classes = 10, .batch = 5 },
	{ .model = "resnet34", .input = { 3, 32, 32 }, .classes = 10, .batch = 64 },
	{ .model = "densenet121", .input = { 3, 64, 64 }, .classes = 10, .batch = 8 },
	{ .model = "densenet161", .input = { 3, 64, 64 }, .classes = 10, .batch = 32 },
};

/* A graph as a list of layers, each with every gradient wanted but the network input's. */
struct network {
	const struct fc_backend *backend;
	struct fc_device *device;
	struct fc_graph graph;
	struct fc_iteration iteration;
	struct fc_layer *layers;
	struct fc_tensor *values, *gradients, *params, *statistics;
};

static void fill_layer(struct network *net, int n, struct fc_tensor **x, struct fc_tensor **dx, const bool *accumulate)
{
	const struct fc_node *node = &net->graph.nodes[n];
	struct fc_layer *layer = &net->layers[n];

	*layer = (struct fc_layer){ .graph = &net->graph, .node = node, .pass = FC_PASS_TRAIN, .iteration = &net->iteration,
				    .x = x, .dx = dx, .y = &net->values[n], .dy = &net->gradients[n], .accumulate = accumulate };
	net->values[n].shape = net->gradients[n].shape = node->shape;
	for (int k = 0; k < node->input_count; k++) {
		x[k] = &net->values[node->inputs[k]];
		dx[k] = node->inputs[k] ? &net->gradients[node->inputs[k]] : NULL;
	}
	for (int k = 0; k < FC_MAX_PARAMS; k++) {
		layer->param[k] = layer->param_gradient[k] = &net->params[n * FC_MAX_PARAMS + k];
		net->params[n * FC_MAX_PARAMS + k].shape = node->params[k].shape;
	}
	for (int k = 0; k < 2; k++) {
		layer->state[k] = &net->statistics[2 * n + k];
		net->statistics[2 * n + k].shape = node->params[0].shape;
	}
}

/* As many gradients are wanted as the executor would want, or more. */
static int check_layer(struct network *net, int n)
{
	static const enum fc_phase phases[] = { FC_PHASE_FORWARD, FC_PHASE_BACKWARD_DATA, FC_PHASE_BACKWARD_WEIGHTS };
	int slow = 0;

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		const char *kernel = net->backend->kernel(net->device, &net->layers[n], phases[i]);

		if (!strstr(kernel, "ref"))
			continue;
		print_error("%s, layer %s, %s: %s\n", net->graph.name, net->graph.nodes[n].name, fc_phase_name(phases[i]),
			    kernel);
		slow++;
	}
	return slow;
}

static int check_model(const struct fc_backend *backend, const struct fc_model_request *request)
{
	const struct fc_device_config config = { 0 };
	struct network net = { .backend = backend };
	struct fc_tensor **pointers;
	struct fc_error err;
	int slow = 0, count;
	bool *no;

	if (fc_model_load(request, &net.graph, &err) || backend->open(&config, &net.device, &err))
		fail_msg("%s: %s", request->model, err.text);
	count = net.graph.node_count;
	net.layers = calloc((size_t)count, sizeof(*net.layers));
	net.values = calloc((size_t)count, sizeof(*net.values));
	net.gradients = calloc((size_t)count, sizeof(*net.gradients));
	net.params = calloc((size_t)count * FC_MAX_PARAMS, sizeof(*net.params));
	net.statistics = calloc((size_t)count * 2, sizeof(*net.statistics));
	pointers = calloc((size_t)count * (size_t)count * 2, sizeof(*pointers));
	no = calloc((size_t)count, sizeof(*no));
	for (int n = 0; n < count; n++) {
		fill_layer(&net, n, pointers + 2 * n * count, pointers + (2 * n + 1) * count, no);
		if (backend->prepare(net.device, &net.layers[n], &err))
			fail_msg("%s: layer %s: %s", request->model, net.graph.nodes[n].name, err.text);
		slow += check_layer(&net, n);
	}
	for (int n = 0; n < count; n++) {
		backend->release(net.device, &net.layers[n]);
		backend->tensor_release(net.device, &net.values[n]);
		for (int k = 0; k < FC_MAX_PARAMS; k++)
			backend->tensor_release(net.device, &net.params[n * FC_MAX_PARAMS + k]);
		for (int k = 0; k < 2; k++)
			backend->tensor_release(net.device, &net.statistics[2 * n + k]);
	}
	backend->close(net.device);
	fc_graph_release(&net.graph);
	free(net.layers);
	free(net.values);
	free(net.gradients);
	free(net.params);
	free(net.statistics);
	free(pointers);
	free(no);
	return slow;
}

static void shipped_models_have_fast_kernels(void **state)
{
	struct fc_error err;
	const struct fc_backend *backend = fc_backend_find("onednn", &err);
	int slow = 0;

	(void)state;
	if (!backend)
		skip();
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
		slow += check_model(backend, &requests[i]);
	assert_int_equal(slow, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(shipped_models_have_fast_kernels) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
