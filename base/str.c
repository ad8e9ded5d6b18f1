#include "flopclock/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

static void reserve(struct fc_str *str, size_t more)
{
	if (str->capacity - str->length > more)
		return;
	str->capacity = (str->capacity + more) * 2 + 64;
	str->text = fc_realloc(str->text, str->capacity, 1);
}

void fc_str_release(struct fc_str *str)
{
	free(str->text);
	*str = (struct fc_str){ 0 };
}

void fc_str_clear(struct fc_str *str)
{
	str->length = 0;
	if (str->text)
		str->text[0] = 0;
}

void fc_str_addn(struct fc_str *str, const char *text, size_t length)
{
	reserve(str, length);
	memcpy(str->text + str->length, text, length);
	str->length += length;
	str->text[str->length] = 0;
}

void fc_str_add(struct fc_str *str, const char *text)
{
	fc_str_addn(str, text, strlen(text));
}

void fc_str_addc(struct fc_str *str, char c)
{
	fc_str_addn(str, &c, 1);
}

void fc_str_vaddf(struct fc_str *str, const char *format, va_list args)
{
	va_list again;
	int length;

	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	reserve(str, (size_t)length);
	vsnprintf(str->text + str->length, (size_t)length + 1, format, again);
	va_end(again);
	str->length += (size_t)length;
}

void fc_str_addf(struct fc_str *str, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fc_str_vaddf(str, format, args);
	va_end(args);
}
