#include "axis.h"

#include <math.h>
#include <string.h>

#include "palette.h"

#define TICK_LENGTH	(3.0 / 8)	/* in parts of the type size, as all lengths here */
#define MINOR_LENGTH	(1.7 / 8)
#define LABEL_GAP	(2.0 / 8)	/* between tick and label */
#define LEVEL_SPACE	0.75		/* between labels beside each other */
#define UPRIGHT_SPACE	0.25		/* above each other */
#define LINE_WIDTH	(0.6 / 8)

double fc_axis_at(const struct fc_axis *axis, double value)
{
	const double part = axis->log ? (log(value) - log(axis->low)) / (log(axis->high) - log(axis->low)) :
					(value - axis->low) / (axis->high - axis->low);

	return axis->start + part * (axis->end - axis->start);
}

static struct fc_label label_of(const struct fc_axis *axis, const struct fc_tick *tick)
{
	return (struct fc_label){ .text = tick->text,
				  .raised = *tick->raised ? tick->raised : NULL,
				  .type = axis->type,
				  .colour = FC_BLACK };
}

/* From where to where along the axis a label reaches. */
static void reach_of(const struct fc_axis *axis, const struct fc_metrics *metrics, const struct fc_tick *tick,
		     double *from, double *to)
{
	const struct fc_label label = label_of(axis, tick);
	const double half = axis->upright ? (metrics->ascent + metrics->descent) * axis->type.size / 2 :
					    fc_label_width(metrics, &label) / 2;
	double centre = fc_axis_at(axis, tick->value);

	if (!axis->upright)
		centre = fmax(axis->limit_low + half, fmin(axis->limit_high - half, centre));
	*from = centre - half;
	*to = centre + half;
}

/* Whether the labels keep apart; with `drop`, those that do not lose their text. */
static bool keep_apart(struct fc_axis *axis, const struct fc_metrics *metrics, bool drop)
{
	const double space = (axis->upright ? UPRIGHT_SPACE : LEVEL_SPACE) * axis->type.size;
	double last_from = 0, last_to = 0;
	bool any = false, apart = true;

	for (int i = 0; i < axis->ticks.count; i++) {
		struct fc_tick *tick = &axis->ticks.ticks[i];
		double from, to;

		if (!*tick->text)
			continue;
		reach_of(axis, metrics, tick, &from, &to);
		if (any && from < last_to + space && to > last_from - space) {
			apart = false;
			if (drop)
				tick->text[0] = tick->raised[0] = '\0';
			continue;
		}
		last_from = from;
		last_to = to;
		any = true;
	}
	return apart;
}

static int labels(const struct fc_axis *axis)
{
	int count = 0;

	for (int i = 0; i < axis->ticks.count; i++)
		count += *axis->ticks.ticks[i].text != '\0';
	return count;
}

static int fit_linear(struct fc_axis *axis, const struct fc_metrics *metrics, struct fc_error *err)
{
	const double pitch = (axis->upright ? 3.2 : 4.5) * axis->type.size;
	int wanted = (int)(fabs(axis->end - axis->start) / pitch) + 1;

	for (wanted = wanted > 12 ? 12 : wanted; wanted > 2; wanted--) {
		if (fc_ticks_linear(axis->low, axis->high, wanted, &axis->ticks, err))
			return -1;
		if (labels(axis) >= 2 && keep_apart(axis, metrics, false))
			return 0;
	}
	/* Too short for the search, which may want labels beyond the ends: one round step. */
	if (fc_ticks_pair(axis->low, axis->high, &axis->ticks, err))
		return -1;
	keep_apart(axis, metrics, true);
	return 0;
}

static int fit_log(struct fc_axis *axis, const struct fc_metrics *metrics, struct fc_error *err)
{
	const double decades = log10(axis->high) - log10(axis->low);

	if (decades <= 2) {
		if (fc_ticks_log(axis->low, axis->high, 1, true, &axis->ticks, err))
			return -1;
		if (keep_apart(axis, metrics, false))
			return 0;
	}
	for (int every = 1; every < 700; every += every < 3 ? 1 : every < 20 ? 3 : 20) {
		if (fc_ticks_log(axis->low, axis->high, every, false, &axis->ticks, err))
			return -1;
		if (keep_apart(axis, metrics, false))
			return 0;
	}
	keep_apart(axis, metrics, true);
	return 0;
}

