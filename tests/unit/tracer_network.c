/*
 * The executor, with backends that are other backends with one function changed: sharing of memory, order of updates
 * and fusion must not change a single bit of what is computed; sizes, first values, refusals.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "flopclock/executor.h"
#include "flopclock/model.h"
#include "flopclock/random.h"

#include "../../tracer/backends.h"

/* Every kind of layer, joins of both sorts, a value that many read, an auxiliary head. */
static const char everything[] = "network everything\n"
				 "input 1x8x8\n"
				 "classes 3\n"
				 "conv1: conv 4 3 pad=1\n"
				 "relu1: relu\n"
				 "b1: conv 4 3 pad=1 bias=false\n"
				 "n1: batch_norm\n"
				 "r1: relu\n"
				 "add relu1 r1\n"
				 "r2: relu\n"
				 "c1: conv 4 1 from r2\n"
				 "c2: conv 4 3 pad=1 groups=2 from r2\n"
				 "s2: sigmoid\n"
				 "p2: max_pool 3 stride=1 pad=1 from r2\n"
				 "j: concat c1 s2 p2 r2\n"
				 "n2: batch_norm\n"
				 "r3: relu\n"
				 "c3: conv 8 3 pad=1\n"
				 "n3: batch_norm\n"
				 "d3: conv 8 1 from j\n"
				 "n4: batch_norm\n"
				 "a2: add n3 n4\n"
				 "r4: relu\n"
				 "a3: add r4 n3 r4\n"
				 "q: avg_pool 2\n"
				 "f1: dense 12\n"
				 "r5: relu\n"
				 "x: dropout 0.4\n"
				 "dense classes\n"
				 "output\n"
				 "auxiliary_head: sequence from a3 { adaptive_avg_pool 2; dense classes }\n"
				 "output weight=0.3 train_only\n";

static void read_model(const char *text, int64_t batch, struct fc_graph *graph)
{
	const struct fc_model_request request = { .model = "test.net", .batch = batch };
	struct fc_error err;

	if (fc_model_read(&request, text, strlen(text), graph, &err))
		fail_msg("%s", err.text);
}

#define BATCH 4
#define SIDE 8

static void make_batch(uint64_t seed, struct fc_batch *batch, uint8_t *pixels, uint8_t *labels)
{
	for (uint64_t i = 0; i < BATCH * SIDE * SIDE; i++)
		pixels[i] = (uint8_t)(256 * fc_uniform_at(seed, 1, i));
	for (uint64_t i = 0; i < BATCH; i++)
		labels[i] = (uint8_t)(3 * fc_uniform_at(seed, 2, i));
	*batch = (struct fc_batch){ pixels, labels, BATCH, SIDE, SIDE, 0.3f, 0.4f };
}

/* What three steps and a validation leave: losses of all heads and every parameter. */
struct outcome {
	double loss[8];
	int count;
	float *params;
	int64_t param_count;
};

static void train(const struct fc_backend *backend, const char *model, uint64_t seed, struct outcome *o)
{
	const struct fc_network_config config = { .backend = backend, .device = { .threads = 1 }, .seed = seed,
						  .sgd = { 0.05, 0.9, 0.001 } };
	uint8_t pixels[BATCH * SIDE * SIDE], labels[BATCH];
	struct fc_loss loss[FC_MAX_HEADS] = { { 0 } };
	struct fc_network *network;
	struct fc_batch batch;
	struct fc_graph graph;
	struct fc_error err;

	*o = (struct outcome){ .count = 0 };
	read_model(model, BATCH, &graph);
	if (fc_network_open(&graph, &config, &network, &err))
		fail_msg("%s", err.text);
	for (uint64_t i = 0; i < 4; i++) {
		make_batch(i, &batch, pixels, labels);
		batch.count = i == 3 ? BATCH - 1 : BATCH;
		if (fc_network_run(network, i < 3 ? FC_PASS_TRAIN : FC_PASS_VALIDATE, &batch, NULL, loss, &err) ||
		    fc_network_sync(network, &err))
			fail_msg("%s", err.text);
		o->loss[o->count++] = loss[0].sum;
		if (i < 3)
			o->loss[o->count++] = loss[1].sum;
	}
	for (int n = 0; n < graph.node_count; n++)
		for (int p = 0; p < graph.nodes[n].param_count; p++) {
			const int64_t count = fc_shape_elements(graph.nodes[n].params[p].shape);

			o->params = realloc(o->params, (size_t)(o->param_count + count) * sizeof(float));
			assert_int_equal(
				fc_network_read_param(network, n, p, false, o->params + o->param_count, &err), 0);
			o->param_count += count;
		}
	fc_network_close(network);
	fc_graph_release(&graph);
}

