/*
 * Colours, marker shapes, dashes and hatches. The colours are those of Okabe and Ito, chosen to be told apart with
 * any kind of colour vision. No series is known by its colour alone: shape and filling, or the hatch, differ too.
 */
#ifndef REPORT_PALETTE_H
#define REPORT_PALETTE_H

#include "canvas.h"

#define FC_BLACK	0x000000
#define FC_WHITE	0xFFFFFF
#define FC_BLUE		0x0072B2
#define FC_VERMILLION	0xD55E00
#define FC_GREEN	0x009E73
#define FC_PURPLE	0xCC79A7
#define FC_SKY		0x56B4E9
#define FC_ORANGE	0xE69F00
#define FC_GREY_TEXT	0x4D4D4D	/* second-rank text: 8.5:1 on white */
#define FC_GREY_LINE	0x8C8C8C
#define FC_GREY_BAND	0xE3E3E3
#define FC_GREY_GRID	0xDDDDDD

enum fc_shape_kind {
	FC_SHAPE_CIRCLE, FC_SHAPE_SQUARE, FC_SHAPE_TRIANGLE, FC_SHAPE_DIAMOND, FC_SHAPE_CROSS, FC_SHAPE_TRIANGLE_DOWN,
	FC_SHAPE_PLUS, FC_SHAPE_COUNT
};

/* How a series of points or lines looks. */
struct fc_series_look {
	int32_t colour;
	enum fc_shape_kind shape;
	bool hollow;
	enum fc_dash dash;
};

/* How a part of a bar looks: `fill` below hatch lines of colour `ink`. Text on it in `text`. */
struct fc_bar_look {
	int32_t fill, ink;
	enum fc_hatch hatch;
	int32_t text;
};

#define FC_SERIES_LOOKS 7
const struct fc_series_look *fc_series_look(int index);	/* index < FC_SERIES_LOOKS */
#define FC_BAR_LOOKS 7
const struct fc_bar_look *fc_bar_look(int index);	/* index < FC_BAR_LOOKS */

/* In a style without colours: the colour itself, or a grey of the same lightness made dark enough to be seen. */
int32_t fc_colour(int32_t colour, bool mono);

/* `size` is the diameter of the circle with the same visual weight. */
void fc_marker_draw(struct fc_canvas *canvas, enum fc_shape_kind shape, bool hollow, int32_t colour, double x,
		    double y, double size);
/* The box with its hatch and a thin outline in the look's ink. `unit` scales the hatch: 1 for 8 pt type. */
void fc_bar_draw(struct fc_canvas *canvas, struct fc_box box, const struct fc_bar_look *look, double unit, bool mono);

/* WCAG relative luminance and contrast; CIELAB distance as seen with full vision, deuteranopia or protanopia. */
enum fc_vision { FC_VISION_FULL, FC_VISION_DEUTERANOPIA, FC_VISION_PROTANOPIA };
double fc_colour_contrast(int32_t a, int32_t b);
double fc_colour_lightness(int32_t colour);
double fc_colour_distance(int32_t a, int32_t b, enum fc_vision vision);

#endif
