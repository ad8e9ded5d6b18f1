/* A growable text. Zero-initialised is empty; `text` is always terminated once something was added. */
#ifndef FLOPCLOCK_STR_H
#define FLOPCLOCK_STR_H

#include <stdarg.h>
#include <stddef.h>

#include "flopclock/error.h"

struct fc_str {
	char *text;
	size_t length, capacity;
};

void fc_str_release(struct fc_str *str);
void fc_str_clear(struct fc_str *str);
void fc_str_add(struct fc_str *str, const char *text);
void fc_str_addn(struct fc_str *str, const char *text, size_t length);
void fc_str_addc(struct fc_str *str, char c);
void fc_str_addf(struct fc_str *str, const char *format, ...) FC_PRINTF(2, 3);
void fc_str_vaddf(struct fc_str *str, const char *format, va_list args);

#endif
