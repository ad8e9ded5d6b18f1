#include <math.h>
#include <stdio.h>
#include <string.h>

#include "text.h"
#include "ticks.h"

static const double nice[] = { 1, 5, 2, 2.5, 4, 3 };
#define NICE_COUNT ((int)(sizeof nice / sizeof *nice))

/* Weights of simplicity, coverage, density; legibility is always full, the axis sees to it. */
#define W_SIMPLICITY 0.25
#define W_COVERAGE 0.2
#define W_DENSITY 0.5
#define W_LEGIBILITY 0.05

static double simplicity(int i, double j, bool has_zero)
{
	return 1 - (double)i / (NICE_COUNT - 1) - j + has_zero;
}

static double coverage(double low, double high, double first, double last)
{
	const double tenth = 0.1 * (high - low), a = high - last, b = low - first;

	return 1 - 0.5 * (a * a + b * b) / (tenth * tenth);
}

static double coverage_bound(double low, double high, double span)
{
	const double half = (span - (high - low)) / 2, tenth = 0.1 * (high - low);

	return half > 0 ? 1 - half * half / (tenth * tenth) : 1;
}

static double density(int count, int wanted, double low, double high, double first, double last)
{
	const double rate = (count - 1) / (last - first);
	const double wanted_rate = (wanted - 1) / (fmax(last, high) - fmin(low, first));

	return 2 - fmax(rate / wanted_rate, wanted_rate / rate);
}

static double density_bound(int count, int wanted)
{
	return count >= wanted ? 2 - (double)(count - 1) / (wanted - 1) : 1;
}

static double score_of(double s, double c, double d)
{
	return W_SIMPLICITY * s + W_COVERAGE * c + W_DENSITY * d + W_LEGIBILITY;
}

struct search {
	double low, high;
	int wanted;
	struct fc_labeling best;
};

/* All places where `count` labels of a step j * nice[i] * 10^z can start. */
static void try_starts(struct search *s, int i, double j, int count, double step)
{
	const double span = step * (count - 1);
	const double from = floor(s->high / step) * j - (count - 1) * j, to = ceil(s->low / step) * j;

	for (double start = from; start <= to; start++) {
		const double first = start * (step / j), last = first + span;
		const double rest = fmod(fabs(first), step);
		const bool has_zero = first <= 0 && last >= 0 && (rest < 1e-10 * step || step - rest < 1e-10 * step);
		const double score = score_of(simplicity(i, j, has_zero), coverage(s->low, s->high, first, last),
					      density(count, s->wanted, s->low, s->high, first, last));

		if (score > s->best.score)
			s->best = (struct fc_labeling){ first, step, score, count };
	}
}

/* All magnitudes of a step for `count` labels. */
static void try_magnitudes(struct search *s, int i, double j, int count)
{
	const double delta = (s->high - s->low) / (count + 1) / (j * nice[i]);

	for (int z = (int)ceil(log10(delta)); ; z++) {
		const double step = j * nice[i] * pow(10, z);

		if (score_of(simplicity(i, j, true), coverage_bound(s->low, s->high, step * (count - 1)),
			     density_bound(count, s->wanted)) < s->best.score)
			break;
		try_starts(s, i, j, count, step);
	}
}

struct fc_labeling fc_labeling_search(double low, double high, int wanted)
{
	struct search s = { low, high, wanted, { low, high - low, -2, 2 } };

	for (double j = 1; ; j++) {
		for (int i = 0; i < NICE_COUNT; i++) {
			if (score_of(simplicity(i, j, true), 1, 1) < s.best.score)
				return s.best;
			for (int count = 2;
			     score_of(simplicity(i, j, true), 1, density_bound(count, wanted)) >= s.best.score;
			     count++)
				try_magnitudes(&s, i, j, count);
		}
	}
}

