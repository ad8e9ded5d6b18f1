#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "report_draw_study.h"

#include "../../report/document.h"

static bool overlap(struct fc_box a, struct fc_box b)
{
	return fc_box_meets((struct fc_box){ a.x + 0.02, a.y + 0.02, a.w - 0.04, a.h - 0.04 }, b);
}

static size_t count_texts(const struct fc_canvas *page, const char *text)
{
	size_t count = 0;

	for (size_t i = 0; i < page->mark_count; i++)
		count += page->marks[i].kind == FC_MARK_TEXT && strcmp(page->marks[i].as.text.text, text) == 0;
	return count;
}

/* Lines of a text put together again are the text; none is too wide. */
static void lines_hold_the_words(void **state)
{
	const struct fc_type type = { .size = 10 };
	const char *text = "one two " FC_BOLD "three four" FC_BOLD " five-six seven" FC_ITALIC "eight" FC_ITALIC
			   ", nine " FC_LINK "there" FC_LINK_TEXT "ten eleven" FC_LINK " twelve";
	struct fc_arena arena;

	(void)state;
	fc_arena_init(&arena);
	for (int width = 60; width < 400; width += 7) {
		const struct fc_lines lines = fc_lines_break(&arena, &fc_metrics_fixed, &type, text, width);
		struct fc_str all = { 0 };
		bool linked = false;

		for (int i = 0; i < lines.count; i++) {
			double end = -1;

			assert_true(lines.lines[i].count > 0 && lines.lines[i].width <= width + 1e-6);
			for (int k = 0; k < lines.lines[i].count; k++) {
				const struct fc_piece *piece = &lines.lines[i].pieces[k];

				assert_true(piece->x >= end - 1e-6);
				if (k ? piece->x > end + 1 : i > 0)
					fc_str_addc(&all, ' ');
				fc_str_add(&all, piece->text);
				linked = linked || (piece->link && strcmp(piece->link, "there") == 0);
				end = piece->x + piece->width;
			}
		}
		for (char *p = all.text; *p; p++)
			assert_false((unsigned char)*p < ' ');
		assert_string_equal(all.text, "one two three four five-six seveneight, nine ten eleven twelve");
		assert_true(linked);
		fc_str_release(&all);
	}
	assert_int_equal(fc_lines_break(&arena, &fc_metrics_fixed, &type, "", 100).count, 0);
	/* A word wider than the line is cut, whatever it is made of. */
	assert_int_equal(fc_lines_break(&arena, &fc_metrics_fixed, &type,
					"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9", 15)
				 .count,
			 2);
	fc_arena_release(&arena);
}

static struct fc_canvas *pages_of(struct fc_galley *galley, int *count)
{
	const struct fc_furniture furniture = { "left", "right", "foot" };
	struct fc_canvas *pages;

	*count = fc_galley_pages(galley, &furniture, &pages);
	return pages;
}

static void release_pages(struct fc_canvas *pages, int count)
{
	for (int i = 0; i < count; i++)
		fc_canvas_release(&pages[i]);
	free(pages);
}

/* However long the paragraphs, no page begins with the last line of one or ends with the first of one. */
static void no_line_stands_alone(void **state)
{
	(void)state;
	for (int words = 20; words < 60; words++) {
		const struct fc_setting setting = {
			.type = { .size = 10 }, .leading = 14, .x = 100, .width = 200, .before = 6
		};
		struct fc_galley galley;
		struct fc_canvas *pages;
		int count;

		fc_galley_init(&galley, &fc_metrics_fixed, fc_style_at(0));
		for (int p = 0; p < 30; p++) {
			struct fc_str text = { 0 };

			fc_str_addf(&text, "first%d", p);
			for (int w = 0; w < words + p; w++)
				fc_str_addf(&text, " word%c", w % 11 ? 's' : ' ');
			fc_str_addf(&text, " and the end of paragraph last%d", p);
			fc_galley_text(&galley, &setting, text.text);
			fc_str_release(&text);
		}
		pages = pages_of(&galley, &count);
		assert_true(count > 3);
		for (int i = 0; i < count; i++) {
			const char *first = NULL, *last = NULL;

			for (size_t m = 0; m < pages[i].mark_count; m++) {
				const struct fc_mark *mark = &pages[i].marks[m];

				if (mark->kind != FC_MARK_TEXT || mark->as.text.x != 100)
					continue;
				first = first ? first : mark->as.text.text;
				last = mark->as.text.text;
			}
			assert_non_null(first);
			assert_null(strstr(first, "last"));
			assert_true(i == count - 1 || strncmp(last, "first", 5) != 0);
		}
		release_pages(pages, count);
		fc_galley_release(&galley);
	}
}

