#include "canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void fc_canvas_init(struct fc_canvas *canvas, const struct fc_metrics *metrics, double width, double height)
{
	memset(canvas, 0, sizeof *canvas);
	fc_arena_init(&canvas->arena);
	canvas->metrics = metrics;
	canvas->width = width;
	canvas->height = height;
}

void fc_canvas_release(struct fc_canvas *canvas)
{
	fc_arena_release(&canvas->arena);
	free(canvas->marks);
	free(canvas->labels);
	free(canvas->places);
	memset(canvas, 0, sizeof *canvas);
}

/* Room for one more element of an array that doubles. */
static void *grow(void *array, size_t count, size_t *capacity, size_t size)
{
	if (count < *capacity)
		return array;
	*capacity = *capacity ? 2 * *capacity : 64;
	return fc_realloc(array, *capacity, size);
}

static struct fc_mark *add_mark(struct fc_canvas *canvas, enum fc_mark_kind kind, const struct fc_ink *ink)
{
	struct fc_mark *mark;

	canvas->marks = grow(canvas->marks, canvas->mark_count, &canvas->mark_capacity, sizeof *canvas->marks);
	mark = &canvas->marks[canvas->mark_count++];
	memset(mark, 0, sizeof *mark);
	mark->kind = kind;
	if (ink)
		mark->ink = *ink;
	return mark;
}

void fc_canvas_group(struct fc_canvas *canvas, const char *id, const char *title)
{
	struct fc_mark *mark = add_mark(canvas, FC_MARK_GROUP, NULL);

	mark->as.group.id = fc_arena_strdup(&canvas->arena, id);
	mark->as.group.title = title ? fc_arena_strdup(&canvas->arena, fc_text_clean(&canvas->arena, title)) : NULL;
}

void fc_canvas_group_end(struct fc_canvas *canvas)
{
	add_mark(canvas, FC_MARK_GROUP_END, NULL);
}

static void add_path(struct fc_canvas *canvas, const struct fc_point *points, size_t count, size_t step, bool closed,
		     const struct fc_ink *ink)
{
	struct fc_point *copy;
	struct fc_mark *mark;

	if (count < 2)
		return;
	copy = FC_NEW_ARRAY(&canvas->arena, struct fc_point, count);
	memcpy(copy, points, count * sizeof *copy);
	mark = add_mark(canvas, FC_MARK_PATH, ink);
	mark->as.path.points = copy;
	mark->as.path.count = count;
	mark->as.path.step = step;
	mark->as.path.closed = closed;
}

void fc_canvas_path(struct fc_canvas *canvas, const struct fc_point *points, size_t count, bool closed,
		    const struct fc_ink *ink)
{
	add_path(canvas, points, count, count, closed, ink);
}

void fc_canvas_line(struct fc_canvas *canvas, double x0, double y0, double x1, double y1, const struct fc_ink *ink)
{
	const struct fc_point ends[] = { { x0, y0 }, { x1, y1 } };

	add_path(canvas, ends, 2, 2, false, ink);
}

void fc_canvas_rect(struct fc_canvas *canvas, struct fc_box box, const struct fc_ink *ink)
{
	add_mark(canvas, FC_MARK_RECT, ink)->as.rect = box;
}

void fc_canvas_disc(struct fc_canvas *canvas, double x, double y, double radius, const struct fc_ink *ink)
{
	struct fc_mark *mark = add_mark(canvas, FC_MARK_DISC, ink);

	mark->as.disc.centre = (struct fc_point){ x, y };
	mark->as.disc.radius = radius;
}

#define HATCH_MAX 4096	/* lines in one box; a wider pitch than asked for is better than a huge file */

/* Lines x * dx + y * dy = k * pitch inside the box, for all whole k; (dx, dy) has length 1. */
static void hatch_lines(struct fc_canvas *canvas, struct fc_box box, double dx, double dy, double pitch,
			const struct fc_ink *ink)
{
	const double xs[] = { box.x, box.x + box.w }, ys[] = { box.y, box.y + box.h };
	double low = INFINITY, high = -INFINITY;
	struct fc_point *points;
	size_t count = 0;

	for (int i = 0; i < 4; i++) {
		const double reach = xs[i & 1] * dx + ys[i >> 1] * dy;

		low = fmin(low, reach);
		high = fmax(high, reach);
	}
	pitch = fmax(pitch, (high - low) / HATCH_MAX);
	points = fc_calloc((size_t)((high - low) / pitch) + 2, 2 * sizeof *points);
	for (double k = ceil(low / pitch); k * pitch <= high; k++) {
		struct fc_point cut[4];
		int cuts = 0;

		/* Where the line meets the four sides; the first two different ones are its ends. */
		for (int i = 0; i < 2 && fabs(dy) > 1e-9; i++) {
			const double y = (k * pitch - xs[i] * dx) / dy;

			if (y >= ys[0] && y <= ys[1])
				cut[cuts++] = (struct fc_point){ xs[i], y };
		}
		for (int i = 0; i < 2 && fabs(dx) > 1e-9; i++) {
			const double x = (k * pitch - ys[i] * dy) / dx;

			if (x >= xs[0] && x <= xs[1])
				cut[cuts++] = (struct fc_point){ x, ys[i] };
		}
		if (cuts >= 2 && hypot(cut[cuts - 1].x - cut[0].x, cut[cuts - 1].y - cut[0].y) > 0.05) {
			points[count++] = cut[0];
			points[count++] = cut[cuts - 1];
		}
	}
	add_path(canvas, points, count, 2, false, ink);
	free(points);
}