static void assert_same(const struct outcome *a, const struct outcome *b)
{
	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->loss, b->loss, (size_t)a->count * sizeof(double));
	assert_int_equal(a->param_count, b->param_count);
	assert_memory_equal(a->params, b->params, (size_t)a->param_count * sizeof(float));
}

static void compare_with(const struct fc_backend *changed)
{
	struct outcome plain, other;

	train(&fc_backend_reference, everything, 1, &plain);
	train(changed, everything, 1, &other);
	assert_same(&plain, &other);
	free(plain.params);
	free(other.params);
}

static void same_seed_same_bits(void **state)
{
	struct outcome a, b;

	(void)state;
	train(&fc_backend_reference, everything, 7, &a);
	train(&fc_backend_reference, everything, 7, &b);
	assert_same(&a, &b);
	free(b.params);
	train(&fc_backend_reference, everything, 8, &b);
	assert_true(a.loss[0] != b.loss[0]);
	for (int i = 0; i < a.count; i++)
		assert_true(isfinite(a.loss[i]) && a.loss[i] > 0);
	free(a.params);
	free(b.params);
}

/* -------- one function changed -------- */

static bool never(const struct fc_tensor *a, const struct fc_tensor *b)
{
	(void)a;
	(void)b;
	return false;
}

/* Layouts that never fit: nothing shares memory any more. */
static void sharing_changes_nothing(void **state)
{
	struct fc_backend changed = fc_backend_reference;

	(void)state;
	changed.same_layout = never;
	compare_with(&changed);
}

static void updates_at_the_end_change_nothing(void **state)
{
	struct fc_backend changed = fc_backend_reference;

	(void)state;
	changed.updates_last = true;
	compare_with(&changed);
}

/* The activation behind a layer, computed in its step. */
static void activate(const struct fc_layer *layer)
{
	float *const y = layer->y->data;

	for (int64_t i = 0; i < fc_shape_elements(layer->y->shape); i++)
		y[i] = y[i] < 0 ? 0 : y[i];
}

static unsigned fuses_forward(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	(void)pass;
	return producer->op != FC_OP_INPUT && activation->op == FC_OP_RELU ? 1u << FC_PHASE_FORWARD : 0;
}

static int run_fused_forward(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase,
			     struct fc_error *err)
{
	const int rc = fc_backend_reference.run(device, layer, phase, err);

	if (layer->fused && phase == FC_PHASE_FORWARD)
		activate(layer);
	return rc;
}

static void fused_forward_changes_nothing(void **state)
{
	struct fc_backend changed = fc_backend_reference;

	(void)state;
	changed.fuses = fuses_forward;
	changed.run = run_fused_forward;
	compare_with(&changed);
}

static unsigned fuses_both(const struct fc_node *producer, const struct fc_node *activation, enum fc_pass pass)
{
	if (producer->op == FC_OP_INPUT || activation->op != FC_OP_RELU)
		return 0;
	return 1u << FC_PHASE_FORWARD | (pass == FC_PASS_TRAIN ? 1u << FC_PHASE_BACKWARD_DATA : 0);
}

static int run_fused_both(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const int64_t count = fc_shape_elements(layer->y->shape);
	struct fc_layer copy = *layer;
	struct fc_tensor dy;
	const float *y;
	float *masked;
	int rc;

	if (!layer->fused || phase == FC_PHASE_FORWARD || phase == FC_PHASE_UPDATE)
		return run_fused_forward(device, layer, phase, err);
	dy = *layer->dy;
	masked = calloc((size_t)count, sizeof(float));
	memcpy(masked, dy.data, (size_t)count * sizeof(float));
	y = layer->y->data;
	for (int64_t i = 0; i < count; i++)
		masked[i] = y[i] > 0 ? masked[i] : 0;
	dy.data = masked;
	copy.dy = &dy;
	rc = fc_backend_reference.run(device, &copy, phase, err);
	free(masked);
	return rc;
}

static void fused_backward_changes_nothing(void **state)
{
	struct fc_backend changed = fc_backend_reference;

	(void)state;
	changed.fuses = fuses_both;
	changed.run = run_fused_both;
	compare_with(&changed);
}

