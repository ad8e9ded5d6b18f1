/* Breaking text into lines: the raggedness of a paragraph, summed over its lines, is made as small as possible. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "page.h"

#define LINK_COLOUR 0x004F7C	/* dark enough to print as black */

struct word {
	const char *text;
	struct fc_type type;
	const char *link;
	double width, space;	/* space: of a blank behind the word before */
	double rise;
	bool breaks;		/* a line may end in front of it */
};

struct words {
	struct fc_arena *arena;
	const struct fc_metrics *metrics;
	double line, rise;	/* rise: of words to be added */
	struct word *words;
	int count, capacity;
};

static void add_word(struct words *w, const char *text, size_t length, const struct fc_type *type, const char *link,
		     bool breaks)
{
	struct word *word;

	if (w->count == w->capacity) {
		w->capacity = w->capacity ? 2 * w->capacity : 64;
		w->words = fc_realloc(w->words, (size_t)w->capacity, sizeof *w->words);
	}
	word = &w->words[w->count++];
	*word = (struct word){
		.text = fc_arena_strndup(w->arena, text, length), .type = *type, .link = link, .breaks = breaks
	};
	word->rise = w->rise;
	word->width = fc_text_width(w->metrics, type, word->text);
	word->space = fc_text_width(w->metrics, type, "x x") - fc_text_width(w->metrics, type, "xx");
}

/* A word wider than a line becomes several that fit, broken anywhere. */
static void add_fitting(struct words *w, const char *text, size_t length, const struct fc_type *type,
			const char *link, bool breaks)
{
	const char *whole = fc_arena_strndup(w->arena, text, length);

	while (fc_text_width(w->metrics, type, whole) > w->line) {
		size_t low = fc_text_step(whole), high;

		/* The longest start that fits, at least one character. */
		for (size_t at = low; whole[at]; at += fc_text_step(whole + at)) {
			high = at + fc_text_step(whole + at);
			if (fc_text_width(w->metrics, type, fc_arena_strndup(w->arena, whole, high)) > w->line)
				break;
			low = high;
		}
		if (!whole[low])
			break;
		add_word(w, whole, low, type, link, breaks);
		whole += low;
		breaks = true;
	}
	add_word(w, whole, strlen(whole), type, link, breaks);
}

static const char *begin_link(struct words *w, const char **text)
{
	const char *end = strchr(*text, FC_LINK_TEXT[0]), *link;

	if (!end)
		return NULL;
	link = fc_arena_strndup(w->arena, *text, (size_t)(end - *text));
	*text = end + 1;
	return link;
}

static void split(struct words *w, const struct fc_type *plain, const char *text)
{
	static const char stops[] = " " FC_BOLD FC_ITALIC FC_CODE FC_LINK FC_RAISED;
	struct fc_type type = *plain;
	const char *link = NULL;
	bool breaks = false;

	while (*text) {
		const size_t length = strcspn(text, stops);

		if (length) {
			add_fitting(w, text, length, &type, link, breaks);
			breaks = false;
			text += length;
			continue;
		}
		switch (*text++) {
		case ' ': breaks = true; break;
		case '\x01': type.bold = !type.bold; break;
		case '\x02': type.italic = !type.italic; break;
		case '\x03':
			type.face = type.face == plain->face ? FC_FACE_CODE : plain->face;
			/* Typewriter letters look larger than others of their size. */
			type.size = type.face == FC_FACE_CODE ? 0.9 * plain->size : plain->size;
			break;
		case '\x06':
			w->rise = w->rise > 0 ? 0 : FC_RAISED_RISE * plain->size;
			type.size = w->rise > 0 ? FC_RAISED_SIZE * plain->size : plain->size;
			break;
		case '\x04': link = link ? NULL : begin_link(w, &text); break;
		default: break;
		}
	}
}

static double gap_of(const struct word *word)
{
	return word->breaks ? word->space : 0;
}

