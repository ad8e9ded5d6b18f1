/*
 * Whole runs with backends and probes that have one function changed: what is suspect, what fails, what is left
 * behind.
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
#include "flopclock/file.h"
#include "flopclock/model.h"
#include "flopclock/trainer.h"

#include "../../tracer/backends.h"
#include "../../tracer/batches.h"
#include "../../tracer/probes.h"

static const char text[] = "network tiny\ninput 1x4x4\nclasses 3\nrelu\ndense classes\noutput\n";

enum { IMAGES = 21, CHECKS = 7 };

static void make_data(struct fc_dataset *data)
{
	struct fc_split *const splits[] = { &data->train, &data->validate };
	static char path[] = "made";
	static const int64_t counts[] = { IMAGES, CHECKS };

	*data = (struct fc_dataset){ .path = path, .classes = 3, .mean = 0.5, .deviation = 0.25 };
	for (int s = 0; s < 2; s++) {
		*splits[s] = (struct fc_split){ .count = counts[s], .height = 4, .width = 4 };
		splits[s]->pixels = calloc((size_t)counts[s], 16);
		splits[s]->labels = calloc((size_t)counts[s], 1);
		for (int64_t i = 0; i < counts[s]; i++) {
			/* The first pixel is the image's number. */
			splits[s]->pixels[16 * i] = (uint8_t)i;
			splits[s]->labels[i] = (uint8_t)(i % 3);
		}
	}
}

static void free_data(struct fc_dataset *data)
{
	free(data->train.pixels);
	free(data->train.labels);
	free(data->validate.pixels);
	free(data->validate.labels);
}

static int run_tiny(const struct fc_backend *backend, const struct fc_probe_kind *kind, int64_t batch,
		    uint64_t steps, struct fc_trainer_result *result, struct fc_error *err)
{
	const struct fc_model_request request = { .model = "tiny.net", .batch = batch };
	struct fc_probe probe = { .kind = kind };
	struct fc_trainer_config config = { .backend = backend, .probe = &probe, .seed = 1, .sgd = { 0.1, 0.9, 0 },
					    .epochs = 2, .steps = steps, .warmup = 1 };
	struct fc_dataset data;
	struct fc_graph graph;
	int rc;

	*result = (struct fc_trainer_result){ .iterations = 0 };
	*err = (struct fc_error){ "" };
	make_data(&data);
	config.dataset = &data;
	if (fc_model_read(&request, text, strlen(text), &graph, err))
		fail_msg("%s", err->text);
	assert_int_equal(kind->open(&probe, err), 0);
	rc = fc_trainer_run(&graph, &config, "runs", result, err);
	assert_null(probe.recorder);
	kind->close(&probe);
	fc_graph_release(&graph);
	free_data(&data);
	return rc;
}

static char *read_json(const struct fc_trainer_result *result)
{
	struct fc_str path = { 0 };
	struct fc_error err;
	char *json;
	size_t size;

	fc_str_addf(&path, "%s/run.json", result->folder.text);
	if (fc_file_read(path.text, 1 << 20, &json, &size, &err))
		fail_msg("%s", err.text);
	fc_str_release(&path);
	return json;
}

static void a_clean_run(void **state)
{
	struct fc_trainer_result result;
	struct fc_error err;
	char *json;

	(void)state;
	assert_int_equal(run_tiny(&fc_backend_null, &fc_probe_fake, 4, 0, &result, &err), 0);
	json = read_json(&result);
	assert_non_null(strstr(json, "\"status\": \"complete\""));
	assert_non_null(strstr(json, "\"anomalies\": []"));
	assert_non_null(strstr(json, "\"difference_ns\": 0\n"));
	/* 21 images are 5 batches of 4; 7 are 2. */
	assert_non_null(strstr(json, "\"steps\": 5,"));
	assert_non_null(strstr(json, "\"validate_steps\": 2,"));
	assert_int_equal(result.iterations, 10);
	assert_true(result.images_per_s > 0);
	assert_true(fabs(result.validate_loss - log(3)) < 1e-12);
	/* 3 of 7 labels are 0, which is what an answer of zeros guesses. */
	assert_true(fabs(result.validate_accuracy - 3.0 / 7) < 1e-12);
	free(json);
	fc_str_release(&result.folder);
	fc_dir_remove("runs");
}

