/*
 * From CUPTI's buffers to records of steps.
 *
 * decode() walks a buffer with CUPTI's own reader. Ids and calls go into tables, kernels, copies and memsets are kept in
 * a short form of our own until their call is known, which may come in a later buffer; then they are settled: put to the
 * step that their call names, in a replay to the step of their graph node. deliver() hands what is settled to a recorder.
 *
 * One thread at a time.
 */
#ifndef FLOPCLOCK_CUDA_CUPTI_DECODE_H
#define FLOPCLOCK_CUDA_CUPTI_DECODE_H

#include "cupti_calls.h"
#include "cupti_names.h"
#include "cupti_nodes.h"
#include "cupti_record.h"
#include "cupti_tally.h"
#include "cupti_worker.h"

/* A kernel, copy or memset. */
struct cupti_activity {
	int64_t start_ns, end_ns;
	uint64_t node;		 /* of the graph that it belongs to; 0: none */
	uint32_t correlation[2]; /* with its call; of copies two may be given */
	uint32_t name;		 /* in names */
	uint32_t stream;
	struct fc_launch launch; /* of kernels */
	uint8_t activity;	 /* enum fc_activity */
	uint8_t waited;		 /* how many ages */
	/* Once settled. */
	uint8_t flaw; /* enum fc_anomaly; FC_ANOMALY_COUNT: none */
	uint8_t pass;
	int32_t step;	    /* -1: none */
	uint32_t iteration; /* or FC_PROBE_NO_ITERATION */
	uint32_t call;	    /* the correlation id that settled it */
};

struct cupti_activities {
	struct cupti_activity *list;
	size_t count, room;
};

struct cupti_decoder {
	CUptiResult (*next)(uint8_t *buffer, size_t valid, CUpti_Activity **record);
	struct cupti_nodes *nodes; /* borrowed */
	struct cupti_names names;
	struct cupti_calls calls;
	struct cupti_activities waiting, ready;
	struct cupti_tally tally;
	uint16_t run;		     /* 0: none yet */
	int64_t begin_ns;	     /* of the run's first iteration; INT64_MAX before it */
	uint32_t seen;		     /* the last iteration of which something was settled; or FC_PROBE_NO_ITERATION */
	uint64_t strays, unreadable; /* not delivered yet */
};

/* What can be in a buffer. */
struct cupti_kind {
	CUpti_ActivityKind kind;
	const char *name;
	size_t bytes;
	enum { CUPTI_NEVER, CUPTI_WELCOME, CUPTI_NEEDED } enabled;
	void (*take)(struct cupti_decoder *decoder, const CUpti_Activity *record);
};

extern const struct cupti_kind cupti_kinds[];
extern const int cupti_kind_count;

void cupti_decoder_init(struct cupti_decoder *decoder, struct cupti_nodes *nodes,
			CUptiResult (*next)(uint8_t *buffer, size_t valid, CUpti_Activity **record));
void cupti_decoder_release(struct cupti_decoder *decoder);

/* A run begins: what was counted so far belongs to the one before it, if there was one. */
void cupti_decoder_begin(struct cupti_decoder *decoder, uint16_t run, int64_t begin_ns);

void cupti_decode(struct cupti_decoder *decoder, const struct cupti_buffer *buffer);
/* Whether something of the run still waits for its call. */
bool cupti_decoder_waits(struct cupti_decoder *decoder);
/*
 * All buffers so far have come: settles what can be, and hands everything to the recorder, NULL: to nobody. What still
 * lacks its call waits for the next time, and is nobody's when that comes.
 */
void cupti_decoder_deliver(struct cupti_decoder *decoder, struct fc_recorder *recorder);

/* -------- between the files of the decoder -------- */

void cupti_activities_add(struct cupti_activities *activities, const struct cupti_activity *activity);
/* last: nothing more is to be expected. */
void cupti_settle(struct cupti_decoder *decoder, bool last);

#endif
