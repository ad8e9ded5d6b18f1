/*
 * The gradient of whole networks on the oracle: along its own direction the loss must change by its length. Parameters are moved
 * a little forward and back, and the first training iteration is run anew each time, so that masks and statistics are the same.
 * What a leaf cannot show alone is seen here: buffers that share memory, gradients with several contributions, values that are
 * still needed.
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

#include "flopclock/executor.h"
#include "flopclock/model.h"
#include "flopclock/probe.h"
#include "flopclock/random.h"

enum { IMAGES = 4, SIDE = 16, CLASSES = 5, MAX_SETTINGS = 4 };

static const double change = 0.001, tolerance = 0.05;

/* -------- texts that hold what the shipped networks do not -------- */

static const char attention[] =
	"network attention\ninput 1x16x16\nclasses 5\n"
	"block attend(heads) {\n"
	"  norm: layer_norm\n"
	"  qkv: linear 3*in.width\n"
	"  parts: split 3 axis=3\n"
	"  q: reshape in.height heads in.width/heads from parts.0\n"
	"  q2: permute 2 1 3\n"
	"  k: reshape in.height heads in.width/heads from parts.1\n"
	"  k2: permute 2 1 3\n"
	"  v: reshape in.height heads in.width/heads from parts.2\n"
	"  v2: permute 2 1 3\n"
	"  scores: matmul q2 k2 transpose_b\n"
	"  scaled: scale 0.5\n"
	"  shares: softmax axis=3\n"
	"  mixed: matmul shares v2\n"
	"  back: permute 2 1 3\n"
	"  rows: reshape 1 in.height in.width\n"
	"  out: linear in.width\n"
	"  add in out\n"
	"}\n"
	"patches: conv 8 4 stride=4\n"
	"flat: reshape 1 8 16\n"
	"tokens: permute 1 3 2\n"
	"answer: learned 1 1 8\n"
	"turned: permute 2 1 3 from tokens\n"
	"first: reshape 1 1 8 from answer\n"
	"all: concat first turned\n"
	"sequence1: permute 2 1 3\n"
	"places: learned 1 17 8\n"
	"placed: add sequence1 places\n"
	"a: attend 2\n"
	"n2: layer_norm\n"
	"m1: linear 16; g: gelu; m2: linear 8\n"
	"r2: add a m2\n"
	"n3: layer_norm\n"
	"class: slice 0 1 axis=2\n"
	"dense classes\noutput\n";

static const char sequences[] =
	"network sequences\ninput 1x16x16\nclasses 5\n"
	"one: lstm 6\ntwo: gru 5 reverse from in\n"
	"one4: permute 3 2 1 from one\ntwo4: permute 3 2 1 from two\nboth: concat one4 two4\n"
	"mean: mean 2\nt: tanh\ndense classes\noutput\n";

static const char there_and_back[] =
	"network there_and_back\ninput 2x16x16\nclasses 5\n"
	"a: conv 4 3 pad=1; an: group_norm 2; aa: silu\n"
	"down: max_pool 2\n"
	"b: conv 8 3 pad=1; bn: batch_norm; ba: hard_swish\n"
	"c: pad 1 reflect; cc: conv 8 3; cl: local_response_norm 3 alpha=0.5\n"
	"up1: conv_transpose 4 2 stride=2\nj1: concat aa up1\n"
	"up2: resize scale=2 bilinear from cl\nj2: concat j1 up2\n"
	"gate: adaptive_avg_pool 1; g1: conv 4 1; g2: mish; g3: conv 16 1; g4: hard_sigmoid\n"
	"gated: multiply j2 g4\n"
	"m: maximum gated j2\nd: subtract m g4\nq: softplus; e: divide d q\n"
	"s: channel_shuffle 4\nh: split 2\nr: add h.0 h.1\n"
	"sd: stochastic_depth 0.3\nz: add sd r\nl: leaky_relu\nel: elu\n"
	"adaptive_max_pool 2\ndense classes\noutput\n";

struct network {
	const char *name, *text;	/* text NULL: a shipped one */
	const char *settings[MAX_SETTINGS];
	int channels, side;
};

static const struct network networks[] = {
	{ "attention", attention, { NULL }, 1, SIDE },
	{ "sequences", sequences, { NULL }, 1, SIDE },
	{ "there_and_back", there_and_back, { NULL }, 2, SIDE },
	{ "resnet50", NULL, { "depths=1,1,1,1", "width=8", "groups=4" }, 1, SIDE },
	{ "squeezenet1_1", NULL, { "stem=8" }, 1, 32 },
	{ "mobilenet_v2", NULL, { "width=0.1" }, 1, 96 },
	{ "mobilenet_v3_small", NULL, { "width=0.2" }, 1, 96 },
	{ "shufflenet_v2_x0_5", NULL, { "widths=16,24,32", "features=32", "depths=2,2,2" }, 1, 64 },
	{ "convnext_tiny", NULL, { "width=8", "depths=1,1,2,1" }, 1, 32 },
	{ "efficientnet_b0", NULL, { "width=0.1", "depth=0.5" }, 1, 64 },
};

