/*
 * Errors travel upward as one sentence.
 *
 * A function that can fail returns 0 or -1 and takes a struct fc_error as its last argument. The place that
 * discovers the problem writes the sentence (no capital at the start, no full stop, naming the thing and the place);
 * callers may put a context in front; only the command level prints it. Bugs are asserts, never errors.
 */
#ifndef FLOPCLOCK_ERROR_H
#define FLOPCLOCK_ERROR_H

struct fc_error {
	char text[1024];
};

#define FC_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))

/* Writes the sentence; returns -1, so that a caller can say `return fc_fail(err, ...)`. */
int fc_fail(struct fc_error *err, const char *format, ...) FC_PRINTF(2, 3);

/* The same followed by ": " and the text of errno. */
int fc_fail_errno(struct fc_error *err, const char *format, ...) FC_PRINTF(2, 3);

/* Puts "CONTEXT: " in front of the sentence; returns -1. */
int fc_fail_context(struct fc_error *err, const char *format, ...) FC_PRINTF(2, 3);

#endif
