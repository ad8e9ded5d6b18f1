/*
 * A canvas is a list of marks. Charts measure, place and add marks to it; painters replay the list into PDF, PNG,
 * SVG, text or JSON. So every format shows the same drawing, and a drawing can be tested without a picture.
 *
 * Coordinates are points (1/72 inch), x to the right, y downwards, (0, 0) at the top left. There is no transparency
 * and no clipping: what lies over something simply comes later, and charts cut their own lines.
 */
#ifndef REPORT_CANVAS_H
#define REPORT_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flopclock/arena.h"
#include "flopclock/str.h"
#include "text.h"

struct fc_point {
	double x, y;
};

struct fc_box {
	double x, y, w, h;
};

#define FC_NO_COLOUR (-1)	/* else 0xRRGGBB */

enum fc_dash { FC_DASH_SOLID, FC_DASH_DASHED, FC_DASH_DOTTED, FC_DASH_LONG, FC_DASH_COUNT };

enum fc_hatch {
	FC_HATCH_NONE,
	FC_HATCH_RISING,
	FC_HATCH_FALLING,
	FC_HATCH_CROSS,
	FC_HATCH_UPRIGHT,
	FC_HATCH_LEVEL,
	FC_HATCH_COUNT
};

/* How an outline and its inside look. */
struct fc_ink {
	int32_t fill, stroke;	/* FC_NO_COLOUR: none */
	double width;		/* of the stroke */
	enum fc_dash dash;
};

enum fc_mark_kind { FC_MARK_PATH, FC_MARK_RECT, FC_MARK_DISC, FC_MARK_TEXT, FC_MARK_GROUP, FC_MARK_GROUP_END };

struct fc_mark {
	enum fc_mark_kind kind;
	struct fc_ink ink;
	union {
		/* Sub-paths of equal length `step` each (a hatch is many lines of two points); step = count: one. */
		struct { const struct fc_point *points; size_t count, step; bool closed; } path;
		struct fc_box rect;
		struct { struct fc_point centre; double radius; } disc;
		struct fc_label text;
		struct { const char *id, *title; } group;	/* title may be NULL */
	} as;
};

/* What the geometry file tells beside the marks. */
struct fc_place {
	const char *kind;	/* "frame", "tick", "point", "bar" */
	const char *name;	/* of the axis or series */
	double value[2];	/* in units of the data; NaN where there is none */
	struct fc_box box;	/* where it lies; a point has no extent */
};

struct fc_canvas {
	struct fc_arena arena;		/* texts and points of marks */
	const struct fc_metrics *metrics;	/* borrowed */
	double width, height;
	struct fc_mark *marks;
	size_t mark_count, mark_capacity;
	struct fc_box *labels;		/* boxes of all texts, in the order of the text marks */
	size_t label_count, label_capacity;
	struct fc_place *places;
	size_t place_count, place_capacity;
};

void fc_canvas_init(struct fc_canvas *canvas, const struct fc_metrics *metrics, double width, double height);
void fc_canvas_release(struct fc_canvas *canvas);

/* Groups have no effect on the picture; they name parts of it in SVG and JSON. `id` must fit in an SVG id. */
void fc_canvas_group(struct fc_canvas *canvas, const char *id, const char *title);
void fc_canvas_group_end(struct fc_canvas *canvas);

void fc_canvas_line(struct fc_canvas *canvas, double x0, double y0, double x1, double y1, const struct fc_ink *ink);
/* Points are copied. */
void fc_canvas_path(struct fc_canvas *canvas, const struct fc_point *points, size_t count, bool closed,
		    const struct fc_ink *ink);
void fc_canvas_rect(struct fc_canvas *canvas, struct fc_box box, const struct fc_ink *ink);
void fc_canvas_disc(struct fc_canvas *canvas, double x, double y, double radius, const struct fc_ink *ink);
/* Lines of a hatch that fill the box; patterns in neighbouring boxes are in step. `pitch`: distance between lines. */
void fc_canvas_hatch(struct fc_canvas *canvas, struct fc_box box, enum fc_hatch hatch, double pitch,
		     const struct fc_ink *ink);
/* The text is cleaned (see fc_text_clean) and copied; an empty one adds nothing. Returns its box. */
struct fc_box fc_canvas_text(struct fc_canvas *canvas, const struct fc_label *label);

/*
 * Adds a part of another canvas, moved: marks, the boxes of their texts and places from the first to one before the
 * second number. `from` must outlive `to`.
 */
void fc_canvas_copy(struct fc_canvas *to, const struct fc_canvas *from, const size_t marks[2], const size_t labels[2],
		    const size_t places[2], double dx, double dy);
/* Moves all that was drawn and widens the canvas, so that there is a margin on every side. */
void fc_canvas_margin(struct fc_canvas *canvas, double margin);

/* Whether a box, made larger by `gap` on all sides, touches the box of a text so far or leaves the canvas. */
bool fc_canvas_taken(const struct fc_canvas *canvas, struct fc_box box, double gap);
bool fc_box_meets(struct fc_box a, struct fc_box b);
/* Cuts the line from a to b down to what lies in the box; false when nothing does. */
bool fc_box_cut(struct fc_box box, struct fc_point *a, struct fc_point *b);

/* `kind` and `name` are borrowed: constants, or in the canvas's arena. */
void fc_canvas_place(struct fc_canvas *canvas, const char *kind, const char *name, double v0, double v1,
		     struct fc_box box);

/* Who draws. Every function may be called in any order; groups are balanced. */
struct fc_painter {
	void (*path)(void *impl, const struct fc_mark *mark);
	void (*rect)(void *impl, const struct fc_mark *mark);
	void (*disc)(void *impl, const struct fc_mark *mark);
	void (*text)(void *impl, const struct fc_mark *mark);
	void (*group)(void *impl, const struct fc_mark *mark);
	void (*group_end)(void *impl, const struct fc_mark *mark);
};

void fc_canvas_paint(const struct fc_canvas *canvas, const struct fc_painter *painter, void *impl);

/* Dashes: lengths in units of the line width, count of them (0: solid). */
int fc_dash_lengths(enum fc_dash dash, const double **lengths);

/* Painters without a library. `id` starts the ids in the file. */
void fc_canvas_list(const struct fc_canvas *canvas, struct fc_str *out);
void fc_canvas_json(const struct fc_canvas *canvas, const char *id, struct fc_str *out);
void fc_canvas_svg(const struct fc_canvas *canvas, const char *id, const char *title, const char *description,
		   const char *family, struct fc_str *out);

#endif
