#include "verdict.h"

#include <math.h>
#include <stdlib.h>

#include "stat.h"

double fc_verdict_noise(const struct fc_study *study)
{
	double *errors = fc_calloc(study->layer_count + 1, sizeof(*errors)), median;
	size_t n = 0;

	for (size_t i = 0; i < study->layer_count; i++) {
		const struct fc_study_layer *layer = &study->layers[i];

		/* 1.4826 MAD estimates a normal's deviation; its median of n has sqrt(pi / 2 n) of that as error. */
		if (layer->in_relation)
			errors[n++] = 1.2533 * 1.4826 * layer->mad_s / layer->time_s / sqrt((double)layer->steps);
	}
	median = fc_median(errors, n);
	free(errors);
	return median;
}

/* Whether a constant per step explains what FLOPs alone leave over. */
static bool overhead_helps(const struct fc_fit *proportional, const struct fc_fit *affine)
{
	return log(affine->cv_error_factor) < FC_VERDICT_GAIN * log(proportional->cv_error_factor) &&
	       affine->aicc < proportional->aicc;
}

enum fc_verdict_kind fc_verdict_decide(const struct fc_relation *headline, int networks, double noise)
{
	const struct fc_fit *proportional = &headline->fits[FC_FIT_PROPORTIONAL];
	const struct fc_fit *affine = &headline->fits[FC_FIT_AFFINE], *power = &headline->fits[FC_FIT_POWER];

	if (!headline->has_statistics || headline->n < FC_VERDICT_ROWS || networks < FC_VERDICT_NETWORKS ||
	    isnan(proportional->cv_error_factor) || isnan(affine->cv_error_factor))
		return FC_VERDICT_CANNOT_TELL;
	if (proportional->cv_error_factor <= FC_VERDICT_CLOSE ||
	    (proportional->cv_error_factor <= FC_VERDICT_ERROR && !overhead_helps(proportional, affine)))
		return FC_VERDICT_LINEAR;
	if (affine->cv_error_factor <= FC_VERDICT_ERROR && affine->aicc <= power->aicc)
		return FC_VERDICT_LINEAR_OVERHEAD;
	if (noise >= FC_VERDICT_NOISE * log(affine->cv_error_factor))
		return FC_VERDICT_CANNOT_TELL;
	return FC_VERDICT_NOT_LINEAR;
}
