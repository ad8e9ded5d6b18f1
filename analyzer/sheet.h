/*
 * Sheets: rows and columns that every text format prints. A column is a table row that says what it is called, in which
 * unit its cells are and how to get one; a format is a table row that says how a document looks.
 */
#ifndef ANALYZER_SHEET_H
#define ANALYZER_SHEET_H

#include <stdbool.h>
#include <stdint.h>

#include "flopclock/csv.h"
#include "flopclock/json.h"
#include "flopclock/str.h"

struct sheet_row;

enum sheet_unit {
	UNIT_TEXT,	/* left-aligned */
	UNIT_NUMBER_TEXT, /* right-aligned */
	UNIT_COUNT,	/* 1.814 G */
	UNIT_EXACT,	/* 1,814,073,344 */
	UNIT_BYTES,	/* 46.76 MB */
	UNIT_RATIO,	/* 12.3 */
	UNIT_FIXED,	/* 15.70 */
	UNIT_SHARE,	/* of 1, shown as percent */
	UNIT_BAR,	/* a share as a bar; only where text is */
	UNIT_FLAG,	/* a count that is 0 or 1: no or yes */
	UNIT_TIME,	/* seconds, shown as 12.3 ms */
};

/* What a column needs so that it is shown; a sheet says what there is. */
enum sheet_need {
	NEED_FORWARD = 1,		/* phases of an iteration */
	NEED_BACKWARD_DATA = 2,
	NEED_BACKWARD_WEIGHTS = 4,
	NEED_UPDATE = 8,
	NEED_TRAINING = 16,		/* the whole iteration */
	NEED_ALL = 32,			/* whatever there is to say: memory, what autograd keeps */
	NEED_PUBLISHED = 64,		/* the rule is the one of published tables */
	NEED_FLOOR = 128,		/* a device */
	NEED_RECOMPUTE = 256,
	NEED_SHADOWS = 512,		/* a second representation of parameters */
	NEED_RULE = 1024,		/* one rule */
	NEED_SETTINGS = 2048,		/* models that were told something */
	NEED_MACS = 4096,		/* what layers are charged is in MACs */
	NEED_FLOPS = 8192,		/* in FLOPs */
};

struct sheet_cell {
	bool missing;
	const char *text;	/* borrowed; UNIT_TEXT */
	struct fc_str *owned;	/* released by whoever asked for the cell; stands for text where not NULL */
	uint64_t count;
	double real;
};

struct sheet_column {
	const char *name;	/* csv, json: snake_case with unit */
	const char *heading;	/* table, md, tex; NULL: only in csv and json */
	enum sheet_unit unit;
	unsigned needs;		/* bits of enum sheet_need */
	bool only_text;		/* not in csv and json */
	bool blank_zero;	/* a 0 says nothing to people */
	bool key;		/* tells which rows belong together */
	bool wide;		/* text that breaks into lines where a format can do that */
	void (*get)(const struct sheet_row *row, const struct sheet_column *column, struct sheet_cell *cell);
	int phase;		/* for get */
	int offset;		/* for get */
};

/* A block of a document: a title, sentences, a table. */
struct sheet {
	const struct sheet_column *columns;	/* a row with a NULL name ends it */
	unsigned has;				/* bits of enum sheet_need */
	const struct sheet_row *rows;
	int row_count;
	int sum_rows;		/* how many of the last rows are sums, set apart by a line */
};

struct sheet_format {
	const char *name;
	void (*begin)(struct fc_str *out);
	void (*title)(struct fc_str *out, const char *text);
	void (*line)(struct fc_str *out, const char *text);	/* a sentence of its own */
	void (*sheet)(struct fc_str *out, const struct sheet *sheet);
	void (*end)(struct fc_str *out);
};

extern const struct sheet_format fc_sheet_table, fc_sheet_markdown, fc_sheet_tex;

/* One after the other the columns that a sheet shows; NULL behind the last. Start with -1. */
const struct sheet_column *fc_sheet_next(const struct sheet *sheet, int *index);

/* The text of a cell as people read it. */
void fc_sheet_text(const struct sheet *sheet, int row, const struct sheet_column *column, struct fc_str *out);

/* A cell as programs read it: exact, without prefixes. */
void fc_sheet_csv(const struct sheet_row *row, const struct sheet_column *column, struct fc_csv_writer *csv);
void fc_sheet_json(const struct sheet_row *row, const struct sheet_column *column, struct fc_json *json);

/* Some of the columns of a table, for a row that several tables make up. A row with NULL ends an array of them. */
struct sheet_part {
	const struct sheet_column *columns;
	bool only_keys;
};

/* Those of several tables that people see, as one table of at most `limit` rows with the one that ends it. */
void fc_sheet_join(const struct sheet_part *parts, struct sheet_column *columns, int limit);

/* A row of a csv; without `row` its names. */
void fc_sheet_csv_row(const struct sheet_part *parts, const struct sheet_row *row, unsigned has, struct fc_csv_writer *csv);

/* The cells of a row as members of the object that is open. */
void fc_sheet_json_members(const struct sheet_column *columns, const struct sheet_row *row, unsigned has, struct fc_json *json);

bool fc_sheet_left(const struct sheet_column *column);

/* "1.814 G": four digits and an SI prefix; exact below 10000. unit may be "". */
void fc_si(struct fc_str *out, uint64_t value, const char *unit);

/* "12.3 ms". */
void fc_sheet_time(struct fc_str *out, double seconds);

/* "1,814,073,344". */
void fc_grouped(struct fc_str *out, uint64_t value);

#endif
