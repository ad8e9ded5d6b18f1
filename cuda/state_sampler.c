#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flopclock/arena.h"
#include "state.h"

struct state_sampler {
	struct state_source source;
	int period_ms;
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t stopped;
	bool stop;
	struct state_statistics statistics;
};

static struct timespec later(struct timespec when, int ms)
{
	when.tv_sec += ms / 1000;
	when.tv_nsec += ms % 1000 * 1000000L;
	if (when.tv_nsec >= 1000000000L) {
		when.tv_sec++;
		when.tv_nsec -= 1000000000L;
	}
	return when;
}

/* Waits for the next sample; false: it is over. */
static bool wait_until(struct state_sampler *sampler, const struct timespec *when)
{
	bool stop;

	pthread_mutex_lock(&sampler->lock);
	while (!sampler->stop && pthread_cond_timedwait(&sampler->stopped, &sampler->lock, when) != ETIMEDOUT)
		;
	stop = sampler->stop;
	pthread_mutex_unlock(&sampler->lock);
	return !stop;
}

static void *run(void *data)
{
	struct state_sampler *const sampler = data;
	struct timespec when;

	do {
		struct state_sample sample = {.valid = 0};

		clock_gettime(CLOCK_MONOTONIC, &when);
		sampler->source.read(sampler->source.impl, &sample);
		pthread_mutex_lock(&sampler->lock);
		state_add(&sampler->statistics, &sample);
		pthread_mutex_unlock(&sampler->lock);
		when = later(when, sampler->period_ms);
	} while (wait_until(sampler, &when));
	return NULL;
}

/* Signals are for the thread that trains. */
static int start_thread(struct state_sampler *sampler)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&sampler->thread, NULL, run, sampler);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

static void release(struct state_sampler *sampler)
{
	pthread_cond_destroy(&sampler->stopped);
	pthread_mutex_destroy(&sampler->lock);
	state_release(&sampler->statistics);
	sampler->source.close(sampler->source.impl);
	free(sampler);
}

int state_sampler_start(const struct state_source *source, int period_ms, struct state_sampler **started,
			struct fc_error *err)
{
	struct state_sampler *const sampler = fc_calloc(1, sizeof(*sampler));
	pthread_condattr_t attributes;
	int rc;

	sampler->source = *source;
	sampler->period_ms = period_ms;
	pthread_mutex_init(&sampler->lock, NULL);
	pthread_condattr_init(&attributes);
	/* A person who sets the clock must not stop the sampling. */
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&sampler->stopped, &attributes);
	pthread_condattr_destroy(&attributes);
	rc = start_thread(sampler);
	if (rc) {
		release(sampler);
		return fc_fail(err, "no thread for watching the GPU's clocks could be started: %s", strerror(rc));
	}
	*started = sampler;
	return 0;
}

void state_sampler_stop(struct state_sampler *sampler)
{
	pthread_mutex_lock(&sampler->lock);
	sampler->stop = true;
	pthread_cond_signal(&sampler->stopped);
	pthread_mutex_unlock(&sampler->lock);
	pthread_join(sampler->thread, NULL);
	release(sampler);
}

void state_sampler_describe(struct state_sampler *sampler, struct fc_json *json)
{
	pthread_mutex_lock(&sampler->lock);
	fc_json_number(json, "period_s", sampler->period_ms / 1e3);
	state_describe(&sampler->statistics, json);
	pthread_mutex_unlock(&sampler->lock);
}

struct state_range state_sampler_range(struct state_sampler *sampler, enum state_metric metric)
{
	struct state_range range;

	pthread_mutex_lock(&sampler->lock);
	range = state_range(&sampler->statistics, metric);
	pthread_mutex_unlock(&sampler->lock);
	return range;
}
