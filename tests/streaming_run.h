/* A small run on the streaming device or another one, with any probe, and what its folder says. */
#ifndef TESTS_STREAMING_RUN_H
#define TESTS_STREAMING_RUN_H

#include <stdio.h>

#include "flopclock/dataset.h"
#include "flopclock/file.h"
#include "flopclock/model.h"
#include "flopclock/trainer.h"
#include "late_probe.h"
#include "streaming.h"

enum { RUN_IMAGES = 90, RUN_CHECKS = 27, RUN_SIDE = 5, RUN_BATCH = 4, RUN_EPOCHS = 2 };
enum { RUN_STEPS = RUN_IMAGES / RUN_BATCH, RUN_CHECK_STEPS = (RUN_CHECKS + RUN_BATCH - 1) / RUN_BATCH };

static inline void streaming_split(struct fc_split *split, int64_t count, uint64_t seed)
{
	const int64_t pixels = count * RUN_SIDE * RUN_SIDE;

	*split = (struct fc_split){ .count = count, .height = RUN_SIDE, .width = RUN_SIDE };
	split->pixels = calloc((size_t)pixels, 1);
	split->labels = calloc((size_t)count, 1);
	for (int64_t i = 0; i < pixels; i++)
		split->pixels[i] = (uint8_t)(256 * fc_uniform_at(seed, 1, (uint64_t)i));
	for (int64_t i = 0; i < count; i++)
		split->labels[i] = (uint8_t)(3 * fc_uniform_at(seed, 2, (uint64_t)i));
}

struct streaming_request {
	const struct fc_backend *backend;
	const struct fc_probe_kind *probe;
	double rate;			/* 0: a usual one */
	uint64_t warmup;
	bool no_replay, stray, timeline;
};

/* As fc_trainer_run(), into the folder "runs". */
static inline int streaming_train(const struct streaming_request *request, struct fc_trainer_result *result,
				  struct fc_error *err)
{
	static const char text[] = "network small\ninput 2x6x6\nclasses 3\n"
				   "conv 5 3 pad=1\nrelu\nconv 5 3 pad=1 bias=false\nn1: batch_norm\na: relu\n"
				   "max_pool 2\nx: dropout 0.4\ndense 7\nrelu\ndense classes\noutput\n"
				   "auxiliary_head: sequence from a { adaptive_avg_pool 2; dense classes }\n"
				   "output weight=0.3 train_only\n";
	const struct fc_model_request model = { .model = "small.net", .batch = RUN_BATCH };
	static char path[] = "made";
	struct fc_dataset data = { .path = path, .classes = 3, .mean = 0.5, .deviation = 0.25 };
	struct fc_probe probe = { .kind = request->probe };
	const struct fc_trainer_config config = {
		.backend = request->backend, .probe = &probe, .dataset = &data, .seed = 1, .epochs = RUN_EPOCHS,
		.sgd = { request->rate > 0 ? request->rate : 0.05, 0.9, 0.001 }, .warmup = request->warmup,
		.no_replay = request->no_replay, .timeline = request->timeline };
	struct fc_graph graph;
	int rc;

	*result = (struct fc_trainer_result){ .iterations = 0 };
	*err = (struct fc_error){ "" };
	streaming_split(&data.train, RUN_IMAGES, 3);
	streaming_split(&data.validate, RUN_CHECKS, 4);
	rc = fc_model_read(&model, text, sizeof(text) - 1, &graph, err);
	if (!rc) {
		rc = probe.kind->open(&probe, err);
		if (!rc && request->stray)
			((struct late_probe *)probe.impl)->stray = true;
		if (!rc) {
			rc = fc_trainer_run(&graph, &config, "runs", result, err);
			probe.kind->close(&probe);
		}
		fc_graph_release(&graph);
	}
	free(data.train.pixels);
	free(data.train.labels);
	free(data.validate.pixels);
	free(data.validate.labels);
	return rc;
}

/* A file of the run's folder; freed by the caller, NULL where there is none. */
static inline char *streaming_file(const struct fc_trainer_result *result, const char *name)
{
	struct fc_str path = { 0 };
	struct fc_error err;
	size_t size;
	char *data;
	int rc;

	fc_str_addf(&path, "%s/%s", result->folder.text, name);
	rc = fc_file_read(path.text, 1 << 24, &data, &size, &err);
	fc_str_release(&path);
	return rc ? NULL : data;
}

#endif