/* For every word the best start of the line that it ends, from front to back. */
static int *best_starts(const struct words *w)
{
	double *cost = fc_calloc((size_t)w->count + 1, sizeof *cost);
	int *start = fc_calloc((size_t)w->count + 1, sizeof *start);

	for (int end = 1; end <= w->count; end++) {
		double width = 0;

		cost[end] = INFINITY;
		if (end < w->count && !w->words[end].breaks)
			continue;
		for (int from = end - 1; from >= 0; from--) {
			double rest, slack;

			width += w->words[from].width + (from < end - 1 ? gap_of(&w->words[from + 1]) : 0);
			if (width > w->line + 1e-6 && from < end - 1)
				break;
			if ((from > 0 && !w->words[from].breaks) || isinf(cost[from]))
				continue;
			/* The last line may be short, but not a single short word. */
			rest = fmax(0, w->line - width) / w->line;
			slack = end == w->count ? (rest > 0.85 && from > 0 ? 0.1 : 0) : rest * rest;
			if (cost[from] + slack < cost[end]) {
				cost[end] = cost[from] + slack;
				start[end] = from;
			}
		}
		/* Unbreakable words wider than the line: they stand on one, wherever it started. */
		if (isinf(cost[end])) {
			start[end] = end - 1;
			while (start[end] > 0 && (!w->words[start[end]].breaks || isinf(cost[start[end]])))
				start[end]--;
			cost[end] = cost[start[end]] + 1;
		}
	}
	free(cost);
	return start;
}

static bool same_look(const struct word *a, const struct word *b)
{
	return a->link == b->link && a->rise == b->rise && a->type.size == b->type.size &&
	       a->type.face == b->type.face && a->type.bold == b->type.bold && a->type.italic == b->type.italic;
}

/* Words of one look become one piece, so that they are one text in the file. */
static struct fc_line make_line(const struct words *w, int from, int to)
{
	struct fc_line line = { FC_NEW_ARRAY(w->arena, struct fc_piece, to - from), 0, 0 };

	for (int i = from; i < to; i++) {
		const struct word *word = &w->words[i];
		const double gap = i > from ? gap_of(word) : 0;
		struct fc_piece *last = line.count ? &line.pieces[line.count - 1] : NULL;

		if (last && same_look(&w->words[i - 1], word)) {
			last->text =
				fc_arena_printf(w->arena, "%s%s%s", last->text, word->breaks ? " " : "", word->text);
			last->width = fc_text_width(w->metrics, &last->type, last->text);
		} else {
			last = &line.pieces[line.count++];
			*last = (struct fc_piece){ word->text, word->type, word->link, line.width + gap,
						   word->width, word->rise };
		}
		line.width = last->x + last->width;
	}
	return line;
}

struct fc_lines fc_lines_break(struct fc_arena *arena, const struct fc_metrics *metrics, const struct fc_type *type,
			       const char *text, double width)
{
	struct words w = { .arena = arena, .metrics = metrics, .line = fmax(width, type->size) };
	struct fc_lines lines = { NULL, 0 };
	int *start, count = 0;

	split(&w, type, text);
	start = best_starts(&w);
	for (int end = w.count; end > 0; end = start[end])
		count++;
	lines.lines = FC_NEW_ARRAY(arena, struct fc_line, count);
	lines.count = count;
	for (int end = w.count; end > 0; end = start[end])
		lines.lines[--count] = make_line(&w, start[end], end);
	free(start);
	free(w.words);
	return lines;
}

void fc_line_draw(struct fc_canvas *canvas, const struct fc_line *line, enum fc_anchor anchor, double x, double y,
		  int32_t colour)
{
	const double from = x - (anchor == FC_ANCHOR_LEFT     ? 0
				 : anchor == FC_ANCHOR_MIDDLE ? line->width / 2
							      : line->width);

	for (int i = 0; i < line->count; i++) {
		const struct fc_piece *piece = &line->pieces[i];
		const struct fc_label label = { .text = piece->text,
						.type = piece->type,
						.colour = piece->link ? LINK_COLOUR : colour,
						.x = from + piece->x,
						.y = y - piece->rise };
		const struct fc_box box = fc_canvas_text(canvas, &label);

		if (piece->link)
			fc_canvas_place(canvas, "link", fc_arena_strdup(&canvas->arena, piece->link), NAN, NAN, box);
	}
}