static void load(const struct network *n, struct fc_graph *graph)
{
	struct fc_model_request request = { .model = n->name, .input = { n->channels, n->side, n->side }, .classes = CLASSES,
					    .batch = IMAGES };
	struct fc_error err = { "" };
	int rc;

	setenv("FLOPCLOCK_SHARE", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", 1);
	for (int i = 0; i < MAX_SETTINGS && n->settings[i]; i++)
		request.settings.text[request.settings.count++] = n->settings[i];
	if (n->text)
		request.model = "x.net";
	rc = n->text ? fc_model_read(&request, n->text, strlen(n->text), graph, &err) : fc_model_load(&request, graph, &err);
	if (rc)
		fail_msg("%s: %s", n->name, err.text);
}

/* -------- one iteration -------- */

/* All parameters or gradients behind each other. */
static float *flat(struct fc_network *network, const struct fc_graph *graph, bool gradient, int64_t *count)
{
	float *values = NULL;
	struct fc_error err;

	*count = 0;
	for (int n = 0; n < graph->node_count; n++)
		for (int p = 0; p < graph->nodes[n].param_count; p++) {
			const int64_t size = fc_shape_elements(graph->nodes[n].params[p].shape);

			values = realloc(values, (size_t)(*count + size) * sizeof(*values));
			assert_non_null(values);
			assert_int_equal(fc_network_read_param(network, n, p, gradient, values + *count, &err), 0);
			*count += size;
		}
	return values;
}

static void write_flat(struct fc_network *network, const struct fc_graph *graph, const float *values)
{
	struct fc_error err;

	for (int n = 0; n < graph->node_count; n++)
		for (int p = 0; p < graph->nodes[n].param_count; p++) {
			assert_int_equal(fc_network_write_param(network, n, p, values, &err), 0);
			values += fc_shape_elements(graph->nodes[n].params[p].shape);
		}
}

static void nothing(struct fc_probe *probe)
{
	(void)probe;
}

static void nothing_either(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	(void)probe;
	(void)index;
	(void)step;
	(void)flops;
}

static double mean_loss(struct fc_network *network, const char *name)
{
	static const struct fc_probe_kind silent = { .name = "silent", .enter = nothing_either, .leave = nothing };
	struct fc_probe probe = { .kind = &silent };
	uint8_t pixels[IMAGES * SIDE * SIDE], labels[IMAGES];
	const struct fc_batch batch = { .pixels = pixels, .labels = labels, .count = IMAGES, .height = SIDE, .width = SIDE,
					.mean = 0.5f, .deviation = 0.25f };
	struct fc_loss loss[FC_MAX_HEADS];
	struct fc_error err;

	for (int i = 0; i < IMAGES * SIDE * SIDE; i++)
		pixels[i] = (uint8_t)(255 * fc_uniform_at(3, 99, (uint64_t)i));
	for (int i = 0; i < IMAGES; i++)
		labels[i] = (uint8_t)(i * 2 % CLASSES);
	if (fc_network_run(network, FC_PASS_TRAIN, &batch, &probe, loss, &err) || fc_network_sync(network, &err))
		fail_msg("%s: %s", name, err.text);
	return loss[0].sum / IMAGES;
}

/* A fresh network, with these parameters where they are given; after its first iteration, which changes nothing. */
static struct fc_network *run_fresh(const struct network *n, const struct fc_graph *graph, const float *params, double *loss)
{
	struct fc_network_config config = { .seed = 11, .device = { .threads = 1 } };
	struct fc_network *network;
	struct fc_error err;

	config.backend = fc_backend_find("reference", &err);
	if (fc_network_open(graph, &config, &network, &err))
		fail_msg("%s: %s", n->name, err.text);
	if (params)
		write_flat(network, graph, params);
	*loss = mean_loss(network, n->name);
	return network;
}

static double loss_at(const struct network *n, const struct fc_graph *graph, const float *params, const float *gradient,
		      int64_t count, double step)
{
	float *moved = malloc((size_t)count * sizeof(*moved));
	double loss;

	assert_non_null(moved);
	for (int64_t i = 0; i < count; i++)
		moved[i] = (float)(params[i] + step * gradient[i]);
	fc_network_close(run_fresh(n, graph, moved, &loss));
	free(moved);
	return loss;
}

static void check(const struct network *n)
{
	struct fc_graph graph;
	struct fc_network *network;
	float *params, *gradient;
	double loss, square = 0, step, difference;
	int64_t count;

	load(n, &graph);
	network = run_fresh(n, &graph, NULL, &loss);
	params = flat(network, &graph, false, &count);
	gradient = flat(network, &graph, true, &count);
	fc_network_close(network);
	for (int64_t i = 0; i < count; i++)
		square += (double)gradient[i] * gradient[i];
	assert_true(square > 1e-8);
	step = change / square;
	difference = loss_at(n, &graph, params, gradient, count, step) - loss_at(n, &graph, params, gradient, count, -step);
	print_message("%-20s %6d parameters, loss %.3f, changes by %.6f instead of %.6f\n", n->name, (int)count, loss, difference,
		      2 * change);
	if (fabs(difference / (2 * change) - 1) > tolerance)
		fail_msg("%s: the loss changes by %g, its gradient says %g", n->name, difference, 2 * change);
	free(params);
	free(gradient);
	fc_graph_release(&graph);
}

static void gradients_of_networks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(networks) / sizeof(networks[0]); i++)
		check(&networks[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gradients_of_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
