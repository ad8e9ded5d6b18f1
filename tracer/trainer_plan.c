/* How many steps a run has, and how many of them warm up. */
#include <stdio.h>

#include "training.h"

int fc_trainer_check(const struct fc_graph *graph, const struct fc_trainer_config *config, struct fc_error *err)
{
	const struct fc_dataset *const data = config->dataset;

	if (fc_graph_check_trainable(graph, err))
		return -1;
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

uint64_t trainer_warmup(const struct fc_trainer_config *config, enum fc_pass pass)
{
	/* Nothing of what is captured may be measured, nor what comes before that. */
	static const uint64_t least[FC_PASS_COUNT] = { [FC_PASS_TRAIN] = 3, [FC_PASS_VALIDATE] = 2 };
	const uint64_t wanted = pass == FC_PASS_TRAIN ? config->warmup : config->warmup > 0;

	return config->backend->stream && wanted < least[pass] ? least[pass] : wanted;
}

static void choose_warmup(struct trainer *t)
{
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		const uint64_t runs = t->config->epochs * t->steps[pass];

		t->warmup[pass] = trainer_warmup(t->config, pass);
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

void trainer_plan(struct trainer *t)
{
	const struct fc_trainer_config *const config = t->config;
	const uint64_t train = batches_count(&t->batches[FC_PASS_TRAIN]);
	const int64_t left = config->dataset->train.count - (int64_t)train * t->graph->batch;

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
	choose_warmup(t);
}
