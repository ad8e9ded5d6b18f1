#include "device_jansson.h"

#include <stdbool.h>

#include <jansson.h>

enum kind { TEXT, WHOLE, SIZES };

/* All that cuDNN 9.11 to 9.26 wants; it ignores every other key. Booleans are 0 or 1. */
static const struct key {
	const char *name;
	enum kind kind;
} keys[] = {
	{ "deviceName", TEXT },
	{ "deviceVer", WHOLE },
	{ "multiProcessorCount", WHOLE },
	{ "smClockRateKHz", WHOLE },
	{ "memClockRateKHz", WHOLE },
	{ "totalGlobalMem", WHOLE },
	{ "l2CacheSize", WHOLE },
	{ "warpSize", WHOLE },
	{ "maxThreadsPerSM", WHOLE },
	{ "maxCtasPerSM", WHOLE },
	{ "maxThreadsPerBlock", WHOLE },
	{ "maxGridSize", SIZES },
	{ "maxBlockSize", SIZES },
	{ "regsPerBlock", WHOLE },
	{ "maxRegistersPerSM", WHOLE },
	{ "maxSharedMemoryPerBlock", WHOLE },
	{ "maxSharedMemoryPerBlockOptin", WHOLE },
	{ "reservedSharedMemoryPerBlock", WHOLE },
	{ "supportCoopLaunch", WHOLE },
	{ "isTccDriver", WHOLE },
	{ "pciDeviceId", WHOLE },
	{ "cudaDeviceId", WHOLE },
	{ "driverVer", WHOLE },
};

static bool is_whole(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_text(const json_t *value)
{
	return json_is_string(value) && json_string_length(value);
}

static bool is_sizes(const json_t *value)
{
	const json_t *size;
	size_t i;

	if (json_array_size(value) != 3)
		return false;
	json_array_foreach(value, i, size) if (!is_whole(size)) return false;
	return true;
}

static const struct {
	bool (*is)(const json_t *value);
	const char *expected;
} kinds[] = {
	[TEXT] = { is_text, "a text" },
	[WHOLE] = { is_whole, "a whole number" },
	[SIZES] = { is_sizes, "a list of three whole numbers" },
};

static int check_keys(const json_t *root, struct fc_error *err)
{
	if (!json_is_object(root))
		return fc_fail(err, "found no object, expected one with the keys of a device");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const json_t *const value = json_object_get(root, keys[i].name);

		if (!value)
			return fc_fail(err, "key %s is missing", keys[i].name);
		if (!kinds[keys[i].kind].is(value))
			return fc_fail(err, "key %s: expected %s", keys[i].name, kinds[keys[i].kind].expected);
	}
	return 0;
}

int device_check(const char *text, struct fc_str *name, struct fc_error *err)
{
	json_error_t problem;
	json_t *const root = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &problem);
	int rc;

	if (!root)
		return fc_fail(err, "%d:%d: %s", problem.line, problem.column, problem.text);
	rc = check_keys(root, err);
	if (!rc)
		fc_str_add(name, json_string_value(json_object_get(root, "deviceName")));
	json_decref(root);
	return rc;
}
