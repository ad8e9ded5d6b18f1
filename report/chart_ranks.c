/*
 * Networks in the order of their FLOPs in the middle, in the order of their times on both sides. Where lines cross,
 * the network with fewer FLOPs takes longer.
 */
#include <math.h>

#include "chart.h"

struct column {
	const char *title, *below;
	const double *values;	/* per row */
	int *places;		/* rank of each row, 0 at the top */
	double x0, x1;		/* of the names */
};

struct layout {
	struct fc_rows rows;
	struct column columns[3];	/* FLOPs is the one in the middle of three, or the first of two */
	int count, flops;
	double top, pitch;
};

static bool shown(const struct fc_study_network *network)
{
	const struct fc_study_pass *train = &network->passes[FC_PASS_TRAIN],
				   *validate = &network->passes[FC_PASS_VALIDATE];

	return (train->present && isfinite(train->time_per_image_s)) ||
	       (validate->present && isfinite(validate->time_per_image_s));
}

bool fc_chart_ranks_wanted(const struct fc_study *study)
{
	int count = 0;

	for (int i = 0; i < study->network_count; i++)
		count += shown(&study->networks[i]);
	return count >= 2;
}

/* Ranks by value; equal values and missing ones keep the order of the rows. */
static void rank(struct fc_plot *plot, const struct layout *layout, struct column *column)
{
	column->places = FC_NEW_ARRAY(&plot->canvas->arena, int, layout->rows.count);
	for (int i = 0; i < layout->rows.count; i++) {
		for (int k = 0; k < layout->rows.count; k++) {
			const double a = column->values[i], b = column->values[k];
			const bool after = isnan(a) ? !isnan(b) || k < i : !isnan(b) && (b < a || (b == a && k < i));

			column->places[i] += k != i && after;
		}
	}
}

static void add_column(struct fc_plot *plot, struct layout *layout, int pass)
{
	static const char *const titles[] = { "Training", "Validation" };
	double *values = FC_NEW_ARRAY(&plot->canvas->arena, double, layout->rows.count);
	struct column *column = &layout->columns[layout->count];
	bool any = false;

	for (int i = 0; i < layout->rows.count; i++) {
		const struct fc_study_network *network = &plot->study->networks[layout->rows.networks[i]];

		values[i] = pass < 0 ? (double)network->flops :
			    network->passes[pass].present ? network->passes[pass].time_per_image_s : NAN;
		any = any || isfinite(values[i]);
	}
	if (!any)
		return;
	if (pass < 0)
		layout->flops = layout->count;
	column->title = pass < 0 ? "FLOPs" : titles[pass];
	column->values = values;
	rank(plot, layout, column);
	layout->count++;
}

/* Pairs of rows in the other order than by FLOPs, and pairs that can be compared. */
static void count_pairs(const struct layout *layout, const struct column *column, int *inverted, int *pairs)
{
	const double *flops = layout->columns[layout->flops].values;

	*inverted = *pairs = 0;
	for (int i = 0; i < layout->rows.count; i++) {
		for (int k = 0; k < i; k++) {
			const double df = flops[i] - flops[k], dt = column->values[i] - column->values[k];

			*pairs += df != 0 && dt != 0 && !isnan(dt);
			*inverted += df * dt < 0;
		}
	}
}

/* Whether a row crosses any other between FLOPs and the column. */
static bool crosses(const struct layout *layout, const struct column *column, int row)
{
	const struct column *flops = &layout->columns[layout->flops];

	for (int k = 0; k < layout->rows.count; k++) {
		const int a = flops->places[row] - flops->places[k], b = column->places[row] - column->places[k];

		if (a * b < 0)
			return true;
	}
	return false;
}

static double row_y(const struct layout *layout, int place)
{
	return layout->top + (place + 0.5) * layout->pitch;
}

static const char *name_of(struct fc_plot *plot, const struct layout *layout, int row)
{
	const double most = (plot->canvas->width - (layout->count - 1) * 28 * plot->u) / layout->count;

	return fc_plot_fit(plot, plot->study->networks[layout->rows.networks[row]].name, most);
}

static void place(struct fc_plot *plot, struct layout *layout)
{
	const double u = plot->u, width = plot->canvas->width, line = fc_plot_line(plot);
	struct fc_type bold = plot->type;
	double names = 0;

	bold.bold = true;
	for (int i = 0; i < layout->rows.count; i++)
		names = fmax(names, fc_plot_width(plot, name_of(plot, layout, i)));
	for (int c = 0; c < layout->count; c++)
		names = fmax(names, fc_text_width(plot->canvas->metrics, &bold, layout->columns[c].title));
	for (int c = 0; c < layout->count; c++) {
		struct column *column = &layout->columns[c];
		const double middle =
			layout->count > 1 ? names / 2 + c * (width - names) / (layout->count - 1) : width / 2;
		int inverted, pairs;

		column->x0 = middle - names / 2;
		column->x1 = middle + names / 2;
		count_pairs(layout, column, &inverted, &pairs);
		column->below = c == layout->flops ? "" :
			fc_arena_printf(&plot->canvas->arena, "%d of %d pairs inverted", inverted, pairs);
	}
	layout->top = line + 5 * u;
	layout->pitch =
		fmax(10.5 * u, fmin(17 * u, (plot->style->max_height - layout->top - 2 * line) / layout->rows.count));
	plot->canvas->height = layout->top + layout->rows.count * layout->pitch + 1.4 * line + 2 * u;
}

