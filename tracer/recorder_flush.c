/* Records that have come, added up iteration by iteration, and checked against each other. */
#include <stdlib.h>

#include "recorder.h"
#include "timeline.h"

#define KERNEL_SAMPLES 1024

/* What is being added up for one iteration. */
struct sums {
	struct recorder_cover all, kernels;
	struct recorder_cover moving;	/* kernels and copies: what it covers beyond the kernels is exposed copying */
	const struct recorder_pending *before;
};

static int in_time(const void *a, const void *b)
{
	const struct recorder_pending *const x = a, *const y = b;

	if (x->iteration != y->iteration)
		return x->iteration < y->iteration ? -1 : 1;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
}

static void sort_pending(struct fc_recorder *r)
{
	for (size_t i = 1; i < r->pending_count; i++)
		if (in_time(&r->pending[i - 1], &r->pending[i]) > 0) {
			qsort(r->pending, r->pending_count, sizeof(*r->pending), in_time);
			return;
		}
}

static void cover(struct recorder_cover *c, const struct recorder_pending *p)
{
	const int64_t from = p->start_ns > c->until_ns ? p->start_ns : c->until_ns;

	if (p->end_ns > from)
		c->total_ns += p->end_ns - from;
	if (p->end_ns > c->until_ns)
		c->until_ns = p->end_ns;
}

/* From where on nothing has run yet. */
static int64_t free_from(const struct recorder_iteration *it, const struct recorder_cover *all)
{
	return all->until_ns > it->start_ns ? all->until_ns : it->start_ns;
}

/* The lock is held. */
static void note(struct fc_recorder *r, enum fc_anomaly anomaly, uint32_t iteration)
{
	if (!r->anomalies[anomaly].count++)
		r->anomalies[anomaly].first = iteration;
}

/* Whether it can be added up: time that runs backwards would make other times too short. */
static bool check_record(struct fc_recorder *r, const struct recorder_pending *p,
			 const struct recorder_pending *before)
{
	const struct recorder_iteration *const it = &r->iterations[p->iteration];

	if (p->end_ns < p->start_ns) {
		note(r, FC_ANOMALY_BACKWARDS, p->iteration);
		return false;
	}
	if (p->start_ns < it->start_ns || p->end_ns > it->end_ns)
		note(r, FC_ANOMALY_OUTSIDE, p->iteration);
	if (r->serial && before && before->stream == p->stream && before->end_ns > p->start_ns)
		note(r, FC_ANOMALY_OVERLAP, p->iteration);
	if (p->step == r->step_count[it->pass])
		note(r, FC_ANOMALY_UNATTRIBUTED, p->iteration);
	return true;
}

static void add_record(struct fc_recorder *r, const struct recorder_pending *p, struct sums *sums)
{
	struct recorder_iteration *const it = &r->iterations[p->iteration];

	if (p->start_ns > free_from(it, &sums->all))
		it->idle_ns += p->start_ns - free_from(it, &sums->all);
	cover(&sums->all, p);
	if (p->activity == FC_ACTIVITY_KERNEL) {
		it->kernel_ns += p->end_ns - p->start_ns;
		cover(&sums->kernels, p);
	}
	if (p->activity != FC_ACTIVITY_FILL)
		cover(&sums->moving, p);
	it->activities[p->activity]++;
	cover(&r->covers[p->step], p);
	if (it->measured) {
		r->steps[it->pass][p->step].records++;
		samples_add(&r->kernels[p->kernel].samples, p->end_ns - p->start_ns, KERNEL_SAMPLES);
	}
}

static void end_iteration(struct fc_recorder *r, uint32_t iteration, const struct sums *sums)
{
	struct recorder_iteration *const it = &r->iterations[iteration];
	const int remainder = r->step_count[it->pass];

	if (it->end_ns > free_from(it, &sums->all))
		it->idle_ns += it->end_ns - free_from(it, &sums->all);
	it->busy_ns = sums->all.total_ns;
	it->copy_exposed_ns = sums->moving.total_ns - sums->kernels.total_ns;
	it->unattributed_ns = r->covers[remainder].total_ns;
	for (int i = 0; i <= remainder; i++) {
		const bool any = r->covers[i].until_ns != INT64_MIN;

		if (!any && r->expects && i < remainder)
			note(r, FC_ANOMALY_MISSING, iteration);
		if (any && it->measured)
			samples_add(&r->steps[it->pass][i].samples, r->covers[i].total_ns, SAMPLES_LIMIT);
		it->step_ns += r->covers[i].total_ns;
		r->covers[i] = (struct recorder_cover){ .until_ns = INT64_MIN };
	}
}

/* From the index-th waiting record on; returns the index of the first of the next iteration. */
static size_t add_iteration(struct fc_recorder *r, uint32_t iteration, size_t index)
{
	struct sums sums = { { INT64_MIN, 0 }, { INT64_MIN, 0 }, { INT64_MIN, 0 }, NULL };

	for (; index < r->pending_count && r->pending[index].iteration == iteration; index++) {
		const struct recorder_pending *const p = &r->pending[index];

		if (!check_record(r, p, sums.before))
			continue;
		add_record(r, p, &sums);
		if (r->timeline)
			timeline_add(r->timeline, &r->iterations[iteration], iteration, p);
		sums.before = p;
	}
	end_iteration(r, iteration, &sums);
	return index;
}

void recorder_flush(struct fc_recorder *r)
{
	size_t i = 0;

	pthread_mutex_lock(&r->lock);
	sort_pending(r);
	/* An iteration that was added up already: too late. */
	for (; i < r->pending_count && r->pending[i].iteration < r->flushed; i++)
		note(r, FC_ANOMALY_UNKNOWN, r->pending[i].iteration);
	for (; r->flushed < r->iteration_count; r->flushed++)
		i = add_iteration(r, r->flushed, i);
	r->pending_count = 0;
	pthread_mutex_unlock(&r->lock);
}
