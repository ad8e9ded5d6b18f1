/*
 * A pass on a device that works behind its caller. Iterations are handed over without waiting, as many as a window holds;
 * then the device is waited for, and losses, counts and records of the whole window are fetched at once. Only the edges of
 * a window are read from the probe's clock; the iterations tile the time between them (recorder_tile).
 */
#include <math.h>
#include <stdlib.h>

#include "training.h"

/* Losses are looked at, and the progress is shown, this often. */
#define WINDOW_NS 1e9

static void outside(struct trainer *t, enum fc_pass pass)
{
	t->probe->kind->iteration(t->probe, pass, FC_PROBE_NO_ITERATION);
}

int trainer_stream_open(struct trainer *t, struct fc_error *err)
{
	const struct fc_dataset *const data = t->config->dataset;

	t->results = fc_calloc(fc_network_stream_limit(t->network), sizeof(*t->results));
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		const struct fc_split *const split = t->batches[pass].split;
		const struct fc_images images = { split->pixels, split->labels, split->count, split->height,
						  split->width, (float)data->mean, (float)data->deviation };

		outside(t, pass);
		if (fc_network_load(t->network, pass, &images, err))
			return fc_fail_context(err, "%s", data->path);
	}
	return 0;
}

void trainer_stream_close(struct trainer *t)
{
	free(t->results);
}

static void bound(uint64_t *count, double most)
{
	if (most < (double)*count)
		*count = most < 1 ? 1 : (uint64_t)most;
}

/* How many iterations from `step` on go by before anything is fetched. Warm-up has windows of its own. */
static uint64_t window_length(const struct trainer *t, enum fc_pass pass, uint64_t step)
{
	uint64_t count = t->steps[pass] - step;

	bound(&count, (double)fc_network_stream_limit(t->network));
	if (t->done[pass] < t->warmup[pass])
		bound(&count, (double)(t->warmup[pass] - t->done[pass]));
	else if (!t->ns_per_iteration[pass])
		/* Without a warm-up the first one tells how long the others take. */
		return 1;
	if (t->records_per_iteration[pass] > 0)
		bound(&count, RECORDER_FULL / t->records_per_iteration[pass]);
	if (t->ns_per_iteration[pass] > 0)
		bound(&count, WINDOW_NS / t->ns_per_iteration[pass]);
	return count;
}

static int run_iterations(struct trainer *t, enum fc_pass pass, uint64_t epoch, uint64_t count, int64_t start_ns,
			  struct fc_error *err)
{
	for (uint64_t i = 0; i < count; i++) {
		const bool measured = t->done[pass] + i >= t->warmup[pass];
		const uint32_t number = recorder_begin(t->recorder, pass, epoch, measured, start_ns);

		t->probe->kind->iteration(t->probe, pass, number);
		if (fc_network_stream(t->network, pass, t->probe, err))
			return -1;
	}
	return fc_network_sync(t->network, err);
}

/* What the device has kept of a window goes to where it is looked for. */
static void take_results(struct trainer *t, enum fc_pass pass, uint64_t epoch, uint64_t step, uint64_t count,
			 struct recorder_iteration *it, struct tally *tally)
{
	for (uint64_t i = 0; i < count; i++, it++) {
		const struct fc_result *const result = &t->results[i];

		it->images = result->images;
		it->loss = result->loss[0].sum / (double)result->images;
		it->correct = result->loss[0].correct;
		tally->loss += result->loss[0].sum;
		tally->images += result->images;
		tally->correct += result->loss[0].correct;
		t->done[pass]++;
		progress_step(&t->progress, pass, epoch, step + i + 1, result->images, it->end_ns - it->start_ns,
			      it->loss);
	}
}

/* From the moment when the device has nothing to do to the next such moment; what is fetched then is outside. */
static int run_window(struct trainer *t, enum fc_pass pass, uint64_t epoch, uint64_t step, uint64_t count,
		      struct tally *tally, struct fc_error *err)
{
	const int64_t start_ns = trainer_now(t);
	struct recorder_iteration *first;
	int64_t end_ns;

	if (run_iterations(t, pass, epoch, count, start_ns, err))
		return -1;
	end_ns = trainer_now(t);
	outside(t, pass);
	if (fc_network_collect(t->network, pass, count, t->results, err) || t->probe->kind->drain(t->probe, err))
		return -1;
	first = recorder_tile(t->recorder, (uint32_t)count, start_ns, end_ns, t->results);
	take_results(t, pass, epoch, step, count, first, tally);
	t->ns_per_iteration[pass] = fmax((double)(end_ns - start_ns) / (double)count, 1);
	t->records_per_iteration[pass] = (double)recorder_waiting(t->recorder) / (double)count;
	recorder_flush(t->recorder);
	return 0;
}

int trainer_stream_pass(struct trainer *t, enum fc_pass pass, uint64_t epoch, struct tally *tally,
			struct fc_error *err)
{
	struct batches *const batches = &t->batches[pass];
	const int64_t all = (int64_t)t->steps[pass] * t->graph->batch;
	uint64_t count;

	if (pass == FC_PASS_TRAIN)
		batches_shuffle(batches, epoch);
	outside(t, pass);
	if (fc_network_begin(t->network, pass, batches->order,
			     all < batches->split->count ? all : batches->split->count, err))
		return fc_fail_context(err, "epoch %llu", (unsigned long long)epoch);
	for (uint64_t step = 0; step < t->steps[pass]; step += count) {
		count = window_length(t, pass, step);
		if (run_window(t, pass, epoch, step, count, tally, err))
			return fc_fail_context(err, "epoch %llu, %s steps %llu to %llu", (unsigned long long)epoch,
					       fc_pass_name(pass), (unsigned long long)step + 1,
					       (unsigned long long)(step + count));
	}
	return 0;
}
