#include "flopclock/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Small results fit one block; large requests get a block of their own. */
#define BLOCK_BYTES ((size_t)64 * 1024)

struct fc_arena_block {
	struct fc_arena_block *next;
	size_t used, size;
	_Alignas(max_align_t) unsigned char data[];
};

static void out_of_memory(void)
{
	fputs("flopclock: the machine has no memory left\n", stderr);
	exit(1);
}

void *fc_calloc(size_t count, size_t size)
{
	void *pointer = calloc(count ? count : 1, size ? size : 1);

	if (!pointer)
		out_of_memory();
	return pointer;
}

void *fc_realloc(void *pointer, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		out_of_memory();
	pointer = realloc(pointer, bytes ? bytes : 1);
	if (!pointer)
		out_of_memory();
	return pointer;
}

void fc_arena_init(struct fc_arena *arena)
{
	arena->blocks = NULL;
}

void fc_arena_release(struct fc_arena *arena)
{
	struct fc_arena_block *block = arena->blocks;

	while (block) {
		struct fc_arena_block *next = block->next;

		free(block);
		block = next;
	}
	arena->blocks = NULL;
}

static struct fc_arena_block *block_new(size_t size)
{
	struct fc_arena_block *block;
	size_t bytes;

	if (__builtin_add_overflow(size, offsetof(struct fc_arena_block, data), &bytes))
		out_of_memory();
	block = fc_calloc(1, bytes);
	block->size = size;
	return block;
}

void *fc_arena_alloc(struct fc_arena *arena, size_t count, size_t size)
{
	const size_t alignment = _Alignof(max_align_t);
	struct fc_arena_block *block = arena->blocks;
	size_t bytes;
	void *pointer;

	if (__builtin_mul_overflow(count, size, &bytes) || __builtin_add_overflow(bytes, alignment - 1, &bytes))
		out_of_memory();
	bytes &= ~(alignment - 1);
	if (!block || block->size - block->used < bytes) {
		block = block_new(bytes > BLOCK_BYTES / 4 ? bytes : BLOCK_BYTES);
		/* A block that is full from the start goes behind the one still being filled. */
		if (block->size == bytes && arena->blocks) {
			block->next = arena->blocks->next;
			arena->blocks->next = block;
		} else {
			block->next = arena->blocks;
			arena->blocks = block;
		}
	}
	pointer = block->data + block->used;
	block->used += bytes;
	return pointer;
}

char *fc_arena_strndup(struct fc_arena *arena, const char *text, size_t length)
{
	char *copy = fc_arena_alloc(arena, length + 1, 1);

	memcpy(copy, text, length);
	return copy;
}

char *fc_arena_strdup(struct fc_arena *arena, const char *text)
{
	return fc_arena_strndup(arena, text, strlen(text));
}

char *fc_arena_printf(struct fc_arena *arena, const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = fc_arena_alloc(arena, (size_t)length + 1, 1);
	va_start(args, format);
	vsnprintf(text, (size_t)length + 1, format, args);
	va_end(args);
	return text;
}
