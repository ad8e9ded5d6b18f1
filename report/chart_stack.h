/* Rows of stacked bars from 0 to 100 per cent, with a legend of the parts that can be seen. */
#ifndef REPORT_CHART_STACK_H
#define REPORT_CHART_STACK_H

#include "chart.h"

#define FC_STACK_PARTS 8
#define FC_STACK_VISIBLE 0.004	/* a part that is smaller in every row is not drawn and not in the legend */

struct fc_stack_row {
	const char *name;	/* at the left, "" for none */
	const char *kind;	/* between name and bar, NULL for none in all rows */
	bool starts;		/* first of a group: some space above */
	double shares[FC_STACK_PARTS];	/* parts of 1; NaN and negative ones are 0 */
};

struct fc_stack {
	const char *id, *axis;	/* name of the frame; text below the axis, without unit */
	int parts;
	const char *texts[FC_STACK_PARTS];
	int looks[FC_STACK_PARTS];	/* of fc_bar_look */
	bool used[FC_STACK_PARTS];	/* set by fc_stack_draw */
	int count;
	struct fc_stack_row *rows;
};

/* How many rows fit in the style's height, in groups of `group`. */
int fc_stack_rooms(const struct fc_plot *plot, int group);
int fc_stack_draw(struct fc_plot *plot, struct fc_stack *stack, struct fc_error *err);
/* " NAME: Forward 30 %, Update 10 %." for the alternative text. */
void fc_stack_describe(const struct fc_stack *stack, int row, struct fc_str *out);

#endif
