/*
 * CSV: UTF-8, one header row, comma, LF; numbers bare and shortest, text quoted by libcsv only where it has to be;
 * missing is empty. Reading goes through libcsv in strict mode and refuses ragged rows, NUL bytes and unterminated
 * quotes with file and line.
 */
#ifndef FLOPCLOCK_CSV_H
#define FLOPCLOCK_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "flopclock/arena.h"
#include "flopclock/error.h"
#include "flopclock/str.h"

/* Writing: cells in order, then the end of the row, into a text that the caller writes out. */
struct fc_csv_writer {
	struct fc_str out;
	int cells;		/* in the row begun */
};

void fc_csv_release(struct fc_csv_writer *csv);
void fc_csv_text(struct fc_csv_writer *csv, const char *text);	/* NULL: missing */
void fc_csv_u64(struct fc_csv_writer *csv, uint64_t value);
void fc_csv_number(struct fc_csv_writer *csv, double value);	/* NaN: missing */
void fc_csv_missing(struct fc_csv_writer *csv);
void fc_csv_end_row(struct fc_csv_writer *csv);

/* Reading: the whole table into an arena. cells[row * columns + column]; a missing cell is "". */
struct fc_csv_table {
	const char *path;
	int columns;
	size_t rows;		/* without the header */
	const char **header;
	const char **cells;
};

int fc_csv_read(const char *path, size_t limit, struct fc_arena *arena, struct fc_csv_table *table,
		struct fc_error *err);
/* The column of that name or -1. */
int fc_csv_column(const struct fc_csv_table *table, const char *name);
static inline const char *fc_csv_cell(const struct fc_csv_table *table, size_t row, int column)
{
	return table->cells[row * (size_t)table->columns + (size_t)column];
}

#endif
