/*
 * A small network that holds every kind of layer, against what PyTorch computes for it: every value and gradient inside the
 * first iteration, the losses, weights and running statistics after four steps of SGD, and the answer in validation.
 *
 * tests/golden/pytorch-values.csv was made by tests/peer/values.py in float64; pixels, labels, weights and dropout masks
 * are functions of Philox streams on both sides. Tolerances are relative to the size of the tensor and were chosen at
 * about five times the largest difference measured; PyTorch's own float32 differs from its float64 by up to 7e-6.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/executor.h"
#include "flopclock/file.h"
#include "flopclock/model.h"
#include "flopclock/number.h"
#include "flopclock/random.h"

enum { BATCH = 4, CLASSES = 5, IMAGE = 9, STEPS = 4, MAX_ROWS = 4096, COLUMNS = 8 };

static const uint64_t seed = 20170825, pixel_stream = 1ull << 40, weight_stream = 2ull << 40,
		      projection_stream = 3ull << 40;
static const struct fc_sgd sgd = { .rate = 0.05, .momentum = 0.9, .weight_decay = 0.01 };

/* One number of the file. A tensor has several rows in a row. */
struct row {
	const char *quantity, *layer, *item, *kind;
	uint64_t count, index;
	double value;
};

struct golden {
	char *text;
	int count;
	struct row rows[MAX_ROWS];
	int compared;		/* tensors */
	double worst;		/* difference relative to the tolerance's scale */
	char worst_name[128];
};

static void split(char *line, char *cells[COLUMNS])
{
	for (int i = 0; i < COLUMNS; i++) {
		cells[i] = strsep(&line, ",");
		assert_non_null(cells[i]);
	}
	assert_null(line);
}

static void golden_read(struct golden *golden)
{
	char path[4096], *line, *rest, *cells[COLUMNS];
	struct fc_error err = { "" };
	size_t size;

	snprintf(path, sizeof(path), "%s/tests/golden/pytorch-values.csv", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".");
	if (fc_file_read(path, 1 << 20, &golden->text, &size, &err))
		fail_msg("%s", err.text);
	rest = golden->text;
	while ((line = strsep(&rest, "\n"))) {
		struct row *row = &golden->rows[golden->count];

		if (!*line || *line == '#' || !strncmp(line, "quantity,", 9))
			continue;
		assert_true(golden->count < MAX_ROWS);
		split(line, cells);
		row->quantity = cells[0];
		row->layer = cells[1];
		row->item = cells[2];
		row->kind = cells[4];
		assert_true(fc_parse_u64(cells[3], &row->count) && fc_parse_u64(cells[5], &row->index));
		assert_true(fc_parse_double(cells[6], &row->value));
		golden->count++;
	}
}

/* The row's function of a tensor. */
static double project(const struct row *row, const float *values)
{
	double sum = 0;

	if (!strcmp(row->kind, "at"))
		return (double)values[row->index];
	for (uint64_t i = 0; i < row->count; i++) {
		const double v = (double)values[i];
		const double weight = (double)fc_uniform_at(seed, projection_stream + row->index, i) - 0.5;

		sum += strcmp(row->kind, "norm") ? v * weight : v * v;
	}
	return strcmp(row->kind, "norm") ? sum : sqrt(sum);
}

/* How large the row's value may be expected to be: the unit of its tolerance. */
static double scale_of(const struct row *row, const float *values)
{
	const struct row norm = { .kind = "norm", .count = row->count };
	const double size = project(&norm, values);

	if (!strcmp(row->kind, "at"))
		return fmax(fabs(row->value), size / sqrt((double)row->count));
	return size;
}

static void compare(struct golden *golden, const char *quantity, const char *layer, const char *item, const float *values,
		    uint64_t count, double tolerance)
{
	bool found = false;

	for (int i = 0; i < golden->count; i++) {
		const struct row *row = &golden->rows[i];
		double got, difference;

		if (strcmp(row->quantity, quantity) || strcmp(row->layer, layer) || strcmp(row->item, item))
			continue;
		found = true;
		assert_int_equal(row->count, count);
		got = project(row, values);
		difference = fabs(got - row->value) / fmax(scale_of(row, values), 1e-30);
		if (!(difference <= tolerance))
			fail_msg("%s of %s %s, %s %d: %.9g, PyTorch has %.9g; difference %.2g, allowed %.2g", quantity, layer,
				 item, row->kind, (int)row->index, got, row->value, difference, tolerance);
		if (difference > golden->worst) {
			golden->worst = difference;
			snprintf(golden->worst_name, sizeof(golden->worst_name), "%s of %s %s", quantity, layer, item);
		}
	}
	if (!found)
		fail_msg("PyTorch's values have no %s of %s %s", quantity, layer, item);
	golden->compared++;
}

/* A probe that looks at values instead of the clock. */
struct watch {
	struct golden *golden;
	struct fc_network *network;
	const struct fc_graph *graph;
	double tolerance;
	bool inside;		/* the first training iteration: everything is compared */
	enum fc_pass pass;
	const struct fc_executed_step *step;
	bool *seen;		/* per node: its backward has begun */
	int forward, backward;
};

