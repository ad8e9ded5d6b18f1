/* Where the time of a training iteration goes: one bar per network, from nothing to all of the wall time. */
#include <math.h>

#include "chart.h"

#define PARTS 6
#define VISIBLE 0.004	/* what is smaller everywhere has no place in the legend */


struct layout {
	struct fc_rows rows;
	double (*shares)[PARTS];
	bool used[PARTS];
	double legend, top, pitch, bar, bottom, x;
	struct fc_axis axis;
};

static const char *const texts[PARTS] = { "Forward", "Backward, data", "Backward, weights",
					  "Update",  "Input and loss", "Between steps" };
static const int looks[PARTS] = { 0, 1, 2, 3, 4, 5 };

static bool shown(const struct fc_study_network *network)
{
	const struct fc_study_pass *pass = &network->passes[FC_PASS_TRAIN];

	return pass->present && pass->measured_iterations > 0 && pass->wall_s > 0 && isfinite(pass->wall_s) &&
	       pass->all.time_s >= 0;
}

bool fc_chart_shares_wanted(const struct fc_study *study)
{
	for (int i = 0; i < study->network_count; i++) {
		if (shown(&study->networks[i]))
			return true;
	}
	return false;
}

/* Parts of the wall time of an iteration; what no step accounts for is the last part. */
static void share_out(const struct fc_study_pass *pass, double shares[PARTS])
{
	const double wall = fmax(pass->wall_s / (double)pass->measured_iterations, pass->all.time_s);
	const double parts[PARTS] = {
		pass->phases[FC_PHASE_FORWARD].time_s, pass->phases[FC_PHASE_BACKWARD_DATA].time_s,
		pass->phases[FC_PHASE_BACKWARD_WEIGHTS].time_s, pass->phases[FC_PHASE_UPDATE].time_s,
		pass->phases[FC_PHASE_INPUT].time_s + pass->phases[FC_PHASE_LOSS].time_s, wall - pass->all.time_s,
	};
	double sum = 0;

	for (int i = 0; i < PARTS; i++) {
		shares[i] = isfinite(parts[i]) && parts[i] > 0 ? parts[i] : 0;
		sum += shares[i];
	}
	for (int i = 0; i < PARTS; i++)
		shares[i] /= sum > 0 ? sum : 1;
}

static double draw_legend(struct fc_plot *plot, const struct layout *layout, bool draw)
{
	struct fc_legend_item items[PARTS];
	int count = 0;

	for (int i = 0; i < PARTS; i++) {
		if (layout->used[i])
			items[count++] = (struct fc_legend_item){ .sample = FC_SAMPLE_BAR, .text = texts[i],
								  .bar = fc_bar_look(looks[i]) };
	}
	return fc_legend(plot, items, count, 0, 0, plot->canvas->width, draw);
}

static int place(struct fc_plot *plot, struct layout *layout, struct fc_error *err)
{
	const double u = plot->u, width = plot->canvas->width;
	double names = 0, below;

	for (int i = 0; i < layout->rows.count; i++) {
		const char *name = plot->study->networks[layout->rows.networks[i]].name;

		names = fmax(names, fc_plot_width(plot, fc_plot_fit(plot, name, 0.3 * width)));
	}
	layout->x = names + 4 * u;
	layout->top = draw_legend(plot, layout, false) + 6 * u;
	layout->axis = (struct fc_axis){ .name = "share",
					 .low = 0,
					 .high = 100,
					 .start = layout->x,
					 .end = width - 6 * u,
					 .limit_low = layout->x - 3 * u,
					 .limit_high = width,
					 .type = plot->type };
	if (fc_axis_fit(&layout->axis, plot->canvas->metrics, err))
		return -1;
	below = fc_axis_depth(&layout->axis, plot->canvas->metrics) + fc_plot_line(plot) + u;
	layout->pitch =
		fmax(9.8 * u, fmin(16 * u, (plot->style->max_height - layout->top - below - u) / layout->rows.count));
	layout->bar = fmin(11 * u, layout->pitch - 1.6 * u);
	layout->bottom = layout->top + layout->rows.count * layout->pitch + u;
	plot->canvas->height = layout->bottom + below;
	return 0;
}

