/* Between the files of the stand-in for CUPTI. */
#ifndef FLOPCLOCK_TESTS_FAKE_CUPTI_INNER_H
#define FLOPCLOCK_TESTS_FAKE_CUPTI_INNER_H

#include <pthread.h>

#include "fake_cupti.h"
#include "fake_cupti_buffer.h"
#include "flopclock/str.h"

#define FAKE_STACK 8

struct fake_node {
	uint64_t id;
	CUpti_ActivityKind kind;
	const char *name;
	int64_t ns;
	uint8_t copy_kind;
};

struct fake_graph {
	uint32_t id;
	int count;
	struct fake_node nodes[256];
};

struct fake {
	struct fake_cupti_config config;
	struct libraries real;
	struct fake_cupti_state state;
	struct fc_str log;
	CUpti_CallbackFunc on_event;
	void *on_event_data;
	CUpti_BuffersCallbackRequestFunc request;
	CUpti_BuffersCallbackCompleteFunc complete;
	uint64_t enabled; /* a bit per kind */
	uint64_t stack[FAKE_STACK];
	pthread_t player;
	int64_t now, device_free;
	uint32_t correlation, graph_id;
	struct fake_graph *capturing;
	bool stamped;
	int64_t stamp_start, stamp_end;
	size_t dropped;
	struct fake_buffer host, device;
	/* The thread that gives buffers back. */
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct fake_buffer *full;
	size_t full_count, full_room;
	uint64_t given;
	bool giving, stop;
};

/* The functions under test carry no argument to find it by. */
extern struct fake fake;

/* A thread of its own gives full buffers back. */
void fake_buffers_open(void);
void fake_buffers_close(void);
/* The buffer that is filled, or a new one, with room for `bytes` more. */
struct fake_buffer *fake_room(struct fake_buffer *buffer, size_t bytes);
/* It is full enough. */
void fake_put_away(struct fake_buffer *buffer);
/* Until all that were put away have been given back. */
void fake_buffers_wait(void);

#endif
