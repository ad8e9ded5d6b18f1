/*
 * From the galley to pages. A chunk is a run of blocks that must stay together. Chunks that float wait for the top of
 * the next page when they do not fit, in their order, and the text goes on without them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "draw.h"
#include "page.h"
#include "palette.h"

#define TOP 72		/* of the text, from the upper edge */
#define BOTTOM 70	/* from the lower edge */
#define FLOAT_GAP 22	/* between what floated to the top and the text */

struct chunk {
	int first, last;	/* blocks, last included */
};

struct setter {
	const struct fc_galley *galley;
	struct fc_canvas *pages;
	int page_count;
	double y, bottom;
	bool empty;		/* nothing on the page yet */
	double least_before;	/* space in front of the next block */
	struct chunk *waiting;
	int waiting_count;
};

static double height_of(const struct setter *s, const struct chunk *chunk, bool at_top)
{
	double height = 0;

	for (int i = chunk->first; i <= chunk->last; i++) {
		const struct fc_block *block = &s->galley->blocks[i];

		if (!block->hidden)
			height += block->bottom - block->top + (at_top && i == chunk->first ? 0 : block->before);
	}
	return height;
}

/* What a chunk needs at the top of a page before itself. */
static double header_height(const struct setter *s, const struct chunk *chunk)
{
	const int header = s->galley->blocks[chunk->first].header;

	return header < 0 ? 0 : s->galley->blocks[header + 1].bottom - s->galley->blocks[header].top;
}

static void put_block(struct setter *s, int index)
{
	const struct fc_block *block = &s->galley->blocks[index];

	if (!s->empty)
		s->y += fmax(block->before, s->least_before);
	s->least_before = 0;
	fc_canvas_copy(&s->pages[s->page_count - 1], &s->galley->canvas, block->marks, block->labels, block->places,
		       0, s->y - block->top);
	s->y += block->bottom - block->top;
	s->empty = false;
}

static void put_chunk(struct setter *s, const struct chunk *chunk)
{
	const int header = s->galley->blocks[chunk->first].header;

	if (s->empty && header >= 0) {
		put_block(s, header);
		put_block(s, header + 1);
	}
	for (int i = chunk->first; i <= chunk->last; i++) {
		if (!s->galley->blocks[i].hidden)
			put_block(s, i);
	}
}

static bool fits(const struct setter *s, const struct chunk *chunk)
{
	const double height = height_of(s, chunk, s->empty) + (s->empty ? header_height(s, chunk) : s->least_before);

	return s->y + height <= s->bottom + 1e-6;
}

static void new_page(struct setter *s)
{
	const struct fc_style *style = s->galley->style;
	int done = 0;

	s->pages = fc_realloc(s->pages, (size_t)s->page_count + 1, sizeof *s->pages);
	fc_canvas_init(&s->pages[s->page_count++], s->galley->canvas.metrics, style->page_width, style->page_height);
	s->y = TOP;
	s->bottom = style->page_height - BOTTOM;
	s->empty = true;
	while (done < s->waiting_count && (s->empty || fits(s, &s->waiting[done])))
		put_chunk(s, &s->waiting[done++]);
	s->least_before = done ? FLOAT_GAP : 0;
	s->waiting_count -= done;
	for (int i = 0; i < s->waiting_count; i++)
		s->waiting[i] = s->waiting[i + done];
}

/* A chunk higher than a page has to be cut after all. */
static void put_oversize(struct setter *s, const struct chunk *chunk)
{
	for (int i = chunk->first; i <= chunk->last; i++) {
		const struct chunk one = { i, i };

		if (s->galley->blocks[i].hidden)
			continue;
		if (!s->empty && !fits(s, &one))
			new_page(s);
		put_block(s, i);
	}
}

static void put(struct setter *s, const struct chunk *chunk)
{
	const double page = s->galley->style->page_height - TOP - BOTTOM;

	while (s->galley->blocks[chunk->first].barrier && s->waiting_count)
		new_page(s);
	if (s->galley->blocks[chunk->first].floats && (s->waiting_count || !fits(s, chunk))) {
		s->waiting[s->waiting_count++] = *chunk;
		return;
	}
	if (height_of(s, chunk, true) > page) {
		put_oversize(s, chunk);
		return;
	}
	while (!fits(s, chunk) && !(s->empty && s->waiting_count == 0))
		new_page(s);
	put_chunk(s, chunk);
}

static void text_at(struct fc_canvas *page, const char *text, enum fc_anchor anchor, double x, double y)
{
	const struct fc_label label = { .text = text, .type = { .size = 8 }, .colour = FC_GREY_TEXT, .anchor = anchor,
					.x = x, .y = y };

	fc_canvas_text(page, &label);
}

static void furnish(const struct fc_galley *galley, const struct fc_furniture *furniture, struct fc_canvas *page,
		    int number, int count)
{
	const struct fc_ink rule = { FC_NO_COLOUR, FC_GREY_LINE, 0.4, FC_DASH_SOLID };
	const struct fc_type type = { .size = 8 };
	const double foot = page->height - 38, half = 0.7 * (galley->right - galley->left);
	char text[32];

	snprintf(text, sizeof text, "%d of %d", number, count);
	text_at(page, text, FC_ANCHOR_RIGHT, galley->right, foot);
	text_at(page, fc_text_fit(&page->arena, page->metrics, &type, furniture->foot, half), FC_ANCHOR_LEFT,
		galley->left, foot);
	if (number == 1)
		return;
	text_at(page, fc_text_fit(&page->arena, page->metrics, &type, furniture->left, half), FC_ANCHOR_LEFT,
		galley->left, 44);
	text_at(page,
		fc_text_fit(&page->arena, page->metrics, &type, furniture->right,
			    0.28 * (galley->right - galley->left)),
		FC_ANCHOR_RIGHT, galley->right, 44);
	fc_canvas_line(page, galley->left, 50, galley->right, 50, &rule);
}

int fc_galley_pages(const struct fc_galley *galley, const struct fc_furniture *furniture, struct fc_canvas **pages)
{
	struct setter s = { .galley = galley };

	s.waiting = fc_calloc((size_t)galley->block_count + 1, sizeof *s.waiting);
	new_page(&s);
	for (int i = 0; i < galley->block_count; i++) {
		struct chunk chunk = { i, i };

		while (galley->blocks[chunk.last].keep && chunk.last + 1 < galley->block_count)
			chunk.last++;
		put(&s, &chunk);
		i = chunk.last;
	}
	while (s.waiting_count)
		new_page(&s);
	free(s.waiting);
	for (int i = 0; i < s.page_count; i++)
		furnish(galley, furniture, &s.pages[i], i + 1, s.page_count);
	*pages = s.pages;
	return s.page_count;
}
