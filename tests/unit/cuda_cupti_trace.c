/*
 * Whole traces: the trainer, the cuda backend on an emulated GPU, the probe on a stand-in for CUPTI. Every record that was
 * written is accounted for, and the run is not suspect.
 */
#include "cuda_cupti_fixture.h"

#ifdef HAVE_CUDA

#include <jansson.h>

#include <backend.h>
#include <cupti_probe.h>

#include "flopclock/random.h"
#include "flopclock/trainer.h"

#include "../gpu/fake_cupti.h"
#include "../gpu/fake_cupti_gpu.h"

static const char model[] = "network small\n"
			    "input 3x8x8\n"
			    "classes 4\n"
			    "conv 6 3 pad=1\n"
			    "r1: relu\n"
			    "conv 6 3 pad=1 bias=false\n"
			    "n1: batch_norm\n"
			    "add n1 r1\n"
			    "relu\n"
			    "max_pool 2\n"
			    "dropout 0.3\n"
			    "dense classes\n"
			    "output\n";

enum { TRAIN = 40, VALIDATE = 12, SIDE = 4, BATCH = 4 };

static int always(struct fc_error *err)
{
	(void)err;
	return 0;
}

static int open_device(const struct fc_device_config *config, struct fc_device **device, struct fc_error *err)
{
	struct gpu *gpu;

	if (fake_cupti_gpu_open(&gpu, err))
		return -1;
	return backend_cuda_open_on(gpu, config, device, err);
}

static const struct fc_backend recorded = {
	.name = "emulated",
	.device = "cuda",
	.summary = "our kernels on the host, with records",
	.available = always,
	.open = open_device,
	BACKEND_FUNCTIONS,
};

struct data {
	struct fc_dataset set;
	uint8_t pixels[2][TRAIN * SIDE * SIDE], labels[2][TRAIN];
	char path[8];
};

static void make_data(struct data *d)
{
	struct fc_split *const splits[] = { &d->set.train, &d->set.validate };

	memset(d, 0, sizeof(*d));
	strcpy(d->path, "made");
	d->set = (struct fc_dataset){ .path = d->path, .classes = 4, .mean = 0.5, .deviation = 0.25 };
	for (int s = 0; s < 2; s++) {
		*splits[s] = (struct fc_split){ .count = s ? VALIDATE : TRAIN,
						.height = SIDE,
						.width = SIDE,
						.pixels = d->pixels[s],
						.labels = d->labels[s] };
		for (uint64_t i = 0; i < sizeof(d->pixels[s]); i++)
			d->pixels[s][i] = (uint8_t)(256 * fc_uniform_at(9, (uint64_t)s, i));
		for (uint64_t i = 0; i < TRAIN; i++)
			d->labels[s][i] = (uint8_t)(i % 4);
	}
}

static double count_of(const json_t *probe, const char *name)
{
	const json_t *const count = json_object_get(json_object_get(probe, name), "count");

	if (!json_is_integer(count))
		fail_msg("the probe does not say how many: %s", name);
	return (double)json_integer_value(count);
}

/* Nothing of what was written since `before` is missing or counted twice. */
static void check_run(const struct fc_trainer_result *result, uint64_t before, bool replays)
{
	static const char *const groups[] = {
		"kernels", "copies", "memsets", "setup", "between_iterations", "astray"
	};
	char path[512];
	json_error_t why;
	json_t *root, *probe;
	double sum = 0;

	snprintf(path, sizeof(path), "%s/run.json", result->folder.text);
	root = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
	if (!root)
		fail_msg("%s: %s", path, why.text);
	assert_string_equal(json_string_value(json_object_get(root, "status")), "complete");
	probe = json_object_get(root, "probe");
	assert_string_equal(json_string_value(json_object_get(probe, "name")), "cupti");
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		sum += count_of(probe, groups[i]);
	assert_true(sum == (double)(fake_cupti_state().kernels - before));
	assert_true(count_of(probe, "kernels") > 0 && count_of(probe, "setup") > 0);
	assert_true(count_of(probe, "between_iterations") > 0);
	assert_true(count_of(probe, "astray") == 0);
	assert_int_equal(json_integer_value(json_object_get(probe, "replayed_without_step")), 0);
	assert_int_equal(json_integer_value(json_object_get(probe, "replayed")) > 0, replays);
	json_decref(root);
}

static void trace(struct fc_probe *probe, uint64_t epochs, bool no_replay)
{
	const struct fc_model_request request = { .model = "small.net", .batch = BATCH };
	struct fc_trainer_config config = { .backend = &recorded,
					    .probe = probe,
					    .seed = 1,
					    .sgd = { 0.05, 0.9, 0 },
					    .epochs = epochs,
					    .warmup = 3,
					    .timeline = true,
					    .no_replay = no_replay };
	struct fc_trainer_result result = { .iterations = 0 };
	const uint64_t before = fake_cupti_state().kernels;
	struct fc_error err = { "" };
	struct fc_graph graph;
	struct data data;

	make_data(&data);
	config.dataset = &data.set;
	if (fc_model_read(&request, model, sizeof(model) - 1, &graph, &err))
		fail_msg("%s", err.text);
	if (fc_trainer_run(&graph, &config, "runs", &result, &err))
		fail_msg("%s", *err.text ? err.text : "the run is suspect");
	assert_int_equal(result.iterations, epochs * TRAIN / BATCH);
	for (int pass = 0; pass < FC_PASS_COUNT; pass++) {
		const struct fc_closure *const closure = &result.closure[pass];

		assert_true(closure->busy_ns > 0 && closure->idle_ns > 0);
		assert_int_equal(closure->wall_ns, closure->busy_ns + closure->idle_ns);
	}
	check_run(&result, before, !no_replay);
	fc_str_release(&result.folder);
	fc_graph_release(&graph);
}

/* One probe for the whole program, as CUPTI wants it; a run with replays, one without, one with again. */
static void runs_of_a_program_are_complete(void **state)
{
	const struct fake_cupti_config config = { .nested = true, .seed = 5 };
	const struct cupti_pool_size *const usual = NULL;
	struct fc_probe probe = { .kind = &fc_probe_cupti };
	struct libraries libraries;
	struct fc_error err = { "" };

	(void)state;
	if (!fake_cupti_open(&config, &libraries)) {
		print_message("skipped: CUPTI is not installed\n");
		skip();
	}
	if (cupti_probe_open_on(&probe, &libraries, usual, &err))
		fail_msg("%s", err.text);
	trace(&probe, 3, false);
	trace(&probe, 1, true);
	trace(&probe, 2, false);
	probe.kind->close(&probe);
	assert_false(fake_cupti_state().subscribed);
	assert_int_equal(fake_cupti_state().named, 0);
	fake_cupti_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(runs_of_a_program_are_complete) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

CUPTI_IS_MISSING

#endif
