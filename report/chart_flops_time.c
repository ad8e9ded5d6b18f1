/*
 * The figure of the study: networks in order of FLOPs, and beside the FLOPs the time, drawn so that all columns would
 * look alike if time were proportional to FLOPs. In a column of times, the same total time is shared out in
 * proportion to the FLOPs of that pass: a tick on each bar. What lies beyond the tick is hatched, what is missing is
 * hollow; both add up to the same time.
 */
#include <math.h>

#include "chart.h"

#define PANELS 3

struct panel {
	const char *title, *unit;	/* heading, two lines */
	const double *values, *expected;	/* per row; NaN: none. expected may be NULL */
	double scale;			/* shown = value / scale */
	struct fc_axis axis;
	double x, width;		/* of bars and what stands behind them */
};

struct layout {
	struct fc_rows rows;
	int panel_count;
	struct panel panels[PANELS];
	double name_width, top, pitch, bar, bottom;
};

static const struct fc_bar_look flops_bar = { 0x6E6E6E, 0x4D4D4D, FC_HATCH_NONE, FC_WHITE };
static const struct fc_bar_look time_bar = { FC_BLUE, FC_BLUE, FC_HATCH_NONE, FC_WHITE };
static const struct fc_bar_look more_bar = { 0xFFE3D1, FC_VERMILLION, FC_HATCH_RISING, FC_BLACK };
static const struct fc_bar_look less_bar = { FC_WHITE, FC_BLUE, FC_HATCH_NONE, FC_BLACK };

static bool shown(const struct fc_study_network *network)
{
	return network->flops > 0 || network->passes[FC_PASS_TRAIN].present ||
	       network->passes[FC_PASS_VALIDATE].present;
}

bool fc_chart_flops_time_wanted(const struct fc_study *study)
{
	for (int i = 0; i < study->network_count; i++) {
		if (shown(&study->networks[i]))
			return true;
	}
	return false;
}

static double time_of(const struct fc_study *study, int network, enum fc_pass pass)
{
	const struct fc_study_pass *p = &study->networks[network].passes[pass];

	return p->present && isfinite(p->time_per_image_s) && p->time_per_image_s >= 0 ? p->time_per_image_s : NAN;
}

static double largest(const double *values, int count)
{
	double most = 0;

	for (int i = 0; i < count && values; i++)
		most = fmax(most, values[i]);
	return most;
}

static struct panel *add_panel(struct fc_plot *plot, struct layout *layout, const char *title, const char *unit,
			       const double *values, const double *expected)
{
	const double most = fmax(largest(values, layout->rows.count), largest(expected, layout->rows.count));
	const struct fc_prefix *prefix = fc_prefix_for(most);
	struct panel *panel = &layout->panels[layout->panel_count++];

	panel->title = title;
	panel->unit = fc_arena_printf(&plot->canvas->arena, "(%s%s)", prefix->text, unit);
	panel->values = values;
	panel->expected = expected;
	panel->scale = prefix->factor;
	panel->axis = (struct fc_axis){ .name = title, .low = 0, .high = most / prefix->factor, .type = plot->type };
	return panel;
}

static void add_flops(struct fc_plot *plot, struct layout *layout)
{
	double *values = FC_NEW_ARRAY(&plot->canvas->arena, double, layout->rows.count);

	for (int i = 0; i < layout->rows.count; i++)
		values[i] = (double)plot->study->networks[layout->rows.networks[i]].flops;
	add_panel(plot, layout, "FLOPs", "FLOP/image", values, NULL);
}

/* Where two networks or more have the pass, with the times that are proportional to its FLOPs. */
static void add_times(struct fc_plot *plot, struct layout *layout, enum fc_pass pass, const char *title)
{
	const int count = layout->rows.count;
	double *values = FC_NEW_ARRAY(&plot->canvas->arena, double, count);
	double *expected = FC_NEW_ARRAY(&plot->canvas->arena, double, count);
	double time = 0, flops = 0;
	int with_both = 0, any = 0;

	for (int i = 0; i < count; i++) {
		const int network = layout->rows.networks[i];
		const double work = plot->study->networks[network].passes[pass].flops_per_image;

		values[i] = time_of(plot->study, network, pass);
		expected[i] = values[i] >= 0 && work > 0 && isfinite(work) ? work : NAN;
		any += values[i] >= 0;
		if (isnan(expected[i]))
			continue;
		with_both++;
		time += values[i];
		flops += work;
	}
	for (int i = 0; i < count; i++)
		expected[i] *= time / flops;
	if (any)
		add_panel(plot, layout, title, "s/image", values, with_both > 1 && time > 0 ? expected : NULL);
}

static bool has_expected(const struct layout *layout)
{
	for (int i = 0; i < layout->panel_count; i++) {
		if (layout->panels[i].expected)
			return true;
	}
	return false;
}

