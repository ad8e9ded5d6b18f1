#include "cupti_pool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "flopclock/arena.h"

#define DISCARD_BYTES ((size_t)1 << 20)

uint8_t *cupti_pool_discard(size_t *bytes)
{
	/* The pages of it are never touched unless all else has failed. */
	static _Alignas(64) uint8_t discard[DISCARD_BYTES];

	*bytes = DISCARD_BYTES;
	return discard;
}

/* Zeroed. With `touch` its pages are there when it is written, so that the writer does not wait for them. */
static uint8_t *make(size_t bytes, bool touch)
{
	void *const buffer = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS | (touch ? MAP_POPULATE : 0), -1, 0);

	return buffer == MAP_FAILED ? NULL : buffer;
}

int cupti_pool_open(struct cupti_pool *pool, const struct cupti_pool_size *size)
{
	*pool = (struct cupti_pool){ .size = *size, .free = fc_calloc(size->limit, sizeof(*pool->free)) };
	pthread_mutex_init(&pool->lock, NULL);
	while (pool->made < size->buffers) {
		uint8_t *const buffer = make(size->bytes, true);

		if (!buffer) {
			cupti_pool_close(pool);
			return -1;
		}
		pool->free[pool->free_count++] = buffer;
		pool->made++;
	}
	return 0;
}

uint32_t cupti_pool_close(struct cupti_pool *pool)
{
	const uint32_t out = pool->made - pool->free_count;

	for (uint32_t i = 0; i < pool->free_count; i++)
		munmap(pool->free[i], pool->size.bytes);
	free(pool->free);
	pthread_mutex_destroy(&pool->lock);
	return out;
}

/* The lock is held. */
static uint8_t *take(struct cupti_pool *pool)
{
	uint8_t *buffer;

	if (pool->free_count)
		return pool->free[--pool->free_count];
	if (pool->made == pool->size.limit)
		return NULL;
	buffer = make(pool->size.bytes, false);
	if (buffer) {
		pool->made++;
		pool->grown++;
	}
	return buffer;
}

uint8_t *cupti_pool_take(struct cupti_pool *pool, size_t *bytes)
{
	uint8_t *buffer;

	pthread_mutex_lock(&pool->lock);
	buffer = take(pool);
	pool->taken++;
	pool->discarded += !buffer;
	pthread_mutex_unlock(&pool->lock);
	if (!buffer)
		return cupti_pool_discard(bytes);
	*bytes = pool->size.bytes;
	return buffer;
}

void cupti_pool_give(struct cupti_pool *pool, uint8_t *buffer)
{
	size_t bytes;

	if (buffer == cupti_pool_discard(&bytes))
		return;
	memset(buffer, 0, pool->size.bytes);
	pthread_mutex_lock(&pool->lock);
	pool->free[pool->free_count++] = buffer;
	pthread_mutex_unlock(&pool->lock);
}