/* -------- suspect -------- */

static void late_leave(struct fc_probe *probe)
{
	const struct fc_record record = { .pass = FC_PASS_TRAIN, .iteration = 0, .step = -1, .kernel = "stray",
					  .start_ns = 1000000001, .end_ns = 1000000002 };

	fc_probe_fake.leave(probe);
	fc_recorder_add(probe->recorder, &record);
}

static void silent_leave(struct fc_probe *probe)
{
	(void)probe;
}

static void suspect_runs(void **state)
{
	static const struct {
		void (*leave)(struct fc_probe *);
		const char *anomaly;
	} cases[] = { { late_leave, "time that belongs to no step" }, { silent_leave, "a step without a record" } };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct fc_probe_kind probe = fc_probe_fake;
		struct fc_trainer_result result;
		struct fc_error err;
		char *json;

		probe.leave = cases[i].leave;
		assert_int_equal(run_tiny(&fc_backend_null, &probe, 4, 2, &result, &err), 3);
		json = read_json(&result);
		assert_non_null(strstr(json, "\"status\": \"suspect\""));
		assert_non_null(strstr(json, cases[i].anomaly));
		free(json);
		fc_str_release(&result.folder);
		fc_dir_remove("runs");
	}
}

/* -------- failed -------- */

static int countdown_loss(struct fc_device *device, struct fc_tensor *logits, struct fc_tensor *dlogits,
			  const struct fc_batch *batch, double weight, struct fc_loss *loss, struct fc_error *err)
{
	const int rc = fc_backend_null.loss(device, logits, dlogits, batch, weight, loss, err);

	/* The padded last batch of a validation. */
	if (batch->count == 3)
		loss->sum = NAN;
	return rc;
}

static int no_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	(void)device;
	(void)layer;
	return phase == FC_PHASE_UPDATE ? fc_fail(err, "the device is gone") : 0;
}

static int no_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	if (layer->node->op == FC_OP_DENSE)
		return fc_fail(err, "cannot be computed here");
	return fc_backend_null.prepare(device, layer, err);
}

static int no_memory(struct fc_device *device, uint64_t bytes, void **memory, struct fc_error *err)
{
	(void)device;
	(void)bytes;
	(void)memory;
	return fc_fail(err, "no memory");
}

static int no_drain(struct fc_probe *probe, struct fc_error *err)
{
	(void)probe;
	return fc_fail(err, "the records are lost");
}

static void expect_failure(const struct fc_backend *backend, const struct fc_probe_kind *probe, const char *sentence)
{
	struct fc_trainer_result result;
	struct fc_error err;

	assert_int_equal(run_tiny(backend, probe, 4, 0, &result, &err), -1);
	if (!strstr(err.text, sentence))
		fail_msg("expected %s, found %s", sentence, err.text);
	assert_null(result.folder.text);
	assert_false(fc_dir_exists("runs"));
}

static void failures_leave_nothing(void **state)
{
	struct fc_backend backend = fc_backend_null;
	struct fc_probe_kind probe = fc_probe_fake;

	(void)state;
	backend.loss = countdown_loss;
	expect_failure(&backend, &probe,
		       "epoch 1, validate step 2: tiny: the loss of validate iteration 2 (layer dense)");
	backend = fc_backend_null;
	backend.run = no_run;
	expect_failure(&backend, &probe, "epoch 1, train step 1: the device is gone");
	backend = fc_backend_null;
	backend.prepare = no_prepare;
	expect_failure(&backend, &probe, "tiny: layer dense: cannot be computed here");
	backend = fc_backend_null;
	backend.memory_alloc = no_memory;
	expect_failure(&backend, &probe, "no memory");
	probe.drain = no_drain;
	expect_failure(&fc_backend_null, &probe, "the records are lost");
}

static void requests_that_cannot_be(void **state)
{
	struct fc_trainer_result result;
	struct fc_error err;

	(void)state;
	assert_int_equal(run_tiny(&fc_backend_null, &fc_probe_fake, IMAGES + 1, 0, &result, &err), -1);
	assert_non_null(strstr(err.text, "larger than the training set of 21 images"));
	assert_false(fc_dir_exists("runs"));
}

