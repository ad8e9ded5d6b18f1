#include "cupti_worker.h"

#include <stdlib.h>

#include "flopclock/arena.h"

/* The lock is held; false: it is time to end. */
static bool wait_for_buffer(struct cupti_worker *worker)
{
	while (!worker->count || worker->held) {
		if (worker->stop && !worker->count)
			return false;
		pthread_cond_wait(&worker->changed, &worker->lock);
	}
	return true;
}

static void *work(void *argument)
{
	struct cupti_worker *const worker = argument;

	pthread_mutex_lock(&worker->lock);
	while (wait_for_buffer(worker)) {
		const struct cupti_buffer buffer = worker->queue[worker->first];

		worker->first = (worker->first + 1) % worker->room;
		worker->count--;
		worker->busy = true;
		pthread_mutex_unlock(&worker->lock);
		worker->read(worker->owner, &buffer);
		pthread_mutex_lock(&worker->lock);
		worker->busy = false;
		pthread_cond_broadcast(&worker->changed);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

int cupti_worker_open(struct cupti_worker *worker, void (*read)(void *owner, const struct cupti_buffer *buffer),
		      void *owner)
{
	*worker = (struct cupti_worker){ .read = read, .owner = owner };
	pthread_mutex_init(&worker->lock, NULL);
	pthread_cond_init(&worker->changed, NULL);
	if (!pthread_create(&worker->thread, NULL, work, worker))
		return 0;
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	return -1;
}

void cupti_worker_close(struct cupti_worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->stop = true;
	worker->held = false;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->thread, NULL);
	pthread_cond_destroy(&worker->changed);
	pthread_mutex_destroy(&worker->lock);
	free(worker->queue);
}

/* A ring; the lock is held. */
static void grow(struct cupti_worker *worker)
{
	const size_t room = worker->room ? 2 * worker->room : 16;
	struct cupti_buffer *const queue = fc_calloc(room, sizeof(*queue));

	for (size_t i = 0; i < worker->count; i++)
		queue[i] = worker->queue[(worker->first + i) % worker->room];
	free(worker->queue);
	worker->queue = queue;
	worker->first = 0;
	worker->room = room;
}

void cupti_worker_add(struct cupti_worker *worker, const struct cupti_buffer *buffer)
{
	pthread_mutex_lock(&worker->lock);
	if (worker->count == worker->room)
		grow(worker);
	worker->queue[(worker->first + worker->count++) % worker->room] = *buffer;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}

void cupti_worker_hold(struct cupti_worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	while (worker->count || worker->busy)
		pthread_cond_wait(&worker->changed, &worker->lock);
	worker->held = true;
	pthread_mutex_unlock(&worker->lock);
}

void cupti_worker_resume(struct cupti_worker *worker)
{
	pthread_mutex_lock(&worker->lock);
	worker->held = false;
	pthread_cond_broadcast(&worker->changed);
	pthread_mutex_unlock(&worker->lock);
}
