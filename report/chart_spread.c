/*
 * How long the same number of FLOPs takes: time per GFLOP of every step, by kind of layer and phase. If time were
 * proportional to FLOPs, all points would stand on one line.
 */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "stat.h"

#define POINTS 160	/* drawn per row; the box says the rest */
#define FEWEST 8	/* steps for a box; fewer are their own picture */

struct group {
	const char *name;
	double *values;		/* seconds per GFLOP, ascending */
	size_t count;
	double y;
};

struct layout {
	struct group *groups;
	int count, left_out;	/* rows, and those for which there is no room */
	double names, top, pitch, bottom, right;
	double unit, proportional;	/* seconds per GFLOP; NaN: none */
	const char *unit_text;
	struct fc_axis axis;
};

static double value_of(const struct fc_study_layer *row)
{
	const bool counts = row->pass == FC_PASS_TRAIN && row->flops > 0 && row->time_s > 0 && isfinite(row->time_s);

	return counts ? row->time_s / (double)row->flops * 1e9 : NAN;
}

bool fc_chart_spread_wanted(const struct fc_study *study)
{
	for (size_t i = 0; i < study->layer_count; i++) {
		if (!isnan(value_of(&study->layers[i])))
			return true;
	}
	return false;
}

static const char *short_name(enum fc_family family)
{
	return family == FC_FAMILY_CONV ? "Conv." : family == FC_FAMILY_DENSE ? "Fully conn." :
	       family == FC_FAMILY_NORM ? "Batch norm." : fc_family_title(family);
}

static void collect(struct fc_plot *plot, struct layout *layout)
{
	static const char *const phases[FC_PHASE_COUNT] = { "forward", "back. data", "back. weights",
							    "update",  "input",	     "loss" };
	const struct fc_study *study = plot->study;
	struct fc_arena *arena = &plot->canvas->arena;
	size_t (*counts)[FC_PHASE_COUNT] = fc_arena_alloc(arena, FC_FAMILY_COUNT, sizeof *counts);
	int (*index)[FC_PHASE_COUNT] = fc_arena_alloc(arena, FC_FAMILY_COUNT, sizeof *index);

	for (size_t i = 0; i < study->layer_count; i++) {
		if (!isnan(value_of(&study->layers[i])))
			counts[study->layers[i].family][study->layers[i].phase]++;
	}
	layout->groups = FC_NEW_ARRAY(arena, struct group, FC_FAMILY_COUNT * FC_PHASE_COUNT);
	for (int f = 0; f < FC_FAMILY_COUNT; f++) {
		for (int p = 0; p < FC_PHASE_COUNT; p++) {
			if (!counts[f][p])
				continue;
			index[f][p] = layout->count;
			layout->groups[layout->count].name =
				fc_arena_printf(arena, "%s %s", short_name(f), phases[p]);
			layout->groups[layout->count++].values = FC_NEW_ARRAY(arena, double, counts[f][p]);
		}
	}
	for (size_t i = 0; i < study->layer_count; i++) {
		const struct fc_study_layer *row = &study->layers[i];
		const double value = value_of(row);

		if (!isnan(value)) {
			struct group *group = &layout->groups[index[row->family][row->phase]];

			group->values[group->count++] = value;
		}
	}
	for (int g = 0; g < layout->count; g++)
		fc_sort_doubles(layout->groups[g].values, layout->groups[g].count);
}

static void find_range(struct fc_plot *plot, struct layout *layout)
{
	const struct fc_relation *relation = fc_study_relation(plot->study, "layers");
	double low = INFINITY, high = 0;

	for (int g = 0; g < layout->count; g++) {
		low = fmin(low, layout->groups[g].values[0]);
		high = fmax(high, layout->groups[g].values[layout->groups[g].count - 1]);
	}
	layout->proportional = NAN;
	if (relation && relation->has_statistics && relation->fits[FC_FIT_PROPORTIONAL].valid)
		layout->proportional = 1e9 / relation->fits[FC_FIT_PROPORTIONAL].rate;
	if (layout->proportional > 0) {
		low = fmin(low, layout->proportional);
		high = fmax(high, layout->proportional);
	}
	layout->unit = fc_prefix_for(sqrt(low) * sqrt(high))->factor;
	layout->unit_text = fc_prefix_for(sqrt(low) * sqrt(high))->text;
	layout->axis = (struct fc_axis){ .name = "time per GFLOP", .log = true, .low = low / layout->unit,
					 .high = high / layout->unit, .type = plot->type };
	fc_range_widen(&layout->axis.low, &layout->axis.high, true);
}

