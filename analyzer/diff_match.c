#include "diff_match.h"

#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#define MOST_CELLS 4000000

/* What two layers have in common: a name says more than arguments do, and these more than what follows from others. */
enum { SAME_KIND = 4, SAME_NAME = 6, SAME_ARGUMENTS = 3, SAME_SIDES = 1, SAME_CHANNELS = 1 };

struct matching {
	struct diff_side *a, *b;
	int *namesake; /* per layer of a: that of b with its name, or -1 */
};

static const struct fc_node *node_of(const struct diff_side *side, int layer)
{
	return &side->analysis->graph.nodes[layer];
}

static bool is_one_kind(const struct matching *m, int i, int k)
{
	const struct fc_node *const x = node_of(m->a, i), *const y = node_of(m->b, k);

	return x->op == y->op && (!x->foreign || !strcmp(fc_node_kind(x), fc_node_kind(y)));
}

/* 0: these are never one layer. */
static int score(const struct matching *m, int i, int k)
{
	const struct fc_shape x = node_of(m->a, i)->shape, y = node_of(m->b, k)->shape;
	const bool name = m->namesake[i] == k, channels = x.c == y.c;
	bool arguments;

	if (!is_one_kind(m, i, k))
		return 0;
	arguments = !strcmp(m->a->words[i], m->b->words[k]);
	if (!name && !channels && !(arguments && *m->a->words[i]))
		return 0;
	return SAME_KIND + name * SAME_NAME + arguments * SAME_ARGUMENTS + channels * SAME_CHANNELS +
	       (channels && x.h == y.h && x.w == y.w) * SAME_SIDES;
}

static void pair(const struct matching *m, int i, int k)
{
	m->a->match[i] = k;
	m->b->match[k] = i;
}

/* -------- names -------- */

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct fc_node *const *)a)->name, (*(const struct fc_node *const *)b)->name);
}

static void find_namesakes(struct matching *m, struct fc_arena *arena)
{
	const struct fc_node **const sorted = FC_NEW_ARRAY(arena, const struct fc_node *, m->b->count);

	m->namesake = FC_NEW_ARRAY(arena, int, m->a->count);
	for (int k = 0; k < m->b->count; k++)
		sorted[k] = node_of(m->b, k);
	qsort(sorted, (size_t)m->b->count, sizeof(const struct fc_node *), by_name);
	for (int i = 0; i < m->a->count; i++) {
		const struct fc_node *const node = node_of(m->a, i);
		const struct fc_node *const *const found =
			bsearch(&node, sorted, (size_t)m->b->count, sizeof(const struct fc_node *), by_name);

		m->namesake[i] = found ? (*found)->index : -1;
	}
}

static void pair_namesakes(const struct matching *m)
{
	for (int i = 1; i < m->a->count; i++) {
		const int k = m->namesake[i];

		if (k > 0 && m->a->match[i] < 0 && m->b->match[k] < 0 && is_one_kind(m, i, k))
			pair(m, i, k);
	}
}

/* -------- order -------- */

/* Layers of both sides that are still to be paired: [i, i_end) and [k, k_end). */
struct stretch {
	int i, k, i_end, k_end;
};

/* A common beginning and a common end, where nothing else could have more in common. */
static struct stretch pair_ends(const struct matching *m)
{
	const int most = SAME_KIND + SAME_NAME + SAME_ARGUMENTS + SAME_SIDES + SAME_CHANNELS;
	struct stretch s = { 1, 1, m->a->count, m->b->count };

	while (s.i < s.i_end && s.k < s.k_end && score(m, s.i, s.k) == most)
		pair(m, s.i++, s.k++);
	while (s.i < s.i_end && s.k < s.k_end && score(m, s.i_end - 1, s.k_end - 1) == most)
		pair(m, --s.i_end, --s.k_end);
	return s;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

/* best[i][k]: what the layers from i and k on can have in common at most. */
static void pair_in_order(const struct matching *m, struct stretch s)
{
	const int n = s.i_end - s.i, width = s.k_end - s.k + 1;
	int *best;

	if (n < 1 || width < 2 || (int64_t)(n + 1) * width > MOST_CELLS)
		return;
	best = fc_calloc((size_t)(n + 1) * (size_t)width, sizeof(*best));
	for (int i = n - 1; i >= 0; i--)
		for (int k = width - 2; k >= 0; k--) {
			int *const row = best + (size_t)i * (size_t)width, *const next = row + width;
			const int common = score(m, s.i + i, s.k + k);

			row[k] = larger(row[k + 1], next[k]);
			if (common)
				row[k] = larger(row[k], common + next[k + 1]);
		}
	for (int i = 0, k = 0; i < n && k < width - 1;) {
		const int *const row = best + (size_t)i * (size_t)width, *const next = row + width;
		const int common = score(m, s.i + i, s.k + k);

		if (common && row[k] == common + next[k + 1])
			pair(m, s.i + i++, s.k + k++);
		else if (row[k] == next[k])
			i++;
		else
			k++;
	}
	free(best);
}

void fc_diff_match(struct diff_side *a, struct diff_side *b, struct fc_arena *arena)
{
	struct matching m = { .a = a, .b = b };

	find_namesakes(&m, arena);
	pair_in_order(&m, pair_ends(&m));
	pair_namesakes(&m);
}
