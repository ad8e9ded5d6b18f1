/*
 * Memory for CUPTI's records: buffers of one size, zeroed, made before they are needed. When all are out more are made, up
 * to a limit; beyond it everybody gets the same buffer, whose content is lost: CUPTI must never be left without one.
 *
 * Safe from any thread. Nothing of CUPTI is called.
 */
#ifndef FLOPCLOCK_CUDA_CUPTI_POOL_H
#define FLOPCLOCK_CUDA_CUPTI_POOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CUPTI_POOL_BUFFERS 4
#define CUPTI_POOL_LIMIT   64
#define CUPTI_POOL_BYTES   ((size_t)8 << 20)

struct cupti_pool_size {
	uint32_t buffers, limit;
	size_t bytes; /* of one */
};

struct cupti_pool {
	pthread_mutex_t lock;
	struct cupti_pool_size size;
	uint8_t **free; /* room for `limit` */
	uint32_t free_count, made;
	uint64_t taken, grown, discarded;
};

/* -1: there is no memory for them. */
int cupti_pool_open(struct cupti_pool *pool, const struct cupti_pool_size *size);
/* How many are still out: those are not freed, because somebody may write into them. */
uint32_t cupti_pool_close(struct cupti_pool *pool);

/* Never NULL. */
uint8_t *cupti_pool_take(struct cupti_pool *pool, size_t *bytes);
/* Clears it and takes it back; the one that everybody gets is not the pool's. */
void cupti_pool_give(struct cupti_pool *pool, uint8_t *buffer);

/* The buffer that everybody gets. */
uint8_t *cupti_pool_discard(size_t *bytes);

#endif