void fc_canvas_hatch(struct fc_canvas *canvas, struct fc_box box, enum fc_hatch hatch, double pitch,
		     const struct fc_ink *ink)
{
	static const struct { int lines; double dx[2], dy[2]; } patterns[FC_HATCH_COUNT] = {
		[FC_HATCH_RISING] = { 1, { M_SQRT1_2 }, { M_SQRT1_2 } },
		[FC_HATCH_FALLING] = { 1, { M_SQRT1_2 }, { -M_SQRT1_2 } },
		[FC_HATCH_CROSS] = { 2, { M_SQRT1_2, M_SQRT1_2 }, { M_SQRT1_2, -M_SQRT1_2 } },
		[FC_HATCH_UPRIGHT] = { 1, { 1 }, { 0 } },
		[FC_HATCH_LEVEL] = { 1, { 0 }, { 1 } },
	};

	if (!(box.w > 0 && box.h > 0))
		return;
	for (int i = 0; i < patterns[hatch].lines; i++)
		hatch_lines(canvas, box, patterns[hatch].dx[i], patterns[hatch].dy[i], pitch, ink);
}

static struct fc_box label_box(const struct fc_canvas *canvas, const struct fc_label *label)
{
	const double size = label->type.size, width = fc_label_width(canvas->metrics, label);
	const double ascent = label->raised && *label->raised ?
		fmax(canvas->metrics->ascent, FC_RAISED_RISE + FC_RAISED_SIZE * canvas->metrics->ascent) :
		canvas->metrics->ascent;
	const double left = label->anchor == FC_ANCHOR_LEFT    ? 0
			    : label->anchor == FC_ANCHOR_RIGHT ? width
							       : width / 2;

	return (struct fc_box){ label->x - left, label->y - ascent * size, width,
				(ascent + canvas->metrics->descent) * size };
}

struct fc_box fc_canvas_text(struct fc_canvas *canvas, const struct fc_label *label)
{
	struct fc_label copy = *label;
	struct fc_box box;

	copy.text = fc_arena_strdup(&canvas->arena, fc_text_clean(&canvas->arena, label->text));
	copy.raised = label->raised && *label->raised ? fc_arena_strdup(&canvas->arena, label->raised) : NULL;
	box = label_box(canvas, &copy);
	if (!*copy.text && !copy.raised)
		return box;
	add_mark(canvas, FC_MARK_TEXT, NULL)->as.text = copy;
	canvas->labels = grow(canvas->labels, canvas->label_count, &canvas->label_capacity, sizeof *canvas->labels);
	canvas->labels[canvas->label_count++] = box;
	return box;
}

static void move_mark(struct fc_canvas *canvas, struct fc_mark *mark, double dx, double dy)
{
	struct fc_point *points;

	switch (mark->kind) {
	case FC_MARK_PATH:
		points = FC_NEW_ARRAY(&canvas->arena, struct fc_point, mark->as.path.count);
		for (size_t i = 0; i < mark->as.path.count; i++)
			points[i] =
				(struct fc_point){ mark->as.path.points[i].x + dx, mark->as.path.points[i].y + dy };
		mark->as.path.points = points;
		break;
	case FC_MARK_RECT:
		mark->as.rect.x += dx;
		mark->as.rect.y += dy;
		break;
	case FC_MARK_DISC:
		mark->as.disc.centre.x += dx;
		mark->as.disc.centre.y += dy;
		break;
	case FC_MARK_TEXT:
		mark->as.text.x += dx;
		mark->as.text.y += dy;
		break;
	default:
		break;
	}
}

static struct fc_box moved(struct fc_box box, double dx, double dy)
{
	return (struct fc_box){ box.x + dx, box.y + dy, box.w, box.h };
}

