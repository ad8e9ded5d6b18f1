/* run.json, read with jansson: a table says which member goes to which field. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "flopclock/file.h"
#include "flopclock/number.h"
#include "flopclock/str.h"
#include "flopclock/version.h"
#include "run_read.h"

#define JSON_LIMIT ((size_t)64 << 20)

#define MEMBER(path, type, field) { path, type, offsetof(struct fc_run, field) }
#define TOTALS(pass) \
	MEMBER("totals." #pass ".iterations", FC_FIELD_COUNT, pass.iterations), \
	MEMBER("totals." #pass ".measured_iterations", FC_FIELD_COUNT, pass.measured_iterations), \
	MEMBER("totals." #pass ".images", FC_FIELD_COUNT, pass.images), \
	MEMBER("totals." #pass ".wall_s", FC_FIELD_SECONDS, pass.wall_s), \
	MEMBER("totals." #pass ".kernel_sum_s", FC_FIELD_OPTIONAL, pass.kernel_sum_s), \
	MEMBER("totals." #pass ".device_busy_s", FC_FIELD_OPTIONAL, pass.device_busy_s), \
	MEMBER("totals." #pass ".idle_s", FC_FIELD_DIFFERENCE, pass.idle_s), \
	MEMBER("totals." #pass ".copy_exposed_s", FC_FIELD_NUMBER_IF_ANY, pass.copy_exposed_s), \
	MEMBER("totals." #pass ".overlap_s", FC_FIELD_NUMBER_IF_ANY, pass.overlap_s), \
	MEMBER("totals." #pass ".unattributed_s", FC_FIELD_DIFFERENCE, pass.unattributed_s), \
	MEMBER("totals." #pass ".images_per_s", FC_FIELD_OPTIONAL, pass.images_per_s)

static const struct fc_field members[] = {
	MEMBER("status", FC_FIELD_TEXT, status),
	MEMBER("version", FC_FIELD_TEXT, version),
	MEMBER("started", FC_FIELD_TEXT, started),
	MEMBER("finished", FC_FIELD_TEXT, finished),
	MEMBER("model.name", FC_FIELD_TEXT, model),
	MEMBER("model.settings", FC_FIELD_TEXT_OR_EMPTY, model_settings),
	MEMBER("model.digest", FC_FIELD_TEXT, model_digest),
	MEMBER("model.params", FC_FIELD_COUNT, params),
	MEMBER("model.macs", FC_FIELD_COUNT, macs),
	MEMBER("model.flops", FC_FIELD_COUNT, flops),
	MEMBER("configuration.input", FC_FIELD_TEXT, input),
	MEMBER("configuration.classes", FC_FIELD_COUNT, classes),
	MEMBER("configuration.batch", FC_FIELD_COUNT, batch),
	MEMBER("configuration.epochs", FC_FIELD_COUNT, configured_epochs),
	MEMBER("configuration.warmup", FC_FIELD_COUNT, warmup),
	MEMBER("configuration.precision", FC_FIELD_TEXT, precision),
	MEMBER("configuration.seed", FC_FIELD_COUNT, seed),
	MEMBER("configuration.preset", FC_FIELD_TEXT_OR_EMPTY, preset),
	MEMBER("configuration.rate", FC_FIELD_NUMBER, rate),
	MEMBER("configuration.momentum", FC_FIELD_NUMBER, momentum),
	MEMBER("configuration.weight_decay", FC_FIELD_NUMBER, weight_decay),
	MEMBER("data.path", FC_FIELD_TEXT_OR_EMPTY, data_path),
	MEMBER("data.train_images", FC_FIELD_COUNT, train_images),
	MEMBER("data.validate_images", FC_FIELD_COUNT, validate_images),
	MEMBER("data.train_digest", FC_FIELD_TEXT_OR_EMPTY, data_digest),
	MEMBER("device.backend", FC_FIELD_TEXT, backend),
	MEMBER("device.kind", FC_FIELD_TEXT, device_kind),
	MEMBER("device.name", FC_FIELD_TEXT_IF_ANY, device_name),
	MEMBER("probe.name", FC_FIELD_TEXT, probe),
	MEMBER("host.cpu", FC_FIELD_TEXT_OR_EMPTY, host_cpu),
	MEMBER("host.system", FC_FIELD_TEXT_OR_EMPTY, host_system),
	MEMBER("host.cores", FC_FIELD_COUNT, host_cores),
	MEMBER("host.memory_bytes", FC_FIELD_COUNT, host_memory_bytes),
	MEMBER("memory.announced_bytes", FC_FIELD_COUNT, announced_bytes),
	MEMBER("memory.allocated_bytes", FC_FIELD_COUNT, allocated_bytes),
	TOTALS(train),
	TOTALS(validate),
};

/* "a.b.c" below a value; NULL when there is none. */
static json_t *member(json_t *value, const char *path)
{
	while (value && *path) {
		const size_t length = strcspn(path, ".");
		char key[64];

		if (!json_is_object(value) || length >= sizeof(key))
			return NULL;
		memcpy(key, path, length);
		key[length] = 0;
		value = json_object_get(value, key);
		path += length + (path[length] == '.');
	}
	return value;
}

