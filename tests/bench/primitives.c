/*
 * How much of a training step is its own primitives: every leaf (layer, phase) of a network run alone, again and again on the
 * same memory, against whole iterations through the executor.
 *
 *     primitives [--input CxHxW] [--batch N] [--rounds N] [--steps N] [--threads N] [--csv FILE] MODEL...
 *
 * Leaves and iterations alternate in rounds, so that a busy machine slows both. A leaf's time is the smallest of all its
 * runs, an iteration's the smallest and the median of all. Prints a line per network; --csv writes a line per leaf.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../tracer/network.h"
#include "flopclock/dataset.h"
#include "flopclock/model.h"
#include "flopclock/option.h"

struct settings {
	int64_t input[3];
	uint64_t batch, rounds, steps, threads;
	const char *csv, *backend;
};

static const struct fc_option options[] = {
	{ .name = "input", .type = FC_OPTION_INPUT, .offset = offsetof(struct settings, input), .arg = "CxHxW" },
	{ .name = "batch", .type = FC_OPTION_COUNT, .offset = offsetof(struct settings, batch), .arg = "N", .min = 1, .max = 4096 },
	{ .name = "rounds", .type = FC_OPTION_COUNT, .offset = offsetof(struct settings, rounds), .arg = "N",
	  .min = 1, .max = 1000 },
	{ .name = "steps", .type = FC_OPTION_COUNT, .offset = offsetof(struct settings, steps), .arg = "N", .min = 1, .max = 1000 },
	{ .name = "threads", .type = FC_OPTION_COUNT, .offset = offsetof(struct settings, threads), .arg = "N", .max = 1024 },
	{ .name = "csv", .type = FC_OPTION_TEXT, .offset = offsetof(struct settings, csv), .arg = "FILE" },
	{ .name = "backend", .type = FC_OPTION_TEXT, .offset = offsetof(struct settings, backend), .arg = "NAME" },
	{ .name = NULL },
};

struct bench {
	const struct settings *settings;
	struct fc_graph graph;
	struct fc_network *network;
	struct fc_batch batch;
	int count;		/* leaves */
	double *alone, *inside;	/* per leaf, smallest time alone and within an iteration, s */
	int iterations;
	double *iteration;	/* s */
	double entered;
	int entered_index;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(int rc, const struct fc_error *err)
{
	if (rc) {
		fprintf(stderr, "primitives: %s\n", err->text);
		exit(1);
	}
}

/* -------- within an iteration -------- */

static void enter(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	struct bench *bench = probe->impl;

	(void)step;
	(void)flops;
	bench->entered_index = index;
	bench->entered = now();
}

static void leave(struct fc_probe *probe)
{
	struct bench *bench = probe->impl;
	const double took = now() - bench->entered;

	bench->inside[bench->entered_index] = fmin(bench->inside[bench->entered_index], took);
}

static const struct fc_probe_kind look = { .name = "look", .enter = enter, .leave = leave };

static double iterate(struct bench *bench)
{
	struct fc_probe probe = { .kind = &look, .impl = bench };
	struct fc_loss loss[FC_MAX_HEADS];
	struct fc_error err = { "" };
	const double start = now();

	check(fc_network_run(bench->network, FC_PASS_TRAIN, &bench->batch, &probe, loss, &err), &err);
	check(fc_network_sync(bench->network, &err), &err);
	return now() - start;
}

/* -------- alone -------- */

static double run_leaf(struct bench *bench, const struct executed *leaf)
{
	struct fc_network *const network = bench->network;
	const struct fc_backend *const backend = network->config.backend;
	struct program *const program = &network->programs[FC_PASS_TRAIN];
	const int node = leaf->step.step.node;
	struct fc_loss loss;
	struct fc_error err = { "" };
	const double start = now();

	if (leaf->step.step.phase == FC_PHASE_INPUT)
		check(backend->feed(network->device, leaf->layer, &bench->batch, &err), &err);
	else if (leaf->step.step.phase == FC_PHASE_LOSS)
		check(backend->loss(network->device, program->value_of[node], &program->gradients[node], &bench->batch,
				    leaf->head->loss_weight, &loss, &err), &err);
	else
		check(backend->run(network->device, leaf->layer, leaf->step.step.phase, &err), &err);
	check(backend->sync(network->device, &err), &err);
	return now() - start;
}

/* A norm that writes over the gradient that it reads would, run again and again, let it grow beyond all bounds. */
static void renew_gradient(const struct executed *leaf)
{
	float *const gradient = leaf->layer && leaf->layer->dy ? leaf->layer->dy->data : NULL;

	if (leaf->step.step.phase != FC_PHASE_BACKWARD_DATA || !fc_op_traits(leaf->layer->node->op)->gradient_in_place)
		return;
	for (uint64_t i = 0; i < leaf->layer->dy->bytes / sizeof(float); i++)
		gradient[i] = 1e-4f * (float)((int)(i % 7) - 3);
}

/* A few runs each: in-place leaves change their own input, which an iteration behind every round puts right. */
static void run_leaves(struct bench *bench)
{
	for (int i = 0; i < bench->count; i++) {
		const struct executed *const leaf = &bench->network->programs[FC_PASS_TRAIN].steps[i];

		for (int k = 0; k < 4; k++) {
			renew_gradient(leaf);
			bench->alone[i] = fmin(bench->alone[i], run_leaf(bench, leaf));
		}
	}
}