void fc_canvas_copy(struct fc_canvas *to, const struct fc_canvas *from, const size_t marks[2], const size_t labels[2],
		    const size_t places[2], double dx, double dy)
{
	for (size_t i = marks[0]; i < marks[1]; i++) {
		struct fc_mark *mark = add_mark(to, from->marks[i].kind, NULL);

		*mark = from->marks[i];
		move_mark(to, mark, dx, dy);
	}
	for (size_t i = labels[0]; i < labels[1]; i++) {
		to->labels = grow(to->labels, to->label_count, &to->label_capacity, sizeof *to->labels);
		to->labels[to->label_count++] = moved(from->labels[i], dx, dy);
	}
	for (size_t i = places[0]; i < places[1]; i++) {
		const struct fc_place *place = &from->places[i];

		fc_canvas_place(to, place->kind, place->name, place->value[0], place->value[1],
				moved(place->box, dx, dy));
	}
}

void fc_canvas_margin(struct fc_canvas *canvas, double margin)
{
	for (size_t i = 0; i < canvas->mark_count; i++)
		move_mark(canvas, &canvas->marks[i], margin, margin);
	for (size_t i = 0; i < canvas->label_count; i++)
		canvas->labels[i] = moved(canvas->labels[i], margin, margin);
	for (size_t i = 0; i < canvas->place_count; i++)
		canvas->places[i].box = moved(canvas->places[i].box, margin, margin);
	canvas->width += 2 * margin;
	canvas->height += 2 * margin;
}

bool fc_box_meets(struct fc_box a, struct fc_box b)
{
	return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

bool fc_box_cut(struct fc_box box, struct fc_point *a, struct fc_point *b)
{
	/* Liang and Barsky: the line is a + t (b - a), each side of the box bounds t from one end. */
	const double dx = b->x - a->x, dy = b->y - a->y;
	const double p[] = { -dx, dx, -dy, dy };
	const double q[] = { a->x - box.x, box.x + box.w - a->x, a->y - box.y, box.y + box.h - a->y };
	double from = 0, to = 1;

	for (int i = 0; i < 4; i++) {
		if (p[i] == 0 && q[i] < 0)
			return false;
		if (p[i] < 0)
			from = fmax(from, q[i] / p[i]);
		if (p[i] > 0)
			to = fmin(to, q[i] / p[i]);
	}
	if (from > to)
		return false;
	*b = (struct fc_point){ a->x + to * dx, a->y + to * dy };
	*a = (struct fc_point){ a->x + from * dx, a->y + from * dy };
	return true;
}

bool fc_canvas_taken(const struct fc_canvas *canvas, struct fc_box box, double gap)
{
	const struct fc_box wide = { box.x - gap, box.y - gap, box.w + 2 * gap, box.h + 2 * gap };

	if (box.x < 0 || box.y < 0 || box.x + box.w > canvas->width || box.y + box.h > canvas->height)
		return true;
	for (size_t i = 0; i < canvas->label_count; i++) {
		if (fc_box_meets(wide, canvas->labels[i]))
			return true;
	}
	return false;
}

void fc_canvas_place(struct fc_canvas *canvas, const char *kind, const char *name, double v0, double v1,
		     struct fc_box box)
{
	canvas->places = grow(canvas->places, canvas->place_count, &canvas->place_capacity, sizeof *canvas->places);
	canvas->places[canvas->place_count++] =
		(struct fc_place){ kind, name, { v0, v1 }, box };
}

void fc_canvas_paint(const struct fc_canvas *canvas, const struct fc_painter *painter, void *impl)
{
	for (size_t i = 0; i < canvas->mark_count; i++) {
		const struct fc_mark *mark = &canvas->marks[i];

		switch (mark->kind) {
		case FC_MARK_PATH: painter->path(impl, mark); break;
		case FC_MARK_RECT: painter->rect(impl, mark); break;
		case FC_MARK_DISC: painter->disc(impl, mark); break;
		case FC_MARK_TEXT: painter->text(impl, mark); break;
		case FC_MARK_GROUP: painter->group(impl, mark); break;
		case FC_MARK_GROUP_END: painter->group_end(impl, mark); break;
		}
	}
}

int fc_dash_lengths(enum fc_dash dash, const double **lengths)
{
	static const double dashed[] = { 4, 2.5 }, dotted[] = { 1, 2 }, longer[] = { 8, 2.5, 1.5, 2.5 };

	switch (dash) {
	case FC_DASH_DASHED: *lengths = dashed; return 2;
	case FC_DASH_DOTTED: *lengths = dotted; return 2;
	case FC_DASH_LONG: *lengths = longer; return 4;
	default: *lengths = NULL; return 0;
	}
}
