/*
 * A streaming JSON writer: exact 64-bit integers, shortest round-trip numbers, members in the order written, two
 * blanks of indentation. (Reading is jansson's job; its writer can do neither unsigned 64-bit nor shortest numbers.)
 * `key` is NULL inside arrays.
 */
#ifndef FLOPCLOCK_JSON_H
#define FLOPCLOCK_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/str.h"

struct fc_json {
	struct fc_str out;
	int depth;
	bool has_items;		/* in the container now open */
};

void fc_json_release(struct fc_json *json);
void fc_json_object(struct fc_json *json, const char *key);
void fc_json_array(struct fc_json *json, const char *key);
void fc_json_end_object(struct fc_json *json);
void fc_json_end_array(struct fc_json *json);
void fc_json_text(struct fc_json *json, const char *key, const char *text);	/* NULL: null */
void fc_json_u64(struct fc_json *json, const char *key, uint64_t value);
void fc_json_i64(struct fc_json *json, const char *key, int64_t value);
void fc_json_number(struct fc_json *json, const char *key, double value);	/* not finite: null */
void fc_json_bool(struct fc_json *json, const char *key, bool value);

#endif
