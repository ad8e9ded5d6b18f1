#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chart_scatter.h"

const struct fc_series_look *fc_scatter_look(int series)
{
	static const struct fc_series_look looks[] = {
		{ FC_BLUE, FC_SHAPE_CIRCLE, false, FC_DASH_SOLID },
		{ FC_VERMILLION, FC_SHAPE_SQUARE, false, FC_DASH_SOLID },
		{ FC_GREEN, FC_SHAPE_TRIANGLE, false, FC_DASH_SOLID },
		{ FC_BLACK, FC_SHAPE_PLUS, false, FC_DASH_SOLID },
		{ FC_GREY_LINE, FC_SHAPE_CROSS, false, FC_DASH_SOLID },
	};

	return &looks[series];
}

void fc_dots_add(struct fc_dots *dots, const struct fc_dot *dot)
{
	if (dots->count == dots->capacity) {
		dots->capacity = dots->capacity ? 2 * dots->capacity : 256;
		dots->dots = fc_realloc(dots->dots, dots->capacity, sizeof *dots->dots);
	}
	dots->dots[dots->count++] = *dot;
}

void fc_dots_avoid(struct fc_dots *dots, struct fc_point place)
{
	dots->places = fc_realloc(dots->places, dots->place_count + 1, sizeof *dots->places);
	dots->places[dots->place_count++] = place;
}

void fc_dots_release(struct fc_dots *dots)
{
	free(dots->dots);
	free(dots->places);
	memset(dots, 0, sizeof *dots);
}

/* A cell of the grid and a look as one number, for sorting. */
struct key {
	uint64_t cell;
	size_t dot;
};

static int compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	if (x->cell != y->cell)
		return x->cell < y->cell ? -1 : 1;
	return x->dot < y->dot ? -1 : x->dot > y->dot;
}

static int compare_dots(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return x->dot < y->dot ? -1 : x->dot > y->dot;
}

/* Keeps the first dot of every cell in keys[0 .. result), in the order of the dots. */
static size_t thin(const struct fc_dots *dots, double cell, struct key *keys)
{
	size_t kept = 0;

	for (size_t i = 0; i < dots->count; i++) {
		const struct fc_dot *dot = &dots->dots[i];
		const uint64_t x = (uint64_t)fmax(0, dot->at.x / cell), y = (uint64_t)fmax(0, dot->at.y / cell);

		keys[i].cell =
			((x & 0xFFFFFF) << 32) | ((y & 0xFFFFFF) << 8) | (uint64_t)(2 * dot->series + dot->hollow);
		keys[i].dot = i;
	}
	qsort(keys, dots->count, sizeof *keys, compare);
	for (size_t i = 0; i < dots->count; i++) {
		if (i == 0 || keys[i].cell != keys[i - 1].cell)
			keys[kept++] = (struct key){ keys[i].cell, keys[i].dot };
	}
	qsort(keys, kept, sizeof *keys, compare_dots);
	return kept;
}

/* Many points are drawn smaller, so that what lies behind can still be seen. */
static double size_for(size_t count)
{
	return count <= 300 ? 4.0 : count <= 1500 ? 3.2 : count <= 6000 ? 2.4 : 1.8;
}

static void draw_series(const struct fc_dots *dots, const struct key *keys, size_t kept, int series,
			struct fc_plot *plot)
{
	static const char *const ids[] = { "forward", "backward-data", "backward-weights", "update", "no-flops" };
	const struct fc_series_look *look = fc_scatter_look(series);
	const double size = size_for(kept) * plot->u * (series == 4 ? 0.8 : 1);

	fc_canvas_group(plot->canvas, ids[series], NULL);
	for (size_t i = 0; i < kept; i++) {
		const struct fc_dot *dot = &dots->dots[keys[i].dot];
		const struct fc_study_layer *row = &plot->study->layers[dot->row];

		if (dot->series != series)
			continue;
		fc_marker_draw(plot->canvas, look->shape, look->hollow || dot->hollow,
			       fc_plot_colour(plot, look->colour), dot->at.x, dot->at.y, size);
		fc_canvas_place(plot->canvas, "point", ids[series], (double)row->flops, row->time_s,
				(struct fc_box){ dot->at.x, dot->at.y, 0, 0 });
	}
	fc_canvas_group_end(plot->canvas);
}

void fc_dots_draw(struct fc_dots *dots, struct fc_plot *plot)
{
	struct key *keys = fc_calloc(dots->count, sizeof *keys);
	double cell = 0.1 * plot->u;
	size_t kept = thin(dots, cell, keys);

	while (kept > FC_DOTS_DRAWN)
		kept = thin(dots, cell *= 1.4, keys);
	for (int series = 4; series >= 0; series--)
		draw_series(dots, keys, kept, series, plot);
	dots->places = fc_calloc(kept, sizeof *dots->places);
	for (size_t i = 0; i < kept; i++)
		dots->places[i] = dots->dots[keys[i].dot].at;
	dots->drawn = dots->place_count = kept;
	free(keys);
}