/* A folder that was there before stays. */
static void only_its_own_is_removed(void **state)
{
	struct fc_backend backend = fc_backend_null;
	struct fc_trainer_result result;
	struct fc_error err;

	(void)state;
	backend.run = no_run;
	assert_int_equal(fc_dir_make("runs", &err), 0);
	assert_int_equal(run_tiny(&backend, &fc_probe_fake, 4, 0, &result, &err), -1);
	assert_true(fc_dir_exists("runs"));
	fc_dir_remove("runs");
}

/* -------- batches -------- */

static void shuffled_each_epoch(void **state)
{
	struct fc_dataset data;
	struct batches batches;
	uint8_t order[3][IMAGES], seen[IMAGES];

	(void)state;
	make_data(&data);
	batches_open(&batches, &data, true, 4, 9);
	assert_int_equal(batches_count(&batches), IMAGES / 4);
	for (int run = 0; run < 3; run++) {
		/* Epochs 1, 2 and 1 again. */
		batches_shuffle(&batches, 1 + run % 2);
		memset(seen, 0, sizeof(seen));
		for (uint64_t i = 0; i < batches_count(&batches); i++) {
			const struct fc_batch *const batch = batches_gather(&batches, i);

			assert_int_equal(batch->count, 4);
			for (int64_t k = 0; k < 4; k++) {
				const uint8_t number = batch->pixels[16 * k];

				assert_int_equal(batch->labels[k], number % 3);
				order[run][4 * i + (uint64_t)k] = number;
				assert_int_equal(seen[number]++, 0);
			}
		}
	}
	assert_memory_equal(order[0], order[2], 20);
	assert_true(memcmp(order[0], order[1], 20));
	batches_close(&batches);
	free_data(&data);
}

/* Every image comes to every place about equally often. */
static void shuffling_is_fair(void **state)
{
	enum { EPOCHS = 4200 };
	struct fc_dataset data;
	struct batches batches;
	int count[IMAGES][IMAGES] = { { 0 } };
	double chi = 0;

	(void)state;
	make_data(&data);
	batches_open(&batches, &data, true, IMAGES, 2);
	for (uint64_t epoch = 0; epoch < EPOCHS; epoch++) {
		const struct fc_batch *batch;

		batches_shuffle(&batches, epoch);
		batch = batches_gather(&batches, 0);
		for (int k = 0; k < IMAGES; k++)
			count[batch->pixels[16 * k]][k]++;
	}
	for (int i = 0; i < IMAGES; i++)
		for (int k = 0; k < IMAGES; k++)
			chi += pow(count[i][k] - EPOCHS / (double)IMAGES, 2) / (EPOCHS / (double)IMAGES);
	/* 400 degrees of freedom: 5 standard deviations of sqrt(800). */
	assert_true(fabs(chi - 400) < 5 * sqrt(800));
	batches_close(&batches);
	free_data(&data);
}

static void validation_in_order(void **state)
{
	struct fc_dataset data;
	struct batches batches;

	(void)state;
	make_data(&data);
	batches_open(&batches, &data, false, 4, 9);
	assert_int_equal(batches_count(&batches), 2);
	assert_int_equal(batches_gather(&batches, 0)->count, 4);
	assert_int_equal(batches_gather(&batches, 1)->count, 3);
	assert_int_equal(batches_gather(&batches, 1)->pixels[0], 4);
	batches_close(&batches);
	/* A batch larger than the set. */
	batches_open(&batches, &data, false, 50, 9);
	assert_int_equal(batches_count(&batches), 1);
	assert_int_equal(batches_gather(&batches, 0)->count, CHECKS);
	batches_close(&batches);
	free_data(&data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clean_run),		   cmocka_unit_test(suspect_runs),
		cmocka_unit_test(failures_leave_nothing),  cmocka_unit_test(requests_that_cannot_be),
		cmocka_unit_test(only_its_own_is_removed), cmocka_unit_test(shuffled_each_epoch),
		cmocka_unit_test(shuffling_is_fair),	   cmocka_unit_test(validation_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
