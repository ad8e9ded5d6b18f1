/* Tables for a terminal. */
#include <stdlib.h>
#include <string.h>

#include "table_write.h"

#define NOTE_WIDTH 100
#define GAP 2

/* Columns on a terminal: code points, for the Latin, Greek and punctuation that headers and names hold. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += (*text & 0xc0) != 0x80;
	return width;
}

/* Names come from files: a newline or an escape sequence must not reach the terminal. */
static void add_safe(struct fc_str *out, const char *text)
{
	for (; *text; text++)
		fc_str_addc(out, (unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text);
}

static void add_padded(struct fc_str *out, const char *text, int width, enum fc_align align)
{
	const int blanks = width - width_of(text);

	if (align == FC_ALIGN_RIGHT)
		fc_str_addf(out, "%*s", blanks > 0 ? blanks : 0, "");
	add_safe(out, text);
	if (align == FC_ALIGN_LEFT)
		fc_str_addf(out, "%*s", blanks > 0 ? blanks : 0, "");
}

/* Blanks at the end of the line go. */
static void end_line(struct fc_str *out)
{
	while (out->length && out->text[out->length - 1] == ' ')
		out->text[--out->length] = 0;
	fc_str_addc(out, '\n');
}

static bool same_group(const struct fc_column *a, const struct fc_column *b)
{
	return a->group && b->group && !strcmp(a->group, b->group);
}

/* The last column of the group that column i begins or stands alone in. */
static int group_end(const struct fc_table *table, int i)
{
	while (i + 1 < table->column_count && same_group(&table->columns[i], &table->columns[i + 1]))
		i++;
	return i;
}

static int span(const int *widths, int from, int to)
{
	int width = 0;

	for (int i = from; i <= to; i++)
		width += widths[i] + (i > from ? GAP : 0);
	return width;
}

static int measure(const struct fc_table *table, int *widths)
{
	char buffer[FC_CELL_SIZE];
	int total = 0;

	for (int i = 0; i < table->column_count; i++) {
		const struct fc_column *c = &table->columns[i];
		struct fc_str unit = { 0 };

		fc_str_addf(&unit, "(%s)", c->unit ? c->unit : "");
		widths[i] = width_of(c->header);
		if (c->unit && width_of(unit.text) > widths[i])
			widths[i] = width_of(unit.text);
		fc_str_release(&unit);
		for (size_t row = 0; row < table->row_count; row++) {
			const int width = width_of(fc_table_show(table, row, i, buffer));

			if (width > widths[i])
				widths[i] = width;
		}
	}
	/* A group's title may need more than its columns do. */
	for (int i = 0, end; i < table->column_count; i = end + 1) {
		end = group_end(table, i);
		if (table->columns[i].group && span(widths, i, end) < width_of(table->columns[i].group))
			widths[end] += width_of(table->columns[i].group) - span(widths, i, end);
		total += span(widths, i, end) + GAP;
	}
	return total - GAP;
}

static void add_groups(const struct fc_table *table, const int *widths, struct fc_str *out)
{
	bool any = false;

	for (int i = 0; i < table->column_count; i++)
		any |= table->columns[i].group != NULL;
	for (int i = 0, end; any && i < table->column_count; i = end + 1) {
		end = group_end(table, i);

		const char *group = table->columns[i].group ? table->columns[i].group : "";
		const int width = span(widths, i, end), left = (width - width_of(group)) / 2;

		fc_str_addf(out, "%*s%s%*s%*s", left, "", group, width - left - width_of(group), "", GAP, "");
	}
	if (any)
		end_line(out);
}

static void add_headers(const struct fc_table *table, const int *widths, struct fc_str *out)
{
	bool units = false;

	add_groups(table, widths, out);
	for (int i = 0; i < table->column_count; i++) {
		add_padded(out, table->columns[i].header, widths[i], table->columns[i].align);
		fc_str_addf(out, "%*s", GAP, "");
		units |= table->columns[i].unit != NULL;
	}
	end_line(out);
	for (int i = 0; units && i < table->column_count; i++) {
		struct fc_str unit = { 0 };

		if (table->columns[i].unit)
			fc_str_addf(&unit, "(%s)", table->columns[i].unit);
		add_padded(out, unit.text ? unit.text : "", widths[i], table->columns[i].align);
		fc_str_addf(out, "%*s", GAP, "");
		fc_str_release(&unit);
	}
	if (units)
		end_line(out);
}

static void add_rule(struct fc_str *out, int width)
{
	for (int i = 0; i < width; i++)
		fc_str_add(out, "─");
	fc_str_addc(out, '\n');
}

/* Words into lines of NOTE_WIDTH. */
static void add_wrapped(struct fc_str *out, const char *text)
{
	int column = 0;

	while (*text) {
		const size_t length = strcspn(text, " ");
		struct fc_str word = { 0 };

		fc_str_addn(&word, text, length);

		const int width = length ? width_of(word.text) : 0;

		if (column && column + 1 + width > NOTE_WIDTH) {
			fc_str_addc(out, '\n');
			column = 0;
		} else if (column) {
			fc_str_addc(out, ' ');
			column++;
		}
		if (length)
			add_safe(out, word.text);
		column += width;
		text += length + (text[length] == ' ');
		fc_str_release(&word);
	}
	fc_str_addc(out, '\n');
}

void fc_table_text(const struct fc_table *table, struct fc_str *out)
{
	char buffer[FC_CELL_SIZE];
	int *widths = fc_calloc((size_t)table->column_count + 1, sizeof(*widths));
	const int total = measure(table, widths);

	add_wrapped(out, table->title);
	add_rule(out, total);
	add_headers(table, widths, out);
	add_rule(out, total);
	for (size_t row = 0; row < table->row_count; row++) {
		for (int i = 0; i < table->column_count; i++) {
			add_padded(out, fc_table_show(table, row, i, buffer), widths[i], table->columns[i].align);
			fc_str_addf(out, "%*s", GAP, "");
		}
		end_line(out);
	}
	add_rule(out, total);
	for (int i = 0; i < table->note_count; i++)
		add_wrapped(out, table->notes[i]);
	free(widths);
}
