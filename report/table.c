#include "table.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void fc_table_init(struct fc_table *table, struct fc_arena *arena, const char *id, const char *title,
		   const struct fc_column *columns, int column_count)
{
	*table = (struct fc_table){
		.id = id, .title = title, .columns = columns, .column_count = column_count, .arena = arena,
	};
}

struct fc_cell *fc_table_add_row(struct fc_table *table)
{
	const size_t columns = (size_t)table->column_count;

	if (table->row_count == table->row_capacity) {
		const size_t capacity = table->row_capacity ? table->row_capacity * 2 : 16;
		struct fc_cell *cells = FC_NEW_ARRAY(table->arena, struct fc_cell, capacity * columns);

		if (table->row_count)
			memcpy(cells, table->cells, table->row_count * columns * sizeof(*cells));
		table->cells = cells;
		table->row_capacity = capacity;
	}
	return &table->cells[table->row_count++ * columns];
}

void fc_table_add_note(struct fc_table *table, const char *format, ...)
{
	struct fc_str text = { 0 };
	va_list args;

	/* Notes are few: they grow one by one. */
	const char **notes = FC_NEW_ARRAY(table->arena, const char *, table->note_count + 1);

	va_start(args, format);
	fc_str_vaddf(&text, format, args);
	va_end(args);
	if (table->note_count)
		memcpy(notes, table->notes, (size_t)table->note_count * sizeof(*notes));
	notes[table->note_count++] = fc_arena_strdup(table->arena, text.text ? text.text : "");
	table->notes = notes;
	fc_str_release(&text);
}

struct fc_cell fc_cell_text(const char *text)
{
	return text ? (struct fc_cell){ FC_CELL_TEXT, { .text = text } } : (struct fc_cell){ 0 };
}

struct fc_cell fc_cell_count(uint64_t count)
{
	return (struct fc_cell){ FC_CELL_COUNT, { .count = count } };
}

struct fc_cell fc_cell_number(double number)
{
	return isnan(number) ? (struct fc_cell){ 0 } : (struct fc_cell){ FC_CELL_NUMBER, { .number = number } };
}

static const char *show_count(uint64_t count, char buffer[FC_CELL_SIZE])
{
	char plain[24];
	const int length = snprintf(plain, sizeof(plain), "%" PRIu64, count);
	char *out = buffer;

	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			*out++ = ' ';
		*out++ = plain[i];
	}
	*out = 0;
	return buffer;
}

static const char *show_fixed(double value, int digits, char buffer[FC_CELL_SIZE])
{
	/* Beyond 30 digits nobody reads a fixed number, and the buffer ends. */
	if (!isfinite(value) || fabs(value) >= 1e30)
		snprintf(buffer, FC_CELL_SIZE, "%g", value);
	else
		snprintf(buffer, FC_CELL_SIZE, "%.*f", digits, value);
	/* "-0.00" is a zero that was rounded. */
	if (buffer[0] == '-' && !buffer[1 + strspn(buffer + 1, "0.")])
		memmove(buffer, buffer + 1, strlen(buffer));
	return buffer;
}

static const char *show_significant(double value, int digits, char buffer[FC_CELL_SIZE])
{
	if (value == 0 || !isfinite(value) || fabs(value) >= 1e15 || fabs(value) < 1e-4) {
		snprintf(buffer, FC_CELL_SIZE, "%.*g", digits, value);
		return buffer;
	}
	/* The exponent after rounding: 9.996 with three digits is 10.0. */
	snprintf(buffer, FC_CELL_SIZE, "%.*e", digits - 1, value);

	int exponent = 0;

	sscanf(strchr(buffer, 'e') + 1, "%d", &exponent);
	return show_fixed(value, digits - 1 - exponent > 0 ? digits - 1 - exponent : 0, buffer);
}

const char *fc_table_show(const struct fc_table *table, size_t row, int column, char buffer[FC_CELL_SIZE])
{
	const struct fc_cell *cell = fc_table_cell(table, row, column);
	const struct fc_column *c = &table->columns[column];
	const double scale = c->scale == 0 ? 1 : c->scale;

	switch (cell->kind) {
	case FC_CELL_MISSING:
		return "";
	case FC_CELL_TEXT:
		return cell->as.text;
	case FC_CELL_COUNT:
		if (c->format == FC_FORMAT_COUNT || c->format == FC_FORMAT_TEXT)
			return show_count(cell->as.count, buffer);
		break;
	case FC_CELL_NUMBER:
		if (c->format == FC_FORMAT_COUNT || c->format == FC_FORMAT_TEXT)
			return show_fixed(cell->as.number * scale, c->digits, buffer);
		break;
	}

	const double value = (cell->kind == FC_CELL_COUNT ? (double)cell->as.count : cell->as.number) * scale;

	return c->format == FC_FORMAT_FIXED ? show_fixed(value, c->digits, buffer)
					    : show_significant(value, c->digits, buffer);
}

void fc_table_header(const struct fc_table *table, int column, struct fc_str *out)
{
	const struct fc_column *c = &table->columns[column];

	fc_str_add(out, c->header);
	if (c->unit)
		fc_str_addf(out, " (%s)", c->unit);
}
