#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"
#include "page.h"
#include "palette.h"

#define MARGIN 62	/* left and right, in points */
#define INDENT 86	/* from headings to text */

void fc_galley_init(struct fc_galley *galley, const struct fc_metrics *metrics, const struct fc_style *style)
{
	memset(galley, 0, sizeof *galley);
	fc_canvas_init(&galley->canvas, metrics, style->page_width, INFINITY);
	galley->style = style;
	galley->left = MARGIN;
	galley->body = MARGIN + INDENT;
	galley->right = style->page_width - MARGIN;
}

void fc_galley_release(struct fc_galley *galley)
{
	fc_canvas_release(&galley->canvas);
	free(galley->blocks);
	memset(galley, 0, sizeof *galley);
}

struct fc_block *fc_block_begin(struct fc_galley *galley, double before)
{
	struct fc_block *block;

	if (galley->block_count == galley->block_capacity) {
		galley->block_capacity = galley->block_capacity ? 2 * galley->block_capacity : 64;
		galley->blocks = fc_realloc(galley->blocks, (size_t)galley->block_capacity, sizeof *galley->blocks);
	}
	block = &galley->blocks[galley->block_count];
	*block = (struct fc_block){ .top = galley->y,
				    .before = before,
				    .header = -1,
				    .marks = { galley->canvas.mark_count, 0 },
				    .labels = { galley->canvas.label_count, 0 },
				    .places = { galley->canvas.place_count, 0 } };
	galley->block_count++;
	return block;
}

void fc_block_end(struct fc_galley *galley, double height)
{
	struct fc_block *block = &galley->blocks[galley->block_count - 1];

	galley->y = block->bottom = block->top + height;
	block->marks[1] = galley->canvas.mark_count;
	block->labels[1] = galley->canvas.label_count;
	block->places[1] = galley->canvas.place_count;
}

void fc_galley_target(struct fc_galley *galley, const char *name)
{
	fc_canvas_place(&galley->canvas, "target", fc_arena_strdup(&galley->canvas.arena, name), NAN, NAN,
			(struct fc_box){ galley->left, galley->y, 0, 0 });
}

void fc_galley_text(struct fc_galley *galley, const struct fc_setting *s, const char *text)
{
	struct fc_canvas *canvas = &galley->canvas;
	const struct fc_lines lines = fc_lines_break(&canvas->arena, canvas->metrics, &s->type, text, s->width);
	/* The line's letters stand in the middle of the leading. */
	const double base = (s->leading + (canvas->metrics->ascent - canvas->metrics->descent) * s->type.size) / 2;

	for (int i = 0; i < lines.count; i++) {
		struct fc_block *block = fc_block_begin(galley, i ? 0 : s->before);
		const struct fc_label bullet = { .text = s->bullet ? s->bullet : "",
						 .type = s->type,
						 .colour = s->colour,
						 .x = s->x - 1.1 * s->type.size,
						 .y = galley->y + base };

		if (i == 0)
			fc_canvas_text(canvas, &bullet);
		fc_line_draw(canvas, &lines.lines[i], FC_ANCHOR_LEFT, s->x, galley->y + base, s->colour);
		block->keep = i == lines.count - 1 ? s->keep
						   : i == 0 || i == lines.count - 2 || (s->keep && lines.count < 4);
		fc_block_end(galley, s->leading);
	}
}

/* Marks of a drawing, moved. */
static void add_drawing(struct fc_canvas *to, const struct fc_canvas *from, double dx, double dy)
{
	fc_canvas_copy(to, from, (size_t[]){ 0, from->mark_count }, (size_t[]){ 0, from->label_count },
		       (size_t[]){ 0, 0 }, dx, dy);
}

void fc_galley_figure(struct fc_galley *galley, const struct fc_canvas *figure, const char *target,
		      const char *caption)
{
	struct fc_canvas *canvas = &galley->canvas;
	const struct fc_type type = { 8.5, FC_FACE_SANS, false, false };
	const double x = figure->width <= galley->right - galley->body + 1 ? galley->body : galley->left;
	const struct fc_lines lines =
		fc_lines_break(&canvas->arena, canvas->metrics, &type, caption, galley->right - galley->body);
	const double leading = 11.5, gap = 7;

	fc_block_begin(galley, 16)->floats = true;
	fc_galley_target(galley, target);
	add_drawing(canvas, figure, x, galley->y);
	for (int i = 0; i < lines.count; i++)
		fc_line_draw(canvas, &lines.lines[i], FC_ANCHOR_LEFT, galley->body,
			     galley->y + figure->height + gap + i * leading + 8.5, FC_BLACK);
	fc_block_end(galley, figure->height + gap + lines.count * leading + 6);
}
