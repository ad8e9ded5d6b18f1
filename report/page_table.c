/*
 * Tables as books have them: three rules, no vertical lines, columns as wide as they need to be. Where that is too
 * wide, text is broken into lines, names of layers are shortened, and at last the type is made smaller.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"
#include "palette.h"

#define WHOLE_ROWS 20	/* tables up to this many rows are kept on one page */

struct column {
	double width, x;	/* x: left end */
	bool text;		/* can be broken or shortened */
};

struct sheet {
	struct fc_galley *galley;
	const struct fc_table *table;
	struct column *columns;
	struct fc_type type;
	double leading, gap, left, right;
	bool whole_headers;	/* in one line, the unit below */
};

static const char *shown(const struct sheet *s, size_t row, int column)
{
	struct fc_arena *arena = &s->galley->canvas.arena;
	char buffer[FC_CELL_SIZE];
	const char *text = fc_text_clean(arena, fc_table_show(s->table, row, column, buffer));
	char *copy, *to;

	if (fc_table_cell(s->table, row, column)->kind == FC_CELL_TEXT)
		return text;
	if (!*text)
		return "\xE2\x80\x93";
	/* Blanks between groups of digits are thin ones here. */
	to = copy = fc_arena_alloc(arena, 3 * strlen(text) + 1, 1);
	for (; *text; text++) {
		if (*text == ' ') {
			memcpy(to, "\xE2\x80\x89", 3);
			to += 3;
		} else {
			*to++ = *text;
		}
	}
	return copy;
}

static struct fc_type type_of(const struct sheet *s, int column)
{
	struct fc_type type = s->type;

	if (s->table->columns[column].code) {
		type.face = FC_FACE_CODE;
		type.size *= 0.9;
	}
	return type;
}

static double width_of(const struct sheet *s, const struct fc_type *type, const char *text)
{
	return fc_text_width(s->galley->canvas.metrics, type, text);
}

/* The unit of a header, and the header in one line or its widest word: what the column needs at least. */
static double header_width(const struct sheet *s, int column)
{
	const struct fc_column *c = &s->table->columns[column];
	struct fc_arena *arena = &s->galley->canvas.arena;
	double width = c->unit ? width_of(s, &s->type, fc_arena_printf(arena, "(%s)", c->unit)) : 0;

	if (s->whole_headers)
		return fmax(width, width_of(s, &s->type, c->header));
	for (const char *at = c->header; *at; ) {
		const size_t length = strcspn(at, " ");

		width = fmax(width, width_of(s, &s->type, fc_arena_strndup(arena, at, length)));
		at += length + strspn(at + length, " ");
	}
	return width;
}

static bool same_group(const struct fc_table *table, int a, int b)
{
	const char *x = table->columns[a].group, *y = table->columns[b].group;

	return x && y && strcmp(x, y) == 0;
}

/* The last column of the group that starts at a column. */
static int group_end(const struct fc_table *table, int column)
{
	while (column + 1 < table->column_count && same_group(table, column, column + 1))
		column++;
	return column;
}

static void natural_widths(struct sheet *s)
{
	const struct fc_table *table = s->table;

	for (int c = 0; c < table->column_count; c++) {
		const struct fc_type type = type_of(s, c);

		s->columns[c].text =
			table->columns[c].format == FC_FORMAT_TEXT && table->columns[c].align == FC_ALIGN_LEFT;
		s->columns[c].width = header_width(s, c);
		for (size_t row = 0; row < table->row_count; row++)
			s->columns[c].width = fmax(s->columns[c].width, width_of(s, &type, shown(s, row, c)));
	}
	for (int c = 0; c < table->column_count; c = group_end(table, c) + 1) {
		const int end = group_end(table, c);
		double wide = (end - c) * s->gap;

		for (int k = c; k <= end; k++)
			wide += s->columns[k].width;
		if (table->columns[c].group)
			s->columns[end].width += fmax(0, width_of(s, &s->type, table->columns[c].group) - wide);
	}
}

static double total_width(const struct sheet *s)
{
	double sum = (s->table->column_count - 1) * s->gap;

	for (int c = 0; c < s->table->column_count; c++)
		sum += s->columns[c].width;
	return sum;
}

/* Makes the widest text columns narrower, the widest first, until all fit or none is wider than `least`. */
static void narrow(struct sheet *s, double available, double least)
{
	double excess;

	while ((excess = total_width(s) - available) > 0.01) {
		double widest = 0, second = least;
		int count = 0;

		for (int c = 0; c < s->table->column_count; c++) {
			const double width = s->columns[c].text ? s->columns[c].width : 0;

			if (width > widest + 0.01) {
				second = fmax(second, widest);
				widest = width;
				count = 1;
			} else if (width > widest - 0.01) {
				count += width > 0;
			} else {
				second = fmax(second, width);
			}
		}
		if (widest <= least + 0.01 || count == 0)
			return;
		for (int c = 0; c < s->table->column_count; c++) {
			if (s->columns[c].text && s->columns[c].width > widest - 0.01)
				s->columns[c].width = fmax(fmax(second, least), widest - excess / count);
		}
	}
}