/* Wherever a step says that it covers others: every step of the cost table is run or covered, and once. */
static void steps_cover_the_costs(void **state)
{
	struct fc_backend changed = fc_backend_reference;
	const struct fc_network_config config = { .backend = &changed, .sgd = { 0.1, 0.9, 0 } };
	struct fc_cost_table costs;
	struct fc_network *network;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	changed.fuses = fuses_both;
	changed.run = run_fused_both;
	read_model(everything, BATCH, &graph);
	assert_int_equal(fc_network_open(&graph, &config, &network, &err), 0);
	assert_int_equal(fc_cost_build(&graph, &costs, &err), 0);
	for (int i = 0; i < costs.count; i++) {
		const struct fc_step want = costs.costs[i].step;
		int found = 0;

		for (int k = 0; k < fc_network_step_count(network, FC_PASS_TRAIN); k++) {
			const struct fc_executed_step *const e = fc_network_step(network, FC_PASS_TRAIN, k);

			found += e->step.node == want.node && e->step.phase == want.phase;
			for (int c = 0; c < e->cover_count; c++)
				found += e->covers[c].node == want.node && e->covers[c].phase == want.phase;
		}
		/* The backward of an add that shares its gradient is no step. */
		if (found != 1 &&
		    !(found == 0 && graph.nodes[want.node].op == FC_OP_ADD && want.phase == FC_PHASE_BACKWARD_DATA))
			fail_msg("%s %s is run %d times", graph.nodes[want.node].name, fc_phase_name(want.phase),
				 found);
	}
	fc_cost_release(&costs);
	fc_network_close(network);
	fc_graph_release(&graph);
}

/* -------- losses that went wrong -------- */

static int bad_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits,
		    const struct fc_batch *batch, double weight, struct fc_loss *loss, struct fc_error *err)
{
	const int rc = fc_backend_null.loss(device, logits, dlogits, batch, weight, loss, err);

	loss->sum = weight < 1 ? -INFINITY : loss->sum;
	return rc;
}

static void infinite_loss_is_an_error(void **state)
{
	struct fc_backend changed = fc_backend_null;
	const struct fc_network_config config = { .backend = &changed };
	uint8_t pixels[BATCH * SIDE * SIDE], labels[BATCH];
	struct fc_loss loss[FC_MAX_HEADS];
	struct fc_network *network;
	struct fc_batch batch;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	changed.loss = bad_loss;
	read_model(everything, BATCH, &graph);
	make_batch(1, &batch, pixels, labels);
	assert_int_equal(fc_network_open(&graph, &config, &network, &err), 0);
	/* Validation has no auxiliary head, whose loss it is. */
	assert_int_equal(fc_network_run(network, FC_PASS_VALIDATE, &batch, NULL, loss, &err), 0);
	assert_int_equal(fc_network_sync(network, &err), 0);
	assert_true(loss[0].sum == BATCH * log(3));
	assert_int_equal(fc_network_run(network, FC_PASS_TRAIN, &batch, NULL, loss, &err), 0);
	assert_int_equal(fc_network_sync(network, &err), -1);
	assert_non_null(strstr(err.text, "train iteration 1"));
	assert_non_null(strstr(err.text, "auxiliary_head"));
	fc_network_close(network);
	fc_graph_release(&graph);
}

/* -------- memory -------- */

static const char *const models[] = { "lenet5", "alexnet", "vgg11", "vgg16", "googlenet", "resnet18", "resnet34",
				      "densenet121", "densenet161" };
#define MODEL_COUNT (sizeof(models) / sizeof(models[0]))

/* Nothing is allocated: what would have been is in the error's text. */
static int refuse_memory(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err)
{
	(void)device;
	(void)memory;
	return fc_fail(err, "%llu", (unsigned long long)bytes);
}

static void load(const char *model, int64_t batch, struct fc_graph *graph)
{
	const char *const root = getenv("FC_ROOT");
	struct fc_model_request request = { .batch = batch, .classes = 10, .input = { 3, 64, 64 } };
	struct fc_error err;
	char path[4096];

	snprintf(path, sizeof(path), "%s/models/%s.net", root ? root : ".", model);
	request.model = path;
	if (!strcmp(model, "lenet5"))
		request.input[0] = 0;
	if (fc_model_load(&request, graph, &err))
		fail_msg("%s", err.text);
}

/*
 * One tenth, with one exception: without AVX-512 oneDNN has no direct kernel for the gradient of 512 to 512 channels on 2x2
 * pixels, which only ResNet has at this size, and takes a quarter of that network's small whole as scratch memory.
 */
static double allowed_excess(const struct fc_backend *backend, const char *model)
{
	const struct fc_device_config config = { .threads = 1 };
	struct fc_json json = { 0 };
	struct fc_device *device;
	struct fc_error err;
	bool direct;

	if (strcmp(backend->name, "onednn") || strncmp(model, "resnet", 6))
		return 0.1;
	assert_int_equal(backend->open(&config, &device, &err), 0);
	fc_json_object(&json, NULL);
	backend->describe(device, &json);
	fc_json_end_object(&json);
	direct = strstr(json.out.text, "AVX-512") != NULL;
	fc_json_release(&json);
	backend->close(device);
	return direct ? 0.1 : 0.3;
}

