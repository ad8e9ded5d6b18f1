/* A pass on a device that is done when it is asked: every iteration is waited for, and timed from end to end. */
#include "training.h"

static int flush(struct trainer *t, struct fc_error *err)
{
	if (t->probe->kind->drain(t->probe, err))
		return -1;
	recorder_flush(t->recorder);
	return 0;
}

/* One iteration: its wall time begins before its images are gathered and ends when its loss is there. */
static int run_iteration(struct trainer *t, enum fc_pass pass, uint64_t epoch, uint64_t step, struct tally *tally,
			 struct fc_error *err)
{
	const bool measured = t->done[pass] >= t->warmup[pass];
	const uint32_t number = recorder_begin(t->recorder, pass, epoch, measured, trainer_now(t));
	struct fc_loss loss[FC_MAX_HEADS];
	struct recorder_iteration *it;
	const struct fc_batch *batch;

	t->probe->kind->iteration(t->probe, pass, number);
	batch = batches_gather(&t->batches[pass], step);
	if (fc_network_run(t->network, pass, batch, t->probe, loss, err) || fc_network_sync(t->network, err))
		return fc_fail_context(err, "epoch %llu, %s step %llu", (unsigned long long)epoch, fc_pass_name(pass),
				       (unsigned long long)step + 1);
	it = recorder_end(t->recorder, trainer_now(t));
	it->images = batch->count;
	it->loss = loss[0].sum / (double)batch->count;
	it->correct = loss[0].correct;
	tally->loss += loss[0].sum;
	tally->images += batch->count;
	tally->correct += loss[0].correct;
	t->done[pass]++;
	progress_step(&t->progress, pass, epoch, step + 1, batch->count, it->end_ns - it->start_ns, it->loss);
	return recorder_waiting(t->recorder) >= RECORDER_FULL ? flush(t, err) : 0;
}

int trainer_pass(struct trainer *t, enum fc_pass pass, uint64_t epoch, struct tally *tally, struct fc_error *err)
{
	if (pass == FC_PASS_TRAIN)
		batches_shuffle(&t->batches[pass], epoch);
	for (uint64_t step = 0; step < t->steps[pass]; step++)
		if (run_iteration(t, pass, epoch, step, tally, err))
			return -1;
	return flush(t, err);
}