static int store_count(json_t *value, uint64_t *place)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return -1;
	*place = (uint64_t)json_integer_value(value);
	return 0;
}

static int store_number(json_t *value, double low, double *place)
{
	*place = NAN;
	if (!json_is_number(value) || !isfinite(json_number_value(value)) || json_number_value(value) < low)
		return -1;
	*place = json_number_value(value);
	return 0;
}

static int store(const struct fc_field *field, json_t *value, struct fc_run *run)
{
	void *const place = (char *)run + field->offset;
	const char *text;

	switch (field->type) {
	case FC_FIELD_TEXT:
	case FC_FIELD_TEXT_OR_EMPTY:
	case FC_FIELD_TEXT_IF_ANY:
		text = json_is_null(value) && field->type != FC_FIELD_TEXT ? "" : json_string_value(value);
		*(const char **)place = text;
		return text && (*text || field->type != FC_FIELD_TEXT) ? 0 : -1;
	case FC_FIELD_COUNT:
		return store_count(value, place);
	case FC_FIELD_SECONDS:
		return store_number(value, 0, place);
	case FC_FIELD_OPTIONAL:
		return store_number(value, 0, place) && !json_is_null(value) ? -1 : 0;
	case FC_FIELD_DIFFERENCE:
	case FC_FIELD_NUMBER_IF_ANY:
		return store_number(value, -INFINITY, place) && !json_is_null(value) ? -1 : 0;
	default:
		return store_number(value, -INFINITY, place);
	}
}

/* Runs of older versions lack it. */
static bool may_be_missing(enum fc_field_type type)
{
	return type == FC_FIELD_TEXT_IF_ANY || type == FC_FIELD_NUMBER_IF_ANY;
}

static int read_members(const char *path, json_t *root, struct fc_run *run, struct fc_error *err)
{
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
		json_t *value = member(root, members[i].name);

		if (!value && may_be_missing(members[i].type))
			value = json_null();
		if (!value)
			return fc_fail(err, "%s: the member %s is missing", path, members[i].name);
		if (store(&members[i], value, run))
			return fc_fail(err, "%s: the member %s is not %s", path, members[i].name,
				       fc_field_expected(members[i].type));
	}
	return 0;
}

