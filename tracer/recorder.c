#include "recorder.h"

#include <stdlib.h>
#include <string.h>

#include "timeline.h"

#define FULL 65536u
#define KERNEL_SAMPLES 1024

struct fc_recorder *recorder_open(const struct fc_network *network, bool expects, struct timeline *timeline)
{
	struct fc_recorder *const r = fc_calloc(1, sizeof(*r));
	int most = 1;

	fc_arena_init(&r->arena);
	r->network = network;
	r->expects = expects;
	r->timeline = timeline;
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		r->step_count[pass] = fc_network_step_count(network, pass);
		r->steps[pass] = FC_NEW_ARRAY(&r->arena, struct recorder_step, r->step_count[pass] + 1);
		for (int i = 0; i < r->step_count[pass]; i++)
			r->steps[pass][i].first_kernel = -1;
		most = r->step_count[pass] > most ? r->step_count[pass] : most;
	}
	r->step_ns = FC_NEW_ARRAY(&r->arena, int64_t, most);
	r->step_end = FC_NEW_ARRAY(&r->arena, int64_t, most);
	return r;
}

void recorder_close(struct fc_recorder *r)
{
	if (!r)
		return;
	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int i = 0; i < r->step_count[pass]; i++)
			samples_release(&r->steps[pass][i].samples);
	for (int k = 0; k < r->kernel_count; k++)
		samples_release(&r->kernels[k].samples);
	free(r->kernels);
	free(r->iterations);
	free(r->pending);
	fc_arena_release(&r->arena);
	free(r);
}

static void *grow(void *array, size_t needed, size_t *room, size_t size)
{
	if (needed <= *room)
		return array;
	*room = *room ? 2 * *room : 256;
	return fc_realloc(array, *room, size);
}

static void note(struct fc_recorder *r, enum recorder_anomaly anomaly, uint32_t iteration)
{
	if (!r->anomalies[anomaly].count++)
		r->anomalies[anomaly].first = iteration;
}

/* -------- what comes in -------- */

uint32_t recorder_begin(struct fc_recorder *r, enum fc_pass pass, uint64_t epoch, bool measured, int64_t now_ns)
{
	size_t room = r->iteration_room;

	r->iterations = grow(r->iterations, (size_t)r->iteration_count + 1, &room, sizeof(*r->iterations));
	r->iteration_room = (uint32_t)room;
	r->iterations[r->iteration_count] =
		(struct recorder_iteration){ .pass = pass, .epoch = epoch, .measured = measured, .start_ns = now_ns };
	return r->iteration_count++;
}

struct recorder_iteration *recorder_end(struct fc_recorder *r, int64_t now_ns)
{
	struct recorder_iteration *const it = &r->iterations[r->iteration_count - 1];

	it->end_ns = now_ns;
	if (it->end_ns < it->start_ns)
		note(r, RECORDER_BACKWARDS, r->iteration_count - 1);
	return it;
}

/* A step has one kernel nearly always; its name is the same text every time. */
static int find_kernel(struct fc_recorder *r, enum fc_pass pass, int step, const char *name)
{
	int *link = &r->steps[pass][step].first_kernel;
	size_t room = (size_t)r->kernel_room;

	while (*link >= 0) {
		if (!strcmp(r->kernels[*link].name, name))
			return *link;
		link = &r->kernels[*link].next;
	}
	*link = r->kernel_count;
	r->kernels = grow(r->kernels, (size_t)r->kernel_count + 1, &room, sizeof(*r->kernels));
	r->kernel_room = (int)room;
	r->kernels[r->kernel_count] = (struct recorder_kernel){ .name = fc_arena_strdup(&r->arena, name), .next = -1 };
	return r->kernel_count++;
}

void fc_recorder_add(struct fc_recorder *r, const struct fc_record *record)
{
	struct recorder_pending *p;
	int kernel = -1;

	if (record->iteration >= r->iteration_count || r->iterations[record->iteration].pass != record->pass ||
	    record->step >= r->step_count[record->pass]) {
		note(r, RECORDER_UNKNOWN, record->iteration);
		return;
	}
	if (record->step >= 0)
		kernel = find_kernel(r, record->pass, record->step, record->kernel);
	r->pending = grow(r->pending, r->pending_count + 1, &r->pending_room, sizeof(*r->pending));
	p = &r->pending[r->pending_count++];
	*p = (struct recorder_pending){
		.iteration = record->iteration,
		.step = record->step,
		.kernel = kernel,
		.stream = record->stream,
		.start_ns = record->start_ns,
		.end_ns = record->end_ns,
	};
}

bool recorder_is_full(const struct fc_recorder *r)
{
	return r->pending_count >= FULL;
}

/* -------- adding up -------- */

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

