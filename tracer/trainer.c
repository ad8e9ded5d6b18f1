#include "flopclock/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "flopclock/file.h"
#include "environment.h"
#include "interrupt.h"
#include "run_write.h"
#include "training.h"

/*
 * Seen on two cores: 40 to 66 per second where only the system's own tasks ran beside training, 160 to 1000 with a second
 * program on the same cores. A few at once are chance.
 */
#define BUSY_PREEMPTIONS_PER_S 100
#define BUSY_PREEMPTIONS 100

/* -------- before -------- */

static int open_trainer(struct trainer *t, struct fc_error *err)
{
	const struct fc_trainer_config *const config = t->config;
	const struct fc_network_config network = { .backend = config->backend, .device = config->device,
						   .seed = config->seed, .sgd = config->sgd,
						   .no_replay = config->no_replay };

	batches_open(&t->batches[FC_PASS_TRAIN], config->dataset, true, t->graph->batch, config->seed);
	batches_open(&t->batches[FC_PASS_VALIDATE], config->dataset, false, t->graph->batch, config->seed);
	trainer_plan(t);
	t->epochs = fc_calloc(config->epochs, sizeof(*t->epochs));
	if (fc_network_open(t->graph, &network, &t->network, err))
		return -1;
	if (config->timeline)
		t->timeline = timeline_open(t->network, t->graph);
	t->recorder = recorder_open(t->network, t->probe->kind->measures, t->timeline);
	t->probe->recorder = t->recorder;
	progress_open(&t->progress, config->progress, t->graph->name, config->epochs, t->steps[FC_PASS_TRAIN],
		      t->steps[FC_PASS_VALIDATE]);
	return fc_network_streams(t->network) ? trainer_stream_open(t, err) : 0;
}

/* What the probe still holds (of a run that failed) goes to its recorder, so that none of it comes to the next one's. */
static void detach_probe(struct trainer *t)
{
	struct fc_error ignored;

	if (!t->probe->recorder)
		return;
	t->probe->kind->drain(t->probe, &ignored);
	t->probe->recorder = NULL;
}

static void close_trainer(struct trainer *t)
{
	trainer_stream_close(t);
	/* Waits for the device: then nothing new can come. */
	fc_network_close(t->network);
	detach_probe(t);
	recorder_close(t->recorder);
	timeline_close(t->timeline);
	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		batches_close(&t->batches[pass]);
	free(t->epochs);
}

/* -------- training -------- */

static int run_pass(struct trainer *t, enum fc_pass pass, uint64_t epoch, struct tally *tally, struct fc_error *err)
{
	const int64_t start = trainer_now(t);
	int rc;

	*tally = (struct tally){ .images = 0 };
	rc = fc_network_streams(t->network) ? trainer_stream_pass(t, pass, epoch, tally, err) :
					      trainer_pass(t, pass, epoch, tally, err);
	tally->seconds = (double)(trainer_now(t) - start) / 1e9;
	return rc;
}

static double images_per_s(const struct trainer *t, enum fc_pass pass, uint64_t epoch)
{
	struct recorder_totals totals;

	recorder_sum(t->recorder, pass, epoch, &totals);
	return totals.wall_ns > 0 ? (double)totals.images * 1e9 / (double)totals.wall_ns : NAN;
}

static void tell_epoch(struct trainer *t, const struct fc_run_epoch *e)
{
	progress_clear(&t->progress);
	fprintf(stderr,
		"%s: epoch %d of %llu: %llu images trained in %.1f s, loss %.4f, accuracy %.1f %%; %llu validated in "
		"%.1f s, loss %.4f, accuracy %.1f %%\n",
		t->graph->name, e->epoch, (unsigned long long)t->config->epochs, (unsigned long long)e->train_images,
		e->train_s, e->train_loss, 100 * e->train_accuracy, (unsigned long long)e->validate_images,
		e->validate_s, e->validate_loss, 100 * e->validate_accuracy);
}

static int run_epoch(struct trainer *t, uint64_t epoch, struct fc_error *err)
{
	struct fc_run_epoch *const e = &t->epochs[epoch - 1];
	struct tally train, validate;

	if (run_pass(t, FC_PASS_TRAIN, epoch, &train, err) || run_pass(t, FC_PASS_VALIDATE, epoch, &validate, err))
		return -1;
	*e = (struct fc_run_epoch){
		.epoch = (int)epoch,
		.train_s = train.seconds,
		.validate_s = validate.seconds,
		.train_loss = train.loss / (double)train.images,
		.train_accuracy = (double)train.correct / (double)train.images,
		.validate_loss = validate.loss / (double)validate.images,
		.validate_accuracy = (double)validate.correct / (double)validate.images,
		.images_per_s = images_per_s(t, FC_PASS_TRAIN, epoch),
		.validate_images_per_s = images_per_s(t, FC_PASS_VALIDATE, epoch),
		.train_images = (uint64_t)train.images,
		.validate_images = (uint64_t)validate.images,
	};
	tell_epoch(t, e);
	return 0;
}

