#include "flopclock/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The program stays in the "C" locale, so that printf and strtod agree on the point. */

/* Exponents in this range are written out: 0.0001, 40, 1234567890123456. */
enum { FIXED_FROM = -5, FIXED_TO = 15 };

const char *fc_number(char buffer[FC_NUMBER_SIZE], double value)
{
	if (isnan(value)) {
		strcpy(buffer, "nan");
		return buffer;
	}
	if (isinf(value)) {
		strcpy(buffer, value < 0 ? "-inf" : "inf");
		return buffer;
	}
	int digits = 14, exponent;

	/*
	 * Up to 15 digits every decimal survives the way through a double, so that the shortest text is the one of 15
	 * digits without its zeros; only what needs 16 or 17 is tried.
	 */
	snprintf(buffer, FC_NUMBER_SIZE, "%.*e", digits, value);
	if (strtod(buffer, NULL) == value) {
		for (const char *last = strchr(buffer, 'e') - 1; *last == '0'; last--)
			digits--;
	} else {
		do
			snprintf(buffer, FC_NUMBER_SIZE, "%.*e", ++digits, value);
		while (strtod(buffer, NULL) != value && digits < 16);
	}
	exponent = (int)strtol(strchr(buffer, 'e') + 1, NULL, 10);
	if (exponent >= FIXED_FROM && exponent <= FIXED_TO)
		snprintf(buffer, FC_NUMBER_SIZE, "%.*f", digits > exponent ? digits - exponent : 0, value);
	else
		snprintf(buffer, FC_NUMBER_SIZE, "%.*e", digits, value);
	return buffer;
}

static bool starts_like_number(const char *text, const char *allowed)
{
	return (*text >= '0' && *text <= '9') || (*text && strchr(allowed, *text));
}

bool fc_parse_u64(const char *text, uint64_t *value)
{
	char *end;
	unsigned long long number;

	if (!starts_like_number(text, ""))
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end)
		return false;
	*value = number;
	return true;
}

bool fc_parse_i64(const char *text, int64_t *value)
{
	char *end;
	long long number;

	if (!starts_like_number(text, "-"))
		return false;
	errno = 0;
	number = strtoll(text, &end, 10);
	if (errno || *end || end == text)
		return false;
	*value = number;
	return true;
}

bool fc_parse_double(const char *text, double *value)
{
	char *end;
	double number;

	if (!starts_like_number(text, "-.") || strpbrk(text, "xXnN"))
		return false;
	errno = 0;
	number = strtod(text, &end);
	if (*end || end == text || !isfinite(number))
		return false;
	*value = number;
	return true;
}

bool fc_add_u64(uint64_t a, uint64_t b, uint64_t *sum)
{
	uint64_t result;

	if (__builtin_add_overflow(a, b, &result))
		return false;
	*sum = result;
	return true;
}

bool fc_mul_u64(uint64_t a, uint64_t b, uint64_t *product)
{
	uint64_t result;

	if (__builtin_mul_overflow(a, b, &result))
		return false;
	*product = result;
	return true;
}
