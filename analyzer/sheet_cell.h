/* What column functions fill cells with. */
#ifndef ANALYZER_SHEET_CELL_H
#define ANALYZER_SHEET_CELL_H

#include "op.h"
#include "sheet.h"

/* A function that fills the cells of a column; not every one looks at all that it gets. */
#define SHEET_GET(name)                                                                        \
	static void name(const struct sheet_row *row __attribute__((unused)),                  \
			 const struct sheet_column *column __attribute__((unused)), struct sheet_cell *cell)

static inline void set_text(struct sheet_cell *cell, const char *text)
{
	cell->text = text ? text : "";
}

static inline void set_shape(struct sheet_cell *cell, struct fc_shape shape)
{
	fc_str_addf(cell->owned, OP_SHAPE_FORMAT, OP_SHAPE_VALUES(shape));
}

static inline void set_ratio(struct sheet_cell *cell, uint64_t flops, uint64_t bytes)
{
	cell->missing = !bytes;
	cell->real = bytes ? (double)flops / (double)bytes : 0;
}

#endif
