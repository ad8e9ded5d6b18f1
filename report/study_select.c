/*
 * Which runs make up a study: one per network.
 *
 * Two runs of one network under the same setting are repetitions, the later one is used and the others are named. Two
 * runs of one network under different settings cannot both be "the" time of that network, and times from different
 * devices, precisions or probes do not stand in one table: both are refused. Networks with different inputs or
 * batches are accepted, because some networks need their own, and a warning says so.
 */
#include <stdlib.h>
#include <string.h>

#include "study_build.h"

/* What two runs must share. */
struct trait {
	const char *name;
	size_t offset;
	bool is_count;
	bool across;		/* of different networks too */
};

#define TEXT_TRAIT(name, field, across) { name, offsetof(struct fc_run, field), false, across }
#define COUNT_TRAIT(name, field, across) { name, offsetof(struct fc_run, field), true, across }

static const struct trait traits[] = {
	TEXT_TRAIT("backend", backend, true),
	TEXT_TRAIT("device", device_name, true),
	TEXT_TRAIT("processor", host_cpu, true),
	COUNT_TRAIT("number of cores", host_cores, true),
	TEXT_TRAIT("precision", precision, true),
	TEXT_TRAIT("probe", probe, true),
	TEXT_TRAIT("model digest", model_digest, false),
	TEXT_TRAIT("input", input, false),
	COUNT_TRAIT("batch", batch, false),
	COUNT_TRAIT("number of classes", classes, false),
};

static const char *text_of(const struct fc_run *run, const struct trait *trait)
{
	return *(const char *const *)((const char *)run + trait->offset);
}

static uint64_t count_of(const struct fc_run *run, const struct trait *trait)
{
	return *(const uint64_t *)((const char *)run + trait->offset);
}

static bool same(const struct fc_run *a, const struct fc_run *b, const struct trait *trait)
{
	return trait->is_count ? count_of(a, trait) == count_of(b, trait)
			       : !strcmp(text_of(a, trait), text_of(b, trait));
}

static bool same_network(const struct fc_run *a, const struct fc_run *b)
{
	return !strcmp(a->model, b->model) && !strcmp(a->model_settings, b->model_settings);
}

static int refuse(const struct fc_run *a, const struct fc_run *b, const struct trait *trait, struct fc_error *err)
{
	const char *both = same_network(a, b) ? "are runs of one network" : "do not compare";

	if (trait->is_count)
		return fc_fail(err, "%s and %s %s, but the %s is %llu in one and %llu in the other; name only runs "
				    "that belong together",
			       a->path, b->path, both, trait->name, (unsigned long long)count_of(a, trait),
			       (unsigned long long)count_of(b, trait));
	return fc_fail(err, "%s and %s %s, but the %s is %.80s in one and %.80s in the other; name only runs that "
			    "belong together",
		       a->path, b->path, both, trait->name, text_of(a, trait), text_of(b, trait));
}

static int check_pair(const struct fc_run *a, const struct fc_run *b, struct fc_error *err)
{
	for (size_t i = 0; i < sizeof(traits) / sizeof(traits[0]); i++)
		if ((traits[i].across || same_network(a, b)) && !same(a, b, &traits[i]))
			return refuse(a, b, &traits[i], err);
	return 0;
}

/* Later start first; the path decides between equals, so that the order of the arguments never does. */
static int compare_age(const void *a, const void *b)
{
	const struct fc_run *x = *(const struct fc_run *const *)a, *y = *(const struct fc_run *const *)b;
	const int order = strcmp(y->started, x->started);

	return order ? order : strcmp(y->path, x->path);
}

static int compare_networks(const void *a, const void *b)
{
	const struct fc_study_network *x = a, *y = b;

	if (x->flops != y->flops)
		return x->flops < y->flops ? -1 : 1;
	return strcmp(x->name, y->name);
}

static void take(struct fc_study *study, const struct fc_run *run)
{
	struct fc_study_network *network = &study->networks[study->network_count++];

	*network = (struct fc_study_network){
		.run = run,
		.model = run->model,
		.name = fc_network_title(&study->arena, run->model, run->model_settings),
		.settings = run->model_settings,
		.input = run->input,
		.batch = run->batch,
		.classes = run->classes,
		.params = run->params,
		.macs = run->macs,
		.flops = run->flops,
		.suspect = !strcmp(run->status, "suspect"),
	};
}

int fc_study_select(struct fc_study *study, const struct fc_run *runs, int run_count, struct fc_error *err)
{
	const struct fc_run **order;
	int rc = 0;

	if (run_count < 1)
		return fc_fail(err, "there is no run to report on");
	order = fc_calloc((size_t)run_count, sizeof(*order));
	study->networks = FC_NEW_ARRAY(&study->arena, struct fc_study_network, run_count);
	for (int i = 0; i < run_count; i++)
		order[i] = &runs[i];
	qsort(order, (size_t)run_count, sizeof(*order), compare_age);
	for (int i = 0; i < run_count && !rc; i++) {
		const struct fc_study_network *taken = NULL;

		for (int k = 0; k < study->network_count && !rc; k++) {
			rc = check_pair(study->networks[k].run, order[i], err);
			if (same_network(study->networks[k].run, order[i]))
				taken = &study->networks[k];
		}
		if (!rc && taken)
			fc_study_note(study, "%s is an earlier run of %s and was passed over for %s.",
				      fc_run_name(order[i]),
				      taken->name, fc_run_name(taken->run));
		else if (!rc)
			take(study, order[i]);
	}
	free(order);
	if (!rc)
		qsort(study->networks, (size_t)study->network_count, sizeof(*study->networks), compare_networks);
	return rc;
}
