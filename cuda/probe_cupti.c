#include "cupti_probe.h"

#include <assert.h>
#include <stdlib.h>
#include <time.h>

#include "flopclock/arena.h"
#include "cupti_clock.h"
#include "cupti_session.h"

/* How often a drain asks again for records that should have come, and how long it waits in between. */
#define RETRIES	 3
#define RETRY_NS 1000000

struct cupti_probe {
	struct libraries own;
	const struct libraries *libraries; /* own, or lent */
	struct cupti_session session;
	struct cupti_scope scope; /* of the iteration; run 0: none has begun */
	bool outer, inner;	  /* a scope is named for the iteration, for the step */
	bool capturing;
	uint32_t entered;		       /* the last iteration with a step since the last drain */
	uint64_t unnamed;		       /* scopes that CUPTI did not take or give back */
	int64_t clock_start_ns, clock_last_ns; /* how far the wall clock is ahead of the monotonic one */
};

/* -------- life -------- */

static int open_session(struct fc_probe *probe, struct cupti_probe *cupti, const struct cupti_pool_size *pool,
			struct fc_error *err)
{
	cupti->entered = FC_PROBE_NO_ITERATION;
	cupti->clock_start_ns = cupti->clock_last_ns = cupti_clock_lead();
	if (cupti_session_open(&cupti->session, cupti->libraries, pool, err)) {
		free(cupti);
		return -1;
	}
	probe->impl = cupti;
	return 0;
}

int cupti_probe_open_on(struct fc_probe *probe, const struct libraries *libraries, const struct cupti_pool_size *pool,
			struct fc_error *err)
{
	struct cupti_probe *const cupti = fc_calloc(1, sizeof(*cupti));

	cupti->libraries = libraries;
	return open_session(probe, cupti, pool, err);
}

static int cupti_open(struct fc_probe *probe, struct fc_error *err)
{
	struct cupti_probe *const cupti = fc_calloc(1, sizeof(*cupti));

	if (libraries_open(&cupti->own, LIBRARIES_TRACE, 0, err)) {
		free(cupti);
		return -1;
	}
	cupti->libraries = &cupti->own;
	return open_session(probe, cupti, NULL, err);
}

struct cupti_session *cupti_probe_session(const struct fc_probe *probe)
{
	return &((struct cupti_probe *)probe->impl)->session;
}

/* The stack of scopes is the thread's, and empty again when the session ends. */
static void forget_scope(struct cupti_probe *cupti, bool *named)
{
	if (*named && cupti->libraries->cupti.cuptiActivityPopExternalCorrelationId(
			      CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0, NULL) != CUPTI_SUCCESS)
		cupti->unnamed++;
	*named = false;
}

static void name_scope(struct cupti_probe *cupti, const struct cupti_scope *scope, bool *named)
{
	*named = cupti->libraries->cupti.cuptiActivityPushExternalCorrelationId(
			 CUPTI_EXTERNAL_CORRELATION_KIND_CUSTOM0, cupti_scope_pack(scope)) == CUPTI_SUCCESS;
	cupti->unnamed += !*named;
}

static void cupti_close(struct fc_probe *probe)
{
	struct cupti_probe *const cupti = probe->impl;

	forget_scope(cupti, &cupti->inner);
	forget_scope(cupti, &cupti->outer);
	if (cupti->scope.run)
		cupti->libraries->cudart.cudaDeviceSynchronize();
	cupti_session_close(&cupti->session);
	free(cupti);
	probe->impl = NULL;
}

/* -------- what runs -------- */

static int64_t cupti_now(struct fc_probe *probe)
{
	const struct cupti_probe *const cupti = probe->impl;
	uint64_t now = 0;

	cupti->libraries->cupti.cuptiGetTimestamp(&now);
	return (int64_t)now;
}

static void begin_run(struct fc_probe *probe, struct cupti_probe *cupti)
{
	struct cupti_session *const session = &cupti->session;

	cupti->scope.run = (uint16_t)(cupti->scope.run % (CUPTI_RUNS - 1) + 1);
	cupti->unnamed = 0;
	cupti_worker_hold(&session->worker);
	cupti_decoder_begin(&session->decoder, cupti->scope.run, cupti_now(probe));
	cupti_nodes_clear(&session->nodes);
	cupti_worker_resume(&session->worker);
}

static void cupti_iteration(struct fc_probe *probe, enum fc_pass pass, uint32_t iteration)
{
	struct cupti_probe *const cupti = probe->impl;

	if (!iteration)
		begin_run(probe, cupti);
	/* What comes before the first iteration needs no name: it is set-up. */
	if (!cupti->scope.run)
		return;
	forget_scope(cupti, &cupti->outer);
	cupti->scope.pass = pass;
	cupti->scope.iteration = iteration;
	cupti->scope.step = CUPTI_STEP_NONE;
	name_scope(cupti, &cupti->scope, &cupti->outer);
}

