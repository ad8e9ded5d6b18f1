/* The ways to write a table out. */
#ifndef REPORT_TABLE_WRITE_H
#define REPORT_TABLE_WRITE_H

#include "table.h"
#include "item.h"

/* For a terminal: aligned columns, headers and units in lines of their own, notes wrapped below. */
void fc_table_text(const struct fc_table *table, struct fc_str *out);

/*
 * CSV as flopclock/csv.h defines it, values in full precision and SI base units. A text that begins with = + - @ ' or
 * a tab or carriage return gets one ' in front, so that a spreadsheet shows it and does not compute it; who reads
 * such a file back takes one ' off the front of every text that has one.
 */
void fc_table_csv(const struct fc_table *table, struct fc_str *out);

/* As a value for templates: templates/table.tex shows what it holds. */
struct fc_item *fc_table_item(const struct fc_table *table, struct fc_arena *arena);

#endif
