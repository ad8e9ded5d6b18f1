/*
 * An arena owns every small allocation that makes up one result (a graph, a cost table, a run that was read).
 * Nothing in it is freed alone. Memory is zeroed. When the machine has no memory left the program ends with a sentence:
 * no caller can do anything sensible about it. Sizes that come from user input are checked by the caller first.
 */
#ifndef FLOPCLOCK_ARENA_H
#define FLOPCLOCK_ARENA_H

#include <stddef.h>

#include "flopclock/error.h"

struct fc_arena {
	struct fc_arena_block *blocks;
};

void fc_arena_init(struct fc_arena *arena);
void fc_arena_release(struct fc_arena *arena);
void *fc_arena_alloc(struct fc_arena *arena, size_t count, size_t size);
char *fc_arena_strdup(struct fc_arena *arena, const char *text);
char *fc_arena_strndup(struct fc_arena *arena, const char *text, size_t length);
char *fc_arena_printf(struct fc_arena *arena, const char *format, ...) FC_PRINTF(2, 3);

#define FC_NEW(arena, type) ((type *)fc_arena_alloc((arena), 1, sizeof(type)))
#define FC_NEW_ARRAY(arena, type, count) ((type *)fc_arena_alloc((arena), (size_t)(count), sizeof(type)))

/* calloc, realloc that end the program with a sentence when there is no memory. Free with free(). */
void *fc_calloc(size_t count, size_t size);
void *fc_realloc(void *pointer, size_t count, size_t size);

#endif