void fc_range_widen(double *low, double *high, bool log)
{
	/* Closer together than doubles can place labels between counts as equal. */
	if (log ? *high / *low > 1 + 1e-9 : *high - *low > 1e-9 * fmax(fabs(*low), fabs(*high)))
		return;
	if (log) {
		*low /= sqrt(10);
		*high *= sqrt(10);
	} else if (*low == 0 && *high == 0) {
		*high = 1;
	} else {
		const double half = fmax(fabs(*low), fabs(*high)) / 2;

		*low -= half;
		*high += half;
	}
}

/* Places behind the point that a step needs: 0.25 needs two. */
static int places_of(double step)
{
	int places = 0;

	while (places < 12 &&
	       fabs(step * pow(10, places) - round(step * pow(10, places))) > 1e-6 * step * pow(10, places))
		places++;
	return places;
}

/* Very small and very large labels get a common power of ten, each as m x 10^e. */
static void label_scientific(struct fc_tick *tick, int exponent, double step)
{
	const double unit = pow(10, exponent);
	char number[FC_TEXT_NUMBER];

	if (tick->value == 0) {
		snprintf(tick->text, sizeof tick->text, "0");
		return;
	}
	fc_text_fixed(number, tick->value / unit, places_of(step / unit));
	snprintf(tick->text, sizeof tick->text, "%.20s\xC3\x97" "10", number);
	if (exponent < 0)
		snprintf(tick->raised, sizeof tick->raised, "\xE2\x88\x92%d", -exponent % 1000);
	else
		snprintf(tick->raised, sizeof tick->raised, "%d", exponent % 1000);
}

/* Labels of a search that lie between the bounds. */
static void fill(double low, double high, const struct fc_labeling *found, struct fc_ticks *ticks)
{
	const double slack = 1e-9 * (high - low), largest = fmax(fabs(low), fabs(high));
	const int exponent = (int)floor(log10(largest) + 1e-12), places = places_of(found->step);

	for (int i = 0; i < found->count && ticks->count < FC_TICKS_MAX; i++) {
		struct fc_tick *tick = &ticks->ticks[ticks->count];
		char number[FC_TEXT_NUMBER];

		tick->value = found->first + i * found->step;
		if (fabs(tick->value) < 1e-9 * found->step)
			tick->value = 0;
		if (tick->value < low - slack || tick->value > high + slack)
			continue;
		tick->major = true;
		if (exponent >= 6 || exponent < -5 || places > 7)
			label_scientific(tick, exponent, found->step);
		else
			snprintf(tick->text, sizeof tick->text, "%.28s", fc_text_fixed(number, tick->value, places));
		ticks->count++;
	}
}

static int check(double *low, double *high, struct fc_ticks *ticks, struct fc_error *err)
{
	memset(ticks, 0, sizeof *ticks);
	if (!isfinite(*low) || !isfinite(*high) || !isfinite(*high - *low))
		return fc_fail(err, "an axis cannot reach from %g to %g", *low, *high);
	fc_range_widen(low, high, false);
	return 0;
}

int fc_ticks_linear(double low, double high, int wanted, struct fc_ticks *ticks, struct fc_error *err)
{
	struct fc_labeling found;

	if (check(&low, &high, ticks, err))
		return -1;
	found = fc_labeling_search(low, high, wanted < 2 ? 2 : wanted > 20 ? 20 : wanted);
	fill(low, high, &found, ticks);
	return 0;
}

int fc_ticks_pair(double low, double high, struct fc_ticks *ticks, struct fc_error *err)
{
	static const double steps[] = { 5, 2, 1, 0.5 };
	struct fc_labeling found = { .count = 3 };
	double power;

	if (check(&low, &high, ticks, err))
		return -1;
	power = pow(10, floor(log10(high - low)));
	/* A step of half the range is always small enough to meet the range twice. */
	for (int i = 0; i < 4 && ticks->count < 2; i++) {
		found.step = steps[i] * power;
		found.first = ceil(low / found.step - 1e-9) * found.step;
		ticks->count = 0;
		fill(low, high, &found, ticks);
	}
	return 0;
}
