#include "flopclock/trainer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "flopclock/file.h"
#include "batches.h"
#include "environment.h"
#include "interrupt.h"
#include "progress.h"
#include "run_write.h"

/*
 * Seen on two cores: 40 to 66 per second where only the system's own tasks ran beside training, 160 to 1000 with a second
 * program on the same cores. A few at once are chance.
 */
#define BUSY_PREEMPTIONS_PER_S 100
#define BUSY_PREEMPTIONS 100

/* Everything that one run needs while it runs. */
struct trainer {
	const struct fc_graph *graph;
	const struct fc_trainer_config *config;
	struct fc_network *network;
	struct fc_probe probe;
	struct fc_recorder *recorder;
	struct timeline *timeline;
	struct batches batches[FC_PASS_COUNT];
	uint64_t steps[FC_PASS_COUNT];		/* per epoch */
	uint64_t warmup[FC_PASS_COUNT];		/* iterations of the run */
	uint64_t done[FC_PASS_COUNT];
	struct fc_run_epoch *epochs;
	struct progress progress;
	double preemptions_per_s;		/* while training */
};

/* What came of an epoch in one pass. */
struct tally {
	double loss, seconds;
	int64_t images, correct;
};

/* -------- before -------- */

int fc_trainer_check(const struct fc_graph *graph, const struct fc_trainer_config *config, struct fc_error *err)
{
	const struct fc_dataset *const data = config->dataset;

	if (!graph->head_count)
		return fc_fail(err, "%s: has no answer to take a loss of", graph->name);
	if (data->classes > graph->classes)
		return fc_fail(err, "%s: has labels up to %d, but %s answers with %lld classes", data->path,
			       data->classes - 1, graph->name, (long long)graph->classes);
	if (graph->batch > data->train.count)
		return fc_fail(err, "%s: batch %lld is larger than the training set of %lld images", graph->name,
			       (long long)graph->batch, (long long)data->train.count);
	return 0;
}

/* 0 asks for all there are. */
static uint64_t choose_steps(uint64_t wanted, uint64_t available)
{
	return !wanted || wanted > available ? available : wanted;
}

static void plan_steps(struct trainer *t)
{
	const struct fc_trainer_config *const config = t->config;
	const uint64_t train = batches_count(&t->batches[FC_PASS_TRAIN]);
	const int64_t left = config->dataset->train.count - (int64_t)train * t->graph->batch;
	uint64_t runs;

	t->steps[FC_PASS_TRAIN] = choose_steps(config->steps, train);
	t->steps[FC_PASS_VALIDATE] =
		choose_steps(config->validate_steps, batches_count(&t->batches[FC_PASS_VALIDATE]));
	if (config->steps > train)
		fprintf(stderr, "%s: an epoch has %llu training steps, not %llu\n", t->graph->name,
			(unsigned long long)train, (unsigned long long)config->steps);
	if (t->steps[FC_PASS_TRAIN] == train && left)
		fprintf(stderr,
			"%s: %lld of %lld training images fill no batch and are left out, others in every epoch\n",
			t->graph->name, (long long)left, (long long)config->dataset->train.count);
	t->warmup[FC_PASS_TRAIN] = config->warmup;
	t->warmup[FC_PASS_VALIDATE] = config->warmup > 0;
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		runs = config->epochs * t->steps[pass];
		if (t->warmup[pass] < runs)
			continue;
		t->warmup[pass] = runs - 1;
		if (runs == 1)
			fprintf(stderr, "%s: only 1 %s step, which is measured without warm-up\n", t->graph->name,
				fc_pass_name(pass));
		else
			fprintf(stderr, "%s: only %llu %s steps: all but the last warm up\n", t->graph->name,
				(unsigned long long)runs, fc_pass_name(pass));
	}
}