static void watch_value(struct watch *watch, int node, const char *quantity)
{
	const struct fc_node *n = &watch->graph->nodes[node];
	const uint64_t count = (uint64_t)fc_shape_elements(n->shape);
	float *plain = malloc(count * sizeof(float));
	struct fc_error err = { "" };

	assert_non_null(plain);
	if (fc_network_read_value(watch->network, watch->pass, node, !strcmp(quantity, "value_gradient"), plain, &err))
		fail_msg("%s", err.text);
	compare(watch->golden, quantity, node ? n->name : "input", "", plain, count, watch->tolerance);
	free(plain);
}

/* The node whose output is in memory when the step is done: with fusions the last one it covers. */
static int last_node(const struct fc_executed_step *step, enum fc_phase phase)
{
	int node = step->step.phase == phase ? step->step.node : -1;

	for (int i = 0; i < step->cover_count; i++)
		if (step->covers[i].phase == phase && step->covers[i].node > node)
			node = step->covers[i].node;
	return node;
}

static void watch_enter(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	struct watch *watch = probe->impl;
	const int data = last_node(step, FC_PHASE_BACKWARD_DATA), weights = last_node(step, FC_PHASE_BACKWARD_WEIGHTS);
	const int node = data > weights ? data : weights;

	(void)index;
	(void)flops;
	watch->step = step;
	/* All of a node's readers have contributed to its gradient when the first step of its own backward begins. */
	if (!watch->inside || node < 1 || watch->seen[step->step.node])
		return;
	watch->seen[step->step.node] = true;
	watch_value(watch, node, "value_gradient");
	watch->backward++;
}

static void watch_leave(struct fc_probe *probe)
{
	struct watch *watch = probe->impl;
	const int node = last_node(watch->step, FC_PHASE_FORWARD);

	if (watch->pass == FC_PASS_VALIDATE && node == watch->graph->heads[0].node)
		watch_value(watch, node, "validate_value");
	if (!watch->inside)
		return;
	if (watch->step->step.phase == FC_PHASE_INPUT)
		watch_value(watch, 0, "value");
	if (node > 0) {
		watch_value(watch, node, "value");
		watch->forward++;
	}
}

static const struct fc_probe_kind watch_kind = {
	.name = "watch",
	.enter = watch_enter,
	.leave = watch_leave,
};

static void load(struct fc_graph *graph)
{
	char path[4096];
	struct fc_model_request request = { .model = path, .batch = BATCH };
	struct fc_error err = { "" };

	snprintf(path, sizeof(path), "%s/tests/golden/everything.net", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".");
	if (fc_model_load(&request, graph, &err))
		fail_msg("%s", err.text);
}

/* Dropout masks follow from the index of the layer, which is the same on both sides. */
static void compare_indices(struct golden *golden, const struct fc_graph *graph)
{
	for (int i = 1; i < graph->node_count; i++) {
		const float index = (float)i;

		if (graph->nodes[i].op == FC_OP_DROPOUT)
			compare(golden, "node", graph->nodes[i].name, "", &index, 1, 0);
	}
}

/* As set_weights() in values.py. */
static void write_weights(struct fc_network *network, const struct fc_graph *graph)
{
	struct fc_error err = { "" };

	for (int i = 1; i < graph->node_count; i++) {
		const struct fc_node *node = &graph->nodes[i];

		for (int k = 0; k < node->param_count; k++) {
			const int64_t count = fc_shape_elements(node->params[k].shape);
			const struct fc_shape weight = node->params[0].shape;
			const double fan = (double)(weight.c * weight.h * weight.w);
			const float range = (float)exp2(floor(log2(3 / sqrt(fan))));
			float *plain = malloc((size_t)count * sizeof(float));

			assert_non_null(plain);
			for (int64_t j = 0; j < count; j++) {
				const float u = fc_uniform_at(seed, weight_stream + 2 * (uint64_t)i + (uint64_t)k, (uint64_t)j);

				plain[j] = u - 0.5f;
				if (node->op == FC_OP_BATCH_NORM && k == 0)
					plain[j] = u + 0.5f;
				else if (node->op != FC_OP_BATCH_NORM)
					plain[j] *= range;
			}
			if (fc_network_write_param(network, i, k, plain, &err))
				fail_msg("%s", err.text);
			free(plain);
		}
	}
}

static void make_batch(int index, uint8_t *pixels, uint8_t *labels)
{
	uint32_t word[4];

	for (int i = 0; i < BATCH * IMAGE * IMAGE; i++) {
		fc_philox(seed, pixel_stream + (uint64_t)index, (uint64_t)i / 4, word);
		pixels[i] = (uint8_t)(word[i % 4] & 255);
	}
	for (int i = 0; i < BATCH; i++)
		labels[i] = (uint8_t)((3 * i + index) % CLASSES);
}