static void set_widths(struct sheet *s)
{
	const struct fc_galley *galley = s->galley;
	const double all = galley->right - galley->left, body = galley->right - galley->body;
	double wide;

	for (int step = 0; step < 5; step++) {
		static const struct { double size, gap; bool whole; } steps[] = {
			{ 8.5, 13, true }, { 8.5, 9, true }, { 8.5, 8, false }, { 7.6, 8, false }, { 6.8, 6, false },
		};

		s->whole_headers = steps[step].whole;
		s->type = (struct fc_type){ .size = steps[step].size };
		s->gap = steps[step].gap;
		s->leading = 1.32 * s->type.size;
		natural_widths(s);
		narrow(s, all, 90);
		if (total_width(s) <= all + 0.1)
			break;
	}
	narrow(s, all, 30);
	wide = total_width(s);
	/* Nothing helped (very many columns): every column gets its part, and its cells are shortened. */
	for (int c = 0; c < s->table->column_count && wide > all + 0.1; c++)
		s->columns[c].width *= (all - (s->table->column_count - 1) * s->gap) /
				       (wide - (s->table->column_count - 1) * s->gap);
	wide = fmin(wide, all);
	s->left = wide <= body ? galley->body : galley->left;
	/* A table nearly as wide as the text becomes as wide as the text. */
	if (wide > 0.55 * (galley->right - s->left) && s->table->column_count > 1)
		s->gap = fmin(36, s->gap + (galley->right - s->left - wide) / (s->table->column_count - 1));
	for (int c = 0; c < s->table->column_count; c++)
		s->columns[c].x = c ? s->columns[c - 1].x + s->columns[c - 1].width + s->gap : s->left;
	s->right = s->columns[s->table->column_count - 1].x + s->columns[s->table->column_count - 1].width;
}

static struct fc_lines cell_lines(const struct sheet *s, size_t row, int column)
{
	struct fc_canvas *canvas = &s->galley->canvas;
	const struct fc_type type = type_of(s, column);
	const bool one = !s->columns[column].text || s->table->columns[column].code;
	const double width = s->columns[column].width;
	/* Broken lines are not full, so that a text of three widths needs about four. */
	const char *text = fc_text_fit(&canvas->arena, canvas->metrics, &type, shown(s, row, column),
				       (one ? 1 : 3) * width + 0.1);

	return fc_lines_break(&canvas->arena, canvas->metrics, &type, text, width + 0.2);
}

static void draw_lines(const struct sheet *s, const struct fc_lines *lines, int column, double top)
{
	const struct column *c = &s->columns[column];
	const bool right = s->table->columns[column].align == FC_ALIGN_RIGHT;
	const double base = (s->leading + 0.52 * s->type.size) / 2;

	for (int i = 0; i < lines->count; i++)
		fc_line_draw(&s->galley->canvas, &lines->lines[i], right ? FC_ANCHOR_RIGHT : FC_ANCHOR_LEFT,
			     right ? c->x + c->width : c->x, top + base + i * s->leading, FC_BLACK);
}

static void rule(const struct sheet *s, double from, double to, double y, double width)
{
	const struct fc_ink ink = { FC_NO_COLOUR, FC_BLACK, width, FC_DASH_SOLID };

	fc_canvas_line(&s->galley->canvas, from, y, to, y, &ink);
}

/* Spanning headers with a thin rule below; returns the height that they take. */
static double draw_groups(const struct sheet *s, double top)
{
	const struct fc_table *table = s->table;
	struct fc_canvas *canvas = &s->galley->canvas;
	bool any = false;

	for (int c = 0; c < table->column_count; c = group_end(table, c) + 1) {
		const int end = group_end(table, c);
		const double from = s->columns[c].x, to = s->columns[end].x + s->columns[end].width;
		struct fc_label label = { .type = s->type, .anchor = FC_ANCHOR_MIDDLE, .x = (from + to) / 2,
					  .y = top + (s->leading + 0.52 * s->type.size) / 2 };

		if (!table->columns[c].group)
			continue;
		any = true;
		label.text =
			fc_text_fit(&canvas->arena, canvas->metrics, &s->type, table->columns[c].group, to - from);
		fc_canvas_text(canvas, &label);
		rule(s, from, to, top + s->leading + 1.5, 0.35);
	}
	return any ? s->leading + 3.5 : 0;
}

/* The unit has a line of its own. */
static struct fc_lines header_lines(const struct sheet *s, int column)
{
	struct fc_canvas *canvas = &s->galley->canvas;
	const struct fc_column *c = &s->table->columns[column];
	const double width = s->columns[column].width + 0.2;
	struct fc_lines lines = fc_lines_break(&canvas->arena, canvas->metrics, &s->type, c->header, width), unit;
	struct fc_line *all;

	if (!c->unit)
		return lines;
	unit = fc_lines_break(&canvas->arena, canvas->metrics, &s->type,
			      fc_arena_printf(&canvas->arena, "(%s)", c->unit), width);
	all = FC_NEW_ARRAY(&canvas->arena, struct fc_line, lines.count + unit.count);
	for (int i = 0; i < lines.count + unit.count; i++)
		all[i] = i < lines.count ? lines.lines[i] : unit.lines[i - lines.count];
	return (struct fc_lines){ all, lines.count + unit.count };
}

