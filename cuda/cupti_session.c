#include "cupti_session.h"

#include <stdio.h>
#include <string.h>

#define NAME "flopclock"

/* The one session of the process. CUPTI gives its buffer callbacks nothing to find it by. */
static _Atomic(struct cupti_session *) *the_session(void)
{
	static _Atomic(struct cupti_session *) session;

	return &session;
}

/* -------- buffers, on whatever thread CUPTI likes -------- */

static void on_request(uint8_t **buffer, size_t *bytes, size_t *records)
{
	struct cupti_session *const session = atomic_load(the_session());

	*records = 0;
	*buffer = session ? cupti_pool_take(&session->pool, bytes) : cupti_pool_discard(bytes);
}

/* Nobody knows who else writes into it: its records are only counted. */
static void count_discarded(struct cupti_session *session, uint8_t *buffer, size_t valid)
{
	CUpti_Activity *record = NULL;
	uint64_t count = 0;

	while (session->decoder.next(buffer, valid, &record) == CUPTI_SUCCESS)
		count++;
	memset(buffer, 0, valid);
	atomic_fetch_add(&session->discarded, count + (valid && !count));
}

static void on_complete(CUcontext context, uint32_t stream, uint8_t *buffer, size_t bytes, size_t valid)
{
	struct cupti_session *const session = atomic_load(the_session());
	const struct cupti_buffer full = { .data = buffer, .valid = valid < bytes ? valid : bytes };
	size_t discard_bytes;

	(void)context;
	(void)stream;
	if (!session)
		return;
	if (buffer == cupti_pool_discard(&discard_bytes))
		count_discarded(session, buffer, full.valid);
	else
		cupti_worker_add(&session->worker, &full);
}

static void read_buffer(void *owner, const struct cupti_buffer *buffer)
{
	struct cupti_session *const session = owner;

	cupti_decode(&session->decoder, buffer);
	cupti_pool_give(&session->pool, buffer->data);
}

/* -------- start -------- */

int cupti_refuse(const struct libraries *libraries, CUptiResult result, const char *what, struct fc_error *err)
{
	static const struct {
		CUptiResult result;
		const char *reason;
	} reasons[] = {
		{ CUPTI_ERROR_INSUFFICIENT_PRIVILEGES,
		  "this user may not trace; the driver's option NVreg_RestrictProfilingToAdminUsers decides that" },
		{ CUPTI_ERROR_VIRTUALIZED_DEVICE_NOT_SUPPORTED, "it does not trace on this virtual GPU" },
		{ CUPTI_ERROR_VIRTUALIZED_DEVICE_INSUFFICIENT_PRIVILEGES,
		  "the host of this virtual GPU has not allowed tracing" },
		{ CUPTI_ERROR_CONFIDENTIAL_COMPUTING_NOT_SUPPORTED, "it does not trace in confidential computing" },
		{ CUPTI_ERROR_CMP_DEVICE_NOT_SUPPORTED, "it does not trace on this processor for mining" },
		{ CUPTI_ERROR_MIG_DEVICE_NOT_SUPPORTED, "it does not trace on this part of a GPU (MIG)" },
		{ CUPTI_ERROR_WSL_DEVICE_NOT_SUPPORTED, "it does not trace in this version of WSL" },
	};

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].result == result)
			return fc_fail(err, "%s: %s", what, reasons[i].reason);
	return cupti_check(libraries, result, what, err);
}

static int check_versions(struct cupti_session *session, struct fc_error *err)
{
	const struct libraries *const libraries = session->libraries;
	int driver = 0;

	if (libraries->cudart.cudaDriverGetVersion(&driver) != cudaSuccess || !driver)
		return fc_fail(err, "kernels cannot be timed: this machine has no driver for an NVIDIA GPU");
	if (libraries->cupti.cuptiGetVersion(&session->version) != CUPTI_SUCCESS)
		session->version = 0;
	if (session->version < CUPTI_LEAST_VERSION)
		return fc_fail(err, "kernels cannot be timed: CUPTI has version %u, and before %d it loses records",
			       (unsigned)session->version, CUPTI_LEAST_VERSION);
	return 0;
}

/* Other tools are kept out from here on, or keep us out. */
static int attach(struct cupti_session *session, struct fc_error *err)
{
	char holder[2 * CUPTI_OLD_SUBSCRIBER_NAME_MIN_LEN] = "";
	CUpti_SubscriberParams params = { .structSize = CUpti_SubscriberParams_STRUCT_SIZE,
					  .subscriberName = NAME,
					  .oldSubscriberName = holder,
					  .oldSubscriberSize = sizeof(holder) };
	const CUptiResult result =
		session->libraries->cupti.cuptiSubscribe_v2(&session->subscriber, cupti_on_event, session, &params);

	if (result == CUPTI_SUCCESS)
		return 0;
	session->subscriber = NULL;
	holder[sizeof(holder) - 1] = '\0';
	if (result == CUPTI_ERROR_MULTIPLE_SUBSCRIBERS_NOT_SUPPORTED)
		return fc_fail(err, "tracing refused: %s is attached, and CUPTI serves one tool at a time",
			       *holder ? holder : "another profiler");
	return cupti_refuse(session->libraries, result, "CUPTI does not start", err);
}