static double draw_legend(struct fc_plot *plot, const struct layout *layout, bool draw)
{
	const struct fc_legend_item items[] = {
		{ .sample = FC_SAMPLE_BAR, .text = "Measured", .bar = &time_bar },
		{ .sample = FC_SAMPLE_TICK, .text = "If proportional", .colour = FC_BLACK },
		{ .sample = FC_SAMPLE_BAR, .text = "Longer", .bar = &more_bar },
		{ .sample = FC_SAMPLE_BAR, .text = "Shorter", .bar = &less_bar },
	};

	return has_expected(layout) ? fc_legend(plot, items, 4, 0, 0, plot->canvas->width, draw) : 0;
}

/* Columns: names, then panels of equal width, each with room for a text behind its bars. */
static int place(struct fc_plot *plot, struct layout *layout, struct fc_error *err)
{
	const double u = plot->u, width = plot->canvas->width, gap = fmax(7 * u, 0.034 * width);
	const double behind = fc_plot_width(plot, "\xC3\x97" "0.00") + 3 * u;
	double each, fixed;

	for (int i = 0; i < layout->rows.count; i++) {
		const char *name = plot->study->networks[layout->rows.networks[i]].name;

		layout->name_width =
			fmax(layout->name_width, fc_plot_width(plot, fc_plot_fit(plot, name, 0.27 * width)));
	}
	each = (width - layout->name_width - 4 * u) / layout->panel_count - gap;
	layout->top = draw_legend(plot, layout, false) + (has_expected(layout) ? 5 * u : 0) + 2 * fc_plot_line(plot) +
		      3 * u;
	for (int i = 0; i < layout->panel_count; i++) {
		struct panel *panel = &layout->panels[i];

		panel->x = layout->name_width + 4 * u + i * (each + gap) + (i ? gap / 2 : 0);
		panel->width = each;
		panel->axis.start = panel->x;
		panel->axis.end = panel->x + each - behind;
		panel->axis.limit_low = panel->x - gap / 2 + u;
		panel->axis.limit_high = fmin(panel->x + each + gap / 2 - u, width);
		if (fc_axis_fit(&panel->axis, plot->canvas->metrics, err))
			return -1;
	}
	fixed = layout->top + fc_axis_depth(&layout->panels[0].axis, plot->canvas->metrics) + 2 * u;
	layout->pitch = fmax(9.8 * u, fmin(15.5 * u, (plot->style->max_height - fixed) / layout->rows.count));
	layout->bar = fmin(8 * u, layout->pitch - 2.4 * u);
	layout->bottom = layout->top + layout->rows.count * layout->pitch + 2 * u;
	plot->canvas->height = layout->bottom + fc_axis_depth(&layout->panels[0].axis, plot->canvas->metrics);
	return 0;
}

static void draw_bar(struct fc_plot *plot, const struct panel *panel, double from, double to, double y, double bar,
		     const struct fc_bar_look *look)
{
	const double x0 = fc_axis_at(&panel->axis, from / panel->scale),
		     x1 = fc_axis_at(&panel->axis, to / panel->scale);

	fc_bar_draw(plot->canvas, (struct fc_box){ x0, y - bar / 2, x1 - x0, bar }, look, plot->u, plot->style->mono);
}

static void draw_cell(struct fc_plot *plot, const struct layout *layout, const struct panel *panel, int row, double y)
{
	const double value = panel->values[row], expected = panel->expected ? panel->expected[row] : NAN;
	const double u = plot->u, base = y + 0.35 * plot->type.size, bar = layout->bar;
	const struct fc_ink tick = { FC_NO_COLOUR, FC_BLACK, 1.2 * u, FC_DASH_SOLID };
	char text[FC_TEXT_NUMBER];
	double end = fc_axis_at(&panel->axis, fmax(value, expected) / panel->scale) + 3 * u;

	if (isnan(value)) {
		fc_plot_text(plot, "\xE2\x80\x93", FC_ANCHOR_LEFT, panel->x + 2 * u, base, FC_GREY_TEXT);
		return;
	}
	if (!panel->expected || isnan(expected)) {
		draw_bar(plot, panel, 0, value, y, bar, panel->expected ? &time_bar : &flops_bar);
		fc_text_significant(text, value / panel->scale, 2);
	} else {
		const double at = fc_axis_at(&panel->axis, expected / panel->scale);

		draw_bar(plot, panel, value, expected, y, bar, &less_bar);
		draw_bar(plot, panel, 0, fmin(value, expected), y, bar, &time_bar);
		draw_bar(plot, panel, expected, value, y, bar, &more_bar);
		fc_canvas_line(plot->canvas, at, y - bar / 2 - 1.4 * u, at, y + bar / 2 + 1.4 * u, &tick);
		fc_text_times(text, value / expected);
	}
	fc_canvas_place(plot->canvas, "bar", panel->title, value, expected,
			(struct fc_box){ panel->x, y - bar / 2,
					 fc_axis_at(&panel->axis, value / panel->scale) - panel->x, bar });
	/* A text that does not fit behind its bar (only a very unusual number) is shortened. */
	fc_plot_text(plot, fc_plot_fit(plot, text, panel->x + panel->width - end + 0.5 * u), FC_ANCHOR_LEFT, end,
		     base, FC_BLACK);
}

