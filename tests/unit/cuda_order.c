/*
 * The order of calls to the device: every shipped model trains and validates on a GPU that only checks (recording_gpu.h), in
 * every precision, step by step and replayed.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../gpu/recording_gpu.h"
#include "backend.h"
#include "flopclock/cost.h"
#include "flopclock/executor.h"
#include "flopclock/file.h"
#include "flopclock/model.h"
#include "network.h"

#define BATCH		4
#define TRAIN_IMAGES	(5 * BATCH)
#define VALIDATE_IMAGES (3 * BATCH - 1)

/* Where open() finds the log: a backend has no other way to be told. */
static _Thread_local struct recording *log_of_test;

static int always(struct fc_error *err)
{
	(void)err;
	return 0;
}

static int open_recording(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	return backend_cuda_open_on(recording_open(log_of_test), config, device, err);
}

static const struct fc_backend recording_backend = {
	.name = "recording",
	.device = "cuda",
	.summary = "checks the order of calls",
	.available = always,
	.open = open_recording,
	BACKEND_FUNCTIONS,
};

struct run {
	struct recording *log;
	struct fc_graph graph;
	struct fc_network *network;
	bool no_replay;
	uint8_t pixels[TRAIN_IMAGES * 28 * 28], labels[TRAIN_IMAGES];
	uint32_t order[TRAIN_IMAGES];
};

static void must(int rc, const struct fc_error *err, const char *model)
{
	if (rc)
		fail_msg("%s: %s", model, err->text);
}

static void watch_gradients(struct run *run)
{
	for (int n = 0; n < run->graph.node_count; n++)
		for (int p = 0; p < run->graph.nodes[n].param_count; p++) {
			const struct fc_tensor *const g = &run->network->nodes[n].gradient[p];

			recording_watch(run->log, g->data, (uint64_t)layout_count(g) * 4);
		}
}

static void open_run(struct run *run, const char *model, enum fc_precision precision, bool no_replay)
{
	const struct fc_model_request request = { .model = model, .batch = BATCH, .classes = 10 };
	struct fc_network_config config = {
		.backend = &recording_backend, .seed = 1, .sgd = { 0.1, 0.9, 0 }, .no_replay = no_replay
	};
	struct fc_error err;

	memset(run, 0, sizeof(*run));
	run->no_replay = no_replay;
	run->log = log_of_test = recording_new();
	config.device = (struct fc_device_config){ .precision = precision, .autotune = true };
	must(fc_model_load(&request, &run->graph, &err), &err, model);
	must(fc_network_open(&run->graph, &config, &run->network, &err), &err, model);
	for (uint32_t i = 0; i < TRAIN_IMAGES; i++)
		run->order[i] = TRAIN_IMAGES - 1 - i;
	watch_gradients(run);
}

static void close_run(struct run *run)
{
	fc_network_close(run->network);
	fc_graph_release(&run->graph);
	recording_free(run->log);
}

static void load(struct run *run, enum fc_pass pass, int64_t count, const char *model)
{
	const struct fc_images images = { .pixels = run->pixels,
					  .labels = run->labels,
					  .count = count,
					  .height = 28,
					  .width = 28,
					  .mean = 0.3f,
					  .deviation = 0.3f };
	struct fc_error err;

	must(fc_network_load(run->network, pass, &images, &err), &err, model);
}

/* -------- a probe that expects something of every step -------- */

struct watcher {
	struct fc_probe probe;
	const struct run *run;
	const struct fc_executed_step *step;
	uint64_t before;
};

static uint64_t calls_of(const struct run *run)
{
	const struct recording_totals *const t = recording_totals(run->log);

	return t->launches + t->convs + t->products + t->legacies;
}

static void watch_nothing(struct fc_probe *probe, enum fc_pass pass, uint32_t iteration)
{
	(void)probe;
	(void)pass;
	(void)iteration;
}

static void watch_enter(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	struct watcher *const w = probe->impl;

	(void)index;
	(void)flops;
	w->step = step;
	w->before = calls_of(w->run);
}

/* A probe that measures calls a step without a record an anomaly. */
static void watch_leave(struct fc_probe *probe)
{
	const struct watcher *const w = probe->impl;

	if (calls_of(w->run) == w->before)
		fail_msg("%s: %s of layer %s leaves nothing behind", w->run->graph.name,
			 fc_phase_name(w->step->step.phase), w->run->graph.nodes[w->step->step.node].name);
}

static const struct fc_probe_kind watching = {
	.name = "watching",
	.device = "any",
	.iteration = watch_nothing,
	.enter = watch_enter,
	.leave = watch_leave,
};

static void epoch(struct run *run, enum fc_pass pass, int64_t images, const char *model)
{
	struct watcher watcher = { .probe = { .kind = &watching, .impl = &watcher }, .run = run };
	const uint64_t steps = (uint64_t)((images + BATCH - 1) / BATCH);
	const bool train = pass == FC_PASS_TRAIN;
	struct fc_result results[8];
	struct fc_error err;

	must(fc_network_begin(run->network, pass, train ? run->order : NULL, images, &err), &err, model);
	for (uint64_t i = 0; i < steps; i++)
		must(fc_network_stream(run->network, pass, run->no_replay ? &watcher.probe : NULL, &err), &err,
		     model);
	must(fc_network_collect(run->network, pass, steps, results, &err), &err, model);
}

static void check_log(const struct run *run, const char *model, const char *what)
{
	const char *const complaint = recording_complaint(run->log);

	if (complaint)
		fail_msg("%s, %s: %s", model, what, complaint);
}

