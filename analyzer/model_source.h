/*
 * A piece of model text and places in it. Every error of the language names a place.
 */
#ifndef ANALYZER_MODEL_SOURCE_H
#define ANALYZER_MODEL_SOURCE_H

#include <stddef.h>

#include "flopclock/arena.h"
#include "flopclock/error.h"

struct source {
	const char *path;	/* as messages show it */
	const char *text;	/* with a zero byte behind it */
	size_t size;
	const char *what;	/* what its end is the end of: "setting"; NULL: a file */
};

struct place {
	const struct source *source;
	int line, column;	/* from 1; columns count bytes */
};

/* "PATH:LINE:COLUMN: " in front of the sentence; returns -1. */
int fc_place_fail(struct place place, struct fc_error *err, const char *format, ...) FC_PRINTF(3, 4);

/* Refuses a byte 0 anywhere in the text. */
int fc_source_check(const struct source *source, struct fc_error *err);

#endif
