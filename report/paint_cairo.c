/* Marks into cairo: PDF pages and images from the same drawing. */
#include "fonts_pango.h"

#include <cairo-pdf.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "flopclock/version.h"

struct brush {
	cairo_t *cr;
	struct fc_fonts *fonts;
};

static void set_colour(cairo_t *cr, int32_t colour)
{
	cairo_set_source_rgb(cr, (colour >> 16 & 0xFF) / 255.0, (colour >> 8 & 0xFF) / 255.0,
			     (colour & 0xFF) / 255.0);
}

/* Fills and strokes the path that stands ready. */
static void apply(cairo_t *cr, const struct fc_ink *ink)
{
	const double *lengths;
	const int count = fc_dash_lengths(ink->dash, &lengths);
	double dashes[4];

	if (ink->fill != FC_NO_COLOUR) {
		set_colour(cr, ink->fill);
		cairo_fill_preserve(cr);
	}
	if (ink->stroke != FC_NO_COLOUR) {
		for (int i = 0; i < count; i++)
			dashes[i] = lengths[i] * ink->width;
		set_colour(cr, ink->stroke);
		cairo_set_line_width(cr, ink->width);
		cairo_set_dash(cr, dashes, count, 0);
		cairo_stroke_preserve(cr);
	}
	cairo_new_path(cr);
}

static void path(void *impl, const struct fc_mark *mark)
{
	cairo_t *cr = ((struct brush *)impl)->cr;

	for (size_t i = 0; i < mark->as.path.count; i++) {
		const struct fc_point *point = &mark->as.path.points[i];

		if (i % mark->as.path.step == 0)
			cairo_move_to(cr, point->x, point->y);
		else
			cairo_line_to(cr, point->x, point->y);
	}
	if (mark->as.path.closed)
		cairo_close_path(cr);
	apply(cr, &mark->ink);
}

static void rect(void *impl, const struct fc_mark *mark)
{
	cairo_t *cr = ((struct brush *)impl)->cr;
	const struct fc_box *box = &mark->as.rect;

	cairo_rectangle(cr, box->x, box->y, box->w, box->h);
	apply(cr, &mark->ink);
}

static void disc(void *impl, const struct fc_mark *mark)
{
	cairo_t *cr = ((struct brush *)impl)->cr;

	cairo_arc(cr, mark->as.disc.centre.x, mark->as.disc.centre.y, mark->as.disc.radius, 0, 2 * M_PI);
	cairo_close_path(cr);
	apply(cr, &mark->ink);
}

static void text(void *impl, const struct fc_mark *mark)
{
	struct brush *brush = impl;
	const struct fc_label *label = &mark->as.text;
	const struct fc_metrics *metrics = fc_fonts_metrics(brush->fonts);
	double x = label->x;

	if (label->anchor != FC_ANCHOR_LEFT)
		x -= fc_label_width(metrics, label) / (label->anchor == FC_ANCHOR_MIDDLE ? 2 : 1);
	set_colour(brush->cr, label->colour);
	fc_fonts_show(brush->fonts, brush->cr, &label->type, label->text, x, label->y);
	if (label->raised) {
		struct fc_type raised = label->type;

		raised.size *= FC_RAISED_SIZE;
		fc_fonts_show(brush->fonts, brush->cr, &raised, label->raised,
			      x + fc_text_width(metrics, &label->type, label->text),
			      label->y - FC_RAISED_RISE * label->type.size);
	}
	cairo_new_path(brush->cr);
}

static void group(void *impl, const struct fc_mark *mark)
{
	(void)impl;
	(void)mark;
}

static void paint(const struct fc_canvas *canvas, cairo_t *cr, struct fc_fonts *fonts)
{
	static const struct fc_painter painter = { path, rect, disc, text, group, group };
	struct brush brush = { cr, fonts };

	cairo_set_line_cap(cr, CAIRO_LINE_CAP_BUTT);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_MITER);
	fc_canvas_paint(canvas, &painter, &brush);
}

static cairo_status_t append(void *closure, const unsigned char *data, unsigned int length)
{
	fc_str_addn(closure, (const char *)data, length);
	return CAIRO_STATUS_SUCCESS;
}

/* cairo takes anything else for "now", and the file would differ from second to second. */
static const char *valid_date(const char *date)
{
	static const char pattern[] = "0000-00-00T00:00:00Z";

	for (size_t i = 0; i < sizeof pattern; i++) {
		const char c = date ? date[i] : '\0';

		if (pattern[i] == '0' ? c < '0' || c > '9' : c != pattern[i])
			return "1970-01-01T00:00:00Z";
	}
	return date;
}

