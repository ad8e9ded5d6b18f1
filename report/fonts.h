/*
 * The fonts of a style, found on this machine, and the painters that need them.
 */
#ifndef REPORT_FONTS_H
#define REPORT_FONTS_H

#include "canvas.h"
#include "draw.h"

struct fc_fonts;

/* Fails when the machine has no font at all. A family that is missing is replaced: see fc_style_check_fonts. */
int fc_fonts_open(const struct fc_style *style, struct fc_fonts **fonts, struct fc_error *err);
void fc_fonts_close(struct fc_fonts *fonts);

/* Both borrowed from fonts. The family is the one really used. */
const struct fc_metrics *fc_fonts_metrics(const struct fc_fonts *fonts);
const char *fc_fonts_family(const struct fc_fonts *fonts, enum fc_face face);

/* An entry of the outline that PDF viewers show beside the pages; level 0 is the outermost. */
struct fc_outline {
	const char *title, *target;
	int level;
};

struct fc_pdf {
	const char *title, *subject;
	const char *date;		/* "2026-01-31T12:00:00Z" */
	int outline_count;
	const struct fc_outline *outline;
};

/* One page per canvas, all of one size. Places of kind "target" and "link" become targets and links: their name is
 * the target's. */
int fc_pages_pdf(const struct fc_canvas *pages, int count, const struct fc_pdf *pdf, struct fc_fonts *fonts,
		 struct fc_str *out, struct fc_error *err);

int fc_canvas_png(const struct fc_canvas *canvas, const char *title, int dpi, struct fc_fonts *fonts,
		  struct fc_str *out, struct fc_error *err);

/* 8-bit RGB with resolution and texts; `pixels` are 32-bit words 0x00RRGGBB, `stride` bytes a row. */
int fc_png_write(const unsigned char *pixels, int width, int height, int stride, int dpi, const char *title,
		 struct fc_str *out, struct fc_error *err);

#endif
