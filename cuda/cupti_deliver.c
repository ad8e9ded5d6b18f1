/* What was settled goes to the recorder, in the order of time; on the way queues and gaps are measured. */
#include <stdlib.h>

#include "flopclock/arena.h"
#include "cupti_decode.h"

/* Until when the device was busy, and whether with an iteration. */
struct front {
	int64_t busy_until;
	bool inside;
};

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		const uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static void measure_duration(struct cupti_tally *tally, int64_t ns)
{
	if (ns <= 0)
		return;
	/* Once it is 1 it stays. */
	if (tally->quantum_ns != 1)
		tally->quantum_ns = greatest_divisor((uint64_t)ns, tally->quantum_ns);
	if (!tally->shortest_ns || ns < tally->shortest_ns)
		tally->shortest_ns = ns;
}

/* A call that launches a whole graph has one way to the device, that of its first activity. */
static void measure_queue(struct cupti_tally *tally, const struct cupti_activity *a, struct cupti_call *call)
{
	if (!call || !call->timed || call->charged)
		return;
	call->charged = true;
	cupti_sample_add(&tally->queue, a->start_ns - call->end_ns);
	tally->queue_negative += a->start_ns < call->end_ns;
}

static void measure_gap(struct cupti_tally *tally, const struct front *front, const struct cupti_activity *a,
			const struct cupti_call *call)
{
	enum cupti_gap class = CUPTI_GAP_OTHER;
	int64_t gap;

	if (!front->inside || a->start_ns <= front->busy_until)
		return;
	gap = a->start_ns - front->busy_until;
	if (call && call->timed && call->start_ns > front->busy_until)
		class = CUPTI_GAP_HOST;
	else if (call && call->timed && gap < CUPTI_LAUNCH_GAP_NS)
		class = CUPTI_GAP_LAUNCH;
	cupti_span_add(&tally->gaps[class], gap);
}

static void measure(struct cupti_decoder *decoder, const struct cupti_activity *a, struct front *front)
{
	struct cupti_call *const call = cupti_calls_find(&decoder->calls, a->call);
	struct cupti_tally *const tally = &decoder->tally;
	const bool inside = a->iteration != FC_PROBE_NO_ITERATION;

	cupti_span_add(inside ? &tally->activities[a->activity] : &tally->between, a->end_ns - a->start_ns);
	if (inside) {
		measure_duration(tally, a->end_ns - a->start_ns);
		measure_queue(tally, a, call);
		measure_gap(tally, front, a, call);
	}
	front->busy_until = a->end_ns > front->busy_until ? a->end_ns : front->busy_until;
	front->inside = inside;
}

static void hand_over(struct cupti_decoder *decoder, const struct cupti_activity *a, struct fc_recorder *recorder)
{
	const struct fc_record record = {
		.pass = (enum fc_pass)a->pass,
		.iteration = a->iteration,
		.step = a->step,
		.kernel = decoder->names.list[a->name].text,
		.start_ns = a->start_ns,
		.end_ns = a->end_ns,
		.stream = (int)a->stream,
		.activity = (enum fc_activity)a->activity,
		.launch = a->activity == FC_ACTIVITY_KERNEL ? &a->launch : NULL,
	};

	if (recorder)
		fc_recorder_add(recorder, &record);
}

static void note(struct cupti_decoder *decoder, struct fc_recorder *recorder, enum fc_anomaly anomaly, uint64_t count,
		 uint32_t iteration)
{
	decoder->tally.anomalies[anomaly] += count;
	if (count && recorder)
		fc_recorder_note(recorder, anomaly, count, iteration);
}

static int in_time(const void *a, const void *b)
{
	const struct cupti_activity *const x = *(const struct cupti_activity *const *)a,
					   *const y = *(const struct cupti_activity *const *)b;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
}

static const struct cupti_activity **sort(const struct cupti_activities *ready)
{
	const struct cupti_activity **const order = fc_calloc(ready->count + 1, sizeof(*order));

	for (size_t i = 0; i < ready->count; i++)
		order[i] = &ready->list[i];
	for (size_t i = 1; i < ready->count; i++)
		if (in_time(&order[i - 1], &order[i]) > 0) {
			qsort(order, ready->count, sizeof(*order), in_time);
			break;
		}
	return order;
}

void cupti_decoder_deliver(struct cupti_decoder *decoder, struct fc_recorder *recorder)
{
	struct front front = { .busy_until = INT64_MIN };
	const struct cupti_activity **order;

	cupti_settle(decoder, true);
	order = sort(&decoder->ready);
	for (size_t i = 0; i < decoder->ready.count; i++) {
		if (order[i]->flaw != FC_ANOMALY_COUNT) {
			note(decoder, recorder, (enum fc_anomaly)order[i]->flaw, 1, order[i]->iteration);
			continue;
		}
		measure(decoder, order[i], &front);
		hand_over(decoder, order[i], recorder);
	}
	free(order);
	decoder->ready.count = 0;
	note(decoder, recorder, FC_ANOMALY_UNATTRIBUTED, decoder->strays, UINT32_MAX);
	note(decoder, recorder, FC_ANOMALY_UNREADABLE, decoder->unreadable, UINT32_MAX);
	decoder->strays = decoder->unreadable = 0;
	cupti_calls_age(&decoder->calls);
	cupti_nodes_drop(decoder->nodes);
}
