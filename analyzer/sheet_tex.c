/* LaTeX tables with rules of the package booktabs; long ones break over pages. */
#include <string.h>

#include "sheet.h"

#define PAGE_ROWS 40 /* more do not fit a page */

static const char *escape(char c)
{
	static const struct {
		char c;
		const char *tex;
	} escapes[] = {
		{ '&', "\\&" },
		{ '%', "\\%" },
		{ '$', "\\$" },
		{ '#', "\\#" },
		{ '_', "\\_" },
		{ '{', "\\{" },
		{ '}', "\\}" },
		{ '~', "\\textasciitilde{}" },
		{ '^', "\\textasciicircum{}" },
		{ '\\', "\\textbackslash{}" },
		{ '<', "\\textless{}" },
		{ '>', "\\textgreater{}" },
	};

	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
		if (escapes[i].c == c)
			return escapes[i].tex;
	return NULL;
}

static void add_escaped(struct fc_str *out, const char *text)
{
	for (; *text; text++) {
		const char *const tex = escape(*text);

		if (tex)
			fc_str_add(out, tex);
		else
			fc_str_addc(out, *text);
		/* Two hyphens would become a dash. */
		if (text[0] == '-' && text[1] == '-')
			fc_str_add(out, "{}");
	}
}

/* The blank between a number and its prefix is a narrow one that does not break. */
static void add_cell(struct fc_str *out, const struct sheet_column *column, const char *text)
{
	const char *const blank = strchr(text, ' ');

	if (!blank || fc_sheet_left(column)) {
		add_escaped(out, text);
		return;
	}
	fc_str_addn(out, text, (size_t)(blank - text));
	fc_str_add(out, "\\,");
	add_escaped(out, blank + 1);
}

static void write_row(struct fc_str *out, const struct sheet *sheet, int row)
{
	struct fc_str text = { 0 };
	const struct sheet_column *column;
	bool first = true;

	for (int index = -1; (column = fc_sheet_next(sheet, &index));) {
		if (column->unit == UNIT_BAR)
			continue;
		fc_str_add(out, first ? "  " : " & ");
		first = false;
		fc_str_clear(&text);
		if (row < 0) {
			add_escaped(out, column->heading);
			continue;
		}
		fc_sheet_text(sheet, row, column, &text);
		if (text.length)
			add_cell(out, column, text.text);
	}
	fc_str_add(out, " \\\\\n");
	fc_str_release(&text);
}

static void write_columns(struct fc_str *out, const struct sheet *sheet)
{
	const struct sheet_column *column;

	for (int index = -1; (column = fc_sheet_next(sheet, &index));)
		if (column->unit != UNIT_BAR)
			fc_str_add(out, column->wide ? "p{0.4\\textwidth}" : fc_sheet_left(column) ? "l" : "r");
}

static void write_sheet(struct fc_str *out, const struct sheet *sheet)
{
	const char *const environment = sheet->row_count > PAGE_ROWS ? "longtable" : "tabular";

	fc_str_addf(out, "\\begin{%s}{", environment);
	write_columns(out, sheet);
	fc_str_add(out, "}\n  \\toprule\n");
	write_row(out, sheet, -1);
	fc_str_add(out, "  \\midrule\n");
	/* The head, again on every page. */
	if (sheet->row_count > PAGE_ROWS)
		fc_str_add(out, "  \\endhead\n");
	for (int row = 0; row < sheet->row_count; row++) {
		if (sheet->sum_rows && row == sheet->row_count - sheet->sum_rows)
			fc_str_add(out, "  \\midrule\n");
		write_row(out, sheet, row);
	}
	fc_str_addf(out, "  \\bottomrule\n\\end{%s}\n\n", environment);
}

static void write_title(struct fc_str *out, const char *text)
{
	fc_str_add(out, "\\paragraph{");
	add_escaped(out, text);
	fc_str_add(out, "}\n");
}

static void write_line(struct fc_str *out, const char *text)
{
	add_escaped(out, text);
	fc_str_add(out, "\n\n");
}

static void begin(struct fc_str *out)
{
	fc_str_add(out, "% needs \\usepackage{booktabs,longtable}\n");
}

static void end(struct fc_str *out)
{
	while (out->length > 1 && out->text[out->length - 1] == '\n' && out->text[out->length - 2] == '\n')
		out->text[--out->length] = 0;
}

const struct sheet_format fc_sheet_tex = { "tex", begin, write_title, write_line, write_sheet, end };
