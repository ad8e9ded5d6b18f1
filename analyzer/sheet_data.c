/* Cells for programs. */
#include <math.h>

#include "sheet_cell.h"

static const char *text_of(const struct sheet_cell *cell)
{
	return cell->text ? cell->text : cell->owned->text;
}

void fc_sheet_csv(const struct sheet_row *row, const struct sheet_column *column, struct fc_csv_writer *csv)
{
	struct fc_str owned = { 0 };
	struct sheet_cell cell = { .owned = &owned };

	column->get(row, column, &cell);
	if (cell.missing)
		fc_csv_missing(csv);
	else if (column->unit == UNIT_TEXT)
		fc_csv_text(csv, text_of(&cell));
	else if (column->unit == UNIT_COUNT || column->unit == UNIT_BYTES || column->unit == UNIT_FLAG)
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
	else if (column->unit == UNIT_TEXT)
		fc_json_text(json, column->name, text_of(&cell) ? text_of(&cell) : "");
	else if (column->unit == UNIT_FLAG)
		fc_json_bool(json, column->name, cell.count);
	else if (column->unit == UNIT_COUNT || column->unit == UNIT_BYTES)
		fc_json_u64(json, column->name, cell.count);
	else
		fc_json_number(json, column->name, cell.real);
	fc_str_release(&owned);
}
