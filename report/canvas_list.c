/* A drawing as text, one line a mark: what tests compare. */
#include <stdio.h>

#include "canvas.h"

static void add_ink(struct fc_str *out, const struct fc_ink *ink)
{
	static const char *const dashes[FC_DASH_COUNT] = { "", " dashed", " dotted", " long" };

	if (ink->fill != FC_NO_COLOUR)
		fc_str_addf(out, " fill %06x", (unsigned)ink->fill);
	if (ink->stroke != FC_NO_COLOUR)
		fc_str_addf(out, " stroke %06x %.2f%s", (unsigned)ink->stroke, ink->width, dashes[ink->dash]);
	fc_str_addc(out, '\n');
}

static void path(void *impl, const struct fc_mark *mark)
{
	struct fc_str *out = impl;

	fc_str_add(out, mark->as.path.closed ? "polygon" : "path");
	for (size_t i = 0; i < mark->as.path.count; i++)
		fc_str_addf(out, "%s%.2f,%.2f", i && i % mark->as.path.step == 0 ? " | " : " ",
			    mark->as.path.points[i].x, mark->as.path.points[i].y);
	add_ink(out, &mark->ink);
}

static void rect(void *impl, const struct fc_mark *mark)
{
	const struct fc_box *box = &mark->as.rect;

	fc_str_addf(impl, "rect %.2f,%.2f %.2fx%.2f", box->x, box->y, box->w, box->h);
	add_ink(impl, &mark->ink);
}

static void disc(void *impl, const struct fc_mark *mark)
{
	fc_str_addf(impl, "disc %.2f,%.2f r %.2f", mark->as.disc.centre.x, mark->as.disc.centre.y,
		    mark->as.disc.radius);
	add_ink(impl, &mark->ink);
}

static void text(void *impl, const struct fc_mark *mark)
{
	static const char *const anchors[] = { "left", "middle", "right" };
	const struct fc_label *label = &mark->as.text;

	fc_str_addf(impl, "text %.2f,%.2f %s %.2f%s%s %06x \"%s\"", label->x, label->y, anchors[label->anchor],
		    label->type.size, label->type.bold ? " bold" : "", label->type.italic ? " italic" : "",
		    (unsigned)label->colour, label->text);
	if (label->raised)
		fc_str_addf(impl, " ^ \"%s\"", label->raised);
	fc_str_addc(impl, '\n');
}

static void group(void *impl, const struct fc_mark *mark)
{
	fc_str_addf(impl, "group %s%s%s\n", mark->as.group.id, mark->as.group.title ? ": " : "",
		    mark->as.group.title ? mark->as.group.title : "");
}

static void group_end(void *impl, const struct fc_mark *mark)
{
	(void)mark;
	fc_str_add(impl, "end\n");
}

void fc_canvas_list(const struct fc_canvas *canvas, struct fc_str *out)
{
	static const struct fc_painter painter = { path, rect, disc, text, group, group_end };

	fc_str_addf(out, "canvas %.2fx%.2f\n", canvas->width, canvas->height);
	fc_canvas_paint(canvas, &painter, out);
}