static void compare_memory(const struct fc_backend *backend, const char *model, int64_t batch, double momentum)
{
	struct fc_backend measured = *backend;
	const struct fc_network_config config = {
		.backend = &measured, .device = { .threads = 1 }, .sgd = { 0.1, momentum, 0 } };
	struct fc_network *network;
	struct fc_memory memory;
	struct fc_graph graph;
	struct fc_error err;
	double ratio;

	measured.memory_alloc = refuse_memory;
	load(model, batch, &graph);
	assert_int_equal(fc_memory_estimate(&graph, momentum != 0, &memory, &err), 0);
	assert_int_equal(fc_network_open(&graph, &config, &network, &err), -1);
	ratio = strtod(strrchr(err.text, ' '), NULL) / (double)memory.total;
	if (!(ratio > 0.9 && ratio < 1 + allowed_excess(backend, model)))
		fail_msg("%s on %s takes %g of what was announced", model, backend->name, ratio);
	fc_graph_release(&graph);
}

static void memory_is_as_announced(void **state)
{
	(void)state;
	for (size_t i = 0; i < MODEL_COUNT; i++)
		for (int momentum = 0; momentum < 2; momentum++) {
			compare_memory(&fc_backend_null, models[i], 8, 0.9 * momentum);
			compare_memory(&fc_backend_reference, models[i], 8, 0.9 * momentum);
		}
}

/* The networks of the study as the demonstration trains them. */
static void memory_is_as_announced_by_default(void **state)
{
	static const char *const study[] = { "alexnet", "vgg16", "googlenet", "resnet18", "densenet161" };
	const struct fc_backend *backend;
	struct fc_error err;

	(void)state;
	backend = fc_backend_find("cpu", &err);
	assert_non_null(backend);
	for (size_t i = 0; i < sizeof(study) / sizeof(study[0]); i++)
		compare_memory(backend, study[i], 32, 0.9);
}

static void roles_add_up(void **state)
{
	const struct fc_network_config config = { .backend = &fc_backend_reference, .sgd = { 0.1, 0.9, 0 } };
	uint64_t bytes[FC_ROLE_COUNT], total, sum = 0;
	struct fc_network *network;
	struct fc_graph graph;
	struct fc_error err;

	(void)state;
	read_model(everything, BATCH, &graph);
	assert_int_equal(fc_network_open(&graph, &config, &network, &err), 0);
	fc_network_memory(network, bytes, &total);
	for (int role = 0; role < FC_ROLE_COUNT; role++)
		sum += bytes[role];
	assert_int_equal(sum, total);
	assert_int_equal(bytes[FC_ROLE_PARAM], bytes[FC_ROLE_PARAM_GRADIENT]);
	assert_int_equal(bytes[FC_ROLE_PARAM], bytes[FC_ROLE_MOMENTUM]);
	assert_true(bytes[FC_ROLE_STATE] > 0 && bytes[FC_ROLE_VALUE] > 0);
	fc_network_close(network);
	fc_graph_release(&graph);
}

static void too_large_is_refused(void **state)
{
	static const char huge[] = "network huge\ninput 1x8x8\nclasses 3\nconv 1000000000 1\ndense classes\noutput\n";
	static const char wide[] = "network wide\ninput 1x4096x4096\nclasses 3\n"
				   "relu\nconv 8 1\nadaptive_avg_pool 1\ndense classes\noutput\n";
	const struct fc_network_config config = { .backend = &fc_backend_null };
	struct fc_network *network;
	struct fc_graph graph;
	struct fc_error err;
	long long batch;

	(void)state;
	read_model(huge, 1, &graph);
	assert_int_equal(fc_network_open(&graph, &config, &network, &err), -1);
	assert_non_null(strstr(err.text, "not even batch 1 would fit"));
	assert_null(network);
	fc_graph_release(&graph);
	read_model(wide, 8000, &graph);
	assert_int_equal(fc_network_open(&graph, &config, &network, &err), -1);
	assert_non_null(strstr(err.text, "would fit"));
	assert_int_equal(sscanf(strstr(err.text, "; batch"), "; batch %lld", &batch), 1);
	assert_in_range(batch, 1, 7999);
	fc_graph_release(&graph);
}

/* -------- first values -------- */

