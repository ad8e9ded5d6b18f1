#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "ticks.h"

#define MINOR_DECADES 7		/* 2..9 are drawn in ranges up to this many decades */
#define EVERY_DECADE 40		/* and a tick at every decade up to this many */

/* Plain numbers while all decades of the axis are easily read as such, else powers of ten. */
static bool is_plain(int first, int last)
{
	return first >= -3 && last <= 4;
}

static void label(struct fc_tick *tick, int digit, int exponent, bool plain)
{
	char number[FC_TEXT_NUMBER];

	if (plain) {
		fc_text_fixed(number, digit * pow(10, exponent), exponent < 0 ? -exponent : 0);
		snprintf(tick->text, sizeof tick->text, "%.28s", number);
		return;
	}
	if (digit == 1)
		snprintf(tick->text, sizeof tick->text, "10");
	else
		snprintf(tick->text, sizeof tick->text, "%d\xC3\x97" "10", digit);
	snprintf(tick->raised, sizeof tick->raised, "%s%d", exponent < 0 ? "\xE2\x88\x92" : "", abs(exponent % 1000));
}

int fc_ticks_log(double low, double high, int every, bool between, struct fc_ticks *ticks, struct fc_error *err)
{
	double slack;
	int first, last;
	bool plain, minors;

	memset(ticks, 0, sizeof *ticks);
	if (!(low > 0) || !(high > 0) || !isfinite(low) || !isfinite(high))
		return fc_fail(err, "a logarithmic axis cannot reach from %g to %g", low, high);
	fc_range_widen(&low, &high, true);
	if (log10(high) - log10(low) < 1 - 1e-9)
		return fc_ticks_linear(low, high, between ? 5 : 3, ticks, err);
	slack = 1e-9;
	first = (int)floor(log10(low) + slack);
	last = (int)ceil(log10(high) - slack);
	plain = is_plain(first, last);
	minors = last - first <= MINOR_DECADES;
	every = every < 1 ? 1 : every;
	for (int exponent = first; exponent <= last; exponent++) {
		for (int digit = 1; digit <= (minors ? 9 : 1); digit++) {
			const double value = digit * pow(10, exponent);
			struct fc_tick *tick = &ticks->ticks[ticks->count];

			if (value < low * (1 - slack) || value > high * (1 + slack) || ticks->count == FC_TICKS_MAX)
				continue;
			if (last - first > EVERY_DECADE && exponent % every != 0)
				continue;
			tick->value = value;
			tick->major = digit == 1 && exponent % every == 0;
			if (tick->major || (between && (digit == 2 || digit == 5)))
				label(tick, digit, exponent, plain);
			ticks->count++;
		}
	}
	return 0;
}
