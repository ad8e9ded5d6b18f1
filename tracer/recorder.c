#include "recorder.h"

#include <stdlib.h>
#include <string.h>

struct fc_recorder *recorder_open(const struct fc_network *network, bool expects, struct timeline *timeline)
{
	struct fc_recorder *const r = fc_calloc(1, sizeof(*r));
	int most = 0;

	fc_arena_init(&r->arena);
	pthread_mutex_init(&r->lock, NULL);
	r->network = network;
	r->expects = expects;
	r->serial = !fc_network_streams(network);
	r->timeline = timeline;
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		r->step_count[pass] = fc_network_step_count(network, pass);
		r->steps[pass] = FC_NEW_ARRAY(&r->arena, struct recorder_step, r->step_count[pass] + 1);
		for (int i = 0; i <= r->step_count[pass]; i++)
			r->steps[pass][i].first_kernel = -1;
		most = r->step_count[pass] > most ? r->step_count[pass] : most;
	}
	r->covers = FC_NEW_ARRAY(&r->arena, struct recorder_cover, most + 1);
	for (int i = 0; i <= most; i++)
		r->covers[i].until_ns = INT64_MIN;
	return r;
}

void recorder_close(struct fc_recorder *r)
{
	if (!r)
		return;
	for (int pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int i = 0; i <= r->step_count[pass]; i++)
			samples_release(&r->steps[pass][i].samples);
	for (int k = 0; k < r->kernel_count; k++)
		samples_release(&r->kernels[k].samples);
	free(r->kernels);
	free(r->iterations);
	free(r->pending);
	pthread_mutex_destroy(&r->lock);
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

/* -------- iterations -------- */

uint32_t recorder_begin(struct fc_recorder *r, enum fc_pass pass, uint64_t epoch, bool measured, int64_t now_ns)
{
	size_t room = r->iteration_room;

	pthread_mutex_lock(&r->lock);
	r->iterations = grow(r->iterations, (size_t)r->iteration_count + 1, &room, sizeof(*r->iterations));
	r->iteration_room = (uint32_t)room;
	r->iterations[r->iteration_count++] =
		(struct recorder_iteration){ .pass = pass, .epoch = epoch, .measured = measured, .start_ns = now_ns };
	pthread_mutex_unlock(&r->lock);
	return r->iteration_count - 1;
}

struct recorder_iteration *recorder_end(struct fc_recorder *r, int64_t now_ns)
{
	struct recorder_iteration *const it = &r->iterations[r->iteration_count - 1];

	it->end_ns = now_ns;
	if (it->end_ns < it->start_ns)
		fc_recorder_note(r, FC_ANOMALY_BACKWARDS, 1, r->iteration_count - 1);
	return it;
}

/* Per iteration from `first` on: when the last of its records ended, INT64_MIN where there is none. */
static int64_t *last_ends(struct fc_recorder *r, uint32_t first, uint32_t count)
{
	int64_t *const ends = fc_calloc(count, sizeof(*ends));

	for (uint32_t i = 0; i < count; i++)
		ends[i] = INT64_MIN;
	pthread_mutex_lock(&r->lock);
	for (size_t i = 0; i < r->pending_count; i++) {
		const struct recorder_pending *const p = &r->pending[i];

		if (p->iteration >= first && p->end_ns > ends[p->iteration - first])
			ends[p->iteration - first] = p->end_ns;
	}
	pthread_mutex_unlock(&r->lock);
	return ends;
}

struct recorder_iteration *recorder_tile(struct fc_recorder *r, uint32_t count, int64_t start_ns, int64_t end_ns,
					 const struct fc_result *results)
{
	const uint32_t first = r->iteration_count - count;
	int64_t *const ends = last_ends(r, first, count);
	int64_t at = start_ns;

	for (uint32_t i = 0; i < count; i++) {
		struct recorder_iteration *const it = &r->iterations[first + i];
		int64_t end = ends[i];

		if (end == INT64_MIN)
			end = end_ns - (results[count - 1].end_ns - results[i].end_ns);
		if (i == count - 1 || end > end_ns)
			end = end_ns;
		it->start_ns = at;
		it->end_ns = at = end > at ? end : at;
	}
	if (end_ns < start_ns)
		fc_recorder_note(r, FC_ANOMALY_BACKWARDS, 1, first);
	free(ends);
	return &r->iterations[first];
}

/* -------- records -------- */

void fc_recorder_note(struct fc_recorder *r, enum fc_anomaly anomaly, uint64_t count, uint32_t iteration)
{
	if (!count)
		return;
	pthread_mutex_lock(&r->lock);
	if (!r->anomalies[anomaly].count)
		r->anomalies[anomaly].first = iteration;
	r->anomalies[anomaly].count += count;
	pthread_mutex_unlock(&r->lock);
}

static bool is_kernel(const struct recorder_kernel *kernel, const struct fc_record *record)
{
	if (strcmp(kernel->name, record->kernel) || kernel->launched != (record->launch != NULL))
		return false;
	return !record->launch || !memcmp(&kernel->launch, record->launch, sizeof(kernel->launch));
}

/* A step has few kernels, nearly always the same ones. */
static int find_kernel(struct fc_recorder *r, int step, const struct fc_record *record)
{
	int *link = &r->steps[record->pass][step].first_kernel;
	size_t room = (size_t)r->kernel_room;
	struct recorder_kernel *kernel;

	while (*link >= 0) {
		if (is_kernel(&r->kernels[*link], record))
			return *link;
		link = &r->kernels[*link].next;
	}
	*link = r->kernel_count;
	r->kernels = grow(r->kernels, (size_t)r->kernel_count + 1, &room, sizeof(*r->kernels));
	r->kernel_room = (int)room;
	kernel = &r->kernels[r->kernel_count];
	*kernel = (struct recorder_kernel){ .name = fc_arena_strdup(&r->arena, record->kernel), .next = -1 };
	if (record->launch) {
		kernel->launched = true;
		kernel->launch = *record->launch;
	}
	return r->kernel_count++;
}

static bool is_known(const struct fc_recorder *r, const struct fc_record *record)
{
	return record->iteration < r->iteration_count && r->iterations[record->iteration].pass == record->pass &&
	       record->step < r->step_count[record->pass];
}

static void keep(struct fc_recorder *r, const struct fc_record *record)
{
	const int step = record->step < 0 ? r->step_count[record->pass] : record->step;

	r->pending = grow(r->pending, r->pending_count + 1, &r->pending_room, sizeof(*r->pending));
	r->pending[r->pending_count++] = (struct recorder_pending){
		.iteration = record->iteration,
		.step = step,
		.kernel = find_kernel(r, step, record),
		.stream = record->stream,
		.activity = record->activity,
		.start_ns = record->start_ns,
		.end_ns = record->end_ns,
	};
}

void fc_recorder_add(struct fc_recorder *r, const struct fc_record *record)
{
	bool unknown = false;

	pthread_mutex_lock(&r->lock);
	if (record->iteration == FC_PROBE_NO_ITERATION) {
		r->outside++;
		r->outside_ns += record->end_ns - record->start_ns;
	} else if (is_known(r, record)) {
		keep(r, record);
	} else {
		unknown = true;
	}
	pthread_mutex_unlock(&r->lock);
	fc_recorder_note(r, FC_ANOMALY_UNKNOWN, unknown, record->iteration);
}

size_t recorder_waiting(struct fc_recorder *r)
{
	size_t waiting;

	pthread_mutex_lock(&r->lock);
	waiting = r->pending_count;
	pthread_mutex_unlock(&r->lock);
	return waiting;
}
