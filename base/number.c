#include "flopclock/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The program never calls setlocale(LC_ALL), so LC_NUMERIC is "C" and printf and strtod agree on the point.
 */
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
	/* Nearly every measured value needs 15 to 17 digits, every typed one fewer. */
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(buffer, FC_NUMBER_SIZE, "%.*g", digits, value);
		if (strtod(buffer, NULL) == value)
			break;
	}
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