int fc_axis_fit(struct fc_axis *axis, const struct fc_metrics *metrics, struct fc_error *err)
{
	if (!isfinite(axis->low) || !isfinite(axis->high) || (axis->log && !(axis->low > 0 && axis->high > 0)))
		return fc_fail(err, "axis %s cannot reach from %g to %g", axis->name, axis->low, axis->high);
	fc_range_widen(&axis->low, &axis->high, axis->log);
	return axis->log ? fit_log(axis, metrics, err) : fit_linear(axis, metrics, err);
}

double fc_axis_label_width(const struct fc_axis *axis, const struct fc_metrics *metrics)
{
	double width = 0;

	for (int i = 0; i < axis->ticks.count; i++) {
		const struct fc_label label = label_of(axis, &axis->ticks.ticks[i]);

		width = fmax(width, fc_label_width(metrics, &label));
	}
	return width;
}

double fc_axis_depth(const struct fc_axis *axis, const struct fc_metrics *metrics)
{
	return axis->type.size * (TICK_LENGTH + LABEL_GAP + FC_RAISED_RISE + FC_RAISED_SIZE * metrics->ascent +
				  metrics->descent);
}

static void draw_label(const struct fc_axis *axis, struct fc_canvas *canvas, const struct fc_tick *tick,
		       double across)
{
	const double size = axis->type.size, ascent = canvas->metrics->ascent;
	struct fc_label label = label_of(axis, tick);
	double from, to;

	if (!*tick->text)
		return;
	reach_of(axis, canvas->metrics, tick, &from, &to);
	if (axis->upright) {
		label.anchor = FC_ANCHOR_RIGHT;
		label.x = across - (TICK_LENGTH + LABEL_GAP) * size;
		/* The middle of the digits, not of the letters with their descenders, stands at the tick. */
		label.y = (from + to) / 2 + 0.35 * size;
	} else {
		label.anchor = FC_ANCHOR_MIDDLE;
		label.x = (from + to) / 2;
		label.y = across + (TICK_LENGTH + LABEL_GAP + ascent) * size;
	}
	fc_canvas_text(canvas, &label);
}

void fc_axis_draw(const struct fc_axis *axis, struct fc_canvas *canvas, double across)
{
	const double size = axis->type.size;
	const struct fc_ink ink = { FC_NO_COLOUR, FC_BLACK, LINE_WIDTH * size, FC_DASH_SOLID };

	for (int i = 0; i < axis->ticks.count; i++) {
		const struct fc_tick *tick = &axis->ticks.ticks[i];
		const double at = fc_axis_at(axis, tick->value);
		const double length = (tick->major || *tick->text ? TICK_LENGTH : MINOR_LENGTH) * size;

		if (axis->upright)
			fc_canvas_line(canvas, across - length, at, across, at, &ink);
		else
			fc_canvas_line(canvas, at, across, at, across + length, &ink);
		fc_canvas_place(canvas, "tick", axis->name, tick->value, NAN,
				axis->upright ? (struct fc_box){ across, at, 0, 0 }
					      : (struct fc_box){ at, across, 0, 0 });
		draw_label(axis, canvas, tick, across);
	}
}

void fc_axis_grid(const struct fc_axis *axis, struct fc_canvas *canvas, double from, double to)
{
	const struct fc_ink ink = { FC_NO_COLOUR, FC_GREY_GRID, 0.4 * axis->type.size / 8, FC_DASH_SOLID };

	for (int i = 0; i < axis->ticks.count; i++) {
		const double at = fc_axis_at(axis, axis->ticks.ticks[i].value);

		if (!axis->ticks.ticks[i].major)
			continue;
		if (axis->upright)
			fc_canvas_line(canvas, from, at, to, at, &ink);
		else
			fc_canvas_line(canvas, at, from, at, to, &ink);
	}
}
