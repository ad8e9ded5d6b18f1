/*
 * The models and how each is fitted.
 *
 * Proportional, affine and roofline have the form ln t = c + g(F, B; u) with a shape parameter u; for given u the
 * best c is the mean of ln t - g, so the search is over u alone: a coarse grid, because the sum of squares may have
 * several valleys, then golden section in the best of them. The power law is a straight line in logarithms.
 */
#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "fit.h"

struct sample {
	size_t n;
	double *f, *b, *t;	/* logarithms; b is -inf where there are no bytes */
	double *flops;
};

struct shape {
	double (*g)(const struct sample *sample, size_t i, double u);
	bool searched;
	/* Bounds of u for this sample. */
	void (*bounds)(const struct sample *sample, double *low, double *high);
	void (*finish)(struct fc_fit *fit, double c, double u);
};

static double g_proportional(const struct sample *sample, size_t i, double u)
{
	(void)u;
	return sample->f[i];
}

static void finish_proportional(struct fc_fit *fit, double c, double u)
{
	(void)u;
	fit->rate = exp(-c);
}

/* t = (F + h) / P, h = t0 P being Hockney's n_half; u = ln h. */
static double g_affine(const struct sample *sample, size_t i, double u)
{
	return log(sample->flops[i] + exp(u));
}

static void range(const double *values, size_t n, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (size_t i = 0; i < n; i++) {
		*low = values[i] < *low ? values[i] : *low;
		*high = values[i] > *high ? values[i] : *high;
	}
}

static void bounds_affine(const struct sample *sample, double *low, double *high)
{
	range(sample->f, sample->n, low, high);
	/* Below, the overhead is a millionth of the smallest layer's time; above, FLOPs hardly matter. */
	*low -= log(1e6);
	*high += log(1e4);
}

static void finish_affine(struct fc_fit *fit, double c, double u)
{
	fit->rate = exp(-c);
	fit->overhead = exp(c + u);
}

/* t = max(F, r B) / P, r = P / W; u = ln r. */
static double g_roofline(const struct sample *sample, size_t i, double u)
{
	return fmax(sample->f[i], sample->b[i] + u);
}

static void bounds_roofline(const struct sample *sample, double *low, double *high)
{
	*low = INFINITY;
	*high = -INFINITY;
	for (size_t i = 0; i < sample->n; i++) {
		if (!isfinite(sample->b[i]))
			continue;
		*low = fmin(*low, sample->f[i] - sample->b[i]);
		*high = fmax(*high, sample->f[i] - sample->b[i]);
	}
	if (!isfinite(*low))
		*low = *high = 0;
}

static void finish_roofline(struct fc_fit *fit, double c, double u)
{
	fit->rate = exp(-c);
	fit->bandwidth = exp(-c - u);
}

static const struct shape shapes[FC_FIT_COUNT] = {
	[FC_FIT_PROPORTIONAL] = { g_proportional, false, NULL, finish_proportional },
	[FC_FIT_AFFINE] = { g_affine, true, bounds_affine, finish_affine },
	[FC_FIT_ROOFLINE] = { g_roofline, true, bounds_roofline, finish_roofline },
};

/* Sum of squares at u, with the best constant in *c. Two passes: the sum of squared deviations must not cancel. */
static double squares(const struct shape *shape, const struct sample *sample, double u, double *c)
{
	double sum = 0, rss = 0;

	for (size_t i = 0; i < sample->n; i++)
		sum += sample->t[i] - shape->g(sample, i, u);
	*c = sum / (double)sample->n;
	for (size_t i = 0; i < sample->n; i++) {
		const double e = sample->t[i] - shape->g(sample, i, u) - *c;

		rss += e * e;
	}
	return rss;
}

#define GRID 32
#define GOLDEN_STEPS 40

