/*
 * The device's memory on the host: each allocation is one of the host's, so that a sanitizer sees what runs over its end. A
 * guard sees what a call does beside the accesses that it lists.
 */
#ifndef FLOPCLOCK_TESTS_HOST_HEAP_H
#define FLOPCLOCK_TESTS_HOST_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "gpu.h"

struct host_span {
	struct host_span *next;
	uint8_t *data;
	uint64_t bytes;
	uint8_t *before, *first; /* under guard: copies from before the call, and from behind its first run */
	uint8_t *listed;	 /* under guard, per byte: HOST_READ, HOST_WRITE */
};

struct host_heap {
	struct host_span *spans;
	uint64_t bytes, most_bytes;
};

int host_heap_alloc(struct host_heap *heap, uint64_t bytes, void **memory, struct fc_error *err);
/* false: nothing was allocated there. */
bool host_heap_free(struct host_heap *heap, void *memory);
void host_heap_release(struct host_heap *heap);
/* Whether the bytes lie in one allocation. */
bool host_heap_holds(const struct host_heap *heap, const void *data, uint64_t bytes);
/* false: something was written behind the end of an allocation. */
bool host_heap_intact(const struct host_heap *heap);

/*
 * A guarded call runs twice: with 0xff in all bytes that it does not say it reads, then with 0. Bytes that are the same behind
 * both runs were written, the others were not and get back what they had.
 *
 *   host_guard_begin(heap, access, count); run; host_guard_again(heap); run; wrong = host_guard_end(heap);
 *
 * NULL, or what the call did beside what it lists.
 */
void host_guard_begin(struct host_heap *heap, const struct gpu_access *access, int count);
void host_guard_again(struct host_heap *heap);
const char *host_guard_end(struct host_heap *heap);

#endif
