/* Two networks side by side: which layer of the one is which of the other. */
#ifndef ANALYZER_DIFF_H
#define ANALYZER_DIFF_H

#include "analyze.h"

enum diff_status { DIFF_EQUAL, DIFF_CHANGED, DIFF_REMOVED, DIFF_ADDED, DIFF_STATUS_COUNT };

/* A layer of the first network, of the second, or one of both that is the same. */
struct diff_row {
	const struct layer *side[2]; /* NULL: it has none */
	enum diff_status status;
};

struct diff {
	int count;
	struct diff_row *rows; /* in the order of both, what only the first has before what only the second has */
	int status[DIFF_STATUS_COUNT]; /* how many rows of each */
};

/*
 * Layers are matched by what they have in common (diff_match.h). A pair is equal when arguments, output, parameters and charge
 * are, whatever it is called. Rows live in the arena.
 */
void fc_diff(const struct analysis *a, const struct analysis *b, struct fc_arena *arena, struct diff *diff);

/* -------- rows and columns: diff_columns.c, diff_totals.c -------- */

/* A quantity of a whole network. A row with a NULL name ends the table. */
struct diff_total {
	const char *name; /* in JSON */
	const char *text;
	enum sheet_unit unit;
	unsigned needs;
	size_t offset; /* in struct analysis: 64 bits, of UNIT_TIME a double */
};

extern const struct diff_total diff_totals[];
extern const struct sheet_column diff_layer_columns[], diff_total_columns[];

uint64_t diff_total_count(const struct analysis *a, const struct diff_total *total);
double diff_total_number(const struct analysis *a, const struct diff_total *total);

const char *fc_diff_status_name(enum diff_status status);

#endif
