/*
 * Shipped networks of kinds that oneDNN has no primitives for, as a whole: losses as the reference has them, in the first iteration
 * everywhere, in the following where no batch norm over few values makes rounding grow.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/backend.h"
#include "flopclock/executor.h"
#include "flopclock/model.h"
#include "flopclock/random.h"

enum { BATCH = 8, SIDE = 28, ITERATIONS = 3, MAX_SETTINGS = 5 };

struct network_case {
	const char *model;
	const char *settings[MAX_SETTINGS];
	int64_t side;
	int iterations; /* compared */
};

static const struct network_case networks[] = {
	{ "mobilenet_v2", { "width=0.25" }, 64, 1 },
	{ "mobilenet_v3_small", { NULL }, 32, 1 },
	{ "shufflenet_v2_x0_5", { NULL }, 64, 1 },
	{ "efficientnet_b0", { "width=0.25", "depth=0.5" }, 32, 1 },
	{ "convnext_tiny", { "width=16", "depths=1 1 2 1" }, 32, ITERATIONS },
	{ "/tests/golden/mixed-forms.net", { NULL }, 16, ITERATIONS },
	{ "vit_b_16", { "width=24", "heads=3", "hidden=40", "patch=8", "layers=2" }, 32, ITERATIONS },
};

static void train(const struct network_case *c, const char *name, double loss[ITERATIONS])
{
	const char *const root = getenv("FC_ROOT");
	char path[4096];
	struct fc_model_request request = { .model = c->model, .batch = BATCH, .input = { 3, c->side, c->side },
					    .classes = 10 };
	static uint8_t pixels[BATCH * SIDE * SIDE], labels[BATCH];
	const struct fc_batch batch = { pixels, labels, BATCH, SIDE, SIDE, 0.4f, 0.3f };
	struct fc_network_config config = { .seed = 1, .sgd = { 0.01, 0.9, 0 } };
	struct fc_loss sums[FC_MAX_HEADS] = { { 0 } };
	struct fc_network *network;
	struct fc_graph graph;
	struct fc_error err;

	config.backend = fc_backend_find(name, &err);
	if (!config.backend) {
		print_message("skipped: %s\n", err.text);
		skip();
	}
	/* A file of the sources. */
	if (*c->model == '/') {
		snprintf(path, sizeof(path), "%s%s", root ? root : ".", c->model);
		request.model = path;
	}
	for (int i = 0; i < MAX_SETTINGS && c->settings[i]; i++)
		request.settings.text[request.settings.count++] = c->settings[i];
	if (fc_model_load(&request, &graph, &err) || fc_network_open(&graph, &config, &network, &err))
		fail_msg("%s: %s", c->model, err.text);
	for (size_t i = 0; i < sizeof(pixels); i++)
		pixels[i] = (uint8_t)(256 * fc_uniform_at(3, 1, i));
	for (int i = 0; i < BATCH; i++)
		labels[i] = (uint8_t)(i % 10);
	for (int i = 0; i < c->iterations; i++) {
		if (fc_network_run(network, FC_PASS_TRAIN, &batch, NULL, sums, &err) || fc_network_sync(network, &err))
			fail_msg("%s: %s", c->model, err.text);
		loss[i] = sums[0].sum;
	}
	fc_network_close(network);
	fc_graph_release(&graph);
}

static void networks_match_reference(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(networks) / sizeof(networks[0]); k++) {
		double expected[ITERATIONS], found[ITERATIONS];

		train(&networks[k], "onednn", found);
		train(&networks[k], "reference", expected);
		for (int i = 0; i < networks[k].iterations; i++)
			if (!(fabs(found[i] - expected[i]) <= 2e-5 * fabs(expected[i])))
				fail_msg("%s, iteration %d: the loss is %.9g, the reference says %.9g", networks[k].model, i,
					 found[i], expected[i]);
		assert_true(networks[k].iterations == 1 || expected[ITERATIONS - 1] < expected[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(networks_match_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
