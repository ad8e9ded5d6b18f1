/*
 * A thread that reads full buffers, in the order in which they came, so that the threads that filled them need not wait.
 * What it reads them into belongs to it; another thread may look at that between hold and resume.
 */
#ifndef FLOPCLOCK_CUDA_CUPTI_WORKER_H
#define FLOPCLOCK_CUDA_CUPTI_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cupti_buffer {
	uint8_t *data;
	size_t valid; /* bytes with records in them */
};

struct cupti_worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	void (*read)(void *owner, const struct cupti_buffer *buffer);
	void *owner;
	struct cupti_buffer *queue;
	size_t first, count, room;
	bool busy, held, stop;
};

/* -1: there is no thread to be had. */
int cupti_worker_open(struct cupti_worker *worker, void (*read)(void *owner, const struct cupti_buffer *buffer),
		      void *owner);
/* Reads what is left first. */
void cupti_worker_close(struct cupti_worker *worker);

/* From any thread; never waits for a reading. */
void cupti_worker_add(struct cupti_worker *worker, const struct cupti_buffer *buffer);
/* Waits until all buffers so far are read; none is read then until resume. */
void cupti_worker_hold(struct cupti_worker *worker);
void cupti_worker_resume(struct cupti_worker *worker);

#endif
