#include "flopclock/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

#include "flopclock/number.h"

void fc_json_release(struct fc_json *json)
{
	fc_str_release(&json->out);
	*json = (struct fc_json){ 0 };
}

static void add_text(struct fc_str *out, const char *text)
{
	fc_str_addc(out, '"');
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fc_str_addf(out, "\\%c", *c);
		else if (*c == '\n')
			fc_str_add(out, "\\n");
		else if (*c < 0x20 || *c == 0x7f)
			fc_str_addf(out, "\\u%04x", *c);
		else
			fc_str_addc(out, (char)*c);
	}
	fc_str_addc(out, '"');
}

static void new_line(struct fc_json *json)
{
	fc_str_addc(&json->out, '\n');
	for (int i = 0; i < json->depth; i++)
		fc_str_add(&json->out, "  ");
}

/* What stands before every value: comma, line, key. */
static void begin(struct fc_json *json, const char *key)
{
	if (json->has_items)
		fc_str_addc(&json->out, ',');
	if (json->depth)
		new_line(json);
	json->has_items = true;
	if (key) {
		add_text(&json->out, key);
		fc_str_add(&json->out, ": ");
	}
}

static void open_container(struct fc_json *json, const char *key, char bracket)
{
	begin(json, key);
	fc_str_addc(&json->out, bracket);
	json->depth++;
	json->has_items = false;
}

static void close_container(struct fc_json *json, char bracket)
{
	assert(json->depth > 0);
	json->depth--;
	if (json->has_items)
		new_line(json);
	fc_str_addc(&json->out, bracket);
	json->has_items = true;
	if (!json->depth)
		fc_str_addc(&json->out, '\n');
}

void fc_json_object(struct fc_json *json, const char *key)
{
	open_container(json, key, '{');
}

void fc_json_array(struct fc_json *json, const char *key)
{
	open_container(json, key, '[');
}

void fc_json_end_object(struct fc_json *json)
{
	close_container(json, '}');
}

void fc_json_end_array(struct fc_json *json)
{
	close_container(json, ']');
}

void fc_json_text(struct fc_json *json, const char *key, const char *text)
{
	begin(json, key);
	if (text)
		add_text(&json->out, text);
	else
		fc_str_add(&json->out, "null");
}

void fc_json_u64(struct fc_json *json, const char *key, uint64_t value)
{
	begin(json, key);
	fc_str_addf(&json->out, "%" PRIu64, value);
}

void fc_json_i64(struct fc_json *json, const char *key, int64_t value)
{
	begin(json, key);
	fc_str_addf(&json->out, "%" PRId64, value);
}

void fc_json_number(struct fc_json *json, const char *key, double value)
{
	char buffer[FC_NUMBER_SIZE];

	begin(json, key);
	fc_str_add(&json->out, isfinite(value) ? fc_number(buffer, value) : "null");
}

void fc_json_bool(struct fc_json *json, const char *key, bool value)
{
	begin(json, key);
	fc_str_add(&json->out, value ? "true" : "false");
}
