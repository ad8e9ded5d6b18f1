/* Buffers of the stand-in for CUPTI, from the probe and back to it. */
#ifdef HAVE_CUDA

#include "fake_cupti_inner.h"

#include <assert.h>
#include <stdlib.h>

#include "flopclock/arena.h"
#include "flopclock/random.h"

static void give_back(const struct fake_buffer *buffer)
{
	pthread_mutex_lock(&fake.lock);
	if (fake.full_count == fake.full_room) {
		fake.full_room = fake.full_room ? 2 * fake.full_room : 16;
		fake.full = fc_realloc(fake.full, fake.full_room, sizeof(*fake.full));
	}
	fake.full[fake.full_count++] = *buffer;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
}

/* In any order: whichever of the full ones comes. */
static void *give(void *unused)
{
	uint32_t word[4];

	(void)unused;
	pthread_mutex_lock(&fake.lock);
	for (;;) {
		while (!fake.full_count && !fake.stop)
			pthread_cond_wait(&fake.changed, &fake.lock);
		if (!fake.full_count)
			break;
		fc_philox(fake.config.seed, 1, fake.given++, word);
		const size_t at = word[0] % fake.full_count;
		const struct fake_buffer buffer = fake.full[at];

		fake.full[at] = fake.full[--fake.full_count];
		fake.giving = true;
		pthread_mutex_unlock(&fake.lock);
		fake.complete(NULL, 0, buffer.data, buffer.size, buffer.valid);
		pthread_mutex_lock(&fake.lock);
		fake.giving = false;
		pthread_cond_broadcast(&fake.changed);
	}
	pthread_mutex_unlock(&fake.lock);
	return NULL;
}

void fake_put_away(struct fake_buffer *buffer)
{
	if (buffer->data)
		give_back(buffer);
	buffer->data = NULL;
}

/* Room for `bytes` more. */
struct fake_buffer *fake_room(struct fake_buffer *buffer, size_t bytes)
{
	size_t records = 1;

	if (buffer->data && buffer->valid + bytes > buffer->size)
		fake_put_away(buffer);
	if (!buffer->data) {
		buffer->valid = 0;
		fake.request(&buffer->data, &buffer->size, &records);
		assert(buffer->data && buffer->size >= bytes && !records);
		for (size_t i = 0; i < 4096 && i < buffer->size; i++)
			assert(!buffer->data[i]);
	}
	return buffer;
}

void fake_buffers_wait(void)
{
	pthread_mutex_lock(&fake.lock);
	while (fake.full_count || fake.giving)
		pthread_cond_wait(&fake.changed, &fake.lock);
	pthread_mutex_unlock(&fake.lock);
}

void fake_buffers_open(void)
{
	pthread_mutex_init(&fake.lock, NULL);
	pthread_cond_init(&fake.changed, NULL);
	if (pthread_create(&fake.thread, NULL, give, NULL))
		abort();
}

void fake_buffers_close(void)
{
	pthread_mutex_lock(&fake.lock);
	fake.stop = true;
	pthread_cond_broadcast(&fake.changed);
	pthread_mutex_unlock(&fake.lock);
	pthread_join(fake.thread, NULL);
	pthread_cond_destroy(&fake.changed);
	pthread_mutex_destroy(&fake.lock);
	free(fake.full);
}

#endif
