/*
 * A table as it is shown: one list of columns and one array of cells drive text, CSV, Markdown, LaTeX and the PDF
 * alike.
 *
 * Cells hold values, not texts: numbers stay in SI base units and become text only through their column, which says
 * the unit to show, the factor and the digits. So every output shows the same value, and CSV keeps full precision.
 */
#ifndef REPORT_TABLE_H
#define REPORT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/arena.h"
#include "flopclock/error.h"
#include "flopclock/str.h"

enum fc_align { FC_ALIGN_LEFT, FC_ALIGN_RIGHT };

enum fc_format {
	FC_FORMAT_TEXT,		/* as it is */
	FC_FORMAT_COUNT,	/* a whole number with a blank (U+2009 in the PDF) between groups of three */
	FC_FORMAT_FIXED,	/* `digits` behind the point */
	FC_FORMAT_SIGNIFICANT,	/* `digits` significant ones, never an exponent between 1e-4 and 1e15 */
};

struct fc_column {
	const char *name;	/* in CSV: "train_time_per_image_s"; snake_case, SI base unit as suffix */
	const char *header;	/* for people: "Training" */
	const char *unit; /* for people: "ms/image"; NULL: none. Shown in parentheses under or behind the header */
	enum fc_align align;
	enum fc_format format;
	int digits;
	double scale;		/* shown = value * scale; 0 is 1 */
	bool code;		/* text that came from outside (layer names): typewriter type where there is one */
	const char *group; /* columns beside each other with the same group share a spanning header; NULL: none */
};

enum fc_cell_kind { FC_CELL_MISSING, FC_CELL_TEXT, FC_CELL_COUNT, FC_CELL_NUMBER };

struct fc_cell {
	enum fc_cell_kind kind;
	union {
		const char *text;
		uint64_t count;
		double number;
	} as;
};

struct fc_table {
	const char *id;			/* "tab-1-flops": name of its files and its label in TeX */
	const char *title;		/* caption, one sentence, with a full stop */
	int column_count;
	const struct fc_column *columns;
	size_t row_count, row_capacity;	/* row_count may be 0: such a table is not shown */
	struct fc_cell *cells;		/* cells[row * column_count + column] */
	int note_count;			/* sentences below the table */
	const char **notes;
	struct fc_arena *arena;		/* borrowed: where cells, texts and notes live */
};

/* Building. The columns must outlive the table; texts are not copied. A NaN becomes a missing cell. */
void fc_table_init(struct fc_table *table, struct fc_arena *arena, const char *id, const char *title,
		   const struct fc_column *columns, int column_count);
struct fc_cell *fc_table_add_row(struct fc_table *table); /* all cells missing; valid until the next row is added */
void fc_table_add_note(struct fc_table *table, const char *format, ...) FC_PRINTF(2, 3);

struct fc_cell fc_cell_text(const char *text);			/* NULL: missing */
struct fc_cell fc_cell_count(uint64_t count);
struct fc_cell fc_cell_number(double number);

static inline const struct fc_cell *fc_table_cell(const struct fc_table *table, size_t row, int column)
{
	return &table->cells[row * (size_t)table->column_count + (size_t)column];
}

/*
 * What a person sees in a cell: UTF-8, "" when missing. Texts are returned as they are (control characters too: the
 * drawing side replaces them), numbers are formatted into the buffer.
 */
#define FC_CELL_SIZE 48
const char *fc_table_show(const struct fc_table *table, size_t row, int column, char buffer[FC_CELL_SIZE]);

/* Header and unit in one line: "Training (ms/image)". */
void fc_table_header(const struct fc_table *table, int column, struct fc_str *out);

#endif