static int place(struct fc_plot *plot, struct layout *layout, struct fc_error *err)
{
	const double u = plot->u, width = plot->canvas->width;
	const int rooms = (int)((plot->style->max_height - 60 * u) / (9.8 * u));
	double below;

	if (layout->count > rooms) {
		layout->left_out = layout->count - rooms;
		layout->count = rooms;
	}
	for (int g = 0; g < layout->count; g++)
		layout->names = fmax(layout->names,
				     fc_plot_width(plot, fc_plot_fit(plot, layout->groups[g].name, 0.4 * width)));
	layout->right = fc_plot_width(plot, "p95/p5") + 5 * u;
	layout->axis.start = layout->names + 7 * u;
	layout->axis.end = width - layout->right;
	layout->axis.limit_low = layout->axis.start - 6 * u;
	layout->axis.limit_high = width;
	if (fc_axis_fit(&layout->axis, plot->canvas->metrics, err))
		return -1;
	layout->top = 2 * fc_plot_line(plot);
	below = fc_axis_depth(&layout->axis, plot->canvas->metrics) + fc_plot_line(plot) + u;
	layout->pitch =
		fmax(9.8 * u, fmin(17 * u, (plot->style->max_height - layout->top - below - 2 * u) / layout->count));
	layout->bottom = layout->top + layout->count * layout->pitch + 2 * u;
	for (int g = 0; g < layout->count; g++)
		layout->groups[g].y = layout->top + (g + 0.5) * layout->pitch;
	plot->canvas->height = layout->bottom + below;
	return 0;
}

static double at(const struct layout *layout, double value)
{
	return fc_axis_at(&layout->axis, value / layout->unit);
}

static void draw_points(struct fc_plot *plot, const struct layout *layout, const struct group *group)
{
	const struct fc_ink dot = { fc_plot_colour(plot, FC_SKY), FC_NO_COLOUR, 0, FC_DASH_SOLID };
	const size_t shown = group->count < POINTS ? group->count : POINTS;

	for (size_t i = 0; i < shown; i++) {
		const size_t k = shown > 1 ? i * (group->count - 1) / (shown - 1) : 0;
		const double golden = 0.6180339887498949 * (double)(i + 1), aside = golden - floor(golden) - 0.5;
		const double x = at(layout, group->values[k]), y = group->y + 0.62 * aside * layout->pitch;

		fc_canvas_disc(plot->canvas, x, y, 0.95 * plot->u, &dot);
		fc_canvas_place(plot->canvas, "point", group->name, group->values[k], NAN,
				(struct fc_box){ x, y, 0, 0 });
	}
}

static void draw_box(struct fc_plot *plot, const struct layout *layout, const struct group *group)
{
	const struct fc_ink box = { FC_NO_COLOUR, FC_BLACK, 0.7 * plot->u, FC_DASH_SOLID };
	const struct fc_ink middle = { FC_NO_COLOUR, FC_BLACK, 1.6 * plot->u, FC_DASH_SOLID };
	const double half = 0.3 * layout->pitch;
	double q[5];

	if (group->count < FEWEST)
		return;
	for (int i = 0; i < 5; i++)
		q[i] = at(layout, fc_quantile(group->values, group->count,
					      (const double[]){ 0.05, 0.25, 0.5, 0.75, 0.95 }[i]));
	fc_canvas_line(plot->canvas, q[0], group->y, q[1], group->y, &box);
	fc_canvas_line(plot->canvas, q[3], group->y, q[4], group->y, &box);
	fc_canvas_line(plot->canvas, q[0], group->y - half / 2, q[0], group->y + half / 2, &box);
	fc_canvas_line(plot->canvas, q[4], group->y - half / 2, q[4], group->y + half / 2, &box);
	fc_canvas_rect(plot->canvas, (struct fc_box){ q[1], group->y - half, q[3] - q[1], 2 * half }, &box);
	fc_canvas_line(plot->canvas, q[2], group->y - half, q[2], group->y + half, &middle);
}

