#include <assert.h>
#include <string.h>

#include "item.h"

static struct fc_item *make(struct fc_arena *arena, enum fc_item_kind kind)
{
	struct fc_item *value = FC_NEW(arena, struct fc_item);

	value->kind = kind;
	return value;
}

struct fc_item *fc_item_text(struct fc_arena *arena, const char *text)
{
	struct fc_item *value = make(arena, FC_ITEM_TEXT);

	value->text = text ? text : "";
	return value;
}

struct fc_item *fc_item_bool(struct fc_arena *arena, bool truth)
{
	struct fc_item *value = make(arena, FC_ITEM_BOOL);

	value->truth = truth;
	return value;
}

struct fc_item *fc_item_list(struct fc_arena *arena)
{
	return make(arena, FC_ITEM_LIST);
}

struct fc_item *fc_item_object(struct fc_arena *arena)
{
	return make(arena, FC_ITEM_OBJECT);
}

struct fc_item *fc_item_add(struct fc_item *list, struct fc_item *item)
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

struct fc_item *fc_item_set(struct fc_item *object, const char *key, struct fc_item *item)
{
	item->key = key;
	return fc_item_add(object, item);
}

const struct fc_item *fc_item_get(const struct fc_item *object, const char *key, size_t length)
{
	if (object->kind != FC_ITEM_OBJECT)
		return NULL;
	for (const struct fc_item *item = object->first; item; item = item->next)
		if (!strncmp(item->key, key, length) && !item->key[length])
			return item;
	return NULL;
}