/* A core that is shared makes every time too long, most of all those of threads that wait for each other. */
static void tell_load(struct trainer *t, const struct environment_load *before)
{
	static const char advice[] =
		"; with GOMP_SPINCOUNT=1000 in the environment threads wait less for each other";
	struct environment_load after;

	environment_load(&after);
	t->preemptions_per_s = environment_preemptions_per_s(before, &after);
	if (t->preemptions_per_s > BUSY_PREEMPTIONS_PER_S &&
	    after.preemptions - before->preemptions > BUSY_PREEMPTIONS)
		fprintf(stderr,
			"%s: the processor was shared with other programs (%.0f preemptions per second): the times "
			"are too long%s\n",
			t->graph->name, t->preemptions_per_s, getenv("GOMP_SPINCOUNT") ? "" : advice);
}

static int train(struct trainer *t, struct fc_error *err)
{
	struct environment_load before;

	environment_load(&before);
	for (uint64_t epoch = 1; epoch <= t->config->epochs; epoch++)
		if (run_epoch(t, epoch, err)) {
			progress_clear(&t->progress);
			return -1;
		}
	tell_load(t, &before);
	return 0;
}

/* -------- after -------- */

static void tell_anomalies(const struct trainer *t)
{
	for (enum fc_anomaly a = 0; a < FC_ANOMALY_COUNT; a++) {
		const char *const text = recorder_anomaly(t->recorder, a);

		if (text)
			fprintf(stderr, "%s: suspect: %s\n", t->graph->name, text);
	}
}

static int write_folder(struct trainer *t, const struct run_folder *folder, time_t started, bool *suspect,
			struct fc_error *err)
{
	struct run_record record = {
		.graph = t->graph,
		.config = t->config,
		.network = t->network,
		.probe = t->probe,
		.recorder = t->recorder,
		.timeline = t->timeline,
		.epochs = t->epochs,
		.epoch_count = t->config->epochs,
		.steps = t->steps[FC_PASS_TRAIN],
		.validate_steps = t->steps[FC_PASS_VALIDATE],
		.warmup = t->warmup[FC_PASS_TRAIN],
		.peak_bytes = fc_network_peak(t->network),
		.preemptions_per_s = t->preemptions_per_s,
		.started = started,
		.finished = environment_time(),
	};
	const struct fc_memory_options options = { .pass = FC_PASS_TRAIN,
						   .optimizer_values = t->config->sgd.momentum != 0,
						   .precision = t->config->device.precision };
	struct fc_memory memory;

	if (fc_memory_plan(t->graph, &options, &memory, err))
		return -1;
	record.announced_bytes = memory.total;
	if (run_folder_write(folder, &record, suspect, err) || run_folder_finish(folder, err))
		return -1;
	tell_anomalies(t);
	return 0;
}

static void fill_result(const struct trainer *t, const struct run_folder *folder, struct fc_trainer_result *result)
{
	const struct fc_run_epoch *const last = &t->epochs[t->config->epochs - 1];

	fc_str_clear(&result->folder);
	fc_str_add(&result->folder, folder->final.text);
	result->iterations = t->done[FC_PASS_TRAIN];
	result->images_per_s = images_per_s(t, FC_PASS_TRAIN, 0);
	result->validate_images_per_s = images_per_s(t, FC_PASS_VALIDATE, 0);
	result->train_loss = last->train_loss;
	result->validate_loss = last->validate_loss;
	result->validate_accuracy = last->validate_accuracy;
	result->traced_images_per_s = recorder_rate(t->recorder, FC_PASS_TRAIN, t->config->untraced_steps);
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		struct recorder_totals totals;

		recorder_sum(t->recorder, pass, 0, &totals);
		result->closure[pass] = (struct fc_closure){ totals.wall_ns, totals.busy_ns, totals.idle_ns };
	}
}

/* The network's threads must be started after interrupt_open(). */
static int run_in(const struct run_folder *folder, struct trainer *t, time_t started,
		  struct fc_trainer_result *result, struct fc_error *err)
{
	struct interrupt interrupt;
	bool suspect = false;
	int rc;

	interrupt_open(&interrupt, folder->partial.text, t->config->progress && isatty(STDERR_FILENO));
	rc = open_trainer(t, err) || train(t, err) ? -1 : 0;
	interrupt_lock(&interrupt);
	if (!rc)
		rc = write_folder(t, folder, started, &suspect, err);
	if (rc)
		fc_dir_remove(folder->partial.text);
	interrupt_unlock(&interrupt, NULL);
	if (!rc)
		fill_result(t, folder, result);
	close_trainer(t);
	interrupt_close(&interrupt);
	return rc ? rc : suspect ? 3 : 0;
}

int fc_trainer_run(const struct fc_graph *graph, const struct fc_trainer_config *config, const char *out,
		   struct fc_trainer_result *result, struct fc_error *err)
{
	struct trainer t = { .graph = graph, .config = config, .probe = config->probe };
	const time_t started = environment_time();
	const bool existed = fc_dir_exists(out);
	struct run_folder folder;
	int rc;

	/* The folder is made first: who cannot write learns it before the training, not after. */
	if (fc_trainer_check(graph, config, err) || run_folder_open(&folder, graph, config, out, started, err))
		return -1;
	rc = run_in(&folder, &t, started, result, err);
	run_folder_release(&folder);
	/* Only removed when empty. */
	if (rc < 0 && !existed)
		rmdir(out);
	return rc;
}
