#include "text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One character at text: its code point and length; -1 and length 1 for a byte that starts none. */
static int32_t decode(const unsigned char *text, size_t *length)
{
	static const int32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char first = text[0];
	const int more = first < 0x80	? 0
			 : first < 0xC2 ? -1
			 : first < 0xE0 ? 1
			 : first < 0xF0 ? 2
			 : first < 0xF5 ? 3
					: -1;
	int32_t code;

	*length = 1;
	if (more < 0)
		return -1;
	code = more == 0 ? first : first & (0x3F >> more);
	for (int i = 1; i <= more; i++) {
		if ((text[i] & 0xC0) != 0x80)
			return -1;
		code = code << 6 | (text[i] & 0x3F);
	}
	if (code < least[more] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
		return -1;
	*length = (size_t)more + 1;
	return code;
}

/* Characters that would break a line, an XML file or the reading direction of what stands beside. */
static bool is_control(int32_t code)
{
	return code < 0x20 || (code >= 0x7F && code < 0xA0) || (code >= 0x200B && code <= 0x200F) ||
	       (code >= 0x2028 && code <= 0x202E) || (code >= 0x2060 && code <= 0x206F) || code == 0xFEFF;
}

static bool is_noncharacter(int32_t code)
{
	return (code & 0xFFFE) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
}

/* What stands for the character at text in a cleaned text; NULL: itself. */
static const char *replacement(const char *text, size_t *length)
{
	const int32_t code = decode((const unsigned char *)text, length);

	if (code < 0 || is_noncharacter(code))
		return "\xEF\xBF\xBD";
	return is_control(code) ? " " : NULL;
}

const char *fc_text_clean(struct fc_arena *arena, const char *text)
{
	size_t length, total = 0;
	bool clean = true;
	char *out, *at;

	for (const char *p = text; *p; p += length) {
		const char *other = replacement(p, &length);

		clean = clean && !other;
		total += other ? strlen(other) : length;
	}
	if (clean)
		return text;
	at = out = fc_arena_alloc(arena, total + 1, 1);
	for (const char *p = text; *p; p += length) {
		const char *other = replacement(p, &length);
		const size_t n = other ? strlen(other) : length;

		memcpy(at, other ? other : p, n);
		at += n;
	}
	return out;
}

size_t fc_text_step(const char *text)
{
	size_t length;

	decode((const unsigned char *)text, &length);
	return length;
}

size_t fc_text_length(const char *text)
{
	size_t count = 0;

	for (; *text; text += fc_text_step(text))
		count++;
	return count;
}

/* The first `head` and the last `tail` characters with an ellipsis between them. */
static const char *shorten(struct fc_arena *arena, const char *text, size_t length, size_t head, size_t tail)
{
	const char *head_end = text, *tail_start;
	size_t i = 0;

	for (; i < head; i++)
		head_end += fc_text_step(head_end);
	tail_start = head_end;
	for (; i < length - tail; i++)
		tail_start += fc_text_step(tail_start);
	return fc_arena_printf(arena, "%.*s\xE2\x80\xA6%s", (int)(head_end - text), text, tail_start);
}

const char *fc_text_fit(struct fc_arena *arena, const struct fc_metrics *metrics, const struct fc_type *type,
			const char *text, double width)
{
	size_t length, low = 0, high;

	if (fc_text_width(metrics, type, text) <= width)
		return text;
	length = fc_text_length(text);
	high = length ? length - 1 : 0;
	/* The most characters that can be kept: widths grow with them. */
	while (low < high) {
		const size_t keep = (low + high + 1) / 2;

		if (fc_text_width(metrics, type, shorten(arena, text, length, (keep + 1) / 2, keep / 2)) <= width)
			low = keep;
		else
			high = keep - 1;
	}
	return shorten(arena, text, length, (low + 1) / 2, low / 2);
}

static double fixed_width(void *impl, const struct fc_type *type, const char *text)
{
	(void)impl;
	return 0.5 * type->size * (double)fc_text_length(text);
}

const struct fc_metrics fc_metrics_fixed = { fixed_width, NULL, 0.74, 0.22 };

double fc_text_width(const struct fc_metrics *metrics, const struct fc_type *type, const char *text)
{
	return *text ? metrics->width(metrics->impl, type, text) : 0;
}

double fc_label_width(const struct fc_metrics *metrics, const struct fc_label *label)
{
	struct fc_type raised = label->type;

	raised.size *= FC_RAISED_SIZE;
	return fc_text_width(metrics, &label->type, label->text) +
	       (label->raised ? fc_text_width(metrics, &raised, label->raised) : 0);
}

const char *fc_text_fixed(char buffer[FC_TEXT_NUMBER], double value, int digits)
{
	char plain[FC_TEXT_NUMBER - 3];
	bool zero = true;

	snprintf(plain, sizeof plain, "%.*f", digits, fabs(value));
	for (char *p = plain; *p; p++) {
		if (*p == ',')
			*p = '.';
		zero = zero && (*p == '0' || *p == '.');
	}
	snprintf(buffer, FC_TEXT_NUMBER, "%s%s", value < 0 && !zero ? "\xE2\x88\x92" : "", plain);
	return buffer;
}

const char *fc_text_significant(char buffer[FC_TEXT_NUMBER], double value, int digits)
{
	int places = digits - 1;

	if (!isfinite(value)) {
		buffer[0] = '\0';
		return buffer;
	}
	if (value != 0) {
		/* A value that rounds up to the next power of ten has one place less: 9.996 is "10.0". */
		const int exponent = (int)floor(log10(fabs(value)));
		const double step = pow(10, exponent - digits + 1);

		places = digits - 1 - (int)floor(log10(fabs(round(value / step) * step)) + 1e-9);
	}
	return fc_text_fixed(buffer, value, places < 0 ? 0 : places > 6 ? 6 : places);
}

const struct fc_prefix *fc_prefix_for(double largest)
{
	static const struct fc_prefix prefixes[] = {
		{ "E", 1e18 }, { "P", 1e15 }, { "T", 1e12 }, { "G", 1e9 }, { "M", 1e6 }, { "k", 1e3 }, { "", 1 },
		{ "m", 1e-3 }, { "\xC2\xB5", 1e-6 }, { "n", 1e-9 }, { "p", 1e-12 },
	};
	static const struct fc_prefix none = { "", 1 };
	const int count = (int)(sizeof prefixes / sizeof *prefixes);

	if (!isfinite(largest) || largest <= 0)
		return &none;
	for (int i = 0; i < count; i++) {
		if (largest >= prefixes[i].factor)
			return &prefixes[i];
	}
	return &prefixes[count - 1];
}
