/* What the painters need of pango: text drawn exactly as it was measured. */
#ifndef REPORT_FONTS_PANGO_H
#define REPORT_FONTS_PANGO_H

#include <pango/pangocairo.h>

#include "fonts.h"

/* Draws in the current colour; (x, y) is the start of the text on its base line. */
void fc_fonts_show(struct fc_fonts *fonts, cairo_t *cr, const struct fc_type *type, const char *text, double x,
		   double y);

#endif
