/*
 * Drawing: single figures for papers and the report for reviewers, from a study.
 *
 * Everything is computed from the study, the style and the fonts; nothing from the clock or the host. Equal studies,
 * styles and fonts give equal bytes.
 */
#ifndef REPORT_DRAW_H
#define REPORT_DRAW_H

#include <stdbool.h>
#include <stddef.h>

#include "study.h"

/* How figures look in a journal, and the paper that the report is set for. Lengths are in points (1/72 inch). */
struct fc_style {
	const char *name;		/* "ieee" */
	const char *summary;		/* one line for --help */
	double width;			/* of a figure; its height follows from what it shows */
	double max_height;		/* rows that do not fit are left out, and the caption says so */
	double type;			/* size of all type in a figure */
	const char *family;		/* of figures, headings and tables; "Liberation Sans" */
	const char *text_family;	/* of running text in the report; "Liberation Serif" */
	const char *code_family;	/* of layer names; "Liberation Mono" */
	bool mono;			/* greys instead of colours */
	int dpi;			/* of PNG files */
	double page_width, page_height;	/* of the report */
};

/* The table of styles; the first is the default. NULL behind the last. */
const struct fc_style *fc_style_at(int index);
/* NULL with a sentence that lists the styles when there is none of that name. */
const struct fc_style *fc_style_find(const char *name, struct fc_error *err);

/* Page sizes of the report: "a4" (default) or "letter" put into a copy of a style; -1 with a sentence otherwise. */
int fc_style_set_paper(struct fc_style *style, const char *paper, struct fc_error *err);

/*
 * A family that is not installed is replaced, first by DejaVu, then by whatever the system offers. Puts a sentence for
 * the user into `note` and returns false when that happens to any family of the style; true when all are there.
 */
bool fc_style_check_fonts(const struct fc_style *style, struct fc_error *note);

/*
 * Writes for every figure that the study has data for: DIR/fig-N-name.pdf, .svg, .png (dpi in the file), .txt (caption,
 * alternative text, what was left out) and .json (geometry: frames, ticks, label boxes, marks). DIR must exist.
 */
int fc_draw_figures(const struct fc_study *study, const char *dir, const struct fc_style *style, struct fc_error *err);

/* The report as a PDF of several pages. */
int fc_draw_report(const struct fc_study *study, const char *path, const struct fc_style *style, struct fc_error *err);

/* One row per figure, for a list of what was written. NULL behind the last. */
struct fc_figure_row {
	const char *id;		/* "fig-1-flops-time": the name of its files */
	const char *title;	/* "FLOPs against running time" */
};
const struct fc_figure_row *fc_figure_at(int index);

#endif