static void set_metadata(cairo_surface_t *surface, const struct fc_pdf *pdf)
{
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, pdf->title);
	if (pdf->subject)
		cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, pdf->subject);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "flopclock " FC_VERSION);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, valid_date(pdf->date));
}

static void add_outline(cairo_surface_t *surface, const struct fc_pdf *pdf)
{
	int section = CAIRO_PDF_OUTLINE_ROOT;

	for (int i = 0; i < pdf->outline_count; i++) {
		const struct fc_outline *entry = &pdf->outline[i];
		char link[128];
		int id;

		snprintf(link, sizeof link, "dest='%s'", entry->target);
		id = cairo_pdf_surface_add_outline(surface, entry->level ? section : CAIRO_PDF_OUTLINE_ROOT,
						   entry->title, link,
						   entry->level ? 0 : CAIRO_PDF_OUTLINE_FLAG_OPEN);
		if (!entry->level)
			section = id;
	}
}

/* Links in cairo 1.16 damage the file unless they lie inside a structure tag, see fc_pages_pdf. */
static void add_links(const struct fc_canvas *canvas, cairo_t *cr)
{
	for (size_t i = 0; i < canvas->place_count; i++) {
		const struct fc_place *place = &canvas->places[i];
		const struct fc_box *box = &place->box;
		char text[256];

		if (strcmp(place->kind, "link") == 0) {
			snprintf(text, sizeof text, "dest='%s' rect=[%.2f %.2f %.2f %.2f]", place->name, box->x,
				 box->y, box->w, box->h);
			cairo_tag_begin(cr, CAIRO_TAG_LINK, text);
			cairo_tag_end(cr, CAIRO_TAG_LINK);
		} else if (strcmp(place->kind, "target") == 0) {
			snprintf(text, sizeof text, "name='%s' x=%.2f y=%.2f", place->name, box->x, box->y);
			cairo_tag_begin(cr, CAIRO_TAG_DEST, text);
			cairo_tag_end(cr, CAIRO_TAG_DEST);
		}
	}
}

int fc_pages_pdf(const struct fc_canvas *pages, int count, const struct fc_pdf *pdf, struct fc_fonts *fonts,
		 struct fc_str *out, struct fc_error *err)
{
	cairo_surface_t *surface =
		cairo_pdf_surface_create_for_stream(append, out, pages[0].width, pages[0].height);
	cairo_t *cr = cairo_create(surface);
	cairo_status_t status;

	set_metadata(surface, pdf);
	/* Every page has the size of the first: setting a size anew would throw the open tag away and damage the
	 * file. */
	cairo_tag_begin(cr, "Document", NULL);
	for (int i = 0; i < count; i++) {
		paint(&pages[i], cr, fonts);
		add_links(&pages[i], cr);
		cairo_show_page(cr);
	}
	cairo_tag_end(cr, "Document");
	add_outline(surface, pdf);
	status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	return status == CAIRO_STATUS_SUCCESS ? 0 : fc_fail(err, "cairo could not write the PDF: %s",
							    cairo_status_to_string(status));
}

int fc_canvas_png(const struct fc_canvas *canvas, const char *title, int dpi, struct fc_fonts *fonts,
		  struct fc_str *out, struct fc_error *err)
{
	const double scale = dpi / 72.0;
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)lround(canvas->width * scale),
							      (int)lround(canvas->height * scale));
	cairo_t *cr = cairo_create(surface);
	cairo_status_t status;
	int rc = 0;

	set_colour(cr, 0xFFFFFF);
	cairo_paint(cr);
	cairo_scale(cr, scale, scale);
	paint(canvas, cr, fonts);
	cairo_surface_flush(surface);
	status = cairo_status(cr);
	if (status != CAIRO_STATUS_SUCCESS)
		rc = fc_fail(err, "cairo could not draw the image: %s", cairo_status_to_string(status));
	else
		rc = fc_png_write(cairo_image_surface_get_data(surface), cairo_image_surface_get_width(surface),
				  cairo_image_surface_get_height(surface), cairo_image_surface_get_stride(surface),
				  dpi, title, out, err);
	cairo_destroy(cr);
	cairo_surface_destroy(surface);
	return rc;
}

const char *fc_library_cairo(void)
{
	return cairo_version_string();
}
