/* A table as templates see it: every text ready to print, every question about a column already answered. */
#include <stdio.h>
#include <string.h>

#include "flopclock/version.h"
#include "table_write.h"

static void set_text(struct fc_item *object, struct fc_arena *arena, const char *key, const char *text)
{
	fc_item_set(object, key, fc_item_text(arena, text));
}

static void set_number(struct fc_item *object, struct fc_arena *arena, const char *key, int number)
{
	set_text(object, arena, key, fc_arena_printf(arena, "%d", number));
}

static struct fc_item *columns_of(const struct fc_table *table, struct fc_arena *arena)
{
	struct fc_item *list = fc_item_list(arena);

	for (int i = 0; i < table->column_count; i++) {
		const struct fc_column *c = &table->columns[i];
		struct fc_item *column = fc_item_object(arena);

		set_text(column, arena, "name", c->name);
		set_text(column, arena, "header", c->header);
		set_text(column, arena, "unit", c->unit);
		set_text(column, arena, "group", c->group);
		fc_item_set(column, "right", fc_item_bool(arena, c->align == FC_ALIGN_RIGHT));
		fc_item_add(list, column);
	}
	return list;
}

/* Neighbours with one group title share an entry; a column without a group is an entry without a title. */
static struct fc_item *groups_of(const struct fc_table *table, struct fc_arena *arena)
{
	struct fc_item *list = fc_item_list(arena);

	for (int from = 0, to; from < table->column_count; from = to) {
		const char *title = table->columns[from].group;
		struct fc_item *group = fc_item_object(arena);

		for (to = from + 1; title && to < table->column_count && table->columns[to].group &&
				    !strcmp(table->columns[to].group, title);)
			to++;
		set_text(group, arena, "title", title);
		set_number(group, arena, "span", to - from);
		set_number(group, arena, "from", from + 1);
		set_number(group, arena, "to", to);
		fc_item_add(list, group);
	}
	return list;
}

/* Groups of digits are kept together by thin spaces, which every language of ours has. */
static const char *with_thin_spaces(struct fc_arena *arena, const char *text)
{
	struct fc_str out = { 0 };
	const char *copy;

	for (; *text; text++)
		fc_str_addn(&out, *text == ' ' ? "\xe2\x80\x89" : text, *text == ' ' ? 3 : 1);
	copy = fc_arena_strdup(arena, out.text ? out.text : "");
	fc_str_release(&out);
	return copy;
}

static struct fc_item *row_of(const struct fc_table *table, size_t row, struct fc_arena *arena)
{
	struct fc_item *object = fc_item_object(arena), *cells = fc_item_list(arena);
	char buffer[FC_CELL_SIZE];

	for (int i = 0; i < table->column_count; i++) {
		const bool is_text = fc_table_cell(table, row, i)->kind == FC_CELL_TEXT;
		const char *text = fc_table_show(table, row, i, buffer);
		struct fc_item *cell = fc_item_object(arena);

		set_text(cell, arena, "text", is_text ? text : with_thin_spaces(arena, text));
		fc_item_set(cell, "code", fc_item_bool(arena, table->columns[i].code && *text));
		fc_item_add(cells, cell);
	}
	return fc_item_set(object, "cells", cells);
}

struct fc_item *fc_table_item(const struct fc_table *table, struct fc_arena *arena)
{
	struct fc_item *object = fc_item_object(arena), *rows = fc_item_list(arena), *notes = fc_item_list(arena);
	bool groups = false, units = false;

	for (int i = 0; i < table->column_count; i++) {
		groups |= table->columns[i].group != NULL;
		units |= table->columns[i].unit != NULL;
	}
	for (size_t row = 0; row < table->row_count; row++)
		fc_item_add(rows, row_of(table, row, arena));
	for (int i = 0; i < table->note_count; i++)
		fc_item_add(notes, fc_item_text(arena, table->notes[i]));
	set_text(object, arena, "id", table->id);
	set_text(object, arena, "title", table->title);
	set_text(object, arena, "version", FC_VERSION);
	fc_item_set(object, "has_groups", fc_item_bool(arena, groups));
	fc_item_set(object, "has_units", fc_item_bool(arena, units));
	fc_item_set(object, "columns", columns_of(table, arena));
	fc_item_set(object, "groups", groups_of(table, arena));
	fc_item_set(object, "rows", rows);
	return fc_item_set(object, "notes", notes);
}