/* -------- one network -------- */

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void write_leaves(const struct bench *bench, FILE *csv)
{
	for (int i = 0; i < bench->count; i++) {
		const struct executed *const leaf = &bench->network->programs[FC_PASS_TRAIN].steps[i];
		const struct fc_node *const node = &bench->graph.nodes[leaf->step.step.node];

		fprintf(csv, "%s,%s,%s,%s,%llu,%.4f,%.4f,%.1f,%s\n", bench->graph.name, node->name, fc_op_name(node->op),
			fc_phase_name(leaf->step.step.phase), (unsigned long long)leaf->flops, 1e3 * bench->alone[i],
			1e3 * bench->inside[i], 1e-9 * (double)leaf->flops / bench->alone[i], leaf->step.kernel);
	}
}

static void summarise(struct bench *bench)
{
	double alone = 0, inside = 0;
	const int n = bench->iterations;

	for (int i = 0; i < bench->count; i++) {
		alone += bench->alone[i];
		inside += bench->inside[i];
	}
	qsort(bench->iteration, (size_t)n, sizeof(double), by_value);
	printf("%-12s %6d %12.2f %12.2f %12.2f %12.2f %9.1f %9.1f\n", bench->graph.name, bench->count, 1e3 * alone, 1e3 * inside,
	       1e3 * bench->iteration[0], 1e3 * bench->iteration[n / 2], (double)bench->graph.batch / bench->iteration[n / 2],
	       100 * alone / bench->iteration[0]);
	fflush(stdout);
}

static void fill_batch(struct bench *bench)
{
	enum { SIDE = 28 };
	const int64_t n = bench->graph.batch;
	uint8_t *pixels = malloc((size_t)(n * SIDE * SIDE)), *labels = malloc((size_t)n);

	if (!pixels || !labels)
		exit(1);
	for (int64_t i = 0; i < n * SIDE * SIDE; i++)
		pixels[i] = (uint8_t)(i * 2654435761u >> 13);
	for (int64_t i = 0; i < n; i++)
		labels[i] = (uint8_t)(i % bench->graph.classes);
	bench->batch = (struct fc_batch){
		.pixels = pixels, .labels = labels, .count = n, .height = SIDE, .width = SIDE, .mean = 0.5f, .deviation = 0.3f,
	};
}

static void measure(const struct settings *settings, const char *model, FILE *csv)
{
	struct fc_error err = { "" };
	struct fc_model_request request = { .model = model, .batch = (int64_t)settings->batch, .classes = 10 };
	/* The rate is so small that weights stay where they are; the arithmetic is the same. */
	struct fc_network_config config = { .device.threads = (int)settings->threads,
					    .sgd = { .rate = 1e-6, .momentum = 0.9, .weight_decay = 5e-4 } };
	struct bench bench = { .settings = settings };

	memcpy(request.input, settings->input, sizeof(request.input));
	check(fc_model_load(&request, &bench.graph, &err), &err);
	config.backend = fc_backend_find(settings->backend, &err);
	check(config.backend ? 0 : -1, &err);
	check(fc_network_open(&bench.graph, &config, &bench.network, &err), &err);
	fill_batch(&bench);
	bench.count = fc_network_step_count(bench.network, FC_PASS_TRAIN);
	bench.alone = fc_calloc((size_t)bench.count, sizeof(double));
	bench.inside = fc_calloc((size_t)bench.count, sizeof(double));
	bench.iteration = fc_calloc((size_t)(settings->rounds * settings->steps), sizeof(double));
	iterate(&bench);
	iterate(&bench);
	for (int i = 0; i < bench.count; i++)
		bench.alone[i] = bench.inside[i] = INFINITY;
	for (uint64_t round = 0; round < settings->rounds; round++) {
		run_leaves(&bench);
		iterate(&bench);
		for (uint64_t step = 0; step < settings->steps; step++)
			bench.iteration[bench.iterations++] = iterate(&bench);
	}
	summarise(&bench);
	if (csv)
		write_leaves(&bench, csv);
	fc_network_close(bench.network);
	fc_graph_release(&bench.graph);
	free(bench.alone);
	free(bench.inside);
	free(bench.iteration);
	free((void *)bench.batch.pixels);
	free((void *)bench.batch.labels);
}

int main(int argc, char **argv)
{
	struct settings settings = { .input = { 3, 64, 64 }, .batch = 32, .rounds = 4, .steps = 3, .backend = "auto" };
	struct fc_error err = { "" };
	char **models = calloc((size_t)argc, sizeof(char *));
	FILE *csv = NULL;
	bool help = false;
	int count = 0;

	if (!models || fc_option_parse(options, argc - 1, argv + 1, &settings, models, &count, &help, &err) || help || !count) {
		fprintf(stderr, "usage: primitives [--input CxHxW] [--batch N] [--rounds N] [--steps N] [--threads N] [--csv FILE] "
				"MODEL...\n%s\n", err.text);
		return 2;
	}
	if (settings.csv && !(csv = fopen(settings.csv, "w"))) {
		perror(settings.csv);
		return 1;
	}
	if (csv)
		fprintf(csv, "model,layer,op,phase,flops,alone_ms,inside_ms,alone_gflop_per_s,kernel\n");
	printf("%-12s %6s %12s %12s %12s %12s %9s %9s\n", "network", "leaves", "sum alone", "sum inside", "step min", "step median",
	       "images/s", "share");
	printf("%-12s %6s %12s %12s %12s %12s %9s %9s\n", "", "", "ms", "ms", "ms", "ms", "", "%");
	for (int i = 0; i < count; i++)
		measure(&settings, models[i], csv);
	if (csv && fclose(csv)) {
		perror(settings.csv);
		return 1;
	}
	free(models);
	return 0;
}
