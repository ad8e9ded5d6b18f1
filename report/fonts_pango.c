#include "fonts_pango.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "flopclock/version.h"

struct fc_fonts {
	PangoFontMap *map;
	PangoContext *context;
	PangoLayout *layout;
	char *families[FC_FACE_COUNT];
	struct fc_metrics metrics;
};

/* Where a family is not installed: the next in the row that is. */
static const char *const substitutes[FC_FACE_COUNT][3] = {
	[FC_FACE_SANS] = { "Liberation Sans", "DejaVu Sans", "Arial" },
	[FC_FACE_SERIF] = { "Liberation Serif", "DejaVu Serif", "Times New Roman" },
	[FC_FACE_CODE] = { "Liberation Mono", "DejaVu Sans Mono", "Courier New" },
};

/* The family that the system really gives for a name; the caller frees. NULL: there are no fonts. */
static char *family_given(struct fc_fonts *fonts, const char *family)
{
	PangoFontDescription *wanted = pango_font_description_new(), *given;
	PangoFont *font;
	char *name;

	pango_font_description_set_family(wanted, family);
	pango_font_description_set_absolute_size(wanted, 8 * PANGO_SCALE);
	font = pango_font_map_load_font(fonts->map, fonts->context, wanted);
	pango_font_description_free(wanted);
	if (!font)
		return NULL;
	given = pango_font_describe(font);
	name = strdup(pango_font_description_get_family(given));
	pango_font_description_free(given);
	g_object_unref(font);
	return name;
}

/* Pango replaces a missing family without a word; the name of what came tells. */
static char *resolve(struct fc_fonts *fonts, enum fc_face face, const char *family)
{
	char *first = family_given(fonts, family), *other;

	if (!first || strcasecmp(first, family) == 0)
		return first;
	for (int i = 0; i < 3; i++) {
		other = family_given(fonts, substitutes[face][i]);
		if (other && strcasecmp(other, substitutes[face][i]) == 0) {
			free(first);
			return other;
		}
		free(other);
	}
	return first;
}

static void set_type(struct fc_fonts *fonts, const struct fc_type *type, const char *text)
{
	PangoFontDescription *font = pango_font_description_new();

	pango_font_description_set_family_static(font, fonts->families[type->face]);
	pango_font_description_set_absolute_size(font, type->size * PANGO_SCALE);
	if (type->bold)
		pango_font_description_set_weight(font, PANGO_WEIGHT_BOLD);
	if (type->italic)
		pango_font_description_set_style(font, PANGO_STYLE_ITALIC);
	pango_layout_set_font_description(fonts->layout, font);
	pango_font_description_free(font);
	pango_layout_set_text(fonts->layout, text, -1);
}

static double width(void *impl, const struct fc_type *type, const char *text)
{
	struct fc_fonts *fonts = impl;
	PangoRectangle logical;

	set_type(fonts, type, text);
	pango_layout_get_extents(fonts->layout, NULL, &logical);
	return (double)logical.width / PANGO_SCALE;
}

void fc_fonts_show(struct fc_fonts *fonts, cairo_t *cr, const struct fc_type *type, const char *text, double x,
		   double y)
{
	set_type(fonts, type, text);
	cairo_move_to(cr, x, y - (double)pango_layout_get_baseline(fonts->layout) / PANGO_SCALE);
	pango_cairo_show_layout(cr, fonts->layout);
}

/* How far letters reach above and below the base line, in parts of the size. */
static void measure_letters(struct fc_fonts *fonts)
{
	const struct fc_type type = { 100, FC_FACE_SANS, false, false };
	PangoRectangle ink;
	int base;

	set_type(fonts, &type, "bdfhklABCgjpqy0123456789()");
	pango_layout_get_extents(fonts->layout, &ink, NULL);
	base = pango_layout_get_baseline(fonts->layout);
	fonts->metrics.ascent = (double)(base - ink.y) / PANGO_SCALE / type.size;
	fonts->metrics.descent = (double)(ink.y + ink.height - base) / PANGO_SCALE / type.size;
}

/* One point is one unit; no hinting and no rounding, so that a layout is the same at every resolution. */
static void open_context(struct fc_fonts *fonts)
{
	cairo_font_options_t *options = cairo_font_options_create();

	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
	fonts->map = pango_cairo_font_map_new();
	fonts->context = pango_font_map_create_context(fonts->map);
	pango_cairo_context_set_font_options(fonts->context, options);
	pango_cairo_context_set_resolution(fonts->context, 72);
	pango_context_set_round_glyph_positions(fonts->context, FALSE);
	fonts->layout = pango_layout_new(fonts->context);
	pango_layout_set_single_paragraph_mode(fonts->layout, TRUE);
	cairo_font_options_destroy(options);
}

int fc_fonts_open(const struct fc_style *style, struct fc_fonts **out, struct fc_error *err)
{
	const char *const wanted[FC_FACE_COUNT] = { style->family, style->text_family, style->code_family };
	struct fc_fonts *fonts = fc_calloc(1, sizeof *fonts);

	open_context(fonts);
	for (int face = 0; face < FC_FACE_COUNT; face++) {
		fonts->families[face] = resolve(fonts, face, wanted[face]);
		if (!fonts->families[face]) {
			fc_fonts_close(fonts);
			return fc_fail(err, "there is no font on this machine (install fonts-liberation)");
		}
	}
	fonts->metrics.width = width;
	fonts->metrics.impl = fonts;
	measure_letters(fonts);
	*out = fonts;
	return 0;
}

void fc_fonts_close(struct fc_fonts *fonts)
{
	if (!fonts)
		return;
	for (int face = 0; face < FC_FACE_COUNT; face++)
		free(fonts->families[face]);
	g_object_unref(fonts->layout);
	g_object_unref(fonts->context);
	g_object_unref(fonts->map);
	free(fonts);
}

const struct fc_metrics *fc_fonts_metrics(const struct fc_fonts *fonts)
{
	return &fonts->metrics;
}

const char *fc_fonts_family(const struct fc_fonts *fonts, enum fc_face face)
{
	return fonts->families[face];
}

bool fc_style_check_fonts(const struct fc_style *style, struct fc_error *note)
{
	const char *const wanted[FC_FACE_COUNT] = { style->family, style->text_family, style->code_family };
	struct fc_fonts *fonts;
	bool all = true;

	if (fc_fonts_open(style, &fonts, note))
		return false;
	for (int face = 0; face < FC_FACE_COUNT && all; face++) {
		all = strcasecmp(fonts->families[face], wanted[face]) == 0;
		if (!all)
			fc_fail(note, "the font %s is not installed; figures and report use %s instead", wanted[face],
				fonts->families[face]);
	}
	fc_fonts_close(fonts);
	return all;
}

const char *fc_library_pango(void)
{
	return pango_version_string();
}
