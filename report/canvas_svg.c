/*
 * SVG with real text: it can be searched, copied, read aloud and follows the reader's fonts. (cairo's SVG turns text
 * into outlines.) The families behind the first have the same widths, so that the layout holds without it.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "canvas.h"

struct svg {
	struct fc_str *out;
	const char *id;
};

static void add_escaped(struct fc_str *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&': fc_str_add(out, "&amp;"); break;
		case '<': fc_str_add(out, "&lt;"); break;
		case '>': fc_str_add(out, "&gt;"); break;
		case '"': fc_str_add(out, "&quot;"); break;
		default: fc_str_addc(out, *text);
		}
	}
}

/* Hundredths of a point without needless zeros, whatever the locale. */
static void add_number(struct fc_str *out, double value)
{
	const long long hundredths = llround(value * 100), whole = hundredths / 100;
	const int rest = (int)(hundredths < 0 ? -(hundredths % 100) : hundredths % 100);

	if (hundredths < 0 && whole == 0)
		fc_str_addc(out, '-');
	fc_str_addf(out, "%lld", whole);
	if (rest % 10)
		fc_str_addf(out, ".%02d", rest);
	else if (rest)
		fc_str_addf(out, ".%d", rest / 10);
}

static void add_attribute(struct fc_str *out, const char *name, double value)
{
	fc_str_addf(out, " %s=\"", name);
	add_number(out, value);
	fc_str_addc(out, '"');
}

static void add_ink(struct fc_str *out, const struct fc_ink *ink)
{
	const double *lengths;
	const int count = fc_dash_lengths(ink->dash, &lengths);

	if (ink->fill == FC_NO_COLOUR)
		fc_str_add(out, " fill=\"none\"");
	else
		fc_str_addf(out, " fill=\"#%06x\"", (unsigned)ink->fill);
	if (ink->stroke != FC_NO_COLOUR) {
		fc_str_addf(out, " stroke=\"#%06x\"", (unsigned)ink->stroke);
		add_attribute(out, "stroke-width", ink->width);
		if (count)
			fc_str_add(out, " stroke-dasharray=\"");
		for (int i = 0; i < count; i++) {
			if (i)
				fc_str_addc(out, ' ');
			add_number(out, lengths[i] * ink->width);
		}
		if (count)
			fc_str_addc(out, '"');
	}
	fc_str_add(out, "/>\n");
}

static void path(void *impl, const struct fc_mark *mark)
{
	struct fc_str *out = ((struct svg *)impl)->out;

	fc_str_add(out, "<path d=\"");
	for (size_t i = 0; i < mark->as.path.count; i++) {
		const bool starts = i % mark->as.path.step == 0;

		fc_str_addc(out, starts ? 'M' : i % mark->as.path.step == 1 ? 'L' : ' ');
		add_number(out, mark->as.path.points[i].x);
		fc_str_addc(out, ' ');
		add_number(out, mark->as.path.points[i].y);
	}
	fc_str_add(out, mark->as.path.closed ? "Z\"" : "\"");
	add_ink(out, &mark->ink);
}

static void rect(void *impl, const struct fc_mark *mark)
{
	struct fc_str *out = ((struct svg *)impl)->out;

	fc_str_add(out, "<rect");
	add_attribute(out, "x", mark->as.rect.x);
	add_attribute(out, "y", mark->as.rect.y);
	add_attribute(out, "width", mark->as.rect.w);
	add_attribute(out, "height", mark->as.rect.h);
	add_ink(out, &mark->ink);
}

static void disc(void *impl, const struct fc_mark *mark)
{
	struct fc_str *out = ((struct svg *)impl)->out;

	fc_str_add(out, "<circle");
	add_attribute(out, "cx", mark->as.disc.centre.x);
	add_attribute(out, "cy", mark->as.disc.centre.y);
	add_attribute(out, "r", mark->as.disc.radius);
	add_ink(out, &mark->ink);
}

static void text(void *impl, const struct fc_mark *mark)
{
	static const char *const anchors[] = { "", " text-anchor=\"middle\"", " text-anchor=\"end\"" };
	struct fc_str *out = ((struct svg *)impl)->out;
	const struct fc_label *label = &mark->as.text;

	fc_str_add(out, "<text");
	add_attribute(out, "x", label->x);
	add_attribute(out, "y", label->y);
	add_attribute(out, "font-size", label->type.size);
	fc_str_add(out, anchors[label->anchor]);
	if (label->type.bold)
		fc_str_add(out, " font-weight=\"bold\"");
	if (label->type.italic)
		fc_str_add(out, " font-style=\"italic\"");
	fc_str_addf(out, " fill=\"#%06x\">", (unsigned)label->colour);
	add_escaped(out, label->text);
	if (label->raised) {
		fc_str_add(out, "<tspan");
		add_attribute(out, "dy", -FC_RAISED_RISE * label->type.size);
		add_attribute(out, "font-size", FC_RAISED_SIZE * label->type.size);
		fc_str_addc(out, '>');
		add_escaped(out, label->raised);
		fc_str_add(out, "</tspan>");
	}
	fc_str_add(out, "</text>\n");
}

static void group(void *impl, const struct fc_mark *mark)
{
	struct svg *svg = impl;

	fc_str_addf(svg->out, "<g id=\"%s-%s\">\n", svg->id, mark->as.group.id);
	if (mark->as.group.title) {
		fc_str_add(svg->out, "<title>");
		add_escaped(svg->out, mark->as.group.title);
		fc_str_add(svg->out, "</title>\n");
	}
}

static void group_end(void *impl, const struct fc_mark *mark)
{
	(void)mark;
	fc_str_add(((struct svg *)impl)->out, "</g>\n");
}

void fc_canvas_svg(const struct fc_canvas *canvas, const char *id, const char *title, const char *description,
		   const char *family, struct fc_str *out)
{
	static const struct fc_painter painter = { path, rect, disc, text, group, group_end };
	struct svg svg = { out, id };
	struct fc_arena arena;

	fc_arena_init(&arena);
	fc_str_add(out,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"");
	add_number(out, canvas->width);
	fc_str_add(out, "pt\" height=\"");
	add_number(out, canvas->height);
	fc_str_add(out, "pt\" viewBox=\"0 0 ");
	add_number(out, canvas->width);
	fc_str_addc(out, ' ');
	add_number(out, canvas->height);
	fc_str_addf(out,
		    "\" role=\"img\" aria-labelledby=\"%s-title %s-desc\" xml:space=\"preserve\" font-family=\"'", id,
		    id);
	add_escaped(out, family);
	fc_str_add(out, "', Arial, Helvetica, sans-serif\">");
	fc_str_addf(out, "<title id=\"%s-title\">", id);
	add_escaped(out, fc_text_clean(&arena, title));
	fc_str_addf(out, "</title>\n<desc id=\"%s-desc\">", id);
	add_escaped(out, fc_text_clean(&arena, description));
	fc_str_add(out, "</desc>\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
	fc_canvas_paint(canvas, &painter, &svg);
	fc_str_add(out, "</svg>\n");
	fc_arena_release(&arena);
}
