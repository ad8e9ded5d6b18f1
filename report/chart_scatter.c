/*
 * Time against FLOPs of every step of training, both on logarithmic axes: the proportional line, the fitted power
 * with its interval, and beside them, in a strip of their own, the steps that have time but no FLOPs at all.
 */
#include <math.h>
#include <stdlib.h>

#include "chart.h"
#include "chart_scatter.h"

#define NAMES 6

/* Where everything lies. */
struct layout {
	struct fc_axis x, y;
	struct fc_box frame, strip;	/* strip.w = 0: no steps without FLOPs */
	double fit_low, fit_high;	/* FLOPs of the rows that the fits are of */
	double unit;			/* of time */
	const char *unit_text;
	const struct fc_relation *relation;
	double zero_share;		/* of the time */
};

static bool in_chart(const struct fc_study_layer *row)
{
	return row->pass == FC_PASS_TRAIN && row->time_s > 0 && isfinite(row->time_s);
}

/* Which look: 0 forward, 1 backward data, 2 backward weights, 3 update; -1: no FLOPs. */
static int series_of(const struct fc_study_layer *row)
{
	if (row->flops == 0)
		return -1;
	return row->phase == FC_PHASE_BACKWARD_DATA ? 1 : row->phase == FC_PHASE_BACKWARD_WEIGHTS ? 2 :
	       row->phase == FC_PHASE_UPDATE ? 3 : 0;
}

bool fc_chart_scatter_wanted(const struct fc_study *study)
{
	for (size_t i = 0; i < study->layer_count; i++) {
		if (in_chart(&study->layers[i]) && series_of(&study->layers[i]) >= 0)
			return true;
	}
	return false;
}

static void find_ranges(struct fc_plot *plot, struct layout *layout)
{
	double zero_time = 0, time = 0;

	layout->x.low = layout->y.low = layout->fit_low = INFINITY;
	layout->x.high = layout->y.high = 0;
	for (size_t i = 0; i < plot->study->layer_count; i++) {
		const struct fc_study_layer *row = &plot->study->layers[i];

		if (!in_chart(row))
			continue;
		layout->y.low = fmin(layout->y.low, row->time_s);
		layout->y.high = fmax(layout->y.high, row->time_s);
		time += row->mean_s > 0 ? row->mean_s : 0;
		if (row->flops == 0) {
			zero_time += row->mean_s > 0 ? row->mean_s : 0;
			layout->strip.w = 22 * plot->u;
			continue;
		}
		layout->x.low = fmin(layout->x.low, (double)row->flops);
		layout->x.high = fmax(layout->x.high, (double)row->flops);
		if (row->in_relation) {
			layout->fit_low = fmin(layout->fit_low, (double)row->flops / 1.3);
			layout->fit_high = fmax(layout->fit_high, (double)row->flops * 1.3);
		}
	}
	layout->zero_share = time > 0 ? zero_time / time : NAN;
}

/* A little air around the outermost points. */
static void pad(struct fc_axis *axis)
{
	double margin;

	fc_range_widen(&axis->low, &axis->high, true);
	margin = pow(axis->high / axis->low, 0.04);
	axis->low /= margin;
	axis->high *= margin;
}

static int legend(struct fc_plot *plot, const struct layout *layout, double y, bool draw, double *height)
{
	struct fc_arena *arena = &plot->canvas->arena;
	struct fc_legend_item items[9];
	char number[FC_TEXT_NUMBER];
	bool used[5] = { false }, dense = false;
	int count = 0;

	for (size_t i = 0; i < plot->study->layer_count; i++) {
		const struct fc_study_layer *row = &plot->study->layers[i];

		if (!in_chart(row))
			continue;
		used[series_of(row) < 0 ? 4 : series_of(row)] = true;
		dense = dense || (row->family == FC_FAMILY_DENSE && series_of(row) >= 0 && series_of(row) < 3);
	}
	for (int s = 0; s < 5; s++) {
		static const char *const texts[] = { "Forward", "Backward, data", "Backward, weights", "Update",
						     "No FLOPs" };

		if (used[s])
			items[count++] = (struct fc_legend_item){ .sample = FC_SAMPLE_MARKER, .text = texts[s],
								  .colour = fc_scatter_look(s)->colour,
								  .shape = fc_scatter_look(s)->shape,
								  .hollow = fc_scatter_look(s)->hollow };
	}
	if (dense)
		items[count++] = (struct fc_legend_item){ .sample = FC_SAMPLE_MARKER,
							  .text = "hollow: fully connected layer",
							  .colour = FC_GREY_TEXT,
							  .shape = FC_SHAPE_CIRCLE,
							  .hollow = true };
	if (layout->relation && layout->relation->fits[FC_FIT_PROPORTIONAL].valid)
		items[count++] = (struct fc_legend_item){ .sample = FC_SAMPLE_LINE, .text = "Proportional",
							  .colour = FC_BLACK, .dash = FC_DASH_DASHED };
	if (layout->relation && layout->relation->fits[FC_FIT_POWER].valid)
		items[count++] = (struct fc_legend_item){
			.sample = isfinite(layout->relation->exponent.low) ? FC_SAMPLE_BAND : FC_SAMPLE_LINE,
			.text = "Fit: FLOPs",
			.colour = FC_BLACK,
			.raised = fc_arena_strdup(
				arena, fc_text_fixed(number, layout->relation->fits[FC_FIT_POWER].exponent, 2))
		};
	*height = fc_legend(plot, items, count, 0, y, plot->canvas->width, draw);
	return count;
}

