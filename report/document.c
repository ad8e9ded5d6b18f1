#include "document.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/version.h"

#define TEXT_SIZE 10.3
#define TEXT_LEADING 14.2
#define NAME_LENGTH 30	/* characters of a network's name in running text */

static struct fc_arena *arena_of(struct fc_document *document)
{
	return &document->galley.canvas.arena;
}

const char *fc_document_clean(struct fc_document *document, const char *text)
{
	return fc_text_clean(arena_of(document), text ? text : "");
}

const char *fc_document_powers(struct fc_document *document, const char *text)
{
	struct fc_str out = { 0 };
	const char *copy;

	while (*text) {
		size_t length = *text == '^' ? strspn(text + 1, "0123456789.-") : 0;

		/* A full stop behind the number ends the sentence. */
		while (length && text[length] == '.')
			length--;
		if (length) {
			fc_str_add(&out, FC_RAISED);
			fc_str_addn(&out, text + 1, length);
			fc_str_add(&out, FC_RAISED);
			text += length + 1;
		} else {
			fc_str_addc(&out, *text++);
		}
	}
	copy = fc_arena_strdup(arena_of(document), out.text ? out.text : "");
	fc_str_release(&out);
	return copy;
}

static void add_outline(struct fc_document *document, const char *title, const char *target, int level)
{
	if (document->outline_count < FC_OUTLINE_MAX)
		document->outline[document->outline_count++] = (struct fc_outline){ title, target, level };
}

void fc_document_heading(struct fc_document *document, const char *title)
{
	struct fc_galley *galley = &document->galley;
	struct fc_setting setting = {
		.type = { .size = 13, .bold = true }, .colour = FC_BLACK, .leading = 17, .x = galley->left,
		.width = galley->right - galley->left, .before = 24, .keep = true,
	};
	const char *target = fc_arena_printf(arena_of(document), "section-%d", ++document->section);
	struct fc_block *block;

	block = fc_block_begin(galley, setting.before);
	block->keep = block->barrier = true;
	fc_galley_target(galley, target);
	fc_block_end(galley, 0);
	setting.before = 0;
	fc_galley_text(galley, &setting, title);
	fc_block_begin(galley, 0)->keep = true;
	fc_block_end(galley, 4);
	add_outline(document, title, target, 0);
}

static struct fc_setting text_setting(const struct fc_document *document)
{
	const struct fc_galley *galley = &document->galley;

	return (struct fc_setting){ .type = { .size = TEXT_SIZE, .face = FC_FACE_SERIF }, .colour = FC_BLACK,
				    .leading = TEXT_LEADING, .x = galley->body, .width = galley->right - galley->body,
				    .before = 6.5 };
}

void fc_document_text(struct fc_document *document, const char *format, ...)
{
	const struct fc_setting setting = text_setting(document);
	struct fc_str text = { 0 };
	va_list args;

	va_start(args, format);
	fc_str_vaddf(&text, format, args);
	va_end(args);
	fc_galley_text(&document->galley, &setting, fc_arena_strdup(arena_of(document), text.text));
	fc_str_release(&text);
}

void fc_document_bullet(struct fc_document *document, const char *text)
{
	struct fc_setting setting = text_setting(document);

	setting.bullet = "\xE2\x80\xA2";
	setting.x += 13;
	setting.width -= 13;
	setting.before = 4;
	fc_galley_text(&document->galley, &setting, text);
}

/* The number in "fig-2-layers" and "tab-10-environment": files and report call a thing the same. */
static int number_of(const char *id)
{
	return strlen(id) > 4 ? (int)strtol(id + 4, NULL, 10) : 0;
}

static const struct fc_chart *chart_of(const struct fc_document *document, const char *id)
{
	const struct fc_chart *chart;

	for (int i = 0; (chart = fc_chart_at(i)); i++) {
		if (strcmp(chart->row.id, id) == 0)
			return chart->wanted(document->study) ? chart : NULL;
	}
	return NULL;
}

const char *fc_document_figure_name(struct fc_document *document, const char *id)
{
	if (!chart_of(document, id))
		return "";
	return fc_arena_printf(arena_of(document), FC_LINK "%s" FC_LINK_TEXT "Figure\xC2\xA0%d" FC_LINK, id,
			       number_of(id));
}

