/* Tables: what a cell shows, and how hostile texts come through CSV, LaTeX, Markdown and a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "flopclock/csv.h"
#include "flopclock/file.h"
#include "../../report/table_write.h"
#include "../../report/template.h"

static const char *shown(enum fc_format format, int digits, double scale, struct fc_cell cell)
{
	static char buffer[FC_CELL_SIZE];
	const struct fc_column column = { .name = "c", .header = "c", .format = format, .digits = digits, .scale = scale };
	struct fc_table table;
	struct fc_arena arena;
	const char *text;

	fc_arena_init(&arena);
	fc_table_init(&table, &arena, "t", "T.", &column, 1);
	*fc_table_add_row(&table) = cell;
	text = fc_table_show(&table, 0, 0, buffer);
	if (text != buffer)
		snprintf(buffer, sizeof(buffer), "%s", text);
	fc_arena_release(&arena);
	return buffer;
}

static void cells_as_shown(void **state)
{
	(void)state;
	assert_string_equal(shown(FC_FORMAT_COUNT, 0, 0, fc_cell_count(0)), "0");
	assert_string_equal(shown(FC_FORMAT_COUNT, 0, 0, fc_cell_count(999)), "999");
	assert_string_equal(shown(FC_FORMAT_COUNT, 0, 0, fc_cell_count(61100840)), "61 100 840");
	assert_string_equal(shown(FC_FORMAT_COUNT, 0, 0, fc_cell_count(UINT64_MAX)), "18 446 744 073 709 551 615");
	assert_string_equal(shown(FC_FORMAT_FIXED, 2, 0, fc_cell_number(15.7)), "15.70");
	assert_string_equal(shown(FC_FORMAT_FIXED, 4, 1e-9, fc_cell_count(714206912)), "0.7142");
	assert_string_equal(shown(FC_FORMAT_FIXED, 2, 0, fc_cell_number(-0.001)), "0.00");
	assert_string_equal(shown(FC_FORMAT_FIXED, 2, 0, fc_cell_number(-0.01)), "-0.01");
	assert_string_equal(shown(FC_FORMAT_FIXED, 2, 0, fc_cell_number(1e300)), "1e+300");
	assert_string_equal(shown(FC_FORMAT_FIXED, 2, 0, fc_cell_number(INFINITY)), "inf");
	assert_string_equal(shown(FC_FORMAT_SIGNIFICANT, 3, 0, fc_cell_number(9.996)), "10.0");
	assert_string_equal(shown(FC_FORMAT_SIGNIFICANT, 3, 0, fc_cell_number(0.012345)), "0.0123");
	assert_string_equal(shown(FC_FORMAT_SIGNIFICANT, 3, 0, fc_cell_number(123456)), "123456");
	assert_string_equal(shown(FC_FORMAT_SIGNIFICANT, 3, 1e3, fc_cell_number(0.0005678)), "0.568");
	assert_string_equal(shown(FC_FORMAT_SIGNIFICANT, 3, 0, fc_cell_number(0)), "0");
	assert_string_equal(shown(FC_FORMAT_SIGNIFICANT, 3, 0, fc_cell_number(1.5e-7)), "1.5e-07");
	assert_string_equal(shown(FC_FORMAT_SIGNIFICANT, 3, 0, fc_cell_number(NAN)), "");
	assert_string_equal(shown(FC_FORMAT_TEXT, 0, 0, fc_cell_text(NULL)), "");
	assert_string_equal(shown(FC_FORMAT_TEXT, 0, 0, fc_cell_text("x y")), "x y");
}

static const char *const hostile[] = {
	"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "'quoted", "a\"b", "a,b", "two\nlines", "\ttab", "\rreturn",
	"größe 層 🙂", "\\input{/etc/passwd}", "a|b", "<script>", "%comment", "$x_1^2$", " blank ", "\x1b[31mred",
};

#define HOSTILE (sizeof(hostile) / sizeof(hostile[0]))

static void fill_hostile(struct fc_table *table, struct fc_arena *arena)
{
	static const struct fc_column columns[] = {
		{ .name = "layer", .header = "Layer", .code = true },
		{ .name = "n", .header = "n", .unit = "ms", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_COUNT,
		  .group = "Numbers" },
		{ .name = "x", .header = "x", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_FIXED, .digits = 1,
		  .group = "Numbers" },
	};

	fc_table_init(table, arena, "tab-h", "Hostile names.", columns, 3);
	for (size_t i = 0; i < HOSTILE; i++) {
		struct fc_cell *row = fc_table_add_row(table);

		row[0] = fc_cell_text(hostile[i]);
		row[1] = fc_cell_count(1234 + i);
		row[2] = fc_cell_number(-0.1 - (double)i);
	}
	fc_table_add_note(table, "A note with 100 %% and %s.", hostile[0]);
}

/* What is read back, less the mark, is what was written; and no cell begins like a formula. */
static void csv_is_safe_and_reversible(void **state)
{
	struct fc_csv_table csv;
	struct fc_table table;
	struct fc_str out = { 0 };
	struct fc_arena arena;
	struct fc_error err;

	(void)state;
	fc_arena_init(&arena);
	fill_hostile(&table, &arena);
	fc_table_csv(&table, &out);
	assert_int_equal(fc_file_write("h.csv", out.text, out.length, &err), 0);
	assert_int_equal(fc_csv_read("h.csv", 1 << 20, &arena, &csv, &err), 0);
	assert_int_equal(csv.rows, HOSTILE);
	for (size_t i = 0; i < HOSTILE; i++) {
		const char *cell = fc_csv_cell(&csv, i, 0);

		assert_null(strchr("=+-@\t\r", *cell));
		assert_string_equal(*cell == '\'' ? cell + 1 : cell, hostile[i]);
	}
	/* Numbers are numbers: a minus is no formula. */
	assert_string_equal(fc_csv_cell(&csv, 0, 1), "1234");
	assert_string_equal(fc_csv_cell(&csv, 0, 2), "-0.1");
	fc_str_release(&out);
	fc_arena_release(&arena);
}

