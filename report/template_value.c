#include <assert.h>
#include <string.h>

#include "value.h"

static struct fc_value *make(struct fc_arena *arena, enum fc_value_kind kind)
{
	struct fc_value *value = FC_NEW(arena, struct fc_value);

	value->kind = kind;
	return value;
}

struct fc_value *fc_value_text(struct fc_arena *arena, const char *text)
{
	struct fc_value *value = make(arena, FC_VALUE_TEXT);

	value->text = text ? text : "";
	return value;
}

struct fc_value *fc_value_bool(struct fc_arena *arena, bool truth)
{
	struct fc_value *value = make(arena, FC_VALUE_BOOL);

	value->truth = truth;
	return value;
}

struct fc_value *fc_value_list(struct fc_arena *arena)
{
	return make(arena, FC_VALUE_LIST);
}

struct fc_value *fc_value_object(struct fc_arena *arena)
{
	return make(arena, FC_VALUE_OBJECT);
}

struct fc_value *fc_value_add(struct fc_value *list, struct fc_value *item)
{
	assert(!item->next && list->last != item);
	item->index = list->last ? list->last->index + 1 : 0;
	if (list->last)
		list->last->next = item;
	else
		list->first = item;
	list->last = item;
	return list;
}

struct fc_value *fc_value_set(struct fc_value *object, const char *key, struct fc_value *item)
{
	item->key = key;
	return fc_value_add(object, item);
}

const struct fc_value *fc_value_get(const struct fc_value *object, const char *key, size_t length)
{
	if (object->kind != FC_VALUE_OBJECT)
		return NULL;
	for (const struct fc_value *item = object->first; item; item = item->next)
		if (!strncmp(item->key, key, length) && !item->key[length])
			return item;
	return NULL;
}
