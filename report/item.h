/* What templates are filled with: texts, truth values, lists and objects, in an arena. */
#ifndef REPORT_ITEM_H
#define REPORT_ITEM_H

#include <stdbool.h>
#include <stddef.h>

#include "flopclock/arena.h"

enum fc_item_kind { FC_ITEM_TEXT, FC_ITEM_BOOL, FC_ITEM_LIST, FC_ITEM_OBJECT };

struct fc_item {
	enum fc_item_kind kind;
	const char *text;
	bool truth;
	struct fc_item *first, *last;	/* of a list or object */
	/* As an item of one. */
	const char *key;
	struct fc_item *next;
	size_t index;
};

/* Texts and keys are not copied; NULL is "". */
struct fc_item *fc_item_text(struct fc_arena *arena, const char *text);
struct fc_item *fc_item_bool(struct fc_arena *arena, bool truth);
struct fc_item *fc_item_list(struct fc_arena *arena);
struct fc_item *fc_item_object(struct fc_arena *arena);

/* Both return the parent. A value belongs to one parent. */
struct fc_item *fc_item_add(struct fc_item *list, struct fc_item *item);
struct fc_item *fc_item_set(struct fc_item *object, const char *key, struct fc_item *item);

/* NULL where there is none or the value is no object. */
const struct fc_item *fc_item_get(const struct fc_item *object, const char *key, size_t length);

#endif
