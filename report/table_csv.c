/* Tables as CSV that a spreadsheet may open. */
#include <string.h>

#include "flopclock/csv.h"
#include "table_write.h"

static void add_text(struct fc_csv_writer *csv, const char *text)
{
	struct fc_str safe = { 0 };

	if (!*text || !strchr("=+-@'\t\r", *text)) {
		fc_csv_text(csv, text);
		return;
	}
	fc_str_addc(&safe, '\'');
	fc_str_add(&safe, text);
	fc_csv_text(csv, safe.text);
	fc_str_release(&safe);
}

static void add_cell(struct fc_csv_writer *csv, const struct fc_cell *cell)
{
	switch (cell->kind) {
	case FC_CELL_MISSING: fc_csv_missing(csv); break;
	case FC_CELL_TEXT: add_text(csv, cell->as.text); break;
	case FC_CELL_COUNT: fc_csv_u64(csv, cell->as.count); break;
	case FC_CELL_NUMBER: fc_csv_number(csv, cell->as.number); break;
	}
}

void fc_table_csv(const struct fc_table *table, struct fc_str *out)
{
	struct fc_csv_writer csv = { .out = *out };

	for (int i = 0; i < table->column_count; i++)
		fc_csv_text(&csv, table->columns[i].name);
	fc_csv_end_row(&csv);
	for (size_t row = 0; row < table->row_count; row++) {
		for (int i = 0; i < table->column_count; i++)
			add_cell(&csv, fc_table_cell(table, row, i));
		fc_csv_end_row(&csv);
	}
	*out = csv.out;
}
