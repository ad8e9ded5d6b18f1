/* Cells for programs. */
#include <math.h>

#include "sheet_cell.h"

static const char *text_of(const struct sheet_cell *cell)
{
	return cell->text ? cell->text : cell->owned->text;
}

static bool is_text(const struct sheet_column *column)
{
	return column->unit == UNIT_TEXT || column->unit == UNIT_NUMBER_TEXT;
}

static bool is_integer(const struct sheet_column *column)
{
	return column->unit == UNIT_COUNT || column->unit == UNIT_EXACT || column->unit == UNIT_BYTES;
}

void fc_sheet_csv(const struct sheet_row *row, const struct sheet_column *column, struct fc_csv_writer *csv)
{
	struct fc_str owned = { 0 };
	struct sheet_cell cell = { .owned = &owned };

	column->get(row, column, &cell);
	if (cell.missing)
		fc_csv_missing(csv);
	else if (is_text(column))
		fc_csv_text(csv, text_of(&cell) ? text_of(&cell) : "");
	else if (is_integer(column) || column->unit == UNIT_FLAG)
		fc_csv_u64(csv, cell.count);
	else
		fc_csv_number(csv, cell.real);
	fc_str_release(&owned);
}

void fc_sheet_json(const struct sheet_row *row, const struct sheet_column *column, struct fc_json *json)
{
	struct fc_str owned = { 0 };
	struct sheet_cell cell = { .owned = &owned };

	column->get(row, column, &cell);
	if (cell.missing)
		fc_json_number(json, column->name, NAN);
	else if (is_text(column))
		fc_json_text(json, column->name, text_of(&cell) ? text_of(&cell) : "");
	else if (column->unit == UNIT_FLAG)
		fc_json_bool(json, column->name, cell.count);
	else if (is_integer(column))
		fc_json_u64(json, column->name, cell.count);
	else
		fc_json_number(json, column->name, cell.real);
	fc_str_release(&owned);
}

void fc_sheet_join(const struct sheet_part *parts, struct sheet_column *columns, int limit)
{
	int count = 0;

	for (; parts->columns; parts++)
		for (const struct sheet_column *column = parts->columns; column->name; column++)
			if (column->heading && count < limit - 1)
				columns[count++] = *column;
	columns[count] = (struct sheet_column){ .name = NULL };
}

void fc_sheet_csv_row(const struct sheet_part *parts, const struct sheet_row *row, unsigned has,
		      struct fc_csv_writer *csv)
{
	for (; parts->columns; parts++)
		for (const struct sheet_column *column = parts->columns; column->name; column++) {
			if (column->only_text || (parts->only_keys && !column->key) || (column->needs & ~has))
				continue;
			if (row)
				fc_sheet_csv(row, column, csv);
			else
				fc_csv_text(csv, column->name);
		}
	fc_csv_end_row(csv);
}

void fc_sheet_json_members(const struct sheet_column *columns, const struct sheet_row *row, unsigned has,
			   struct fc_json *json)
{
	for (const struct sheet_column *column = columns; column->name; column++)
		if (!column->only_text && !(column->needs & ~has))
			fc_sheet_json(row, column, json);
}
