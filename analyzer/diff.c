#include "diff.h"

#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"

#include "op.h"

#define MOST_CELLS 4000000 /* of a table of common subsequences */

struct side {
	const struct analysis *analysis;
	int count;
	int *match;	    /* per layer the other side's, or -1 */
	const char **words; /* kind and arguments */
};

const char *fc_diff_status_name(enum diff_status status)
{
	static const char *const names[DIFF_STATUS_COUNT] = {
		[DIFF_EQUAL] = "equal", [DIFF_CHANGED] = "changed", [DIFF_REMOVED] = "removed", [DIFF_ADDED] = "added"
	};

	return names[status];
}

static void open_side(struct side *side, const struct analysis *a, struct fc_arena *arena)
{
	struct fc_str text = { 0 };

	*side = (struct side){ .analysis = a, .count = a->graph.node_count };
	side->match = FC_NEW_ARRAY(arena, int, side->count);
	side->words = FC_NEW_ARRAY(arena, const char *, side->count);
	for (int i = 0; i < side->count; i++) {
		const struct fc_node *const node = &a->graph.nodes[i];

		fc_str_clear(&text);
		fc_str_addf(&text, "%s ", fc_node_kind(node));
		fc_op_describe(node, &text);
		side->words[i] = fc_arena_strdup(arena, text.text);
		side->match[i] = -1;
	}
	fc_str_release(&text);
}

/* -------- by name -------- */

static int by_name(const void *a, const void *b)
{
	return strcmp((*(const struct fc_node *const *)a)->name, (*(const struct fc_node *const *)b)->name);
}

static void match_names(struct side *a, struct side *b, struct fc_arena *arena)
{
	const struct fc_node **const sorted = FC_NEW_ARRAY(arena, const struct fc_node *, b->count);

	for (int i = 0; i < b->count; i++)
		sorted[i] = &b->analysis->graph.nodes[i];
	qsort(sorted, (size_t)b->count, sizeof(const struct fc_node *), by_name);
	for (int i = 0; i < a->count; i++) {
		const struct fc_node *const node = &a->analysis->graph.nodes[i];
		const struct fc_node *const *const found =
			bsearch(&node, sorted, (size_t)b->count, sizeof(const struct fc_node *), by_name);

		if (!found)
			continue;
		a->match[i] = (*found)->index;
		b->match[(*found)->index] = i;
	}
}

/* -------- by kind and arguments -------- */

/* The layers in [from, to) that have no match yet. */
static int unmatched(const struct side *side, int from, int to, int *layers)
{
	int count = 0;

	for (int i = from; i < to; i++)
		if (side->match[i] < 0)
			layers[count++] = i;
	return count;
}

static void match_sequence(struct side *a, struct side *b, const int *x, int n, const int *y, int m)
{
	int *table;

	if (!n || !m || (int64_t)(n + 1) * (m + 1) > MOST_CELLS)
		return;
	/* table[i][k]: the length of the longest common subsequence of x behind i and y behind k. */
	table = fc_calloc((size_t)(n + 1) * (size_t)(m + 1), sizeof(*table));
	for (int i = n - 1; i >= 0; i--)
		for (int k = m - 1; k >= 0; k--) {
			const int *const row = table + (size_t)i * (size_t)(m + 1), *const next = row + m + 1;
			const bool same = !strcmp(a->words[x[i]], b->words[y[k]]);

			table[(size_t)i * (size_t)(m + 1) + (size_t)k] = same			? next[k + 1] + 1
									 : next[k] > row[k + 1] ? next[k]
												: row[k + 1];
		}
	for (int i = 0, k = 0; i < n && k < m;) {
		const int *const row = table + (size_t)i * (size_t)(m + 1), *const next = row + m + 1;

		if (!strcmp(a->words[x[i]], b->words[y[k]])) {
			a->match[x[i]] = y[k];
			b->match[y[k]] = x[i];
			i++;
			k++;
		} else if (next[k] >= row[k + 1]) {
			i++;
		} else {
			k++;
		}
	}
	free(table);
}