static void fill_template(const char *name, const struct fc_table *table, struct fc_arena *arena, struct fc_str *out)
{
	const char *root = getenv("FC_ROOT");
	struct fc_templates templates;
	struct fc_error err;

	fc_templates_open(&templates, fc_arena_printf(arena, "%s/templates", root ? root : "."));
	if (fc_template_fill(&templates, name, fc_table_item(table, arena), out, &err))
		fail_msg("%s", err.text);
	fc_templates_close(&templates);
}

static int count_lines(const char *text)
{
	int lines = 0;

	for (; *text; text++)
		lines += *text == '\n';
	return lines;
}

static void latex_is_escaped(void **state)
{
	struct fc_table table;
	struct fc_str out = { 0 };
	struct fc_arena arena;

	(void)state;
	fc_arena_init(&arena);
	fill_hostile(&table, &arena);
	fill_template("table.tex", &table, &arena, &out);
	assert_non_null(strstr(out.text, "\\begin{tabular}{@{}lrr@{}}"));
	assert_non_null(strstr(out.text, "\\multicolumn{2}{c}{Numbers}"));
	assert_non_null(strstr(out.text, "\\cmidrule(lr){2-3}"));
	assert_non_null(strstr(out.text, "\\texttt{\\textbackslash{}input\\{/etc/passwd\\}} & 1\\,245 & -11.1 \\\\"));
	assert_non_null(strstr(out.text, "\\texttt{two lines}"));
	assert_non_null(strstr(out.text, "\\texttt{\\%comment}"));
	assert_null(strstr(out.text, "\\input{"));
	/* Comment, column line, rules, headers, units, rows, note: no name has added a line. */
	assert_int_equal(count_lines(out.text), 3 + 1 + 2 + 2 + 1 + (int)HOSTILE + 2 + 1);
	fc_str_release(&out);
	fc_arena_release(&arena);
}

static void markdown_is_escaped(void **state)
{
	struct fc_table table;
	struct fc_str out = { 0 };
	struct fc_arena arena;

	(void)state;
	fc_arena_init(&arena);
	fill_hostile(&table, &arena);
	fill_template("table.md", &table, &arena, &out);
	assert_non_null(strstr(out.text, "| Layer | Numbers: n (ms) | Numbers: x |\n|:--|--:|--:|\n"));
	assert_non_null(strstr(out.text, "| a\\|b | "));
	assert_non_null(strstr(out.text, "| &lt;script&gt; | "));
	assert_int_equal(count_lines(out.text), 2 + 2 + (int)HOSTILE + 2);
	fc_str_release(&out);
	fc_arena_release(&arena);
}

static void terminal_is_left_alone(void **state)
{
	struct fc_table table;
	struct fc_str out = { 0 };
	struct fc_arena arena;

	(void)state;
	fc_arena_init(&arena);
	fill_hostile(&table, &arena);
	fc_table_text(&table, &out);
	for (size_t i = 0; i < out.length; i++)
		assert_true((unsigned char)out.text[i] >= 0x20 || out.text[i] == '\n');
	fc_str_release(&out);
	fc_arena_release(&arena);
}

static void text_is_aligned(void **state)
{
	static const struct fc_column columns[] = {
		{ .name = "network", .header = "Network" },
		{ .name = "a", .header = "Time", .unit = "ms", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_FIXED, .digits = 1,
		  .group = "A long group title" },
		{ .name = "b", .header = "n", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_COUNT, .group = "A long group title" },
	};
	struct fc_table table;
	struct fc_str out = { 0 };
	struct fc_arena arena;
	struct fc_cell *row;

	(void)state;
	fc_arena_init(&arena);
	fc_table_init(&table, &arena, "t", "A title.", columns, 3);
	row = fc_table_add_row(&table);
	row[0] = fc_cell_text("Größe");
	row[1] = fc_cell_number(12.34);
	row[2] = fc_cell_count(12345);
	row = fc_table_add_row(&table);
	row[0] = fc_cell_text("x");
	fc_table_add_note(&table, "One note.");
	fc_table_text(&table, &out);
	assert_string_equal(out.text,
			    "A title.\n"
			    "───────────────────────────\n"
			    "         A long group title\n"
			    "Network  Time             n\n"
			    "         (ms)\n"
			    "───────────────────────────\n"
			    "Größe    12.3        12 345\n"
			    "x\n"
			    "───────────────────────────\n"
			    "One note.\n");
	fc_str_release(&out);
	fc_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_as_shown),
		cmocka_unit_test(csv_is_safe_and_reversible),
		cmocka_unit_test(latex_is_escaped),
		cmocka_unit_test(markdown_is_escaped),
		cmocka_unit_test(terminal_is_left_alone),
		cmocka_unit_test(text_is_aligned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
