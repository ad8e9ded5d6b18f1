/*
 * Models of time as a function of FLOPs and bytes, fitted to ln(time) by least squares: residuals are relative and
 * the models comparable. A factor in front of a model is an added constant in the logarithm and has a closed form, so
 * each of them needs a search over one parameter at most.
 */
#ifndef REPORT_FIT_H
#define REPORT_FIT_H

#include "study.h"

/* Cross-validation leaves out every cluster in turn; of more clusters than this, those of equal number modulo it. */
#define FC_FIT_FOLDS 10

/* Points of a relation: flops > 0, time > 0, bytes >= 0, all finite. cluster in [0, clusters). */
struct fc_points {
	size_t n;
	int clusters;
	bool by_network;	/* clusters are networks, not layers of one */
	double *flops, *bytes, *time;
	int *cluster;
};

void fc_points_init(struct fc_points *points, size_t capacity);
void fc_points_add(struct fc_points *points, double flops, double bytes, double time, int cluster);
void fc_points_release(struct fc_points *points);

static inline int fc_points_fold(const struct fc_points *points, size_t i)
{
	return points->cluster[i] % FC_FIT_FOLDS;
}

/*
 * The fit over the points that are not in the fold `without` (-1: over all). Invalid with fewer than two points or
 * when the model's parameters cannot be told apart (all FLOPs equal).
 */
void fc_fit(enum fc_fit_kind kind, const struct fc_points *points, int without, struct fc_fit *fit);

/* All models: fits, AICc, weights, errors; with_cv: also the error for clusters that the fit has not seen. */
void fc_fit_ladder(const struct fc_points *points, bool with_cv, struct fc_fit fits[FC_FIT_COUNT]);

/* Intervals by resampling clusters with replacement: percentiles 2.5 and 97.5. */
struct fc_bootstrap {
	uint64_t seed;
	int resamples;
};

/* The power b and its interval. */
struct fc_estimate fc_bootstrap_exponent(const struct fc_points *points, const struct fc_bootstrap *bootstrap);
/* The share of inverted pairs and its interval; no interval above FC_BOOTSTRAP_CLUSTERS clusters (pairs of clusters).
 */
#define FC_BOOTSTRAP_CLUSTERS 256
struct fc_estimate fc_bootstrap_inversions(const struct fc_points *points, const struct fc_bootstrap *bootstrap);

#endif
