/*
 * CUPTI switched on: its order of calls from the first to the last, its callbacks, its buffers.
 *
 * All of it goes through a table of functions, so that a stand-in can be put under it. CUPTI's buffer callbacks carry no
 * argument, so a process has one session at a time.
 */
#ifndef FLOPCLOCK_CUDA_CUPTI_SESSION_H
#define FLOPCLOCK_CUDA_CUPTI_SESSION_H

#include <stdatomic.h>

#include "cupti_decode.h"
#include "cupti_pool.h"
#include "libraries_cuda.h"

struct cupti_session {
	const struct libraries *libraries; /* borrowed: the tables of CUPTI and of the runtime */
	CUpti_SubscriberHandle subscriber;
	struct cupti_pool pool;
	struct cupti_worker worker;
	struct cupti_nodes nodes;
	struct cupti_decoder decoder; /* the worker's */
	/* How far it has come. */
	bool has_pool, has_worker, registered;
	uint32_t version;
	unsigned enabled;		  /* a bit per row of cupti_kinds[] */
	CUptiResult refused[CUPTI_KINDS]; /* why a welcome kind is not enabled */
	int silenced;			  /* functions of the host that are not recorded */
	atomic_uint_fast64_t discarded;	  /* records that no buffer was left for */
	/* What CUPTI said when it gave up; the lock is for that. */
	pthread_mutex_t lock;
	bool failed;
	char failure[256];
};

/*
 * Before the first call to the device. -1: a sentence says why not, CUPTI is as it was before, nothing is to be closed.
 * pool NULL: the usual sizes.
 */
int cupti_session_open(struct cupti_session *session, const struct libraries *libraries,
		       const struct cupti_pool_size *pool, struct fc_error *err);
/* Behind the last use of the device. What was not flushed is lost. */
void cupti_session_close(struct cupti_session *session);

/* Asks CUPTI for its full buffers, also for those that are not complete with `forced`, and waits until all are read. */
int cupti_session_flush(struct cupti_session *session, bool forced, struct fc_error *err);
/* How many records there was no room for since the last call. */
uint64_t cupti_session_dropped(struct cupti_session *session);

/* Members for run.json: versions, kinds, buffers, and what the run under way has counted. */
void cupti_session_describe(struct cupti_session *session, struct fc_json *json);

/* -------- between the files of the session -------- */

/*
 * Behind the enabling of calls: those that do not launch, copy or fill are not recorded. They are found by name, so that
 * functions of other versions are known too. How many.
 */
int cupti_silence_calls(const struct cupti_functions *cupti);
/* Whether a function's name is one of a call that is recorded. */
bool cupti_is_traced(const char *name);
/* Graphs and failures, into the session. -1: a sentence. */
int cupti_events_enable(struct cupti_session *session, struct fc_error *err);
void cupti_on_event(void *session, CUpti_CallbackDomain domain, CUpti_CallbackId id, const void *data);
/* The sentence for a result that is not a success; returns -1. */
int cupti_refuse(const struct libraries *libraries, CUptiResult result, const char *what, struct fc_error *err);

#endif