static void long_tables_repeat_their_header(void **state)
{
	static const struct fc_column columns[] = {
		{ .name = "a", .header = "Alpha" },
		{ .name = "b", .header = "Beta", .unit = "ms", .align = FC_ALIGN_RIGHT, .format = FC_FORMAT_COUNT },
	};
	struct fc_table table;
	struct fc_galley galley;
	struct fc_arena arena;
	struct fc_canvas *pages;
	int count;

	(void)state;
	fc_arena_init(&arena);
	fc_table_init(&table, &arena, "tab-1-x", "A table.", columns, 2);
	for (int i = 0; i < 200; i++) {
		struct fc_cell *cells = fc_table_add_row(&table);

		cells[0] = fc_cell_text(fc_arena_printf(&arena, "row %d", i));
		cells[1] = i % 7 ? fc_cell_count(1000u * (unsigned)i) : fc_cell_number(NAN);
	}
	fc_table_add_note(&table, "A note.");
	fc_galley_init(&galley, &fc_metrics_fixed, fc_style_at(0));
	fc_galley_table(&galley, &table, "Table 1", "A table.");
	pages = pages_of(&galley, &count);
	assert_in_range(count, 4, 6);
	for (int i = 0; i < count; i++) {
		assert_int_equal(count_texts(&pages[i], "Alpha"), 1);
		assert_int_equal(count_texts(&pages[i], "(ms)"), 1);
		assert_int_equal(count_texts(&pages[i], "Table 1, continued"), i > 0);
	}
	for (int i = 0; i < 200; i++) {
		char text[32];
		size_t found = 0;

		snprintf(text, sizeof text, "row %d", i);
		for (int p = 0; p < count; p++)
			found += count_texts(&pages[p], text);
		assert_int_equal(found, 1);
	}
	assert_int_equal(count_texts(&pages[count - 1], "A note."), 1);
	release_pages(pages, count);
	fc_galley_release(&galley);
	fc_arena_release(&arena);
}

static void check_page(const struct fc_canvas *page, int number, int count)
{
	char text[32];

	snprintf(text, sizeof text, "%d of %d", number, count);
	assert_int_equal(count_texts(page, text), 1);
	for (size_t i = 0; i < page->label_count; i++) {
		const struct fc_box box = page->labels[i];

		if (box.x < 50 || box.x + box.w > page->width - 50 || box.y < 30 || box.y + box.h > page->height - 30)
			fail_msg("page %d: a text leaves the page's margins: %g %g %g %g", number, box.x, box.y,
				 box.w, box.h);
		for (size_t k = 0; k < i; k++) {
			if (overlap(box, page->labels[k]))
				fail_msg("page %d: a text lies on another at %g %g", number, box.x, box.y);
		}
	}
}

/* Links lead somewhere. */
static void check_links(const struct fc_document *document)
{
	for (int i = 0; i < document->page_count; i++) {
		for (size_t k = 0; k < document->pages[i].place_count; k++) {
			const struct fc_place *link = &document->pages[i].places[k];
			int found = 0;

			if (strcmp(link->kind, "link") != 0)
				continue;
			for (int p = 0; p < document->page_count; p++) {
				for (size_t t = 0; t < document->pages[p].place_count; t++)
					found += strcmp(document->pages[p].places[t].kind, "target") == 0 &&
						 strcmp(document->pages[p].places[t].name, link->name) == 0;
			}
			assert_int_equal(found, 1);
		}
	}
}

static void reports_of_all_kinds_are_set(void **state)
{
	static const int sizes[][2] = { { 0, 1 }, { 1, 1 }, { 2, 9 }, { 5, 30 }, { 50, 3 } };

	(void)state;
	for (int flavour = 0; flavour < DRAW_FLAVOURS; flavour++) {
		for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
			struct fc_style style = *fc_style_at((int)size);
			struct fc_document document;
			struct fc_study study;
			struct fc_error err;

			if (size % 2)
				assert_int_equal(fc_style_set_paper(&style, "letter", &err), 0);
			draw_study(&study, sizes[size][0], sizes[size][1], 11 * size, (enum draw_flavour)flavour);
			if (fc_document_build(&document, &study, &style, &fc_metrics_fixed, &err))
				fail_msg("%s", err.text);
			assert_true(document.page_count >= 1);
			for (int i = 0; i < document.page_count; i++) {
				assert_float_equal(document.pages[i].width, style.page_width, 1e-9);
				check_page(&document.pages[i], i + 1, document.page_count);
			}
			check_links(&document);
			fc_document_release(&document);
			fc_study_release(&study);
		}
	}
}

static void unknown_styles_and_papers_are_refused(void **state)
{
	struct fc_style style = *fc_style_at(0);
	struct fc_error err;

	(void)state;
	assert_null(fc_style_find("comic", &err));
	assert_non_null(strstr(err.text, "ieee"));
	assert_int_equal(fc_style_set_paper(&style, "a5", &err), -1);
	assert_float_equal(fc_style_find("ieee", &err)->width, 252, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_hold_the_words),
		cmocka_unit_test(no_line_stands_alone),
		cmocka_unit_test(long_tables_repeat_their_header),
		cmocka_unit_test(reports_of_all_kinds_are_set),
		cmocka_unit_test(unknown_styles_and_papers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
