/* Tables of Markdown as GitHub and pandoc read them. */
#include "sheet.h"

static void add_escaped(struct fc_str *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '|' || *text == '\\' || *text == '`' || *text == '*' || *text == '_' || *text == '<')
			fc_str_addc(out, '\\');
		fc_str_addc(out, *text);
	}
}

static void write_sheet(struct fc_str *out, const struct sheet *sheet)
{
	struct fc_str text = { 0 };
	const struct sheet_column *column;

	for (int index = -1; (column = fc_sheet_next(sheet, &index));)
		if (column->unit != UNIT_BAR)
			fc_str_addf(out, "| %s ", column->heading);
	fc_str_add(out, "|\n");
	for (int index = -1; (column = fc_sheet_next(sheet, &index));)
		if (column->unit != UNIT_BAR)
			fc_str_add(out, fc_sheet_left(column) ? "|---" : "|--:");
	fc_str_add(out, "|\n");
	for (int row = 0; row < sheet->row_count; row++) {
		for (int index = -1; (column = fc_sheet_next(sheet, &index));) {
			if (column->unit == UNIT_BAR)
				continue;
			fc_str_clear(&text);
			fc_sheet_text(sheet, row, column, &text);
			fc_str_add(out, "| ");
			if (text.length)
				add_escaped(out, text.text);
			fc_str_addc(out, ' ');
		}
		fc_str_add(out, "|\n");
	}
	fc_str_addc(out, '\n');
	fc_str_release(&text);
}

static void write_title(struct fc_str *out, const char *text)
{
	fc_str_add(out, "## ");
	add_escaped(out, text);
	fc_str_add(out, "\n\n");
}

static void write_line(struct fc_str *out, const char *text)
{
	add_escaped(out, text);
	fc_str_add(out, "\n\n");
}

static void nothing(struct fc_str *out)
{
	(void)out;
}

static void end(struct fc_str *out)
{
	while (out->length > 1 && out->text[out->length - 1] == '\n' && out->text[out->length - 2] == '\n')
		out->text[--out->length] = 0;
}

const struct sheet_format fc_sheet_markdown = { "md", nothing, write_title, write_line, write_sheet, end };
