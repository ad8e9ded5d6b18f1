/* What belongs to which step. */
#include "cupti_decode.h"

/* The call that names a scope, of the two that a copy may have; else one that is known. */
static struct cupti_call *find_call(struct cupti_decoder *decoder, struct cupti_activity *a)
{
	struct cupti_call *const first = cupti_calls_find(&decoder->calls, a->correlation[0]);
	struct cupti_call *second;

	a->call = a->correlation[0];
	if ((first && first->scope) || a->correlation[1] == a->correlation[0])
		return first;
	second = cupti_calls_find(&decoder->calls, a->correlation[1]);
	if (!second || (first && !second->scope))
		return first;
	a->call = a->correlation[1];
	return second;
}

/* FC_ANOMALY_COUNT: none. */
static enum fc_anomaly find_flaw(const struct cupti_activity *a, const struct cupti_call *call)
{
	if (!a->start_ns || !a->end_ns)
		return FC_ANOMALY_UNSTAMPED;
	if (a->end_ns < a->start_ns)
		return FC_ANOMALY_BACKWARDS;
	if (call && call->timed && a->start_ns < call->start_ns)
		return FC_ANOMALY_ACAUSAL;
	return FC_ANOMALY_COUNT;
}

/* Its time, as far as it has one. */
static int64_t duration(const struct cupti_activity *a)
{
	return find_flaw(a, NULL) == FC_ANOMALY_COUNT ? a->end_ns - a->start_ns : 0;
}

/* The step whose node it is; a node of another pass or run is as good as none. */
static int step_of_node(struct cupti_decoder *decoder, const struct cupti_activity *a,
			const struct cupti_scope *replay)
{
	struct cupti_scope scope;

	decoder->tally.replayed++;
	if (cupti_nodes_find(decoder->nodes, a->node, &scope) && scope.pass == replay->pass &&
	    scope.run == replay->run)
		return scope.step;
	decoder->tally.missed++;
	return -1;
}

static void settle_as_setup(struct cupti_decoder *decoder, const struct cupti_activity *a)
{
	cupti_span_add(&decoder->tally.setup, duration(a));
	decoder->tally.setup_flawed += find_flaw(a, NULL) != FC_ANOMALY_COUNT;
}

static void settle_as_stray(struct cupti_decoder *decoder, const struct cupti_activity *a)
{
	cupti_span_add(&decoder->tally.stray, duration(a));
	decoder->strays++;
}

static void settle_in(struct cupti_decoder *decoder, struct cupti_activity *a, const struct cupti_call *call)
{
	const struct cupti_scope scope = cupti_scope_unpack(call->scope);

	if (scope.run != decoder->run) {
		settle_as_setup(decoder, a);
		return;
	}
	a->pass = (uint8_t)scope.pass;
	a->iteration = scope.iteration;
	a->flaw = (uint8_t)find_flaw(a, call);
	a->step = -1;
	if (scope.step == CUPTI_STEP_REPLAY)
		a->step = step_of_node(decoder, a, &scope);
	else if (scope.step != CUPTI_STEP_NONE)
		a->step = scope.step;
	if (scope.iteration != FC_PROBE_NO_ITERATION &&
	    (decoder->seen == FC_PROBE_NO_ITERATION || decoder->seen < scope.iteration))
		decoder->seen = scope.iteration;
	cupti_activities_add(&decoder->ready, a);
}

/*
 * Whoever runs steps names a scope from the first iteration on. So what comes without is set-up when it was called for
 * before that, and astray when it was called for later.
 */
static bool settle(struct cupti_decoder *decoder, struct cupti_activity *a, bool last)
{
	const struct cupti_call *const call = find_call(decoder, a);

	if (call && call->scope && (call->timed || last)) {
		settle_in(decoder, a, call);
		return true;
	}
	if (!last)
		return false;
	if ((call && call->timed ? call->start_ns : a->end_ns) < decoder->begin_ns)
		settle_as_setup(decoder, a);
	else if (call || a->waited++)
		settle_as_stray(decoder, a);
	else
		return false;
	return true;
}

void cupti_settle(struct cupti_decoder *decoder, bool last)
{
	struct cupti_activities *const waiting = &decoder->waiting;
	size_t kept = 0;

	for (size_t i = 0; i < waiting->count; i++) {
		struct cupti_activity a = waiting->list[i];

		if (!settle(decoder, &a, last))
			waiting->list[kept++] = a;
	}
	waiting->count = kept;
}

bool cupti_decoder_waits(struct cupti_decoder *decoder)
{
	for (size_t i = 0; i < decoder->waiting.count; i++) {
		struct cupti_activity *const a = &decoder->waiting.list[i];
		const struct cupti_call *const call = find_call(decoder, a);

		if (a->end_ns >= decoder->begin_ns && !(call && call->timed))
			return true;
	}
	return false;
}