static int place(struct fc_plot *plot, struct layout *layout, struct fc_error *err)
{
	const double u = plot->u, width = plot->canvas->width, ascent = fc_plot_ascent(plot);
	const struct fc_prefix *prefix = fc_prefix_for(layout->y.high);
	const double below = fc_axis_depth(&(struct fc_axis){ .type = plot->type }, plot->canvas->metrics) +
			     fc_plot_line(plot) + u;
	double legend_height, left, gap = layout->strip.w > 0 ? 9 * u : 0;

	layout->unit = prefix->factor;
	layout->unit_text = prefix->text;
	layout->y.low /= prefix->factor;
	layout->y.high /= prefix->factor;
	pad(&layout->x);
	pad(&layout->y);
	legend(plot, layout, 0, false, &legend_height);
	layout->frame.y = legend_height + 5 * u + ascent + fc_plot_descent(plot) + 5.5 * u;
	layout->frame.h = fmin(fmin(0.66 * width, 250 * u), plot->style->max_height - layout->frame.y - below);
	layout->y.name = "time";
	layout->y.log = layout->y.upright = true;
	layout->y.type = plot->type;
	layout->y.start = layout->frame.y + layout->frame.h;
	layout->y.end = layout->frame.y;
	if (fc_axis_fit(&layout->y, plot->canvas->metrics, err))
		return -1;
	left = fc_axis_label_width(&layout->y, plot->canvas->metrics) + 6 * u;
	layout->strip.x = left;
	layout->strip.y = layout->frame.y;
	layout->strip.h = layout->frame.h;
	layout->frame.x = left + layout->strip.w + gap;
	layout->frame.w = width - layout->frame.x - 1 * u;
	layout->x.name = "flops";
	layout->x.log = true;
	layout->x.type = plot->type;
	layout->x.start = layout->frame.x;
	layout->x.end = layout->frame.x + layout->frame.w;
	layout->x.limit_low = layout->frame.x - gap + 2 * u;
	layout->x.limit_high = width;
	if (fc_axis_fit(&layout->x, plot->canvas->metrics, err))
		return -1;
	plot->canvas->height = layout->frame.y + layout->frame.h + below;
	return 0;
}

/* A straight line in the logarithms, through two points of the data, cut to the frame. */
static void draw_line(struct fc_plot *plot, const struct layout *layout, const struct fc_fit *fit,
		      enum fc_fit_kind kind, enum fc_dash dash, struct fc_dots *dots)
{
	const struct fc_ink ink = { FC_NO_COLOUR, FC_BLACK, 1.1 * plot->u, dash };
	const struct fc_axis *x = &layout->x, *y = &layout->y;
	const double low = layout->fit_low, high = layout->fit_high;
	struct fc_point a = { fc_axis_at(x, low), fc_axis_at(y, fc_fit_time(fit, kind, low, NAN) / layout->unit) };
	struct fc_point b = { fc_axis_at(x, high), fc_axis_at(y, fc_fit_time(fit, kind, high, NAN) / layout->unit) };

	if (fit->valid && isfinite(a.y) && isfinite(b.y) && fc_box_cut(layout->frame, &a, &b))
		fc_canvas_line(plot->canvas, a.x, a.y, b.x, b.y, &ink);
	else
		return;
	/* Names keep off the line as if it were many points. */
	for (int i = 0; i < 100; i++)
		fc_dots_avoid(dots, (struct fc_point){ a.x + i / 99.0 * (b.x - a.x), a.y + i / 99.0 * (b.y - a.y) });
}

