/*
 * Very many points. Points of one look that would lie on each other are drawn once, on a grid that grows coarser
 * until few enough remain; which ones remain follows from the data alone.
 */
#ifndef REPORT_CHART_SCATTER_H
#define REPORT_CHART_SCATTER_H

#include "chart.h"

#define FC_DOTS_DRAWN 12000	/* at most */

struct fc_dot {
	struct fc_point at;
	size_t row;		/* of the study's layers */
	int16_t series;
	bool hollow;
};

struct fc_dots {
	struct fc_dot *dots;
	size_t count, capacity;
	/* After drawing: where the drawn ones lie, and other places that names should leave free. */
	struct fc_point *places;
	size_t drawn, place_count;
};

/* 0 forward, 1 backward data, 2 backward weights, 3 update, 4 no FLOPs. */
const struct fc_series_look *fc_scatter_look(int series);

void fc_dots_add(struct fc_dots *dots, const struct fc_dot *dot);
void fc_dots_draw(struct fc_dots *dots, struct fc_plot *plot);
/* After drawing. */
void fc_dots_avoid(struct fc_dots *dots, struct fc_point place);
void fc_dots_release(struct fc_dots *dots);

#endif