static void cupti_capture(struct fc_probe *probe, enum fc_pass pass, bool begin)
{
	struct cupti_probe *const cupti = probe->impl;

	assert(!begin || pass == cupti->scope.pass);
	(void)pass;
	cupti->capturing = begin;
	cupti_nodes_close(&cupti->session.nodes);
}

static void cupti_enter(struct fc_probe *probe, int index, const struct fc_executed_step *step, uint64_t flops)
{
	struct cupti_probe *const cupti = probe->impl;
	struct cupti_scope scope = cupti->scope;

	(void)step;
	(void)flops;
	assert(cupti->scope.run && index < (int)CUPTI_STEP_REPLAY);
	scope.step = index == FC_PROBE_REPLAY ? CUPTI_STEP_REPLAY : (uint16_t)index;
	name_scope(cupti, &scope, &cupti->inner);
	if (cupti->capturing)
		cupti_nodes_open(&cupti->session.nodes, &scope);
	else
		cupti->entered = scope.iteration;
}

static void cupti_leave(struct fc_probe *probe)
{
	struct cupti_probe *const cupti = probe->impl;

	forget_scope(cupti, &cupti->inner);
	if (cupti->capturing)
		cupti_nodes_close(&cupti->session.nodes);
}

/* -------- what was measured -------- */

/* Nothing waits for its call, and the last iteration that ran has left something. */
static bool is_complete(struct cupti_probe *cupti)
{
	struct cupti_session *const session = &cupti->session;
	bool complete;

	cupti_worker_hold(&session->worker);
	complete = !cupti_decoder_waits(&session->decoder) &&
		   (cupti->entered == FC_PROBE_NO_ITERATION || session->decoder.seen == cupti->entered);
	cupti_worker_resume(&session->worker);
	return complete;
}

/*
 * The device is idle, so CUPTI has everything; it may need to be asked more than once. Records that are not complete
 * come last and only where something is missing.
 */
static int flush(struct cupti_probe *cupti, struct fc_error *err)
{
	const struct timespec pause = { .tv_nsec = RETRY_NS };

	for (int i = 0; i <= RETRIES; i++) {
		if (i)
			nanosleep(&pause, NULL);
		if (cupti_session_flush(&cupti->session, i == RETRIES, err))
			return -1;
		if (is_complete(cupti))
			return 0;
	}
	return 0;
}

static void note(struct fc_probe *probe, enum fc_anomaly anomaly, uint64_t count)
{
	struct cupti_probe *const cupti = probe->impl;

	cupti->session.decoder.tally.anomalies[anomaly] += count;
	if (count && probe->recorder)
		fc_recorder_note(probe->recorder, anomaly, count, UINT32_MAX);
}

/* CUPTI's clock is the wall clock, which somebody may set. */
static void check_clock(struct fc_probe *probe)
{
	struct cupti_probe *const cupti = probe->impl;
	const int64_t lead = cupti_clock_lead();

	note(probe, FC_ANOMALY_BACKWARDS, lead < cupti->clock_last_ns - CUPTI_CLOCK_STEP_NS);
	cupti->clock_last_ns = lead;
}

static int cupti_drain(struct fc_probe *probe, struct fc_error *err)
{
	struct cupti_probe *const cupti = probe->impl;
	struct cupti_session *const session = &cupti->session;

	if (cupti->scope.run && cudart_check(cupti->libraries, cupti->libraries->cudart.cudaDeviceSynchronize(),
					     "waiting for the device", err))
		return -1;
	if (flush(cupti, err))
		return -1;
	cupti_worker_hold(&session->worker);
	note(probe, FC_ANOMALY_DROPPED, cupti_session_dropped(session));
	check_clock(probe);
	cupti_decoder_deliver(&session->decoder, probe->recorder);
	cupti_worker_resume(&session->worker);
	cupti->entered = FC_PROBE_NO_ITERATION;
	return 0;
}

/* -------- how it was measured -------- */

static void cupti_describe(struct fc_probe *probe, struct fc_json *json)
{
	struct cupti_probe *const cupti = probe->impl;

	fc_json_text(json, "clock", "CLOCK_REALTIME");
	fc_json_i64(json, "clock_step_ns", cupti_clock_lead() - cupti->clock_start_ns);
	fc_json_u64(json, "unnamed_scopes", cupti->unnamed);
	cupti_session_describe(&cupti->session, json);
}

const struct fc_probe_kind fc_probe_cupti = {
	.name = "cupti",
	.summary = "every kernel, copy and memset of a GPU by CUPTI's activity records",
	.device = "cuda",
	.measures = true,
	.intrusive = true,
	.open = cupti_open,
	.close = cupti_close,
	.now = cupti_now,
	.iteration = cupti_iteration,
	.capture = cupti_capture,
	.enter = cupti_enter,
	.leave = cupti_leave,
	.drain = cupti_drain,
	.describe = cupti_describe,
};