static void train_and_validate(const char *model, enum fc_precision precision, bool no_replay)
{
	const struct recording_totals *totals;
	struct recording_totals before;
	struct run run;

	open_run(&run, model, precision, no_replay);
	totals = recording_totals(run.log);
	load(&run, FC_PASS_TRAIN, TRAIN_IMAGES, model);
	load(&run, FC_PASS_VALIDATE, VALIDATE_IMAGES, model);
	epoch(&run, FC_PASS_TRAIN, TRAIN_IMAGES, model);
	epoch(&run, FC_PASS_VALIDATE, VALIDATE_IMAGES, model);
	before = *totals;
	epoch(&run, FC_PASS_TRAIN, TRAIN_IMAGES, model);
	check_log(&run, model, fc_precision_name(precision));
	/* A second epoch allocates nothing and waits for nothing: the data go up at its beginning, the losses come at its end. */
	assert_int_equal(totals->peak_bytes, before.peak_bytes);
	assert_int_equal(totals->syncs, before.syncs);
	assert_int_equal(totals->uploads, before.uploads + 2);
	assert_int_equal(totals->downloads, before.downloads + 1);
	if (no_replay)
		assert_int_equal(totals->replays, 0);
	else
		assert_int_equal(totals->replays - before.replays, TRAIN_IMAGES / BATCH);
	assert_true(totals->convs + totals->products > 0);
	fc_network_close(run.network);
	run.network = NULL;
	check_log(&run, model, "closing");
	assert_int_equal(totals->allocations, 0);
	assert_int_equal(totals->plans, 0);
	assert_int_equal(totals->graphs, 0);
	close_run(&run);
}

/* Calls visit for every model that belongs to flopclock. */
static void every_model(void (*visit)(const char *model))
{
	struct fc_str folder = { 0 };
	struct dirent *entry;
	struct fc_error err;
	int seen = 0;
	DIR *dir;

	must(fc_share_dir("models", &folder, &err), &err, "models");
	dir = opendir(folder.text);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char name[300];
		char *const dot = strcpy(name, entry->d_name) + strcspn(entry->d_name, ".");

		if (strcmp(dot, ".net"))
			continue;
		*dot = 0;
		visit(name);
		seen++;
	}
	closedir(dir);
	fc_str_release(&folder);
	assert_true(seen >= 9);
}

/* First values of a hundred million parameters take longer than all else: of such networks the two extremes will do. */
#define MANY_PARAMS 20000000

static uint64_t params_of(const char *model)
{
	const struct fc_model_request request = { .model = model, .batch = 1 };
	struct fc_cost_table costs;
	struct fc_graph graph;
	struct fc_error err;
	uint64_t params;

	must(fc_model_load(&request, &graph, &err), &err, model);
	must(fc_cost_build(&graph, &costs, &err), &err, model);
	params = costs.params;
	fc_cost_release(&costs);
	fc_graph_release(&graph);
	return params;
}

static void visit_model(const char *model)
{
	const bool large = params_of(model) > MANY_PARAMS;

	train_and_validate(model, FC_PRECISION_FP32, true);
	train_and_validate(model, FC_PRECISION_BF16, false);
	for (enum fc_precision precision = 0; precision < FC_PRECISION_BF16 && !large; precision++)
		train_and_validate(model, precision, false);
}

static void test_every_model(void **state)
{
	(void)state;
	every_model(visit_model);
}

/* A kind that is missing is refused by name before anything is opened. */
static void test_what_is_missing(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{ "network n\ninput 4x8x8\nclasses 2\ngn: group_norm 2\ndense classes\noutput\n",
		  "cuda cannot compute group_norm (layer gn)" },
		{ "network n\ninput 4x8x8\nclasses 2\nup: conv_transpose 4 2 stride=2\ndense classes\noutput\n",
		  "cuda cannot compute conv_transpose (layer up)" },
		{ "network n\ninput 4x8x8\nclasses 2\nmiddle: mean axis=3\ndense classes\noutput\n",
		  "cuda cannot compute mean (layer middle)" },
	};
	const struct fc_model_request request = { .model = "test.net", .batch = BATCH };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_graph graph;
		struct fc_error err;

		must(fc_model_read(&request, cases[i].text, strlen(cases[i].text), &graph, &err), &err, "test.net");
		assert_int_equal(backend_supports(&graph, &graph.nodes[1], &err), -1);
		assert_string_equal(err.text, cases[i].sentence);
		fc_graph_release(&graph);
	}
}

/* The checks find what they are there for. */
static void test_unwritten_is_seen(void **state)
{
	const struct fc_tensor *weight;
	struct run run;

	(void)state;
	open_run(&run, "lenet5", FC_PRECISION_FP32, true);
	load(&run, FC_PASS_TRAIN, TRAIN_IMAGES, "lenet5");
	weight = &run.network->nodes[1].param[0];
	recording_forget(run.log, weight->data, 16);
	epoch(&run, FC_PASS_TRAIN, BATCH, "lenet5");
	assert_non_null(recording_complaint(run.log));
	assert_non_null(strstr(recording_complaint(run.log), "nobody wrote"));
	close_run(&run);
}

static void test_missing_gradient_is_seen(void **state)
{
	struct run run;

	(void)state;
	open_run(&run, "lenet5", FC_PRECISION_FP32, true);
	load(&run, FC_PASS_TRAIN, TRAIN_IMAGES, "lenet5");
	/* The parameters themselves are written by the optimizer alone. */
	recording_watch(run.log, run.network->nodes[1].param[0].data, 64);
	epoch(&run, FC_PASS_TRAIN, 2 * BATCH, "lenet5");
	assert_non_null(recording_complaint(run.log));
	assert_string_equal(recording_complaint(run.log),
			    "the optimizer runs before a gradient of 64 bytes was computed");
	close_run(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_model),
		cmocka_unit_test(test_what_is_missing),
		cmocka_unit_test(test_unwritten_is_seen),
		cmocka_unit_test(test_missing_gradient_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