static int read_anomalies(const char *path, json_t *root, struct fc_run *run, struct fc_error *err)
{
	json_t *list = json_object_get(root, "anomalies"), *value;
	size_t i;

	if (!json_is_array(list))
		return fc_fail(err, "%s: the member anomalies is not a list", path);
	if (json_array_size(list) > 10000)
		return fc_fail(err, "%s: there are %zu anomalies, at most 10000 are "
				    "read", path, json_array_size(list));
	run->anomaly_count = (int)json_array_size(list);
	run->anomalies = FC_NEW_ARRAY(&run->arena, const char *, run->anomaly_count + 1);
	json_array_foreach(list, i, value) {
		run->anomalies[i] = json_string_value(value);
		if (!run->anomalies[i])
			return fc_fail(err, "%s: anomalies[%zu] is not a text", path, i);
	}
	return 0;
}

/* Whose file it is comes first: nothing else in a foreign file means anything. */
static int check_identity(const char *path, json_t *root, struct fc_error *err)
{
	const char *program = json_string_value(json_object_get(root, "program"));
	json_t *schema = json_object_get(root, "schema");

	if (!program || strcmp(program, "flopclock"))
		return fc_fail(err, "%s: was not written by flopclock", path);
	if (!json_is_integer(schema))
		return fc_fail(err, "%s: the member schema is missing or not a whole number", path);
	if (json_integer_value(schema) != FC_RUN_SCHEMA)
		return fc_fail(err, "%s: has schema %" JSON_INTEGER_FORMAT ", this flopclock reads schema %d", path,
			       json_integer_value(schema), FC_RUN_SCHEMA);
	return 0;
}

static int load(const char *path, json_t **root, struct fc_error *err)
{
	json_error_t why;
	size_t size;
	char *data;

	if (fc_file_read(path, JSON_LIMIT, &data, &size, err))
		return -1;
	*root = json_loadb(data, size, JSON_REJECT_DUPLICATES, &why);
	free(data);
	if (!*root)
		return fc_fail(err, "%s:%d:%d: %s", path, why.line, why.column, why.text);
	if (!json_is_object(*root))
		return fc_fail(err, "%s: is not a JSON object", path);
	return 0;
}

int fc_run_read_json(const char *folder, struct fc_run *run, struct fc_error *err)
{
	const char *path = fc_arena_printf(&run->arena, "%s/run.json", folder);
	json_t *root = NULL;
	int rc = load(path, &root, err);

	/* The run owns it from here on, texts of the fields are jansson's. */
	run->json = root;
	if (rc || check_identity(path, root, err) || read_members(path, root, run, err) ||
	    read_anomalies(path, root, run, err))
		return -1;
	if (strcmp(run->status, "complete") && strcmp(run->status, "suspect"))
		return fc_fail(err, "%s: the status is \"%.40s\", expected complete or suspect", path, run->status);
	return 0;
}

void fc_run_release_json(struct fc_run *run)
{
	json_decref(run->json);
	run->json = NULL;
}

/* A text, number or truth value as text; NULL for anything else. */
static const char *scalar(json_t *value, char buffer[FC_NUMBER_SIZE])
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_string_value(value);
	case JSON_TRUE:
		return "yes";
	case JSON_FALSE:
		return "no";
	case JSON_INTEGER:
		snprintf(buffer, FC_NUMBER_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return buffer;
	case JSON_REAL:
		return fc_number(buffer, json_real_value(value));
	default:
		return NULL;
	}
}

void fc_run_describe(const struct fc_run *run, const char *object,
		     void (*row)(void *user, const char *key, const char *text), void *user)
{
	json_t *parent = member(run->json, object), *value;
	const char *key;

	if (!json_is_object(parent))
		return;
	json_object_foreach(parent, key, value) {
		char buffer[FC_NUMBER_SIZE];
		const char *text = scalar(value, buffer);

		if (text)
			row(user, key, text);
	}
}

const char *fc_run_text(const struct fc_run *run, const char *path, struct fc_arena *arena)
{
	json_t *value = member(run->json, path);
	char buffer[FC_NUMBER_SIZE];
	const char *text = value ? scalar(value, buffer) : NULL;

	return text ? fc_arena_strdup(arena, text) : "";
}

const char *fc_library_jansson(void)
{
	return JANSSON_VERSION;
}
