#include "host_heap.h"

#include <stdlib.h>
#include <string.h>

#include "host_sanitizer.h"

#define ALIGNMENT 256

/* Behind each allocation lie bytes that must stay as they are, but where a sanitizer looks anyway. */
#define TAIL_BYTES (HOST_SANITIZED ? 0 : 64)
#define TAIL	   0xa5

/* What fills unlisted bytes in a guarded call's first run, and in its second. */
#define FIRST  0xff
#define SECOND 0

enum { HOST_READ = 1, HOST_WRITE = 2 };

int host_heap_alloc(struct host_heap *heap, uint64_t bytes, void **memory, struct fc_error *err)
{
	struct host_span *span = calloc(1, sizeof(*span));
	void *data = NULL;

	if (!span || posix_memalign(&data, ALIGNMENT, bytes + TAIL_BYTES + !bytes)) {
		free(span);
		return fc_fail(err, "the host has no %llu bytes for the emulated device", (unsigned long long)bytes);
	}
	memset(data, 0, bytes);
	memset((uint8_t *)data + bytes, TAIL, TAIL_BYTES);
	*span = (struct host_span){ .next = heap->spans, .data = data, .bytes = bytes };
	heap->spans = span;
	heap->bytes += bytes;
	if (heap->bytes > heap->most_bytes)
		heap->most_bytes = heap->bytes;
	*memory = data;
	return 0;
}

bool host_heap_free(struct host_heap *heap, void *memory)
{
	for (struct host_span **link = &heap->spans; *link; link = &(*link)->next) {
		struct host_span *span = *link;

		if (span->data != memory)
			continue;
		*link = span->next;
		heap->bytes -= span->bytes;
		free(span->data);
		free(span);
		return true;
	}
	return false;
}

void host_heap_release(struct host_heap *heap)
{
	while (heap->spans)
		host_heap_free(heap, heap->spans->data);
}

static struct host_span *find(const struct host_heap *heap, const void *data, uint64_t bytes)
{
	const uintptr_t from = (uintptr_t)data;

	for (struct host_span *span = heap->spans; span; span = span->next)
		if (from >= (uintptr_t)span->data && from + bytes <= (uintptr_t)span->data + span->bytes)
			return span;
	return NULL;
}

bool host_heap_holds(const struct host_heap *heap, const void *data, uint64_t bytes)
{
	return find(heap, data, bytes) != NULL;
}

bool host_heap_intact(const struct host_heap *heap)
{
	for (const struct host_span *span = heap->spans; span; span = span->next)
		for (int k = 0; k < TAIL_BYTES; k++)
			if (span->data[span->bytes + (uint64_t)k] != TAIL)
				return false;
	return true;
}

static uint8_t *copy(const void *data, uint64_t bytes)
{
	uint8_t *memory = malloc(bytes ? bytes : 1);

	if (!memory)
		abort();
	memcpy(memory, data, bytes);
	return memory;
}

/* As before the call, but for what the call does not say it reads. */
static void fill(struct host_span *span, uint8_t value)
{
	for (uint64_t k = 0; k < span->bytes; k++)
		span->data[k] = span->listed[k] & HOST_READ ? span->before[k] : value;
}

void host_guard_begin(struct host_heap *heap, const struct gpu_access *access, int count)
{
	for (struct host_span *span = heap->spans; span; span = span->next) {
		span->before = copy(span->data, span->bytes);
		span->listed = copy(span->data, span->bytes);
		memset(span->listed, 0, span->bytes);
	}
	for (int i = 0; i < count; i++) {
		struct host_span *span = find(heap, access[i].data, access[i].bytes);
		uint8_t *listed = span->listed + ((const uint8_t *)access[i].data - span->data);

		for (uint64_t k = 0; k < access[i].bytes; k++)
			listed[k] |= access[i].write ? HOST_WRITE : HOST_READ;
	}
	for (struct host_span *span = heap->spans; span; span = span->next)
		fill(span, FIRST);
}

void host_guard_again(struct host_heap *heap)
{
	for (struct host_span *span = heap->spans; span; span = span->next) {
		span->first = copy(span->data, span->bytes);
		fill(span, SECOND);
	}
}

/* Byte k behind both runs. Bytes that were not written get back what they had. */
static const char *settle(struct host_span *span, uint64_t k)
{
	const bool reads = span->listed[k] & HOST_READ, writes = span->listed[k] & HOST_WRITE;
	const uint8_t first = span->first[k], second = span->data[k];
	const bool untouched =
		reads ? first == span->before[k] && second == first : first == FIRST && second == SECOND;

	if (untouched)
		span->data[k] = span->before[k];
	else if (!writes)
		return "writes memory that it does not list";
	else if (first != second)
		return "gives other results in another order of threads, or reads memory that it does not list";
	return NULL;
}

const char *host_guard_end(struct host_heap *heap)
{
	const char *wrong = NULL;

	for (struct host_span *span = heap->spans; span; span = span->next) {
		for (uint64_t k = 0; k < span->bytes; k++) {
			const char *here = settle(span, k);

			wrong = wrong ? wrong : here;
		}
		free(span->before);
		free(span->first);
		free(span->listed);
		span->before = span->first = span->listed = NULL;
	}
	return wrong;
}