/* What the interval of the exponent allows: lines of both slopes through the middle of the data. */
static void draw_band(struct fc_plot *plot, const struct layout *layout)
{
	const struct fc_ink ink = { FC_GREY_BAND, FC_NO_COLOUR, 0, FC_DASH_SOLID };
	const struct fc_relation *relation = layout->relation;
	const struct fc_fit *fit = &relation->fits[FC_FIT_POWER];
	double middle = 0, time;
	size_t n = 0;
	struct fc_point points[2 * 33];

	if (!fit->valid || !isfinite(relation->exponent.low) || !isfinite(relation->exponent.high))
		return;
	for (size_t i = 0; i < plot->study->layer_count; i++) {
		if (plot->study->layers[i].in_relation) {
			middle += log((double)plot->study->layers[i].flops);
			n++;
		}
	}
	middle = n ? middle / (double)n : 0;
	time = log(fc_fit_time(fit, FC_FIT_POWER, exp(middle), NAN) / layout->unit);
	for (int i = 0; i <= 32; i++) {
		const double f = log(layout->fit_low) + i / 32.0 * log(layout->fit_high / layout->fit_low);
		const double one = time + relation->exponent.low * (f - middle),
			     two = time + relation->exponent.high * (f - middle);
		const double upper = fc_axis_at(&layout->y, exp(fmax(one, two))),
			     lower = fc_axis_at(&layout->y, exp(fmin(one, two)));
		const double top = layout->frame.y, bottom = layout->frame.y + layout->frame.h;

		points[i] = (struct fc_point){ fc_axis_at(&layout->x, exp(f)), fmax(top, fmin(bottom, upper)) };
		points[65 - i] = (struct fc_point){ points[i].x, fmax(top, fmin(bottom, lower)) };
	}
	fc_canvas_path(plot->canvas, points, 66, true, &ink);
}

/* In the strip, points are spread sideways by their number: the golden ratio keeps neighbours apart. */
static double aside(size_t i)
{
	const double golden = 0.6180339887498949 * (double)(i + 1);

	return golden - floor(golden);
}

static void add_points(struct fc_plot *plot, const struct layout *layout, struct fc_dots *dots)
{
	size_t in_strip = 0;

	for (size_t i = 0; i < plot->study->layer_count; i++) {
		const struct fc_study_layer *row = &plot->study->layers[i];
		struct fc_dot dot = { .row = i };
		int series;

		if (!in_chart(row))
			continue;
		series = series_of(row);
		dot.series = (int16_t)(series < 0 ? 4 : series);
		dot.hollow = series >= 0 && series < 3 && row->family == FC_FAMILY_DENSE;
		dot.at.y = fc_axis_at(&layout->y, row->time_s / layout->unit);
		dot.at.x = series < 0 ? layout->strip.x + (0.12 + 0.76 * aside(in_strip++)) * layout->strip.w :
					fc_axis_at(&layout->x, (double)row->flops);
		fc_dots_add(dots, &dot);
	}
}

/* The row farthest above (sign 1) or below (-1) the proportional line, of a network that `taken` does not hold. */
static const struct fc_study_layer *farthest(const struct fc_study *study, double sign, const bool *taken)
{
	const struct fc_study_layer *best = NULL;

	for (size_t i = 0; i < study->layer_count; i++) {
		const struct fc_study_layer *row = &study->layers[i];

		if (!row->in_relation || !in_chart(row) || taken[row->network] || !(sign * row->residual >= 1))
			continue;
		if (!best || sign * row->residual > sign * best->residual)
			best = row;
	}
	return best;
}

/* What is named: in turn above and below the line, at most one layer of a network on each side. */
static int find_outliers(struct fc_plot *plot, const struct layout *layout, struct fc_name *names)
{
	const struct fc_study *study = plot->study;
	bool *taken[2];
	int count = 0;

	for (int side = 0; side < 2; side++)
		taken[side] = FC_NEW_ARRAY(&plot->canvas->arena, bool, study->network_count);
	for (int turn = 0; turn < NAMES; turn++) {
		const struct fc_study_layer *row = farthest(study, turn % 2 ? -1 : 1, taken[turn % 2]);

		if (!row)
			continue;
		taken[turn % 2][row->network] = true;
		names[count].at = (struct fc_point){ fc_axis_at(&layout->x, (double)row->flops),
						     fc_axis_at(&layout->y, row->time_s / layout->unit) };
		names[count++].text = fc_plot_fit(plot,
						  fc_arena_printf(&plot->canvas->arena, "%s %s",
								  study->networks[row->network].name, row->layer),
						  0.42 * plot->canvas->width);
	}
	return count;
}

