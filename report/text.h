/*
 * Text in drawings: what it says, how large it is, and how it is made to fit.
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flopclock/arena.h"

enum fc_face { FC_FACE_SANS, FC_FACE_SERIF, FC_FACE_CODE, FC_FACE_COUNT };

struct fc_type {
	double size;
	enum fc_face face;
	bool bold, italic;
};

enum fc_anchor { FC_ANCHOR_LEFT, FC_ANCHOR_MIDDLE, FC_ANCHOR_RIGHT };

/* One line of text; (x, y) is on the base line. `raised` is set behind it as a superscript; NULL: none. */
struct fc_label {
	const char *text, *raised;
	struct fc_type type;
	int32_t colour;
	enum fc_anchor anchor;
	double x, y;
};

/* Superscripts: size and height of their base line, in parts of the type size. */
#define FC_RAISED_SIZE 0.7
#define FC_RAISED_RISE 0.38

/* Who measures. `ascent` and `descent` bound the letters of ordinary text, in parts of the type size. */
struct fc_metrics {
	double (*width)(void *impl, const struct fc_type *type, const char *text);
	void *impl;
	double ascent, descent;
};

/* Every character half as wide as the type is high: for tests that must not depend on fonts. */
extern const struct fc_metrics fc_metrics_fixed;

double fc_text_width(const struct fc_metrics *metrics, const struct fc_type *type, const char *text);
double fc_label_width(const struct fc_metrics *metrics, const struct fc_label *label);

/*
 * Valid UTF-8 on one line: bytes that are none become U+FFFD, control characters (line ends too), separators and
 * marks that turn the writing direction become blanks. The text itself is returned when there is nothing to do.
 */
const char *fc_text_clean(struct fc_arena *arena, const char *text);

/* Shortened in the middle with an ellipsis until it is no wider than `width`; at least the ellipsis remains. */
const char *fc_text_fit(struct fc_arena *arena, const struct fc_metrics *metrics, const struct fc_type *type,
			const char *text, double width);

/* Bytes of the character at `text`, 1 for a byte that starts none. Characters in a text. */
size_t fc_text_step(const char *text);
size_t fc_text_length(const char *text);

#define FC_TEXT_NUMBER 48

/* `digits` behind the point, rounded half away from zero, a true minus sign; independent of the locale. */
const char *fc_text_fixed(char buffer[FC_TEXT_NUMBER], double value, int digits);
/* `digits` significant ones: "1.42", "30.9", "157"; at most 6 places behind the point; "" for what is not finite. */
const char *fc_text_significant(char buffer[FC_TEXT_NUMBER], double value, int digits);

/* A prefix that brings a largest value between 1 and 1000: {"k", 1e3} ... Exact powers; never NULL. */
struct fc_prefix {
	const char *text;	/* "G", "m", "" */
	double factor;		/* 1e9, 1e-3, 1 */
};
const struct fc_prefix *fc_prefix_for(double largest);

#endif