static int draw_header(const struct sheet *s)
{
	struct fc_galley *galley = s->galley;
	double top = galley->y + 3.5;
	int most = 1;

	fc_block_begin(galley, 0)->keep = true;
	rule(s, s->left, s->right, galley->y, 0.8);
	top += draw_groups(s, top);
	for (int c = 0; c < s->table->column_count; c++) {
		const int count = header_lines(s, c).count;

		most = count > most ? count : most;
	}
	for (int c = 0; c < s->table->column_count; c++) {
		const struct fc_lines lines = header_lines(s, c);

		/* Headers stand on their last line. */
		draw_lines(s, &lines, c, top + (most - lines.count) * s->leading);
	}
	top += most * s->leading + 2.5;
	rule(s, s->left, s->right, top, 0.5);
	fc_block_end(galley, top + 3 - galley->y);
	return galley->block_count - 1;
}

static void draw_row(const struct sheet *s, size_t row, int header)
{
	struct fc_galley *galley = s->galley;
	struct fc_block *block = fc_block_begin(galley, 0);
	const size_t count = s->table->row_count;
	int most = 1;

	for (int c = 0; c < s->table->column_count; c++) {
		const struct fc_lines lines = cell_lines(s, row, c);

		draw_lines(s, &lines, c, galley->y);
		most = lines.count > most ? lines.count : most;
	}
	block->header = header;
	/* The first rows stay with the header, the last ones together and with the rule and the notes. */
	block->keep = count <= WHOLE_ROWS || row < 2 || row + 3 >= count;
	fc_block_end(galley, most * s->leading + (most > 1 ? 2 : 0.6));
}

static void draw_notes(const struct sheet *s)
{
	const struct fc_table *table = s->table;
	struct fc_galley *galley = s->galley;
	const struct fc_setting setting = {
		.type = { .size = 7.8 }, .colour = FC_GREY_TEXT, .leading = 10.2, .x = s->left,
		.width = fmax(s->right, galley->right) - s->left, .before = 0,
	};
	const int first = galley->block_count;
	struct fc_str text = { 0 };

	for (int i = 0; i < table->note_count; i++)
		fc_str_addf(&text, "%s%s", i ? " " : "", fc_text_clean(&galley->canvas.arena, table->notes[i]));
	if (text.length)
		fc_galley_text(galley, &setting, text.text);
	/* Notes are read with their table: all of them on its page. */
	for (int i = first; i + 1 < galley->block_count; i++)
		galley->blocks[i].keep = true;
	fc_str_release(&text);
	if (first < galley->block_count)
		galley->blocks[galley->block_count - 1].keep = true;
}

/* Stands in front of the header where a page begins inside the table, and nowhere else. */
static void draw_continued(const struct sheet *s, const char *name)
{
	struct fc_galley *galley = s->galley;
	const struct fc_label label = { .text = fc_arena_printf(&galley->canvas.arena, "%s, continued", name),
					.type = { .size = 8.5, .italic = true }, .colour = FC_GREY_TEXT,
					.x = s->left, .y = galley->y + 8.5 };
	struct fc_block *block = fc_block_begin(galley, 0);

	block->hidden = block->keep = true;
	fc_canvas_text(&galley->canvas, &label);
	fc_block_end(galley, 15);
}

void fc_galley_table(struct fc_galley *galley, const struct fc_table *table, const char *name, const char *title)
{
	struct sheet s = { .galley = galley, .table = table };
	struct fc_setting caption = {
		.type = { .size = 8.5 }, .colour = FC_BLACK, .leading = 11.5, .before = 16, .keep = true
	};
	struct fc_block *block;
	int first, header;

	s.columns = FC_NEW_ARRAY(&galley->canvas.arena, struct column, table->column_count);
	set_widths(&s);
	caption.x = s.left;
	caption.width = galley->right - s.left;
	block = fc_block_begin(galley, caption.before);
	block->floats = table->row_count <= WHOLE_ROWS;
	first = galley->block_count - 1;
	fc_galley_target(galley, table->id);
	fc_block_end(galley, 0);
	caption.before = 0;
	fc_galley_text(galley, &caption,
		       fc_arena_printf(&galley->canvas.arena, FC_BOLD "%s." FC_BOLD " %s", name, title));
	for (int i = first; i < galley->block_count; i++)
		galley->blocks[i].keep = true;
	fc_block_begin(galley, 0)->keep = true;
	fc_block_end(galley, 4);
	draw_continued(&s, name);
	header = draw_header(&s) - 1;
	for (size_t row = 0; row < table->row_count; row++)
		draw_row(&s, row, row >= 2 ? header : -1);
	fc_block_begin(galley, 0)->keep = table->note_count > 0;
	rule(&s, s.left, s.right, galley->y + 2, 0.8);
	fc_block_end(galley, table->note_count ? 6 : 3);
	draw_notes(&s);
	fc_block_begin(galley, 0);
	fc_block_end(galley, 6);
}
