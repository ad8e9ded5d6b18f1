/*
 * Charts. A chart is a row of the table in chart.c and one file: it reads the study, measures, places, and fills a
 * canvas. The height follows from what it shows; the width is the style's.
 */
#ifndef REPORT_CHART_H
#define REPORT_CHART_H

#include "axis.h"
#include "draw.h"
#include "palette.h"

/* Where a chart is being drawn. All lengths are given in units of `u`, so that a style with larger type is larger. */
struct fc_plot {
	const struct fc_study *study;
	const struct fc_style *style;
	struct fc_canvas *canvas;	/* empty; its width is the style's; the chart sets its height first */
	double u;			/* 1 pt at 8 pt type */
	struct fc_type type;
	struct fc_str *caption;		/* what one sees and how it was made; full sentences */
	struct fc_str *alt;		/* for those who cannot see it */
};

struct fc_chart {
	struct fc_figure_row row;
	/* Whether the study has what it shows. */
	bool (*wanted)(const struct fc_study *study);
	int (*draw)(struct fc_plot *plot, struct fc_error *err);
};

const struct fc_chart *fc_chart_at(int index);	/* NULL behind the last */

/* Draws a chart of the table; the canvas is released by the caller in any case. */
int fc_chart_draw(const struct fc_chart *chart, const struct fc_study *study, const struct fc_style *style,
		  const struct fc_metrics *metrics, struct fc_canvas *canvas, struct fc_str *caption,
		  struct fc_str *alt, struct fc_error *err);

/* Shared parts. */

/* A label in the chart's type; colour black. */
struct fc_label fc_plot_label(const struct fc_plot *plot, const char *text, enum fc_anchor anchor, double x,
			      double y);
struct fc_box fc_plot_text(struct fc_plot *plot, const char *text, enum fc_anchor anchor, double x, double y,
			   int32_t colour);
double fc_plot_width(const struct fc_plot *plot, const char *text);
/* Text that fits; in the canvas's arena. Texts from outside are cleaned. */
const char *fc_plot_fit(struct fc_plot *plot, const char *text, double width);
/* From the base line of one line to the next; from the top of a line to its base line; below it. */
double fc_plot_line(const struct fc_plot *plot);
double fc_plot_ascent(const struct fc_plot *plot);
double fc_plot_descent(const struct fc_plot *plot);
int32_t fc_plot_colour(const struct fc_plot *plot, int32_t colour);

/* Which of the networks are shown where there is room for `rooms` rows: evenly spread, first and last included. */
struct fc_rows {
	int count;
	const int *networks;	/* in the canvas's arena */
};
struct fc_rows fc_plot_rows(struct fc_plot *plot, bool (*shown)(const struct fc_study_network *), int rooms);

/* A legend: samples with texts, from left to right, in as many lines as needed. */
enum fc_sample { FC_SAMPLE_MARKER, FC_SAMPLE_LINE, FC_SAMPLE_BAND, FC_SAMPLE_BAR, FC_SAMPLE_TICK };

struct fc_legend_item {
	enum fc_sample sample;
	const char *text, *raised;
	int32_t colour;
	enum fc_shape_kind shape;	/* markers */
	bool hollow;
	enum fc_dash dash;		/* lines, bands */
	const struct fc_bar_look *bar;
};

/* Height that it takes within `width`; with draw, at (x, y) top left. */
double fc_legend(struct fc_plot *plot, const struct fc_legend_item *items, int count, double x, double y,
		 double width, bool draw);

/* Names for points: places them beside their points where they cover least. Returns how many found no place. */
struct fc_name {
	struct fc_point at;
	const char *text;
};
int fc_names_draw(struct fc_plot *plot, struct fc_box frame, const struct fc_name *names, int count,
		  const struct fc_point *points, size_t point_count);

/* "38 %", "<1 %", and "x 2.4" with a real multiplication sign. */
const char *fc_text_percent(char buffer[FC_TEXT_NUMBER], double share);
const char *fc_text_times(char buffer[FC_TEXT_NUMBER], double factor);

/* The charts, one file each. */
bool fc_chart_flops_time_wanted(const struct fc_study *study);
int fc_chart_flops_time(struct fc_plot *plot, struct fc_error *err);
bool fc_chart_scatter_wanted(const struct fc_study *study);
int fc_chart_scatter(struct fc_plot *plot, struct fc_error *err);
bool fc_chart_shares_wanted(const struct fc_study *study);
int fc_chart_shares(struct fc_plot *plot, struct fc_error *err);
bool fc_chart_spread_wanted(const struct fc_study *study);
int fc_chart_spread(struct fc_plot *plot, struct fc_error *err);
bool fc_chart_ranks_wanted(const struct fc_study *study);
int fc_chart_ranks(struct fc_plot *plot, struct fc_error *err);
bool fc_chart_kinds_wanted(const struct fc_study *study);
int fc_chart_kinds(struct fc_plot *plot, struct fc_error *err);

#endif
