#include "flopclock/csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/file.h"

struct reader {
	struct fc_arena *arena;
	struct fc_csv_table *table;
	struct fc_error *err;
	const char **row;	/* cells of the row being read */
	int cells, room;
	size_t capacity;	/* of table->cells, in rows */
	size_t line;
	bool failed;
};

static void fail(struct reader *reader, const char *what)
{
	if (!reader->failed)
		fc_fail(reader->err, "%s:%zu: %s", reader->table->path, reader->line, what);
	reader->failed = true;
}

static void on_cell(void *data, size_t length, void *user)
{
	struct reader *reader = user;

	if (reader->failed)
		return;
	if (length && memchr(data, 0, length)) {
		reader->line++;
		fail(reader, "found a NUL byte in a cell");
		return;
	}
	if (reader->cells == reader->room) {
		reader->room = reader->room ? reader->room * 2 : 32;
		reader->row = fc_realloc(reader->row, (size_t)reader->room, sizeof(*reader->row));
	}
	reader->row[reader->cells++] = length ? fc_arena_strndup(reader->arena, data, length) : "";
}

static void keep_header(struct reader *reader)
{
	struct fc_csv_table *table = reader->table;

	if (!reader->cells) {
		fail(reader, "the header is empty");
		return;
	}
	table->columns = reader->cells;
	table->header = FC_NEW_ARRAY(reader->arena, const char *, reader->cells);
	memcpy(table->header, reader->row, (size_t)reader->cells * sizeof(*reader->row));
	for (int i = 0; i < reader->cells; i++)
		if (!*table->header[i])
			fail(reader, "found a column without a name in the header");
}

static void on_row(int terminator, void *user)
{
	struct reader *reader = user;
	struct fc_csv_table *table = reader->table;
	const size_t columns = (size_t)table->columns;

	(void)terminator;
	reader->line++;
	if (reader->failed)
		return;
	if (!table->header) {
		keep_header(reader);
	} else if (reader->cells != table->columns) {
		fc_fail(reader->err, "%s:%zu: found %d cells where the header has %d", table->path, reader->line,
			reader->cells, table->columns);
		reader->failed = true;
	} else {
		if (table->rows == reader->capacity) {
			reader->capacity = reader->capacity ? reader->capacity * 2 : 256;
			table->cells = fc_realloc(table->cells, reader->capacity * columns, sizeof(*table->cells));
		}
		memcpy(table->cells + table->rows * columns, reader->row, columns * sizeof(*reader->row));
		table->rows++;
	}
	reader->cells = 0;
}

static int parse(struct reader *reader, const char *data, size_t size)
{
	struct csv_parser parser;
	int rc = 0;

	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL))
		return fc_fail(reader->err, "%s: the CSV reader did not start", reader->table->path);
	if (size >= 3 && !memcmp(data, "\xEF\xBB\xBF", 3)) {
		data += 3;
		size -= 3;
	}
	/* libcsv says success at the end even when it stopped early: only the consumed length tells. */
	if (csv_parse(&parser, data, size, on_cell, on_row, reader) != size) {
		reader->line++;
		fail(reader, csv_strerror(csv_error(&parser)));
	} else if (csv_fini(&parser, on_cell, on_row, reader)) {
		reader->line++;
		fail(reader, "the file ends inside a quoted cell");
	}
	if (reader->failed)
		rc = -1;
	else if (size && data[size - 1] != '\n')
		rc = fc_fail(reader->err, "%s: the last line has no end: the file was cut off", reader->table->path);
	else if (!reader->table->header)
		rc = fc_fail(reader->err, "%s: the file is empty", reader->table->path);
	csv_free(&parser);
	return rc;
}

int fc_csv_read(const char *path, size_t limit, struct fc_arena *arena, struct fc_csv_table *table,
		struct fc_error *err)
{
	struct reader reader = { .arena = arena, .table = table, .err = err };
	const char **cells;
	char *data;
	size_t size;
	int rc;

	*table = (struct fc_csv_table){ .path = fc_arena_strdup(arena, path) };
	if (fc_file_read(path, limit, &data, &size, err))
		return -1;
	rc = parse(&reader, data, size);
	free(data);
	free(reader.row);
	cells = table->cells;
	table->cells = FC_NEW_ARRAY(arena, const char *, table->rows * (size_t)table->columns + 1);
	if (cells)
		memcpy(table->cells, cells, table->rows * (size_t)table->columns * sizeof(*cells));
	free(cells);
	return rc;
}

int fc_csv_column(const struct fc_csv_table *table, const char *name)
{
	for (int i = 0; i < table->columns; i++)
		if (!strcmp(table->header[i], name))
			return i;
	return -1;
}
