/* One IDX file: a big-endian magic (type 08, number of dimensions), the dimensions, then bytes. Gzipped or not. */
#ifndef FLOPCLOCK_TRACER_IDX_H
#define FLOPCLOCK_TRACER_IDX_H

#include <stdint.h>

#include "flopclock/error.h"

#define IDX_MAX_DIMENSIONS 3

/*
 * Reads a file of unsigned bytes with that many dimensions, into *data (the caller frees). Its magic, its sizes and
 * its length must agree; every error names the file. Memory grows with what the file really holds, not with what it
 * claims.
 */
int idx_read(const char *path, int dimensions, int64_t dims[IDX_MAX_DIMENSIONS], uint8_t **data,
	     struct fc_error *err);

#endif
