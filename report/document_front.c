/* The first page: title, what was run on what, the answer, and what to know before believing it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "flopclock/version.h"

/* "2026-01-31T12:00:00Z" as people write it; anything else as it is. */
static const char *readable_date(struct fc_document *document, const char *date)
{
	static const char *const months[] = { "January", "February", "March",	  "April",   "May",	 "June",
					      "July",	 "August",   "September", "October", "November", "December" };
	int year, month, day, hour, minute, length = 0;

	if (!date || sscanf(date, "%4d-%2d-%2dT%2d:%2d:%*2dZ%n", &year, &month, &day, &hour, &minute, &length) != 5 ||
	    date[length] || length == 0 || month < 1 || month > 12)
		return fc_document_clean(document, date);
	return fc_arena_printf(&document->galley.canvas.arena, "%d %s %d, %02d:%02d UTC", day, months[month - 1],
			       year, hour, minute);
}

static void set_title(struct fc_document *document)
{
	struct fc_galley *galley = &document->galley;
	const struct fc_study *study = document->study;
	const double width = galley->right - galley->left;
	const struct fc_setting mark = { .type = { .size = 8.5, .bold = true }, .colour = FC_BLUE, .leading = 12,
					 .x = galley->left, .width = width };
	const struct fc_setting title = { .type = { .size = 23, .bold = true }, .colour = FC_BLACK, .leading = 28,
					  .x = galley->left, .width = width, .before = 3 };
	const struct fc_setting names = { .type = { .size = 11.5 }, .colour = FC_BLACK, .leading = 15.5,
					  .x = galley->left, .width = width, .before = 7 };
	const struct fc_setting facts = { .type = { .size = 8.5 }, .colour = FC_GREY_TEXT, .leading = 12,
					  .x = galley->left, .width = width, .before = 7 };
	struct fc_setting more = facts;

	more.before = 0;
	fc_galley_text(galley, &mark, "flopclock report");
	fc_galley_text(galley, &title, "Is running time proportional to FLOPs?");
	fc_galley_text(galley, &names,
		       fc_arena_printf(&galley->canvas.arena, "%s, trained and validated with every layer timed",
				       fc_document_names(document, 8)));
	fc_galley_text(galley, &facts, fc_document_clean(document, study->device));
	fc_galley_text(galley, &more, fc_document_clean(document, study->setting));
	fc_galley_text(galley, &more, fc_arena_printf(&galley->canvas.arena, "Runs finished %s",
						      readable_date(document, study->date)));
}

/* The answer in a box: one block, because a box is not cut. */
static void set_answer(struct fc_document *document)
{
	struct fc_galley *galley = &document->galley;
	struct fc_canvas *canvas = &galley->canvas;
	const char *headline = fc_document_clean(document, document->study->verdict.headline);
	const struct fc_type type = { .size = 12.5, .bold = true };
	const struct fc_ink back = { 0xF3F5F7, FC_NO_COLOUR, 0, FC_DASH_SOLID };
	const struct fc_ink bar = { FC_BLUE, FC_NO_COLOUR, 0, FC_DASH_SOLID };
	const double pad = 11, bar_width = 3, leading = 16.5, x = galley->left + bar_width + pad;
	const struct fc_lines lines = fc_lines_break(&canvas->arena, canvas->metrics, &type, headline,
						     galley->right - x - pad);
	const double height = 2 * pad + lines.count * leading, width = galley->right - galley->left;

	fc_block_begin(galley, 14);
	fc_canvas_rect(canvas, (struct fc_box){ galley->left, galley->y, width, height }, &back);
	fc_canvas_rect(canvas, (struct fc_box){ galley->left, galley->y, bar_width, height }, &bar);
	for (int i = 0; i < lines.count; i++)
		fc_line_draw(canvas, &lines.lines[i], FC_ANCHOR_LEFT, x,
			     galley->y + pad + i * leading + (leading + 0.52 * type.size) / 2, FC_BLACK);
	fc_block_end(galley, height);
}

static void set_warnings(struct fc_document *document)
{
	struct fc_galley *galley = &document->galley;
	const struct fc_study *study = document->study;
	struct fc_setting setting = { .type = { .size = 9.5 },
				      .colour = FC_BLACK,
				      .leading = 13,
				      .x = galley->left + 14,
				      .width = galley->right - galley->left - 14,
				      .before = 10,
				      .keep = true };
	struct fc_setting title = setting;

	if (study->warning_count == 0)
		return;
	title.type.bold = true;
	title.colour = 0xA33F00;
	fc_galley_text(galley, &title, "Before believing it");
	setting.bullet = "\xE2\x80\xA2";
	setting.x += 12;
	setting.width -= 12;
	setting.before = 2;
	setting.keep = false;
	for (int i = 0; i < study->warning_count; i++)
		fc_galley_text(galley, &setting, fc_document_clean(document, study->warnings[i]));
}

void fc_document_front(struct fc_document *document)
{
	set_title(document);
	set_answer(document);
	set_warnings(document);
}
