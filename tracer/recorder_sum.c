/* What a run comes to: sums over its measured iterations, and what was strange about it. */
#include <math.h>

#include "recorder.h"

static void add(struct recorder_totals *t, const struct recorder_iteration *it)
{
	t->measured++;
	t->images += (uint64_t)it->images;
	t->wall_ns += it->end_ns - it->start_ns;
	t->kernel_ns += it->kernel_ns;
	t->busy_ns += it->busy_ns;
	t->idle_ns += it->idle_ns;
	t->copy_exposed_ns += it->copy_exposed_ns;
	t->unattributed_ns += it->unattributed_ns;
	t->overlap_ns += it->step_ns - it->busy_ns;
	for (int a = 0; a < FC_ACTIVITY_COUNT; a++)
		t->activities[a] += it->activities[a];
}

void recorder_sum(const struct fc_recorder *r, enum fc_pass pass, uint64_t epoch, struct recorder_totals *t)
{
	*t = (struct recorder_totals){ .iterations = 0 };
	for (uint32_t i = 0; i < r->iteration_count; i++) {
		const struct recorder_iteration *const it = &r->iterations[i];

		if (it->pass != pass || (epoch && it->epoch != epoch))
			continue;
		t->iterations++;
		if (it->measured)
			add(t, it);
	}
}

double recorder_rate(const struct fc_recorder *r, enum fc_pass pass, uint64_t most)
{
	struct recorder_totals t = { .iterations = 0 };

	for (uint32_t i = 0; i < r->iteration_count && t.measured < most; i++)
		if (r->iterations[i].pass == pass && r->iterations[i].measured)
			add(&t, &r->iterations[i]);
	return t.wall_ns > 0 ? (double)t.images * 1e9 / (double)t.wall_ns : NAN;
}

const char *recorder_anomaly(struct fc_recorder *r, enum fc_anomaly anomaly)
{
	static const char *const texts[FC_ANOMALY_COUNT] = {
#define X(upper, text) [FC_ANOMALY_##upper] = text,
		FC_ANOMALIES(X)
#undef X
	};
	const unsigned long long count = r->anomalies[anomaly].count;

	if (!count)
		return NULL;
	if (r->anomalies[anomaly].first == UINT32_MAX)
		return fc_arena_printf(&r->arena, "%s (%llu times)", texts[anomaly], count);
	return fc_arena_printf(&r->arena, "%s (%llu times, first in iteration %u)", texts[anomaly], count,
			       r->anomalies[anomaly].first + 1);
}

void recorder_launch_text(const uint32_t size[3], struct fc_str *out)
{
	fc_str_addf(out, "%ux%ux%u", size[0], size[1], size[2]);
}