static void draw_frames(struct fc_plot *plot, const struct layout *layout)
{
	const double u = plot->u, bottom = layout->frame.y + layout->frame.h;
	const struct fc_ink ink = { FC_NO_COLOUR, FC_BLACK, 0.6 * u, FC_DASH_SOLID };
	const double titles = plot->canvas->height - fc_plot_descent(plot) - 0.5 * u;
	const char *flops = "FLOPs per step (FLOP)";

	fc_plot_text(plot,
		     fc_plot_fit(plot,
				 fc_arena_printf(&plot->canvas->arena, "Time per step (%ss)", layout->unit_text),
				 plot->canvas->width),
		     FC_ANCHOR_LEFT, 0, layout->frame.y - 5.5 * u - fc_plot_descent(plot), FC_BLACK);
	fc_plot_text(plot, fc_plot_fit(plot, flops, layout->frame.w), FC_ANCHOR_RIGHT,
		     layout->frame.x + layout->frame.w, titles, FC_BLACK);
	fc_canvas_rect(plot->canvas, layout->frame, &ink);
	fc_axis_draw(&layout->x, plot->canvas, bottom);
	if (layout->strip.w > 0) {
		fc_canvas_rect(plot->canvas, layout->strip, &ink);
		fc_plot_text(plot, "none", FC_ANCHOR_MIDDLE, layout->strip.x + layout->strip.w / 2,
			     bottom + 5 * u + fc_plot_ascent(plot), FC_BLACK);
	}
	fc_axis_draw(&layout->y, plot->canvas, layout->strip.x);
	fc_canvas_place(plot->canvas, "frame", "layers", NAN, NAN, layout->frame);
}

static void describe(struct fc_plot *plot, const struct layout *layout, const struct fc_dots *dots, int names,
		     int left_out)
{
	struct fc_str *caption = plot->caption;
	char number[FC_TEXT_NUMBER];

	fc_str_add(caption, "Time of one step of training against its FLOPs; a step is one layer in one phase.");
	if (layout->relation && layout->relation->fits[FC_FIT_PROPORTIONAL].valid)
		fc_str_add(caption, " On the dashed line time is proportional to FLOPs.");
	if (layout->relation && layout->relation->fits[FC_FIT_POWER].valid) {
		fc_str_addf(caption, " The fitted power of FLOPs is %s",
			    fc_text_fixed(number, layout->relation->fits[FC_FIT_POWER].exponent, 2));
		if (isfinite(layout->relation->exponent.low))
			fc_str_addf(caption, " (band: 95\xC2\xA0%% interval, %s",
				    fc_text_fixed(number, layout->relation->exponent.low, 2));
		if (isfinite(layout->relation->exponent.low))
			fc_str_addf(caption, " to %s)", fc_text_fixed(number, layout->relation->exponent.high, 2));
		fc_str_add(caption, "; updates are not part of the fit.");
	}
	if (layout->strip.w > 0)
		fc_str_addf(caption, " The strip holds steps without FLOPs, which take %s of the time.",
			    fc_text_percent(number, layout->zero_share));
	if (names > left_out)
		fc_str_add(caption, " Named are layers farthest from the dashed line.");
	if (left_out > 0)
		fc_str_addf(caption, " %d more could not be named without covering others.", left_out);
	if (dots->drawn < dots->count)
		fc_str_addf(caption, " Of %zu points those that would coincide are drawn once: %zu.", dots->count,
			    dots->drawn);
	fc_str_addf(plot->alt, "Scatter of %zu points on logarithmic axes, time in %sseconds against FLOPs.",
		    dots->count, fc_prefix_for(layout->unit)->text[0] == 'm' ? "milli" : "");
	fc_str_addf(plot->alt, " %s", caption->text);
}

int fc_chart_scatter(struct fc_plot *plot, struct fc_error *err)
{
	struct layout layout = { .relation = fc_study_relation(plot->study, "layers") };
	struct fc_name names[NAMES];
	struct fc_dots dots = { 0 };
	double unused;
	int name_count, left_out;

	if (layout.relation && !layout.relation->has_statistics)
		layout.relation = NULL;
	find_ranges(plot, &layout);
	if (place(plot, &layout, err))
		return -1;
	legend(plot, &layout, 0, true, &unused);
	if (layout.relation)
		draw_band(plot, &layout);
	fc_axis_grid(&layout.x, plot->canvas, layout.frame.y, layout.frame.y + layout.frame.h);
	fc_axis_grid(&layout.y, plot->canvas, layout.frame.x, layout.frame.x + layout.frame.w);
	add_points(plot, &layout, &dots);
	fc_dots_draw(&dots, plot);
	if (layout.relation) {
		draw_line(plot, &layout, &layout.relation->fits[FC_FIT_PROPORTIONAL], FC_FIT_PROPORTIONAL,
			  FC_DASH_DASHED, &dots);
		draw_line(plot, &layout, &layout.relation->fits[FC_FIT_POWER], FC_FIT_POWER, FC_DASH_SOLID, &dots);
	}
	draw_frames(plot, &layout);
	name_count = find_outliers(plot, &layout, names);
	left_out = fc_names_draw(plot, layout.frame, names, name_count, dots.places, dots.place_count);
	describe(plot, &layout, &dots, name_count, left_out);
	fc_dots_release(&dots);
	return 0;
}
