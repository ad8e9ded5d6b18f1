/* Aligned text for a terminal. */
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#include "sheet.h"

#define GAP  2
#define WIDE 72 /* of a cell that breaks into lines */

static void pad(struct fc_str *out, int count)
{
	for (int i = 0; i < count; i++)
		fc_str_addc(out, ' ');
}

static void add_aligned(struct fc_str *line, const struct sheet_column *column, const char *text, int width)
{
	const int room = width - (int)strlen(text);

	if (line->length)
		pad(line, GAP);
	if (!fc_sheet_left(column))
		pad(line, room);
	fc_str_add(line, text);
	if (fc_sheet_left(column))
		pad(line, room);
}

static void end_line(struct fc_str *out, struct fc_str *line)
{
	while (line->length && line->text[line->length - 1] == ' ')
		line->text[--line->length] = 0;
	fc_str_add(out, line->length ? line->text : "");
	fc_str_addc(out, '\n');
	fc_str_clear(line);
}

static const char *text_or_empty(const struct fc_str *str)
{
	return str->text ? str->text : "";
}

static size_t count_columns(const struct sheet *sheet)
{
	size_t count = 0;

	while (sheet->columns[count].name)
		count++;
	return count;
}

/* How much of a text the next line takes: up to the last semicolon that fits, or else the last blank. */
static size_t line_length(const struct sheet_column *column, const char *text)
{
	const size_t whole = strlen(text);
	size_t blank = 0;

	if (!column->wide || whole <= WIDE)
		return whole;
	for (size_t length = WIDE; length; length--) {
		if (text[length] == ' ' && text[length - 1] == ';')
			return length;
		if (text[length] == ' ' && !blank)
			blank = length;
	}
	return blank ? blank : whole;
}

static bool has_wide(const struct sheet *sheet)
{
	const struct sheet_column *column;

	for (int index = -1; (column = fc_sheet_next(sheet, &index));)
		if (column->wide)
			return true;
	return false;
}

/* The widest line of each column, its heading included. */
static int measure(const struct sheet *sheet, int *widths)
{
	struct fc_str text = { 0 };
	const struct sheet_column *column;
	int total = 0;

	for (int index = -1; (column = fc_sheet_next(sheet, &index));) {
		widths[index] = (int)strlen(column->heading);
		for (int row = 0; row < sheet->row_count; row++) {
			fc_str_clear(&text);
			fc_sheet_text(sheet, row, column, &text);
			for (const char *rest = text_or_empty(&text); *rest; rest += rest[0] == ' ') {
				const size_t length = line_length(column, rest);

				if ((int)length > widths[index])
					widths[index] = (int)length;
				rest += length;
			}
		}
		total += widths[index] + (total ? GAP : 0);
	}
	fc_str_release(&text);
	return total;
}

static void add_rule(struct fc_str *out, int width)
{
	for (int i = 0; i < width; i++)
		fc_str_addc(out, '-');
	fc_str_addc(out, '\n');
}

/* A row takes as many lines as its longest cell: `line` is which of them; false: no cell has that many. */
static bool add_line(struct fc_str *out, const struct sheet *sheet, int row, int number, const int *widths)
{
	struct fc_str line = { 0 }, text = { 0 };
	const struct sheet_column *column;
	bool any = !number;

	for (int index = -1; (column = fc_sheet_next(sheet, &index));) {
		const char *rest;
		size_t length;

		fc_str_clear(&text);
		fc_sheet_text(sheet, row, column, &text);
		rest = text_or_empty(&text);
		for (int i = 0; i < number; i++) {
			rest += line_length(column, rest);
			rest += *rest == ' ';
		}
		any = any || *rest;
		length = line_length(column, rest);
		if (length)
			text.text[(size_t)(rest - text.text) + length] = 0;
		add_aligned(&line, column, rest, widths[index]);
	}
	if (any)
		end_line(out, &line);
	fc_str_release(&line);
	fc_str_release(&text);
	return any;
}

static void write_sheet(struct fc_str *out, const struct sheet *sheet)
{
	int *const widths = fc_calloc(count_columns(sheet), sizeof(*widths));
	const int total = measure(sheet, widths);
	const bool wide = has_wide(sheet);
	struct fc_str line = { 0 };
	const struct sheet_column *column;

	for (int index = -1; (column = fc_sheet_next(sheet, &index));)
		add_aligned(&line, column, column->heading, widths[index]);
	end_line(out, &line);
	add_rule(out, total);
	for (int row = 0; row < sheet->row_count; row++) {
		if (sheet->sum_rows && row == sheet->row_count - sheet->sum_rows)
			add_rule(out, total);
		for (int number = 0; add_line(out, sheet, row, number, widths) && wide;)
			number++;
	}
	fc_str_addc(out, '\n');
	fc_str_release(&line);
	free(widths);
}

static void write_line(struct fc_str *out, const char *text)
{
	fc_str_addf(out, "%s\n", text);
}

static void write_title(struct fc_str *out, const char *text)
{
	fc_str_addf(out, "%s\n", text);
}

static void nothing(struct fc_str *out)
{
	(void)out;
}

/* Sheets end with an empty line; a document does not. */
static void end(struct fc_str *out)
{
	while (out->length > 1 && out->text[out->length - 1] == '\n' && out->text[out->length - 2] == '\n')
		out->text[--out->length] = 0;
}

const struct sheet_format fc_sheet_table = { "table", nothing, write_title, write_line, write_sheet, end };