static void draw_row(struct fc_plot *plot, const struct layout *layout, int row)
{
	const double y = layout->top + (row + 0.5) * layout->pitch, base = y + 0.35 * plot->type.size, u = plot->u;
	const char *name = plot->study->networks[layout->rows.networks[row]].name;
	double from = 0;

	fc_plot_text(plot, fc_plot_fit(plot, name, 0.3 * plot->canvas->width), FC_ANCHOR_RIGHT, layout->x - 4 * u,
		     base, FC_BLACK);
	for (int i = 0; i < PARTS; i++) {
		const double share = layout->shares[row][i];
		const double x0 = fc_axis_at(&layout->axis, 100 * from),
			     x1 = fc_axis_at(&layout->axis, 100 * (from + share));
		const struct fc_bar_look *look = fc_bar_look(looks[i]);
		const struct fc_box box = { x0, y - layout->bar / 2, x1 - x0, layout->bar };
		const struct fc_ink veil = { fc_plot_colour(plot, look->fill), FC_NO_COLOUR, 0, FC_DASH_SOLID };
		char number[FC_TEXT_NUMBER];
		double wide;

		from += share;
		if (!(share > 0) || !layout->used[i])
			continue;
		fc_bar_draw(plot->canvas, box, look, u, plot->style->mono);
		fc_canvas_place(plot->canvas, "bar", texts[i], share, NAN, box);
		wide = fc_plot_width(plot, fc_text_fixed(number, 100 * share, 0));
		if (wide + 5 * u > box.w || layout->bar < plot->type.size)
			continue;
		if (look->hatch != FC_HATCH_NONE)
			fc_canvas_rect(
				plot->canvas,
				(struct fc_box){ (x0 + x1 - wide) / 2 - 1.2 * u, y - 4 * u, wide + 2.4 * u, 8 * u },
				&veil);
		fc_plot_text(plot, number, FC_ANCHOR_MIDDLE, (x0 + x1) / 2, base, look->text);
	}
}

static void describe(struct fc_plot *plot, const struct layout *layout)
{
	const struct fc_study *study = plot->study;

	fc_str_add(plot->caption, "Shares of the wall time of a training iteration, in per cent. ");
	fc_str_add(plot->caption,
		   "Forward, backward to data and backward to weights count about the same FLOPs each, the update "
		   "almost none: if time followed FLOPs, every bar would have three parts of the same length.");
	fc_str_add(plot->caption, layout->used[PARTS - 1] ? " Between steps is wall time in which no step ran." :
		   " Time between steps is too small to be seen.");
	if (layout->rows.count < study->network_count)
		fc_str_addf(plot->caption, " %d of %d networks are shown.", layout->rows.count, study->network_count);
	fc_str_add(plot->alt, "Stacked bars.");
	for (int i = 0; i < layout->rows.count; i++) {
		fc_str_addf(plot->alt, " %s:", study->networks[layout->rows.networks[i]].name);
		for (int k = 0, first = 1; k < PARTS; k++) {
			char number[FC_TEXT_NUMBER];

			if (layout->shares[i][k] > 0)
				fc_str_addf(plot->alt, "%s %s %s", first ? "" : ",", texts[k],
					    fc_text_percent(number, layout->shares[i][k]));
			first = first && !(layout->shares[i][k] > 0);
		}
		fc_str_addc(plot->alt, '.');
	}
}

int fc_chart_shares(struct fc_plot *plot, struct fc_error *err)
{
	const double overhead = 92 * plot->u;
	struct layout layout = {
		.rows = fc_plot_rows(plot, shown, (int)((plot->style->max_height - overhead) / (9.8 * plot->u)))
	};
	const struct fc_ink ink = { FC_NO_COLOUR, FC_BLACK, 0.6 * plot->u, FC_DASH_SOLID };

	layout.shares = fc_arena_alloc(&plot->canvas->arena, (size_t)layout.rows.count, sizeof *layout.shares);
	for (int i = 0; i < layout.rows.count; i++) {
		share_out(&plot->study->networks[layout.rows.networks[i]].passes[FC_PASS_TRAIN], layout.shares[i]);
		for (int k = 0; k < PARTS; k++)
			layout.used[k] = layout.used[k] || layout.shares[i][k] >= VISIBLE;
	}
	if (place(plot, &layout, err))
		return -1;
	draw_legend(plot, &layout, true);
	for (int i = 0; i < layout.rows.count; i++)
		draw_row(plot, &layout, i);
	fc_canvas_line(plot->canvas, layout.axis.start, layout.bottom, layout.axis.end, layout.bottom, &ink);
	fc_axis_draw(&layout.axis, plot->canvas, layout.bottom);
	fc_canvas_place(
		plot->canvas, "frame", "shares", NAN, NAN,
		(struct fc_box){ layout.x, layout.top, layout.axis.end - layout.x, layout.bottom - layout.top });
	fc_plot_text(plot, fc_plot_fit(plot, "Share of training time (%)", layout.axis.end - layout.x),
		     FC_ANCHOR_RIGHT, layout.axis.end, plot->canvas->height - fc_plot_descent(plot) - 0.5 * plot->u,
		     FC_BLACK);
	describe(plot, &layout);
	return 0;
}