const char *fc_document_table_name(struct fc_document *document, enum fc_study_table table)
{
	const struct fc_table *t = &document->study->tables[table];

	if (t->row_count == 0)
		return "";
	return fc_arena_printf(arena_of(document), FC_LINK "%s" FC_LINK_TEXT "Table\xC2\xA0%d" FC_LINK, t->id,
			       number_of(t->id));
}

void fc_document_table(struct fc_document *document, enum fc_study_table table)
{
	const struct fc_table *t = &document->study->tables[table];
	const char *title;

	if (t->row_count == 0)
		return;
	title = fc_document_clean(document, t->title);
	fc_galley_table(&document->galley, t,
			fc_arena_printf(arena_of(document), "Table\xC2\xA0%d", number_of(t->id)), title);
	add_outline(document, fc_arena_printf(arena_of(document), "Table %d. %s", number_of(t->id), title), t->id, 1);
}

int fc_document_figure(struct fc_document *document, const char *id, struct fc_error *err)
{
	const struct fc_chart *chart = chart_of(document, id);
	struct fc_galley *galley = &document->galley;
	struct fc_str caption = { 0 }, alt = { 0 };
	int rc;

	if (!chart || document->figure_count == FC_FIGURES_MAX)
		return 0;
	rc = fc_chart_draw(chart, document->study, &document->style, galley->canvas.metrics,
			   &document->figures[document->figure_count], &caption, &alt, err);
	/* Also after a failure there is a canvas to release. */
	document->figure_count++;
	if (rc == 0) {
		const char *text = fc_document_clean(document, caption.text);

		fc_galley_figure(galley, &document->figures[document->figure_count - 1], id,
				 fc_arena_printf(arena_of(document), FC_BOLD "Figure\xC2\xA0%d." FC_BOLD " %s",
						 number_of(id), text));
		add_outline(document,
			    fc_arena_printf(arena_of(document), "Figure %d. %s", number_of(id), chart->row.title), id,
			    1);
	}
	fc_str_release(&caption);
	fc_str_release(&alt);
	return rc;
}

const char *fc_document_names(struct fc_document *document, int most)
{
	const struct fc_study *study = document->study;
	const int count = study->network_count <= most ? study->network_count : most - 1;
	const struct fc_type unit = { .size = 1 };
	struct fc_str names = { 0 };
	const char *copy;

	for (int i = 0; i < count; i++)
		fc_str_addf(&names, "%s%s", i == 0 ? "" : i + 1 == study->network_count ? " and " : ", ",
			    fc_text_fit(arena_of(document), &fc_metrics_fixed, &unit,
					fc_document_clean(document, study->networks[i].name), 0.5 * NAME_LENGTH));
	if (count < study->network_count)
		fc_str_addf(&names, " and %d more", study->network_count - count);
	copy = fc_arena_strdup(arena_of(document), names.text ? names.text : "no network");
	fc_str_release(&names);
	return copy;
}

static void set_pages(struct fc_document *document)
{
	const struct fc_study *study = document->study;
	const struct fc_furniture furniture = {
		.left = "Is running time proportional to FLOPs?",
		.right = fc_document_names(document, 3),
		.foot = fc_arena_printf(arena_of(document), "flopclock %s \xC2\xB7 %s", FC_VERSION,
					fc_document_clean(document, study->device)),
	};

	document->page_count = fc_galley_pages(&document->galley, &furniture, &document->pages);
}

int fc_document_build(struct fc_document *document, const struct fc_study *study, const struct fc_style *style,
		      const struct fc_metrics *metrics, struct fc_error *err)
{
	memset(document, 0, sizeof *document);
	document->study = study;
	document->style = *style;
	fc_galley_init(&document->galley, metrics, &document->style);
	/* Figures are drawn anew for the measure of the page, in its type, not enlarged. */
	document->style.width = document->galley.right - document->galley.body;
	document->style.type = 8;
	document->style.max_height = style->page_height - 300;
	fc_document_front(document);
	if (fc_document_body(document, err))
		return -1;
	set_pages(document);
	return 0;
}

void fc_document_release(struct fc_document *document)
{
	for (int i = 0; i < document->page_count; i++)
		fc_canvas_release(&document->pages[i]);
	free(document->pages);
	for (int i = 0; i < document->figure_count; i++)
		fc_canvas_release(&document->figures[i]);
	fc_galley_release(&document->galley);
}
