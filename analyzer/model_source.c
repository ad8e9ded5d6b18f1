#include "model_source.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fc_place_fail(struct place place, struct fc_error *err, const char *format, ...)
{
	char sentence[sizeof(err->text)];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return fc_fail(err, "%s:%d:%d: %s", place.source->path, place.line, place.column, sentence);
}

int fc_source_check(const struct source *source, struct fc_error *err)
{
	const char *const zero = memchr(source->text, 0, source->size);
	struct place place = { source, 1, 1 };

	if (!zero)
		return 0;
	for (const char *c = source->text; c < zero; c++) {
		place.column++;
		if (*c == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return fc_place_fail(place, err, "found a byte 0, expected text");
}
