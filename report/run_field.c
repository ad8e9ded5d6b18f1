/* One cell of a CSV file into one field of a struct. */
#include <limits.h>
#include <math.h>

#include "flopclock/number.h"
#include "run_read.h"

static int store_count(const char *text, uint64_t limit, uint64_t *value)
{
	return fc_parse_u64(text, value) && *value <= limit ? 0 : -1;
}

static int store_number(const char *text, double low, double *value)
{
	return fc_parse_double(text, value) && isfinite(*value) && *value >= low ? 0 : -1;
}

int fc_field_store(const struct fc_field *field, const char *text, void *object)
{
	void *const place = (char *)object + field->offset;
	uint64_t count;

	switch (field->type) {
	case FC_FIELD_TEXT:
	case FC_FIELD_TEXT_OR_EMPTY:
	case FC_FIELD_TEXT_IF_ANY:
		*(const char **)place = text;
		return *text || field->type != FC_FIELD_TEXT ? 0 : -1;
	case FC_FIELD_INDEX:
	case FC_FIELD_INDEX_IF_ANY:
		*(int *)place = -1;
		if (!*text && field->type == FC_FIELD_INDEX_IF_ANY)
			return 0;
		if (store_count(text, INT_MAX, &count))
			return -1;
		*(int *)place = (int)count;
		return 0;
	case FC_FIELD_COUNT:
		return store_count(text, UINT64_MAX, place);
	case FC_FIELD_BOOL:
		if (store_count(text, 1, &count))
			return -1;
		*(bool *)place = count;
		return 0;
	case FC_FIELD_SECONDS:
		return store_number(text, 0, place);
	case FC_FIELD_NUMBER:
		return store_number(text, -INFINITY, place);
	case FC_FIELD_OPTIONAL:
		*(double *)place = NAN;
		return *text ? store_number(text, 0, place) : 0;
	case FC_FIELD_DIFFERENCE:
	case FC_FIELD_NUMBER_IF_ANY:
		*(double *)place = NAN;
		return *text ? store_number(text, -INFINITY, place) : 0;
	}
	return -1;
}

const char *fc_field_expected(enum fc_field_type type)
{
	static const char *const expected[] = {
		[FC_FIELD_TEXT] = "a text that is not empty",
		[FC_FIELD_TEXT_OR_EMPTY] = "a text",
		[FC_FIELD_TEXT_IF_ANY] = "a text",
		[FC_FIELD_INDEX] = "a whole number below 2^31",
		[FC_FIELD_INDEX_IF_ANY] = "a whole number below 2^31",
		[FC_FIELD_COUNT] = "a whole number below 2^64",
		[FC_FIELD_BOOL] = "0 or 1",
		[FC_FIELD_SECONDS] = "a finite number that is not negative",
		[FC_FIELD_NUMBER] = "a finite number",
		[FC_FIELD_OPTIONAL] = "nothing or a finite number that is not negative",
		[FC_FIELD_DIFFERENCE] = "nothing or a finite number",
		[FC_FIELD_NUMBER_IF_ANY] = "nothing or a finite number",
	};

	return expected[type];
}