static void compare_params(struct golden *golden, struct fc_network *network, const struct fc_graph *graph, bool gradient,
			   double tolerance)
{
	struct fc_error err = { "" };

	for (int i = 1; i < graph->node_count; i++)
		for (int k = 0; k < graph->nodes[i].param_count; k++) {
			const int64_t count = fc_shape_elements(graph->nodes[i].params[k].shape);
			float *plain = malloc((size_t)count * sizeof(float));
			const char item[2] = { (char)('0' + k), '\0' };

			assert_non_null(plain);
			if (fc_network_read_param(network, i, k, gradient, plain, &err))
				fail_msg("%s", err.text);
			compare(golden, gradient ? "gradient" : "weight", graph->nodes[i].name, item, plain, (uint64_t)count,
				tolerance);
			free(plain);
		}
}

static void compare_states(struct golden *golden, struct fc_network *network, const struct fc_graph *graph, double tolerance)
{
	struct fc_error err = { "" };
	float plain[256];

	for (int i = 1; i < graph->node_count; i++)
		for (int k = 0; graph->nodes[i].op == FC_OP_BATCH_NORM && k < 2; k++) {
			const char item[2] = { (char)('0' + k), '\0' };

			assert_true(graph->nodes[i].shape.c <= 256);
			if (fc_network_read_state(network, i, k, plain, &err))
				fail_msg("%s", err.text);
			compare(golden, "state", graph->nodes[i].name, item, plain, (uint64_t)graph->nodes[i].shape.c, tolerance);
		}
}

static void run(struct watch *watch, enum fc_pass pass, int index, struct fc_loss loss[FC_MAX_HEADS])
{
	uint8_t pixels[BATCH * IMAGE * IMAGE], labels[BATCH];
	const struct fc_batch batch = {
		.pixels = pixels, .labels = labels, .count = BATCH, .height = IMAGE, .width = IMAGE,
		.mean = 0.25f, .deviation = 0.5f,
	};
	struct fc_probe probe = { .kind = &watch_kind, .impl = watch };
	struct fc_error err = { "" };

	make_batch(index, pixels, labels);
	watch->pass = pass;
	if (fc_network_run(watch->network, pass, &batch, &probe, loss, &err) || fc_network_sync(watch->network, &err))
		fail_msg("%s", err.text);
}

struct tolerances {
	const char *backend;
	double value, gradient, weight;
};

static void train(struct watch *watch, const struct tolerances *allowed)
{
	struct fc_loss loss[FC_MAX_HEADS];

	for (int step = 0; step < STEPS; step++) {
		const char item[2] = { (char)('0' + step), '\0' };

		watch->inside = step == 0;
		run(watch, FC_PASS_TRAIN, step, loss);
		watch->inside = false;
		for (int head = 0; head < watch->graph->head_count; head++) {
			const float mean = (float)(loss[head].sum / BATCH);

			compare(watch->golden, "loss", watch->graph->nodes[watch->graph->heads[head].node].name, item, &mean, 1,
				allowed->weight);
		}
		if (step == 0)
			compare_params(watch->golden, watch->network, watch->graph, true, allowed->gradient);
	}
}

static void everything_equals_pytorch(void **state)
{
	const struct tolerances *allowed = *state;
	struct golden golden = { .count = 0 };
	struct fc_graph graph;
	struct fc_error err = { "" };
	struct fc_network_config config = { .seed = seed, .sgd = sgd, .device = { .threads = 1 } };
	struct watch watch = { .golden = &golden, .graph = &graph, .tolerance = allowed->value };
	struct fc_loss loss[FC_MAX_HEADS];
	float mean;

	config.backend = fc_backend_find(allowed->backend, &err);
	if (!config.backend || config.backend->available(&err)) {
		print_message("%s\n", err.text);
		skip();
	}
	golden_read(&golden);
	load(&graph);
	compare_indices(&golden, &graph);
	watch.seen = calloc((size_t)graph.node_count, sizeof(bool));
	assert_non_null(watch.seen);
	if (fc_network_open(&graph, &config, &watch.network, &err))
		fail_msg("%s", err.text);
	write_weights(watch.network, &graph);
	train(&watch, allowed);
	compare_params(&golden, watch.network, &graph, false, allowed->weight);
	compare_states(&golden, watch.network, &graph, allowed->weight);
	run(&watch, FC_PASS_VALIDATE, STEPS, loss);
	mean = (float)(loss[0].sum / BATCH);
	compare(&golden, "validate_loss", graph.nodes[graph.heads[0].node].name, "0", &mean, 1, allowed->weight);
	/* Fusions hide some values, never most of them. */
	assert_true(watch.forward >= 20 && watch.backward >= 20);
	print_message("%s: %d tensors equal, %d values and %d gradients inside the network; worst %.1e: %s\n", allowed->backend,
		      golden.compared, watch.forward, watch.backward, golden.worst, golden.worst_name);
	fc_network_close(watch.network);
	fc_graph_release(&graph);
	free(watch.seen);
	free(golden.text);
}

int main(void)
{
	static struct tolerances reference = { "reference", 1e-5, 1e-5, 1e-5 }, onednn = { "onednn", 8e-5, 8e-5, 8e-5 };
	const struct CMUnitTest tests[] = {
		{ "reference_equals_pytorch", everything_equals_pytorch, NULL, NULL, &reference },
		{ "onednn_equals_pytorch", everything_equals_pytorch, NULL, NULL, &onednn },
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
