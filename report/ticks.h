/*
 * Where an axis is labelled.
 *
 * Linear: the search of Talbot, Lin and Hanrahan, "An Extension of Wilkinson's Algorithm for Positioning Tick Labels
 * on Axes" (InfoVis 2010). Logarithmic: decades, with 2..9 between them while there are few; below one decade, linear
 * ticks.
 */
#ifndef REPORT_TICKS_H
#define REPORT_TICKS_H

#include <stdbool.h>

#include "flopclock/error.h"

#define FC_TICKS_MAX 256
#define FC_TICK_TEXT 32

struct fc_tick {
	double value;
	bool major;
	char text[FC_TICK_TEXT];	/* "" for none */
	char raised[8];			/* exponent behind the text, or "" */
};

struct fc_ticks {
	int count;
	struct fc_tick ticks[FC_TICKS_MAX];	/* ascending */
};

/*
 * Ticks inside [low, high], about `wanted` of them (2 to 20). Fails when a bound is not finite. A range without
 * extent is made one by fc_range_widen first.
 */
int fc_ticks_linear(double low, double high, int wanted, struct fc_ticks *ticks, struct fc_error *err);

/* Two ticks, or three, with the largest round step that fits between the bounds twice at most. */
int fc_ticks_pair(double low, double high, struct fc_ticks *ticks, struct fc_error *err);

/*
 * low > 0. `every`: a label at each decade whose exponent is a multiple of it (1: all); `between`: labels at 2 and 5
 * too.
 */
int fc_ticks_log(double low, double high, int every, bool between, struct fc_ticks *ticks, struct fc_error *err);

/* Makes a range with extent of one without: [0, 1] around zero, half the value on both sides; log: a factor of
 * sqrt(10). */
void fc_range_widen(double *low, double *high, bool log);

/* The raw search, for tests: the first label, the step and the number of labels. */
struct fc_labeling {
	double first, step, score;
	int count;
};
struct fc_labeling fc_labeling_search(double low, double high, int wanted);

#endif