static double search(const struct shape *shape, const struct sample *sample)
{
	const double golden = 0.6180339887498949;
	double low, high, c, best = INFINITY;
	int best_place = 0;

	shape->bounds(sample, &low, &high);

	const double step = (high - low) / GRID;

	for (int i = 0; i <= GRID && step > 0; i++) {
		const double rss = squares(shape, sample, low + step * i, &c);

		if (rss < best) {
			best = rss;
			best_place = i;
		}
	}

	double a = fmax(low, low + step * (best_place - 1)), b = fmin(high, low + step * (best_place + 1));
	double p = b - golden * (b - a), q = a + golden * (b - a);
	double at_p = squares(shape, sample, p, &c), at_q = squares(shape, sample, q, &c);

	for (int i = 0; i < GOLDEN_STEPS && b - a > 1e-9; i++) {
		if (at_p <= at_q) {
			b = q;
			q = p;
			at_q = at_p;
			p = b - golden * (b - a);
			at_p = squares(shape, sample, p, &c);
		} else {
			a = p;
			p = q;
			at_p = at_q;
			q = a + golden * (b - a);
			at_q = squares(shape, sample, q, &c);
		}
	}
	/* A valley at an end of the range is approached but never reached by the section. */
	if (squares(shape, sample, low, &c) <= fmin(at_p, at_q))
		return low;
	return (a + b) / 2;
}

static void fit_shape(const struct shape *shape, const struct sample *sample, struct fc_fit *fit)
{
	const double u = shape->searched ? search(shape, sample) : 0;
	double c;

	fit->rss = squares(shape, sample, u, &c);
	shape->finish(fit, c, u);
}

static void fit_power(const struct sample *sample, struct fc_fit *fit)
{
	const double n = (double)sample->n;
	double mf = 0, mt = 0, ff = 0, ft = 0;

	for (size_t i = 0; i < sample->n; i++) {
		mf += sample->f[i] / n;
		mt += sample->t[i] / n;
	}
	for (size_t i = 0; i < sample->n; i++) {
		ff += (sample->f[i] - mf) * (sample->f[i] - mf);
		ft += (sample->f[i] - mf) * (sample->t[i] - mt);
	}
	fit->exponent = ft / ff;
	fit->factor = exp(mt - fit->exponent * mf);
	for (size_t i = 0; i < sample->n; i++) {
		const double e = sample->t[i] - mt - fit->exponent * (sample->f[i] - mf);

		fit->rss += e * e;
	}
}

static void take(const struct fc_points *points, int without, struct sample *sample)
{
	const size_t room = points->n ? points->n : 1;

	sample->n = 0;
	sample->f = fc_calloc(4 * room, sizeof(double));
	sample->b = sample->f + room;
	sample->t = sample->b + room;
	sample->flops = sample->t + room;
	for (size_t i = 0; i < points->n; i++) {
		if (fc_points_fold(points, i) == without)
			continue;
		sample->f[sample->n] = log(points->flops[i]);
		sample->b[sample->n] = log(points->bytes[i]);
		sample->t[sample->n] = log(points->time[i]);
		sample->flops[sample->n] = points->flops[i];
		sample->n++;
	}
}

static const int parameter_count[FC_FIT_COUNT] = {
	[FC_FIT_PROPORTIONAL] = 1, [FC_FIT_AFFINE] = 2, [FC_FIT_POWER] = 2, [FC_FIT_ROOFLINE] = 2,
};

void fc_fit(enum fc_fit_kind kind, const struct fc_points *points, int without, struct fc_fit *fit)
{
	struct sample sample;
	double low, high;

	*fit = (struct fc_fit){ .parameters = parameter_count[kind], .rss = 0, .cv_error_factor = NAN };
	take(points, without, &sample);
	range(sample.f, sample.n, &low, &high);
	fit->valid = sample.n >= 2 && high > low;
	if (fit->valid && kind == FC_FIT_POWER)
		fit_power(&sample, fit);
	else if (fit->valid)
		fit_shape(&shapes[kind], &sample, fit);
	free(sample.f);
}

double fc_fit_time(const struct fc_fit *fit, enum fc_fit_kind kind, double flops, double bytes)
{
	switch (kind) {
	case FC_FIT_PROPORTIONAL: return flops / fit->rate;
	case FC_FIT_AFFINE: return fit->overhead + flops / fit->rate;
	case FC_FIT_POWER: return fit->factor * pow(flops, fit->exponent);
	case FC_FIT_ROOFLINE: return fmax(flops / fit->rate, bytes / fit->bandwidth);
	case FC_FIT_COUNT: break;
	}
	assert(!"kind of fit");
	return NAN;
}

static const char *const names[FC_FIT_COUNT] = {
#define X(upper, name, formula) name,
	FC_FITS(X)
#undef X
};

static const char *const formulas[FC_FIT_COUNT] = {
#define X(upper, name, formula) formula,
	FC_FITS(X)
#undef X
};

const char *fc_fit_name(enum fc_fit_kind kind)
{
	return names[kind];
}

const char *fc_fit_formula(enum fc_fit_kind kind)
{
	return formulas[kind];
}