static int open_trainer(struct trainer *t, struct fc_error *err)
{
	const struct fc_trainer_config *const config = t->config;
	const struct fc_network_config network = {
		.backend = config->backend, .device = config->device, .seed = config->seed, .sgd = config->sgd };

	batches_open(&t->batches[FC_PASS_TRAIN], config->dataset, true, t->graph->batch, config->seed);
	batches_open(&t->batches[FC_PASS_VALIDATE], config->dataset, false, t->graph->batch, config->seed);
	plan_steps(t);
	t->epochs = fc_calloc(config->epochs, sizeof(*t->epochs));
	if (fc_network_open(t->graph, &network, &t->network, err))
		return -1;
	if (config->timeline)
		t->timeline = timeline_open(t->network, t->graph);
	t->recorder = recorder_open(t->network, config->probe->measures, t->timeline);
	t->probe = (struct fc_probe){ .kind = config->probe, .recorder = t->recorder };
	if (config->probe->open(&t->probe, err)) {
		t->probe.kind = NULL;
		return -1;
	}
	progress_open(&t->progress, config->progress, t->graph->name, config->epochs, t->steps[FC_PASS_TRAIN],
		      t->steps[FC_PASS_VALIDATE]);
	return 0;
}

static void close_trainer(struct trainer *t)
{
	if (t->probe.kind)
		t->probe.kind->close(&t->probe);
	recorder_close(t->recorder);
	timeline_close(t->timeline);
	fc_network_close(t->network);
	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		batches_close(&t->batches[pass]);
	free(t->epochs);
}

/* -------- training -------- */

static int64_t now(struct trainer *t)
{
	return t->probe.kind->now(&t->probe);
}

static int flush(struct trainer *t, struct fc_error *err)
{
	if (t->probe.kind->drain(&t->probe, err))
		return -1;
	recorder_flush(t->recorder);
	return 0;
}

/* One iteration: its wall time begins before its images are gathered and ends when its loss is there. */
static int run_iteration(struct trainer *t, enum fc_pass pass, uint64_t epoch, uint64_t step, struct tally *tally,
			 struct fc_error *err)
{
	const bool measured = t->done[pass] >= t->warmup[pass];
	const uint32_t number = recorder_begin(t->recorder, pass, epoch, measured, now(t));
	struct fc_loss loss[FC_MAX_HEADS];
	struct recorder_iteration *it;
	const struct fc_batch *batch;

	t->probe.kind->iteration(&t->probe, pass, number);
	batch = batches_gather(&t->batches[pass], step);
	if (fc_network_run(t->network, pass, batch, &t->probe, loss, err) || fc_network_sync(t->network, err))
		return fc_fail_context(err, "epoch %llu, %s step %llu", (unsigned long long)epoch, fc_pass_name(pass),
				       (unsigned long long)step + 1);
	it = recorder_end(t->recorder, now(t));
	it->images = batch->count;
	it->loss = loss[0].sum / (double)batch->count;
	it->correct = loss[0].correct;
	tally->loss += loss[0].sum;
	tally->images += batch->count;
	tally->correct += loss[0].correct;
	t->done[pass]++;
	progress_step(&t->progress, pass, epoch, step + 1, batch->count, it->end_ns - it->start_ns, it->loss);
	return recorder_is_full(t->recorder) ? flush(t, err) : 0;
}

static int run_pass(struct trainer *t, enum fc_pass pass, uint64_t epoch, struct tally *tally, struct fc_error *err)
{
	const int64_t start = now(t);

	*tally = (struct tally){ .images = 0 };
	if (pass == FC_PASS_TRAIN)
		batches_shuffle(&t->batches[pass], epoch);
	for (uint64_t step = 0; step < t->steps[pass]; step++)
		if (run_iteration(t, pass, epoch, step, tally, err))
			return -1;
	tally->seconds = (double)(now(t) - start) / 1e9;
	return flush(t, err);
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
	for (enum recorder_anomaly a = 0; a < RECORDER_ANOMALY_COUNT; a++) {
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
		.probe = &t->probe,
		.recorder = t->recorder,
		.timeline = t->timeline,
		.epochs = t->epochs,
		.epoch_count = t->config->epochs,
		.steps = t->steps[FC_PASS_TRAIN],
		.validate_steps = t->steps[FC_PASS_VALIDATE],
		.warmup = t->warmup[FC_PASS_TRAIN],
		.preemptions_per_s = t->preemptions_per_s,
		.started = started,
		.finished = environment_time(),
	};
	struct fc_memory memory;

	if (fc_memory_estimate(t->graph, t->config->sgd.momentum != 0, &memory, err))
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
	struct trainer t = { .graph = graph, .config = config };
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
