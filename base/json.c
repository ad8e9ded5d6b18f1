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

/*
 * The length of the UTF-8 sequence at c, 0 where there is none (stray bytes, overlong forms, surrogates, beyond U+10FFFF).
 * The zero behind the text ends every sequence that was cut off.
 */
static size_t utf8_length(const unsigned char *c)
{
	static const struct {
		unsigned char mask, lead, second_from, second_to;
		size_t length;
	} forms[] = {
		{ 0x80, 0x00, 0x00, 0xff, 1 }, { 0xff, 0xe0, 0xa0, 0xbf, 3 }, { 0xff, 0xed, 0x80, 0x9f, 3 },
		{ 0xff, 0xf0, 0x90, 0xbf, 4 }, { 0xff, 0xf4, 0x80, 0x8f, 4 }, { 0xff, 0xc0, 0x01, 0x00, 0 },
		{ 0xff, 0xc1, 0x01, 0x00, 0 }, { 0xe0, 0xc0, 0x80, 0xbf, 2 }, { 0xf0, 0xe0, 0x80, 0xbf, 3 },
		{ 0xfc, 0xf0, 0x80, 0xbf, 4 },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if ((*c & forms[i].mask) != forms[i].lead)
			continue;
		if (forms[i].length > 1 && (c[1] < forms[i].second_from || c[1] > forms[i].second_to))
			return 0;
		for (size_t k = 2; k < forms[i].length; k++)
			if ((c[k] & 0xc0) != 0x80)
				return 0;
		return forms[i].length;
	}
	return 0;
}

/* File names may hold any bytes, JSON only UTF-8: what is none becomes U+FFFD. */
static void add_text(struct fc_str *out, const char *text)
{
	size_t length;

	fc_str_addc(out, '"');
	for (const unsigned char *c = (const unsigned char *)text; *c; c += length ? length : 1) {
		length = utf8_length(c);
		if (*c == '"' || *c == '\\')
			fc_str_addf(out, "\\%c", *c);
		else if (*c == '\n')
			fc_str_add(out, "\\n");
		else if (*c < 0x20 || *c == 0x7f)
			fc_str_addf(out, "\\u%04x", *c);
		else if (length)
			fc_str_addn(out, (const char *)c, length);
		else
			fc_str_add(out, "\xef\xbf\xbd");
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
