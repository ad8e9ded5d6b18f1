/* All models over the same points, and how well each explains them. */
#include <math.h>

#include "fit.h"

/*
 * Hurvich and Tsai's corrected criterion; sigma counts as a parameter. Residuals below a part in 10^12 are rounding:
 * without the floor an exact fit would win by an infinite margin over an equally exact one.
 */
static double corrected_aic(double rss, size_t n, int parameters)
{
	const double k = parameters + 1, count = (double)n;

	if (count < k + 2)
		return NAN;
	return count * log(fmax(rss / count, 1e-24)) + 2 * k + 2 * k * (k + 1) / (count - k - 1);
}

/* Sum of the absolute residuals of one fold, or of all. */
static double sum_of_residuals(enum fc_fit_kind kind, const struct fc_fit *fit, const struct fc_points *points,
				     int only)
{
	double sum = 0;

	for (size_t i = 0; i < points->n; i++) {
		if (only >= 0 && fc_points_fold(points, i) != only)
			continue;
		sum += fabs(log(points->time[i] / fc_fit_time(fit, kind, points->flops[i], points->bytes[i])));
	}
	return sum;
}

/* Each cluster predicted by a fit that has not seen it. */
static double cross_validate(enum fc_fit_kind kind, const struct fc_points *points)
{
	double sum = 0;

	for (int fold = 0; fold < points->clusters && fold < FC_FIT_FOLDS; fold++) {
		struct fc_fit fit;

		fc_fit(kind, points, fold, &fit);
		if (!fit.valid)
			return NAN;
		sum += sum_of_residuals(kind, &fit, points, fold);
	}
	return exp(sum / (double)points->n);
}

void fc_fit_ladder(const struct fc_points *points, bool with_cv, struct fc_fit fits[FC_FIT_COUNT])
{
	double best = INFINITY, sum = 0;

	for (enum fc_fit_kind kind = 0; kind < FC_FIT_COUNT; kind++) {
		struct fc_fit *fit = &fits[kind];

		fc_fit(kind, points, -1, fit);
		fit->aicc = fit->weight = fit->error_factor = NAN;
		if (!fit->valid)
			continue;
		fit->aicc = corrected_aic(fit->rss, points->n, fit->parameters);
		fit->error_factor = exp(sum_of_residuals(kind, fit, points, -1) / (double)points->n);
		if (with_cv && points->clusters >= 2)
			fit->cv_error_factor = cross_validate(kind, points);
		if (fit->aicc < best)
			best = fit->aicc;
	}
	for (enum fc_fit_kind kind = 0; kind < FC_FIT_COUNT; kind++)
		if (!isnan(fits[kind].aicc))
			sum += fits[kind].weight = exp(-(fits[kind].aicc - best) / 2);
	for (enum fc_fit_kind kind = 0; kind < FC_FIT_COUNT; kind++)
		fits[kind].weight /= sum;
}
