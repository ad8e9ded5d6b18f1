/* What templates are filled with: texts, truth values, lists and objects, in an arena. */
#ifndef REPORT_VALUE_H
#define REPORT_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "flopclock/arena.h"

enum fc_value_kind { FC_VALUE_TEXT, FC_VALUE_BOOL, FC_VALUE_LIST, FC_VALUE_OBJECT };

struct fc_value {
	enum fc_value_kind kind;
	const char *text;
	bool truth;
	struct fc_value *first, *last;	/* of a list or object */
	/* As an item of one. */
	const char *key;
	struct fc_value *next;
	size_t index;
};

/* Texts and keys are not copied; NULL is "". */
struct fc_value *fc_value_text(struct fc_arena *arena, const char *text);
struct fc_value *fc_value_bool(struct fc_arena *arena, bool truth);
struct fc_value *fc_value_list(struct fc_arena *arena);
struct fc_value *fc_value_object(struct fc_arena *arena);

/* Both return the parent. A value belongs to one parent. */
struct fc_value *fc_value_add(struct fc_value *list, struct fc_value *item);
struct fc_value *fc_value_set(struct fc_value *object, const char *key, struct fc_value *item);

/* NULL where there is none or the value is no object. */
const struct fc_value *fc_value_get(const struct fc_value *object, const char *key, size_t length);

#endif
