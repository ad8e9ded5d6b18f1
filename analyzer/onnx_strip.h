/*
 * An ONNX file without its weights.
 *
 * Counts need shapes only, so what a file stores in its tensors is stepped over, not read: of each tensor at most
 * ONNX_KEPT_BYTES of values stay (the small ones are axes, sizes and shapes), documentation and metadata go as well.
 * What is left are the same messages in the same wire format, a few hundred kilobytes.
 */
#ifndef ANALYZER_ONNX_STRIP_H
#define ANALYZER_ONNX_STRIP_H

#include <stddef.h>
#include <stdint.h>

#include "flopclock/error.h"
#include "flopclock/str.h"

#define ONNX_KEPT_BYTES 8192
#define ONNX_MAX_STRUCTURE ((size_t)32 << 20)	/* bytes that may be left */
#define ONNX_MAX_NESTING 64			/* messages inside each other */

/* Appends to *out, which the caller releases. Errors name the byte of the file where it stops to be ONNX. */
int fc_onnx_strip(const uint8_t *data, size_t size, struct fc_str *out, struct fc_error *err);

#endif
