#include "chart.h"

static const struct fc_chart charts[] = {
	{ { "fig-1-flops-time", "FLOPs and running time of each network" },
	  fc_chart_flops_time_wanted, fc_chart_flops_time },
	{ { "fig-2-layers", "Time against FLOPs, layer by layer" }, fc_chart_scatter_wanted, fc_chart_scatter },
	{ { "fig-3-phases", "Where the time goes" }, fc_chart_shares_wanted, fc_chart_shares },
	{ { "fig-4-kinds", "FLOPs and time by kind of layer" }, fc_chart_kinds_wanted, fc_chart_kinds },
	{ { "fig-5-spread", "Time for the same number of FLOPs" }, fc_chart_spread_wanted, fc_chart_spread },
	{ { "fig-6-ranks", "Order by FLOPs and order by time" }, fc_chart_ranks_wanted, fc_chart_ranks },
};

#define CHART_COUNT ((int)(sizeof charts / sizeof *charts))

const struct fc_chart *fc_chart_at(int index)
{
	return index >= 0 && index < CHART_COUNT ? &charts[index] : NULL;
}

const struct fc_figure_row *fc_figure_at(int index)
{
	const struct fc_chart *chart = fc_chart_at(index);

	return chart ? &chart->row : NULL;
}

int fc_chart_draw(const struct fc_chart *chart, const struct fc_study *study, const struct fc_style *style,
		  const struct fc_metrics *metrics, struct fc_canvas *canvas, struct fc_str *caption,
		  struct fc_str *alt, struct fc_error *err)
{
	/* Strokes have a width: nothing may end exactly at the edge. */
	const double margin = 1.2 * style->type / 8;
	struct fc_style inner = *style;
	struct fc_plot plot = {
		.study = study, .style = &inner, .canvas = canvas, .u = style->type / 8,
		.type = { .size = style->type, .face = FC_FACE_SANS }, .caption = caption, .alt = alt,
	};

	inner.width -= 2 * margin;
	inner.max_height -= 2 * margin;
	fc_canvas_init(canvas, metrics, inner.width, inner.max_height);
	if (chart->draw(&plot, err))
		return fc_fail_context(err, "figure %s", chart->row.id);
	fc_canvas_margin(canvas, margin);
	return 0;
}