static void moments(const float *values, int64_t count, double *mean, double *deviation, double *largest)
{
	double sum = 0, squares = 0;

	*largest = 0;
	for (int64_t i = 0; i < count; i++) {
		sum += values[i];
		squares += (double)values[i] * values[i];
		*largest = fmax(*largest, fabs((double)values[i]));
	}
	*mean = sum / (double)count;
	*deviation = sqrt(squares / (double)count - *mean * *mean);
}

static void first_values(void **state)
{
	static const char text[] = "network init\ninput 1x40x40\nclasses 3\ndense 100\ndense classes\noutput\n";
	static const struct fc_init inits[] = {
		{ FC_INIT_CONSTANT, 0.25, 0 },
		{ FC_INIT_UNIFORM, 0.5, 0 },
		{ FC_INIT_NORMAL, 0.1, 0 },
		{ FC_INIT_TRUNCATED_NORMAL, 1, 1 },
		{ FC_INIT_TRUNCATED_NORMAL, 1, 0 },
	};
	/* Deviation and largest magnitude; a normal distribution cut at one deviation keeps 0.5396 of it. */
	static const double expected[][2] = { { 0, 0.25 }, { 0.28868, 0.5 }, { 0.1, 0.6 }, { 0.53956, 1 }, { 0, 0 } };
	float values[160000];

	(void)state;
	for (size_t i = 0; i < sizeof(inits) / sizeof(inits[0]); i++) {
		const struct fc_network_config config = { .backend = &fc_backend_null, .seed = 3 };
		double mean, deviation, largest;
		struct fc_network *network;
		struct fc_graph graph;
		struct fc_error err;

		read_model(text, 1, &graph);
		graph.nodes[1].params[0].init = inits[i];
		assert_int_equal(fc_network_open(&graph, &config, &network, &err), 0);
		assert_int_equal(fc_network_read_param(network, 1, 0, false, values, &err), 0);
		moments(values, 160000, &mean, &deviation, &largest);
		assert_true(fabs(mean - (i ? 0 : 0.25)) < 0.01 && fabs(deviation - expected[i][0]) < 0.005);
		assert_true(largest <= expected[i][1]);
		/* The stream of (seed, node, parameter): element 5 is word 1 of block 1. */
		if (inits[i].kind == FC_INIT_UNIFORM)
			assert_true(values[5] ==
				    (float)(0.5 * (2.0 * fc_uniform_at(3, fc_stream(FC_STREAM_INIT, 1, 0), 5) - 1)));
		fc_network_close(network);
		fc_graph_release(&graph);
	}
}

/* -------- reading -------- */

static void what_is_not_there(void **state)
{
	const struct fc_network_config config = { .backend = &fc_backend_null, .validate_only = true };
	struct fc_network *network;
	struct fc_graph graph;
	struct fc_error err;
	float values[4096];
	int conv = 1;

	(void)state;
	read_model(everything, BATCH, &graph);
	assert_int_equal(fc_network_open(&graph, &config, &network, &err), 0);
	assert_int_equal(fc_network_step_count(network, FC_PASS_TRAIN), 0);
	assert_int_equal(fc_network_read_param(network, conv, 0, false, values, &err), 0);
	assert_int_equal(fc_network_read_param(network, conv, 0, true, values, &err), -1);
	assert_int_equal(fc_network_read_value(network, FC_PASS_TRAIN, conv, false, values, &err), -1);
	assert_int_equal(fc_network_read_value(network, FC_PASS_VALIDATE, conv, true, values, &err), -1);
	assert_int_equal(fc_network_read_value(network, FC_PASS_VALIDATE, conv, false, values, &err), 0);
	for (int n = 0; n < graph.node_count; n++)
		if (graph.nodes[n].op == FC_OP_BATCH_NORM) {
			assert_int_equal(fc_network_read_state(network, n, 0, values, &err), 0);
			assert_true(values[0] == 0);
			assert_int_equal(fc_network_read_state(network, n, 1, values, &err), 0);
			assert_true(values[0] == 1);
		}
	fc_network_close(network);
	fc_graph_release(&graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_seed_same_bits),		 cmocka_unit_test(sharing_changes_nothing),
		cmocka_unit_test(updates_at_the_end_change_nothing), cmocka_unit_test(fused_forward_changes_nothing),
		cmocka_unit_test(fused_backward_changes_nothing), cmocka_unit_test(steps_cover_the_costs),
		cmocka_unit_test(infinite_loss_is_an_error),	 cmocka_unit_test(memory_is_as_announced),
		cmocka_unit_test(memory_is_as_announced_by_default),
		cmocka_unit_test(roles_add_up),			 cmocka_unit_test(too_large_is_refused),
		cmocka_unit_test(first_values),			 cmocka_unit_test(what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