static void draw_group(struct fc_plot *plot, const struct layout *layout, const struct group *group)
{
	const double base = group->y + 0.35 * plot->type.size, width = plot->canvas->width;
	char text[FC_TEXT_NUMBER];

	fc_plot_text(plot, fc_plot_fit(plot, group->name, 0.4 * width), FC_ANCHOR_RIGHT, layout->names, base,
		     FC_BLACK);
	draw_points(plot, layout, group);
	draw_box(plot, layout, group);
	if (group->count < FEWEST)
		return;
	fc_text_times(text, fc_quantile(group->values, group->count, 0.95) /
				    fc_quantile(group->values, group->count, 0.05));
	fc_plot_text(plot, fc_plot_fit(plot, text, layout->right - 4 * plot->u), FC_ANCHOR_RIGHT, width, base,
		     FC_BLACK);
}

static void draw_proportional(struct fc_plot *plot, const struct layout *layout)
{
	const struct fc_ink ink = { FC_NO_COLOUR, FC_BLACK, 1.0 * plot->u, FC_DASH_DASHED };
	const double x = at(layout, layout->proportional);
	const char *text = "if proportional";
	const double half = fc_plot_width(plot, text) / 2, base = layout->top - 2 * plot->u - fc_plot_descent(plot);
	const double limit = plot->canvas->width - layout->right;

	fc_canvas_line(plot->canvas, x, layout->top - 1.5 * plot->u, x, layout->bottom, &ink);
	if (2 * half <= limit)
		fc_plot_text(plot, text, FC_ANCHOR_MIDDLE, fmax(half, fmin(limit - half, x)), base, FC_BLACK);
}

static void describe(struct fc_plot *plot, const struct layout *layout)
{
	fc_str_add(plot->caption,
		   "Time per GFLOP of the steps of training, by kind of layer and phase. Boxes: quartiles and "
		   "median; whiskers: 5th and 95th percentile, their ratio on the right; points: single steps");
	for (int g = 0; g < layout->count; g++) {
		if (layout->groups[g].count > POINTS) {
			fc_str_addf(plot->caption, " (at most %d in a row, evenly chosen)", POINTS);
			break;
		}
	}
	fc_str_addf(plot->caption, ". Rows of fewer than %d steps have no box", FEWEST);
	fc_str_add(plot->caption, ". Were time proportional to FLOPs, all would stand on the dashed line.");
	if (layout->left_out)
		fc_str_addf(plot->caption, " %d more kinds and phases are not shown.", layout->left_out);
	fc_str_add(plot->alt, "Box plots on a logarithmic axis.");
	for (int g = 0; g < layout->count; g++) {
		const struct group *group = &layout->groups[g];
		char number[FC_TEXT_NUMBER];

		fc_str_addf(
			plot->alt, " %s: %zu steps, median %s", group->name, group->count,
			fc_text_significant(number, fc_quantile(group->values, group->count, 0.5) / layout->unit, 3));
		fc_str_addf(plot->alt, " %ss/GFLOP.", layout->unit_text);
	}
}

int fc_chart_spread(struct fc_plot *plot, struct fc_error *err)
{
	const struct fc_ink ink = { FC_NO_COLOUR, FC_BLACK, 0.6 * plot->u, FC_DASH_SOLID };
	struct layout layout = { 0 };
	const char *title;

	collect(plot, &layout);
	find_range(plot, &layout);
	if (place(plot, &layout, err))
		return -1;
	fc_axis_grid(&layout.axis, plot->canvas, layout.top, layout.bottom);
	if (layout.proportional > 0)
		draw_proportional(plot, &layout);
	fc_plot_text(plot, "p95/p5", FC_ANCHOR_RIGHT, plot->canvas->width,
		     layout.top - 2 * plot->u - fc_plot_descent(plot), FC_GREY_TEXT);
	for (int g = 0; g < layout.count; g++)
		draw_group(plot, &layout, &layout.groups[g]);
	fc_canvas_line(plot->canvas, layout.axis.start, layout.bottom, layout.axis.end, layout.bottom, &ink);
	fc_axis_draw(&layout.axis, plot->canvas, layout.bottom);
	fc_canvas_place(plot->canvas, "frame", "spread", NAN, NAN,
			(struct fc_box){ layout.axis.start, layout.top, layout.axis.end - layout.axis.start,
					 layout.bottom - layout.top });
	title = fc_arena_printf(&plot->canvas->arena, "Time per GFLOP (%ss)", layout.unit_text);
	fc_plot_text(plot, title, FC_ANCHOR_RIGHT, layout.axis.end,
		     plot->canvas->height - fc_plot_descent(plot) - 0.5 * plot->u, FC_BLACK);
	describe(plot, &layout);
	return 0;
}
