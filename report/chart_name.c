/*
 * Names beside points. For every name, in order, all places around its point are tried, near ones first; the one that
 * covers the fewest points wins. Places that touch another text or leave the frame are out of question.
 */
#include <math.h>

#include "chart.h"

#define CROWDED 3	/* a name that could only cover more points than this is left out */

/* Right above, right below, left above ... : the order of preference of Imhof 1962. */
static const struct fc_point directions[] = {
	{ 0.8, -0.6 }, { 0.8, 0.6 }, { -0.8, -0.6 }, { -0.8, 0.6 }, { 1, 0 }, { -1, 0 }, { 0, -1 }, { 0, 1 },
};
static const double distances[] = { 4, 10, 18, 28, 40 };	/* in u */

#define DIRECTIONS ((int)(sizeof directions / sizeof *directions))
#define DISTANCES ((int)(sizeof distances / sizeof *distances))

/* The box of a text whose nearest side or corner lies at `distance` in a direction. */
static struct fc_box box_at(const struct fc_plot *plot, const struct fc_name *name, struct fc_point way,
			    double distance)
{
	const double w = fc_plot_width(plot, name->text), h = fc_plot_ascent(plot) + fc_plot_descent(plot);
	const double x = name->at.x + way.x * distance, y = name->at.y + way.y * distance;

	return (struct fc_box){ way.x > 0.1 ? x : way.x < -0.1 ? x - w : x - w / 2,
				way.y > 0.1 ? y : way.y < -0.1 ? y - h : y - h / 2, w, h };
}

static bool inside(struct fc_box frame, struct fc_box box)
{
	return box.x >= frame.x && box.y >= frame.y && box.x + box.w <= frame.x + frame.w &&
	       box.y + box.h <= frame.y + frame.h;
}

static int covered(struct fc_box box, const struct fc_point *points, size_t count, double reach)
{
	int sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += points[i].x > box.x - reach && points[i].x < box.x + box.w + reach &&
		       points[i].y > box.y - reach && points[i].y < box.y + box.h + reach;
	return sum;
}

static bool find_place(const struct fc_plot *plot, struct fc_box frame, const struct fc_name *name,
		       const struct fc_point *points, size_t point_count, struct fc_box *best)
{
	double least = INFINITY;

	for (int d = 0; d < DISTANCES; d++) {
		for (int w = 0; w < DIRECTIONS; w++) {
			const struct fc_box box = box_at(plot, name, directions[w], distances[d] * plot->u);
			double cost;

			if (!inside(frame, box) || fc_canvas_taken(plot->canvas, box, 1.5 * plot->u))
				continue;
			cost = covered(box, points, point_count, 1.2 * plot->u) + 0.4 * d + 0.01 * w;
			if (cost < least) {
				least = cost;
				*best = box;
			}
		}
	}
	return least < CROWDED + 1;
}

static void draw_leader(struct fc_plot *plot, struct fc_point at, struct fc_box box)
{
	const struct fc_ink ink = { FC_NO_COLOUR, FC_GREY_TEXT, 0.5 * plot->u, FC_DASH_SOLID };
	const double x = fmax(box.x, fmin(box.x + box.w, at.x)), y = fmax(box.y, fmin(box.y + box.h, at.y));
	const double length = hypot(x - at.x, y - at.y), start = 2.4 * plot->u;

	if (length > 6 * plot->u)
		fc_canvas_line(plot->canvas, at.x + (x - at.x) * start / length, at.y + (y - at.y) * start / length,
			       x, y, &ink);
}

int fc_names_draw(struct fc_plot *plot, struct fc_box frame, const struct fc_name *names, int count,
		  const struct fc_point *points, size_t point_count)
{
	const struct fc_ink veil = { FC_WHITE, FC_NO_COLOUR, 0, FC_DASH_SOLID };
	int left_out = 0;

	for (int i = 0; i < count; i++) {
		struct fc_box box = { 0 }, wide;

		if (!find_place(plot, frame, &names[i], points, point_count, &box)) {
			left_out++;
			continue;
		}
		wide = (struct fc_box){ box.x - 0.8 * plot->u, box.y, box.w + 1.6 * plot->u, box.h };
		fc_canvas_rect(plot->canvas, wide, &veil);
		draw_leader(plot, names[i].at, box);
		fc_plot_text(plot, names[i].text, FC_ANCHOR_LEFT, box.x, box.y + fc_plot_ascent(plot), FC_BLACK);
	}
	return left_out;
}
