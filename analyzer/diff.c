#include "diff.h"

#include <string.h>

#include "flopclock/arena.h"

#include "diff_match.h"
#include "op.h"

const char *fc_diff_status_name(enum diff_status status)
{
	static const char *const names[DIFF_STATUS_COUNT] = {
		[DIFF_EQUAL] = "equal", [DIFF_CHANGED] = "changed", [DIFF_REMOVED] = "removed", [DIFF_ADDED] = "added"
	};

	return names[status];
}

static void open_side(struct diff_side *side, const struct analysis *a, struct fc_arena *arena)
{
	struct fc_str text = { 0 };

	*side = (struct diff_side){ .analysis = a, .count = a->graph.node_count };
	side->match = FC_NEW_ARRAY(arena, int, side->count);
	side->words = FC_NEW_ARRAY(arena, const char *, side->count);
	for (int i = 0; i < side->count; i++) {
		fc_str_clear(&text);
		fc_op_describe(&a->graph.nodes[i], &text);
		side->words[i] = text.length ? fc_arena_strdup(arena, text.text) : "";
		side->match[i] = -1;
	}
	fc_str_release(&text);
}

/*
 * As many pairs as possible whose order is that of both sides: the longest rising subsequence of matches. tails[l] is
 * the layer with the smallest match that ends one of length l + 1.
 */
static const bool *find_anchors(const struct diff_side *a, struct fc_arena *arena)
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

/* The kind is: only layers of one kind are a pair. */
static bool is_same(const struct diff_side *a, const struct diff_side *b, int i)
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
static int add_rest(struct diff *diff, const struct diff_side *b, int from, int until)
{
	for (; from < until; from++)
		if (b->match[from] < 0)
			add_row(diff, NULL, &b->analysis->layers[from], DIFF_ADDED);
	return from;
}

void fc_diff(const struct analysis *first, const struct analysis *second, struct fc_arena *arena, struct diff *diff)
{
	struct diff_side a, b;
	const bool *anchors;
	int next = 1;

	*diff = (struct diff){ .count = 0 };
	open_side(&a, first, arena);
	open_side(&b, second, arena);
	diff->rows = FC_NEW_ARRAY(arena, struct diff_row, a.count + b.count);
	fc_diff_match(&a, &b, arena);
	anchors = find_anchors(&a, arena);
	for (int i = 1; i < a.count; i++) {
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