/* Where the line of a row leaves the column of FLOPs: beside its name. */
static double start_of(struct fc_plot *plot, const struct layout *layout, int row, bool leftward)
{
	const struct column *flops = &layout->columns[layout->flops];
	const double width = fc_plot_width(plot, name_of(plot, layout, row)), gap = 4 * plot->u;
	const double middle = (flops->x0 + flops->x1) / 2;

	if (layout->flops == 0)
		return flops->x1 + gap;
	if (layout->flops == layout->count - 1)
		return flops->x0 - gap;
	return leftward ? middle - width / 2 - gap : middle + width / 2 + gap;
}

static void draw_lines(struct fc_plot *plot, const struct layout *layout, const struct column *column, bool crossing)
{
	const struct column *flops = &layout->columns[layout->flops];
	const bool leftward = column->x0 < flops->x0;
	const double u = plot->u, x1 = (leftward ? column->x1 : column->x0) + (leftward ? 4 : -4) * u;

	for (int i = 0; i < layout->rows.count; i++) {
		const double y0 = row_y(layout, flops->places[i]), y1 = row_y(layout, column->places[i]);
		const bool crossed = crosses(layout, column, i);
		const int32_t colour = fc_plot_colour(plot, crossed ? FC_VERMILLION : FC_GREY_LINE);
		const struct fc_ink ink = { FC_NO_COLOUR, colour, (crossed ? 1.4 : 0.9) * u, FC_DASH_SOLID };
		const struct fc_ink dot = { colour, FC_NO_COLOUR, 0, FC_DASH_SOLID };
		const double x0 = start_of(plot, layout, i, leftward);
		/* Level to the end of the longest name, so that no line runs through a neighbour's. */
		const double bend = leftward ? fmin(x0, flops->x0 - 4 * u) : fmax(x0, flops->x1 + 4 * u);
		const struct fc_point points[] = { { x0, y0 }, { bend, y0 }, { x1, y1 } };

		if (crossed != crossing || isnan(column->values[i]))
			continue;
		fc_canvas_path(plot->canvas, points, 3, false, &ink);
		fc_canvas_disc(plot->canvas, x0, y0, 1.5 * u, &dot);
		fc_canvas_disc(plot->canvas, x1, y1, 1.5 * u, &dot);
	}
}

/* Names stand at the side of their column where the lines do not arrive; in the middle column, in its middle. */
static void draw_column(struct fc_plot *plot, const struct layout *layout, int index)
{
	const struct column *column = &layout->columns[index];
	const enum fc_anchor anchor = index == 0 ? FC_ANCHOR_RIGHT : index == layout->count - 1 ? FC_ANCHOR_LEFT :
				      FC_ANCHOR_MIDDLE;
	const double x = index == 0		      ? column->x1
			 : index == layout->count - 1 ? column->x0
						      : (column->x0 + column->x1) / 2;
	const double width = plot->canvas->width, base = plot->canvas->height - fc_plot_descent(plot) - 0.5 * plot->u;
	struct fc_label title = fc_plot_label(plot, column->title, anchor, x, fc_plot_ascent(plot));

	title.type.bold = true;
	fc_canvas_text(plot->canvas, &title);
	for (int i = 0; i < layout->rows.count; i++) {
		const double y = row_y(layout, column->places[i]) + 0.35 * plot->type.size;

		fc_plot_text(plot, isnan(column->values[i]) ? "\xE2\x80\x93" : name_of(plot, layout, i), anchor, x, y,
			     FC_BLACK);
		fc_canvas_place(plot->canvas, "point", column->title, column->values[i], column->places[i],
				(struct fc_box){ x, row_y(layout, column->places[i]), 0, 0 });
	}
	if (*column->below)
		fc_plot_text(plot, fc_plot_fit(plot, column->below, 0.48 * width),
			     index == 0 ? FC_ANCHOR_LEFT : FC_ANCHOR_RIGHT, index == 0 ? 0 : width, base, FC_BLACK);
}

static void describe(struct fc_plot *plot, const struct layout *layout)
{
	fc_str_add(plot->caption,
		   "Networks ordered by FLOPs and by time per image, the least at the top. Lines cross where a "
		   "network with fewer FLOPs takes longer:");
	fc_str_add(plot->alt, "Networks ordered by FLOPs and by time; crossing lines are inversions:");
	for (int c = 0, first = 1; c < layout->count; c++) {
		if (c == layout->flops)
			continue;
		fc_str_addf(plot->caption, "%s %s, %s", first ? "" : ";", layout->columns[c].title,
			    layout->columns[c].below);
		fc_str_addf(plot->alt, "%s %s, %s", first ? "" : ";", layout->columns[c].title,
			    layout->columns[c].below);
		first = 0;
	}
	fc_str_addc(plot->caption, '.');
	fc_str_addc(plot->alt, '.');
	if (layout->rows.count < plot->study->network_count)
		fc_str_addf(plot->caption, " %d of %d networks are shown.", layout->rows.count,
			    plot->study->network_count);
}

int fc_chart_ranks(struct fc_plot *plot, struct fc_error *err)
{
	const double overhead = 40 * plot->u;
	struct layout layout = {
		.rows = fc_plot_rows(plot, shown, (int)((plot->style->max_height - overhead) / (10.5 * plot->u)))
	};

	(void)err;
	add_column(plot, &layout, FC_PASS_TRAIN);
	add_column(plot, &layout, -1);
	add_column(plot, &layout, FC_PASS_VALIDATE);
	place(plot, &layout);
	for (int crossing = 0; crossing < 2; crossing++) {
		for (int c = 0; c < layout.count; c++) {
			if (c != layout.flops)
				draw_lines(plot, &layout, &layout.columns[c], crossing);
		}
	}
	for (int c = 0; c < layout.count; c++)
		draw_column(plot, &layout, c);
	describe(plot, &layout);
	return 0;
}