static int make_room(struct cupti_session *session, const struct cupti_pool_size *size, struct fc_error *err)
{
	static const struct cupti_pool_size usual = { CUPTI_POOL_BUFFERS, CUPTI_POOL_LIMIT, CUPTI_POOL_BYTES };

	if (cupti_pool_open(&session->pool, size ? size : &usual))
		return fc_fail(err, "there is no memory for CUPTI's records");
	session->has_pool = true;
	if (cupti_worker_open(&session->worker, read_buffer, session))
		return fc_fail(err, "there is no thread to read CUPTI's records");
	session->has_worker = true;
	return 0;
}

static int configure(struct cupti_session *session, struct fc_error *err)
{
	const struct cupti_functions *const cupti = &session->libraries->cupti;
	size_t bytes = sizeof(uint8_t);
	uint8_t yes = 1;
	CUptiResult result;

	/* Where these are refused nothing is lost but time. */
	cupti->cuptiSetThreadIdType(CUPTI_ACTIVITY_THREAD_ID_TYPE_SYSTEM);
	cupti->cuptiActivitySetAttribute(CUPTI_ACTIVITY_ATTR_ZEROED_OUT_ACTIVITY_BUFFER, &bytes, &yes);
	atomic_store(the_session(), session);
	session->registered = true;
	result = cupti->cuptiActivityRegisterCallbacks(on_request, on_complete);
	if (result != CUPTI_SUCCESS)
		return cupti_refuse(session->libraries, result, "CUPTI does not take buffers", err);
	return cupti_events_enable(session, err);
}

static int enable(struct cupti_session *session, struct fc_error *err)
{
	const struct cupti_functions *const cupti = &session->libraries->cupti;

	for (int row = 0; row < cupti_kind_count; row++) {
		if (cupti_kinds[row].enabled == CUPTI_NEVER)
			continue;
		session->refused[row] = cupti->cuptiActivityEnable(cupti_kinds[row].kind);
		if (session->refused[row] == CUPTI_SUCCESS)
			session->enabled |= 1u << row;
		else if (cupti_kinds[row].enabled == CUPTI_NEEDED) {
			char what[64];

			snprintf(what, sizeof(what), "CUPTI does not record: %s", cupti_kinds[row].name);
			return cupti_refuse(session->libraries, session->refused[row], what, err);
		}
	}
	session->silenced = cupti_silence_calls(cupti);
	return 0;
}

int cupti_session_open(struct cupti_session *session, const struct libraries *libraries,
		       const struct cupti_pool_size *pool, struct fc_error *err)
{
	*session = (struct cupti_session){ .libraries = libraries };
	pthread_mutex_init(&session->lock, NULL);
	cupti_nodes_init(&session->nodes);
	cupti_decoder_init(&session->decoder, &session->nodes, libraries->cupti.cuptiActivityGetNextRecord);
	if (!check_versions(session, err) && !attach(session, err) && !make_room(session, pool, err) &&
	    !configure(session, err) && !enable(session, err))
		return 0;
	cupti_session_close(session);
	return -1;
}

/* -------- use and end -------- */

int cupti_session_flush(struct cupti_session *session, bool forced, struct fc_error *err)
{
	CUptiResult result;
	bool failed;

	pthread_mutex_lock(&session->lock);
	failed = session->failed;
	pthread_mutex_unlock(&session->lock);
	if (failed)
		return fc_fail(err, "%s", session->failure);
	result = session->libraries->cupti.cuptiActivityFlushAll(forced ? CUPTI_ACTIVITY_FLAG_FLUSH_FORCED : 0);
	cupti_worker_hold(&session->worker);
	cupti_worker_resume(&session->worker);
	if (result != CUPTI_SUCCESS)
		return cupti_refuse(session->libraries, result, "CUPTI does not give its records", err);
	return 0;
}

uint64_t cupti_session_dropped(struct cupti_session *session)
{
	size_t dropped = 0;

	if (session->libraries->cupti.cuptiActivityGetNumDroppedRecords(NULL, 0, &dropped) != CUPTI_SUCCESS)
		dropped = 0;
	return dropped + atomic_exchange(&session->discarded, 0);
}

/* Also of a session that did not come to its end of opening. */
void cupti_session_close(struct cupti_session *session)
{
	const struct cupti_functions *const cupti = &session->libraries->cupti;
	struct fc_error ignored;

	if (session->enabled) {
		/* Twice: what is complete comes in order, then the rest. */
		cupti_session_flush(session, false, &ignored);
		cupti_session_flush(session, true, &ignored);
		for (int row = 0; row < cupti_kind_count; row++)
			if (session->enabled & 1u << row)
				cupti->cuptiActivityDisable(cupti_kinds[row].kind);
	}
	if (session->subscriber)
		cupti->cuptiUnsubscribe(session->subscriber);
	if (session->has_worker)
		cupti_worker_close(&session->worker);
	if (session->registered)
		atomic_store(the_session(), NULL);
	if (session->has_pool)
		cupti_pool_close(&session->pool);
	cupti_decoder_release(&session->decoder);
	cupti_nodes_release(&session->nodes);
	pthread_mutex_destroy(&session->lock);
}
