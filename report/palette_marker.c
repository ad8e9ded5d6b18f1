/* Marker shapes and hatched bars. */
#include "palette.h"

/* Corners around the centre in units of the size: areas close to that of the circle. */
static const struct {
	int count;
	struct fc_point corners[5];
} polygons[FC_SHAPE_COUNT] = {
	[FC_SHAPE_SQUARE] = { 4, { { -0.44, -0.44 }, { 0.44, -0.44 }, { 0.44, 0.44 }, { -0.44, 0.44 } } },
	[FC_SHAPE_TRIANGLE] = { 3, { { 0, -0.65 }, { 0.58, 0.38 }, { -0.58, 0.38 } } },
	[FC_SHAPE_DIAMOND] = { 4, { { 0, -0.64 }, { 0.64, 0 }, { 0, 0.64 }, { -0.64, 0 } } },
	[FC_SHAPE_TRIANGLE_DOWN] = { 3, { { 0, 0.65 }, { -0.58, -0.38 }, { 0.58, -0.38 } } },
};

static void draw_strokes(struct fc_canvas *canvas, enum fc_shape_kind shape, int32_t colour, double x, double y,
			 double size)
{
	const struct fc_ink ink = { FC_NO_COLOUR, colour, 0.24 * size, FC_DASH_SOLID };
	const double r = shape == FC_SHAPE_CROSS ? 0.42 * size : 0.56 * size;

	if (shape == FC_SHAPE_CROSS) {
		fc_canvas_line(canvas, x - r, y - r, x + r, y + r, &ink);
		fc_canvas_line(canvas, x - r, y + r, x + r, y - r, &ink);
	} else {
		fc_canvas_line(canvas, x - r, y, x + r, y, &ink);
		fc_canvas_line(canvas, x, y - r, x, y + r, &ink);
	}
}

void fc_marker_draw(struct fc_canvas *canvas, enum fc_shape_kind shape, bool hollow, int32_t colour, double x,
		    double y, double size)
{
	/* A thin white rim keeps markers apart where they overlap. A hollow one is drawn with a stroke inside its
	 * outline. */
	const struct fc_ink solid = { colour, FC_WHITE, 0.09 * size, FC_DASH_SOLID };
	const struct fc_ink open = { FC_WHITE, colour, 0.21 * size, FC_DASH_SOLID };
	const double scale = hollow ? 0.85 * size : size;
	struct fc_point points[5];

	if (shape == FC_SHAPE_CIRCLE) {
		fc_canvas_disc(canvas, x, y, 0.5 * scale, hollow ? &open : &solid);
		return;
	}
	if (shape == FC_SHAPE_CROSS || shape == FC_SHAPE_PLUS) {
		draw_strokes(canvas, shape, colour, x, y, size);
		return;
	}
	for (int i = 0; i < polygons[shape].count; i++) {
		points[i].x = x + scale * polygons[shape].corners[i].x;
		points[i].y = y + scale * polygons[shape].corners[i].y;
	}
	fc_canvas_path(canvas, points, (size_t)polygons[shape].count, true, hollow ? &open : &solid);
}

void fc_bar_draw(struct fc_canvas *canvas, struct fc_box box, const struct fc_bar_look *look, double unit, bool mono)
{
	const struct fc_ink inside = { fc_colour(look->fill, mono), FC_NO_COLOUR, 0, FC_DASH_SOLID };
	const struct fc_ink lines = { FC_NO_COLOUR, fc_colour(look->ink, mono), 0.5 * unit, FC_DASH_SOLID };
	struct fc_ink edge = lines;

	if (!(box.w > 0 && box.h > 0))
		return;
	fc_canvas_rect(canvas, box, &inside);
	if (look->hatch != FC_HATCH_NONE)
		fc_canvas_hatch(canvas, box, look->hatch, 2.6 * unit, &lines);
	/* White lines are drawn into the colour; the outline has the colour itself. */
	edge.stroke = fc_colour(look->ink == FC_WHITE ? look->fill : look->ink, mono);
	fc_canvas_rect(canvas, box, &edge);
}