/*
 * As many pairs as possible whose order is that of both sides: the longest rising subsequence of matches. tails[l] is
 * the layer with the smallest match that ends one of length l + 1.
 */
static bool *find_anchors(const struct side *a, struct fc_arena *arena)
{
	bool *const anchors = FC_NEW_ARRAY(arena, bool, a->count);
	int *const tails = FC_NEW_ARRAY(arena, int, a->count);
	int *const before = FC_NEW_ARRAY(arena, int, a->count);
	int length = 0;

	for (int i = 0; i < a->count; i++) {
		int low = 0, high = length;

		if (a->match[i] < 0)
			continue;
		while (low < high) {
			const int middle = low + (high - low) / 2;

			if (a->match[tails[middle]] < a->match[i])
				low = middle + 1;
			else
				high = middle;
		}
		before[i] = low ? tails[low - 1] : -1;
		tails[low] = i;
		length += low == length;
	}
	for (int i = length ? tails[length - 1] : -1; i >= 0; i = before[i])
		anchors[i] = true;
	return anchors;
}

static void match_gaps(struct side *a, struct side *b, struct fc_arena *arena, const bool *anchors)
{
	int *const x = FC_NEW_ARRAY(arena, int, a->count);
	int *const y = FC_NEW_ARRAY(arena, int, b->count);
	int i = 0, k = 0;

	while (i < a->count || k < b->count) {
		int end = i;

		while (end < a->count && !anchors[end])
			end++;
		const int until = end < a->count ? a->match[end] : b->count;
		const int n = unmatched(a, i, end, x), m = unmatched(b, k, until, y);

		match_sequence(a, b, x, n, y, m);
		i = end + 1;
		k = until + 1;
	}
}

/* -------- rows -------- */

static bool is_same(const struct side *a, const struct side *b, int i)
{
	const struct layer *const x = &a->analysis->layers[i], *const y = &b->analysis->layers[a->match[i]];

	return !strcmp(a->words[i], b->words[a->match[i]]) && x->params == y->params && x->charge == y->charge &&
	       x->output.c == y->output.c && x->output.h == y->output.h && x->output.w == y->output.w;
}

static void add_row(struct diff *diff, const struct layer *a, const struct layer *b, enum diff_status status)
{
	diff->rows[diff->count++] = (struct diff_row){ .side = { a, b }, .status = status };
	diff->status[status]++;
}

/* Rows of the second side that come before `until` and are nobody's. */
static int add_rest(struct diff *diff, const struct side *b, int from, int until)
{
	for (; from < until; from++)
		if (b->match[from] < 0)
			add_row(diff, NULL, &b->analysis->layers[from], DIFF_ADDED);
	return from;
}

void fc_diff(const struct analysis *first, const struct analysis *second, struct fc_arena *arena, struct diff *diff)
{
	struct side a, b;
	const bool *anchors;
	int next = 0;

	*diff = (struct diff){ .count = 0 };
	open_side(&a, first, arena);
	open_side(&b, second, arena);
	diff->rows = FC_NEW_ARRAY(arena, struct diff_row, a.count + b.count);
	match_names(&a, &b, arena);
	match_gaps(&a, &b, arena, find_anchors(&a, arena));
	anchors = find_anchors(&a, arena);
	for (int i = 0; i < a.count; i++) {
		if (anchors[i])
			next = add_rest(diff, &b, next, a.match[i]);
		if (a.match[i] < 0)
			add_row(diff, &a.analysis->layers[i], NULL, DIFF_REMOVED);
		else
			add_row(diff, &a.analysis->layers[i], &b.analysis->layers[a.match[i]],
				is_same(&a, &b, i) ? DIFF_EQUAL : DIFF_CHANGED);
	}
	add_rest(diff, &b, next, b.count);
}