static int64_t beyond(const struct recorder_pending *p, int64_t end_ns)
{
	const int64_t from = p->start_ns > end_ns ? p->start_ns : end_ns;

	return p->end_ns > from ? p->end_ns - from : 0;
}

static void check_record(struct fc_recorder *r, const struct recorder_pending *p,
			 const struct recorder_pending *before)
{
	const struct recorder_iteration *const it = &r->iterations[p->iteration];

	if (p->end_ns < p->start_ns)
		note(r, RECORDER_BACKWARDS, p->iteration);
	if (p->start_ns < it->start_ns || p->end_ns > it->end_ns)
		note(r, RECORDER_OUTSIDE, p->iteration);
	if (before && before->stream == p->stream && before->end_ns > p->start_ns)
		note(r, RECORDER_OVERLAP, p->iteration);
	if (p->step < 0)
		note(r, RECORDER_UNATTRIBUTED, p->iteration);
}

static void add_record(struct fc_recorder *r, const struct recorder_pending *p, int64_t *busy_until)
{
	struct recorder_iteration *const it = &r->iterations[p->iteration];

	it->kernel_ns += p->end_ns - p->start_ns;
	it->busy_ns += beyond(p, *busy_until);
	if (p->end_ns > *busy_until)
		*busy_until = p->end_ns;
	if (p->step < 0) {
		it->unattributed_ns += p->end_ns - p->start_ns;
		return;
	}
	/* step_end 0: no record of this step in this iteration yet. */
	if (!r->step_end[p->step])
		r->step_end[p->step] = INT64_MIN;
	r->step_ns[p->step] += beyond(p, r->step_end[p->step]);
	if (p->end_ns > r->step_end[p->step])
		r->step_end[p->step] = p->end_ns;
	if (it->measured) {
		r->steps[it->pass][p->step].records++;
		samples_add(&r->kernels[p->kernel].samples, p->end_ns - p->start_ns, KERNEL_SAMPLES);
	}
}

static void end_iteration(struct fc_recorder *r, uint32_t iteration)
{
	const struct recorder_iteration *const it = &r->iterations[iteration];

	for (int i = 0; i < r->step_count[it->pass]; i++) {
		if (!r->step_end[i] && r->expects)
			note(r, RECORDER_MISSING, iteration);
		if (r->step_end[i] && it->measured)
			samples_add(&r->steps[it->pass][i].samples, r->step_ns[i], SAMPLES_LIMIT);
		r->step_end[i] = r->step_ns[i] = 0;
	}
}

void recorder_flush(struct fc_recorder *r)
{
	size_t i = 0;

	sort_pending(r);
	while (i < r->pending_count && r->pending[i].iteration < r->flushed) {
		/* An iteration that was added up already: too late. */
		note(r, RECORDER_UNKNOWN, r->pending[i].iteration);
		i++;
	}
	for (; r->flushed < r->iteration_count; r->flushed++) {
		const struct recorder_pending *before = NULL;
		int64_t busy_until = INT64_MIN;

		for (; i < r->pending_count && r->pending[i].iteration == r->flushed; i++) {
			check_record(r, &r->pending[i], before);
			add_record(r, &r->pending[i], &busy_until);
			if (r->timeline)
				timeline_add(r->timeline, &r->iterations[r->flushed], r->flushed, &r->pending[i]);
			before = &r->pending[i];
		}
		end_iteration(r, r->flushed);
	}
	r->pending_count = 0;
}

/* -------- what comes out -------- */

void recorder_sum(const struct fc_recorder *r, enum fc_pass pass, uint64_t epoch, struct recorder_totals *t)
{
	*t = (struct recorder_totals){ .iterations = 0 };
	for (uint32_t i = 0; i < r->iteration_count; i++) {
		const struct recorder_iteration *const it = &r->iterations[i];

		if (it->pass != pass || (epoch && it->epoch != epoch))
			continue;
		t->iterations++;
		if (!it->measured)
			continue;
		t->measured++;
		t->images += (uint64_t)it->images;
		t->wall_ns += it->end_ns - it->start_ns;
		t->kernel_ns += it->kernel_ns;
		t->busy_ns += it->busy_ns;
		t->idle_ns += it->end_ns - it->start_ns - it->busy_ns;
		t->unattributed_ns += it->unattributed_ns;
	}
}

const char *recorder_anomaly(struct fc_recorder *r, enum recorder_anomaly anomaly)
{
	static const char *const texts[RECORDER_ANOMALY_COUNT] = {
#define X(upper, text) [RECORDER_##upper] = text,
		RECORDER_ANOMALIES(X)
#undef X
	};

	if (!r->anomalies[anomaly].count)
		return NULL;
	return fc_arena_printf(&r->arena, "%s (%llu times, first in iteration %u)", texts[anomaly],
			       (unsigned long long)r->anomalies[anomaly].count, r->anomalies[anomaly].first + 1);
}
