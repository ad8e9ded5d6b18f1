/*
 * The verdict: fixed rules from numbers to a kind and to sentences. The rules look at the headline relation only.
 *
 *   cannot tell          fewer than 12 rows or fewer than 3 networks; or time that does not follow FLOPs within the
 *                        limit while the measurements themselves scatter by half as much or more
 *   linear               FLOPs alone predict the layers of a network that the fit has not seen within the limit, and a
 *                        constant per step would not take a fifth of that error away (or less than a tenth is missing)
 *   linear + overhead    they do with a constant per step, and no power law does it better
 *   not linear           otherwise
 *
 * The limit is a typical error of 25 %: below it a FLOPs table is good enough to choose a network by. Errors are
 * compared as logarithms of factors.
 */
#ifndef REPORT_VERDICT_H
#define REPORT_VERDICT_H

#include "study.h"

#define FC_VERDICT_ERROR 1.25
#define FC_VERDICT_CLOSE 1.10
#define FC_VERDICT_GAIN 0.8
#define FC_VERDICT_ROWS 12
#define FC_VERDICT_NETWORKS 3
#define FC_VERDICT_NOISE 0.5

/* noise: typical relative error of one measured time (standard error of its median). */
enum fc_verdict_kind fc_verdict_decide(const struct fc_relation *headline, int networks, double noise);

/* The typical standard error of the times in the headline relation, relative to the time. */
double fc_verdict_noise(const struct fc_study *study);

#endif