static void draw_panel(struct fc_plot *plot, const struct layout *layout, const struct panel *panel)
{
	const double u = plot->u;
	const struct fc_ink axis = { FC_NO_COLOUR, FC_BLACK, 0.6 * u, FC_DASH_SOLID };
	struct fc_label title =
		fc_plot_label(plot, fc_plot_fit(plot, panel->title, panel->width), FC_ANCHOR_LEFT, panel->x,
			      layout->top - 3 * u - fc_plot_line(plot) - fc_plot_descent(plot));

	title.type.bold = true;
	fc_canvas_text(plot->canvas, &title);
	fc_plot_text(plot, fc_plot_fit(plot, panel->unit, panel->width + 4 * u), FC_ANCHOR_LEFT, panel->x,
		     layout->top - 3 * u - fc_plot_descent(plot), FC_GREY_TEXT);
	fc_axis_grid(&panel->axis, plot->canvas, layout->top, layout->bottom);
	for (int row = 0; row < layout->rows.count; row++)
		draw_cell(plot, layout, panel, row, layout->top + (row + 0.5) * layout->pitch);
	fc_canvas_line(plot->canvas, panel->x, layout->top, panel->x, layout->bottom, &axis);
	fc_canvas_line(plot->canvas, panel->x, layout->bottom, panel->axis.end, layout->bottom, &axis);
	fc_axis_draw(&panel->axis, plot->canvas, layout->bottom);
	fc_canvas_place(
		plot->canvas, "frame", panel->title, NAN, NAN,
		(struct fc_box){ panel->x, layout->top, panel->axis.end - panel->x, layout->bottom - layout->top });
}

static void describe(struct fc_plot *plot, const struct layout *layout)
{
	const struct fc_study *study = plot->study;

	fc_str_add(plot->caption, "FLOPs of one forward pass and time per image, networks in order of FLOPs.");
	if (has_expected(layout))
		fc_str_add(
			plot->caption,
			" The tick marks the time that a network would take if the same total time were "
			"shared out in proportion to FLOPs (training: forward, backward and update; validation: "
			"forward); "
			"what lies beyond it is hatched, what is missing is hollow, and the factor is measured over "
			"proportional. If time followed FLOPs, all columns would look alike.");
	if (layout->rows.count < study->network_count)
		fc_str_addf(plot->caption, " %d of %d networks are shown.", layout->rows.count, study->network_count);
	fc_str_add(plot->alt, "Bars of FLOPs and of running time per network, side by side.");
	for (int i = 0; i < layout->rows.count; i++) {
		fc_str_addf(plot->alt, " %s:", study->networks[layout->rows.networks[i]].name);
		for (int k = 0; k < layout->panel_count; k++) {
			const struct panel *panel = &layout->panels[k];
			char number[FC_TEXT_NUMBER];

			fc_str_addf(plot->alt, "%s %s %s %s", k ? "," : "", panel->title,
				    fc_text_significant(number, panel->values[i] / panel->scale, 3), panel->unit);
			if (panel->expected && !isnan(panel->expected[i]))
				fc_str_addf(plot->alt, ", %s of proportional",
					    fc_text_times(number, panel->values[i] / panel->expected[i]));
		}
		fc_str_addc(plot->alt, '.');
	}
}

int fc_chart_flops_time(struct fc_plot *plot, struct fc_error *err)
{
	const double overhead = 88 * plot->u;
	struct layout layout = {
		.rows = fc_plot_rows(plot, shown, (int)((plot->style->max_height - overhead) / (9.8 * plot->u)))
	};

	add_flops(plot, &layout);
	add_times(plot, &layout, FC_PASS_TRAIN, "Training");
	add_times(plot, &layout, FC_PASS_VALIDATE, "Validation");
	if (place(plot, &layout, err))
		return -1;
	draw_legend(plot, &layout, true);
	fc_canvas_group(plot->canvas, "names", NULL);
	for (int i = 0; i < layout.rows.count; i++) {
		const char *name = plot->study->networks[layout.rows.networks[i]].name;

		fc_plot_text(plot, fc_plot_fit(plot, name, 0.27 * plot->canvas->width), FC_ANCHOR_RIGHT,
			     layout.name_width, layout.top + (i + 0.5) * layout.pitch + 0.35 * plot->type.size,
			     FC_BLACK);
	}
	fc_canvas_group_end(plot->canvas);
	for (int i = 0; i < layout.panel_count; i++)
		draw_panel(plot, &layout, &layout.panels[i]);
	describe(plot, &layout);
	return 0;
}
