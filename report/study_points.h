/* Which rows make up a relation, as points to fit to. */
#ifndef REPORT_STUDY_POINTS_H
#define REPORT_STUDY_POINTS_H

#include "fit.h"

/* Rows of layers with FLOPs and time. */
struct fc_selection {
	enum fc_pass pass;
	int phase;		/* -1: forward and both backward phases */
	int network;		/* -1: all */
};

/*
 * Clusters are the networks; where only one network has rows, its layers. They are numbered without gaps in the order
 * of the rows. The caller releases the points.
 */
void fc_study_layer_points(const struct fc_study *study, const struct fc_selection *selection,
			   struct fc_points *points);

/* A point per network: counted FLOPs and wall time of one image. */
void fc_study_network_points(const struct fc_study *study, enum fc_pass pass, struct fc_points *points);

#endif
