#include "fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/number.h"

#include "rebatch.h"

#define BEYOND 256 /* batches behind the answer that are tried one by one */

/* -------- bytes in words -------- */

/* What follows the number: a prefix, perhaps an i, perhaps a B. 0: something else. */
static double unit_of(const char *text)
{
	static const char prefixes[] = "KMGT";
	const char *const prefix = *text ? strchr(prefixes, *text == 'k' ? 'K' : *text) : NULL;
	double base = 1000, unit = 1;

	if (prefix) {
		text++;
		if (*text == 'i') {
			base = 1024;
			text++;
		}
		for (const char *p = prefixes; p <= prefix; p++)
			unit *= base;
	}
	text += *text == 'B';
	return *text ? 0 : unit;
}

int fc_fit_memory(const char *text, uint64_t *bytes, struct fc_error *err)
{
	const size_t digits = strspn(text, "0123456789.");
	const double unit = unit_of(text + digits);
	char number[64] = "";
	double value;

	if (digits && digits < sizeof(number))
		memcpy(number, text, digits);
	if (!(unit > 0) || !fc_parse_double(number, &value) || !(value * unit >= 1) || value * unit >= 0x1p63)
		return fc_fail(err, "--fit %s: an amount of memory is expected, for example 16G, 16Gi or 800M", text);
	*bytes = (uint64_t)llround(value * unit);
	return 0;
}

/* -------- searching -------- */

struct search {
	const struct fc_graph *original;
	struct fc_graph graph; /* a copy whose shapes change */
	const struct fc_memory_options *options;
	uint64_t bytes;
	struct fc_memory memory; /* of the batch tried last */
};

/* Always from the original: one that failed has left shapes of two batches. */
static int plan(struct search *s, int64_t batch, struct fc_error *err)
{
	s->graph.batch = s->original->batch;
	memcpy(s->graph.nodes, s->original->nodes, (size_t)s->graph.node_count * sizeof(*s->graph.nodes));
	return fc_graph_rebatch(&s->graph, batch, err) || fc_memory_plan(&s->graph, s->options, &s->memory, err) ? -1
														 : 0;
}

/* A batch that is too large for any memory has no plan. */
static bool try_batch(struct search *s, int64_t batch)
{
	struct fc_error ignored;

	return !plan(s, batch, &ignored);
}

static bool fits(struct search *s, int64_t batch)
{
	return try_batch(s, batch) && s->memory.total <= s->bytes;
}

/* No packing needs less than what is alive at once, which grows with the batch. */
static bool might_fit(struct search *s, int64_t batch)
{
	return try_batch(s, batch) && s->memory.total - s->memory.activations + s->memory.alive <= s->bytes;
}

/* The largest batch from `low` on for which the test holds, which it does for low; it holds for all below if for one. */
static int64_t last(struct search *s, bool (*test)(struct search *, int64_t), int64_t low, int64_t high)
{
	int64_t step = 1;

	while (low < high && test(s, low + step < high ? low + step : high)) {
		low = low + step < high ? low + step : high;
		step *= 2;
	}
	if (low + step < high)
		high = low + step;
	/* It holds for low, and not for high unless they are one. */
	while (high - low > 1) {
		const int64_t middle = low + (high - low) / 2;

		if (test(s, middle))
			low = middle;
		else
			high = middle;
	}
	return low;
}

static int64_t find(struct search *s)
{
	int64_t batch, bound;

	if (!might_fit(s, 1))
		return 0;
	bound = last(s, might_fit, 1, FC_FIT_MOST);
	batch = fits(s, 1) ? last(s, fits, 1, bound) : 0;
	if (fits(s, bound))
		return bound;
	for (int64_t b = bound - batch > BEYOND ? batch + BEYOND : bound; b > batch; b--)
		if (fits(s, b))
			return b;
	return batch;
}

int fc_fit_search(const struct fc_graph *graph, const struct fc_memory_options *options, uint64_t bytes,
		  struct fc_fit *fit, struct fc_error *err)
{
	struct search s = { .original = graph, .graph = *graph, .options = options, .bytes = bytes };
	int rc;

	*fit = (struct fc_fit){ .batch = 0 };
	s.graph.nodes = fc_calloc((size_t)graph->node_count, sizeof(*graph->nodes));
	fit->batch = find(&s);
	/* One that fits has a plan; one image may be more than any memory holds. */
	rc = plan(&s, fit->batch ? fit->batch : 1, err);
	fit->at = s.memory;
	if (!rc && fit->batch < FC_FIT_MOST && try_batch(&s, fit->batch + 1))
		fit->beyond = s.memory;
	free(s.graph.nodes);
	return rc;
}
