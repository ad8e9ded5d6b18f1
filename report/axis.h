/*
 * An axis: a range of data, a range of places, and ticks whose labels do not touch each other.
 */
#ifndef REPORT_AXIS_H
#define REPORT_AXIS_H

#include "canvas.h"
#include "ticks.h"

struct fc_axis {
	const char *name;		/* in the geometry file: "x", "time" */
	bool log;
	bool upright;			/* places are y; start is the lower end */
	double low, high;		/* of the data */
	double start, end;		/* places of low and high */
	double limit_low, limit_high;	/* labels of a level axis stay between these places */
	struct fc_type type;
	struct fc_ticks ticks;
};

/* Chooses ticks. Fails on bounds that are not finite, or not positive on a logarithmic axis. */
int fc_axis_fit(struct fc_axis *axis, const struct fc_metrics *metrics, struct fc_error *err);

/* Not limited to the range. */
double fc_axis_at(const struct fc_axis *axis, double value);

/* Width of the widest label. */
double fc_axis_label_width(const struct fc_axis *axis, const struct fc_metrics *metrics);

/* Height below the line that ticks and labels of a level axis take. */
double fc_axis_depth(const struct fc_axis *axis, const struct fc_metrics *metrics);

/* Ticks and labels: level below y, upright to the left of x. Grid lines reach from `from` to `to` across the axis. */
void fc_axis_draw(const struct fc_axis *axis, struct fc_canvas *canvas, double across);
void fc_axis_grid(const struct fc_axis *axis, struct fc_canvas *canvas, double from, double to);

#endif
