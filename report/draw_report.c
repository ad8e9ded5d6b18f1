/* The report as a file. */
#include "document.h"
#include "flopclock/file.h"

static int write_report(struct fc_document *document, struct fc_fonts *fonts, const char *path, struct fc_error *err)
{
	const struct fc_pdf pdf = {
		.title = "Is running time proportional to FLOPs?",
		.subject = fc_document_names(document, 8),
		.date = document->study->date,
		.outline_count = document->outline_count,
		.outline = document->outline,
	};
	struct fc_str data = { 0 };
	int rc = fc_pages_pdf(document->pages, document->page_count, &pdf, fonts, &data, err);

	if (rc == 0)
		rc = fc_file_write(path, data.text, data.length, err);
	fc_str_release(&data);
	return rc;
}

int fc_draw_report(const struct fc_study *study, const char *path, const struct fc_style *style, struct fc_error *err)
{
	struct fc_document document;
	struct fc_fonts *fonts;
	int rc;

	if (fc_fonts_open(style, &fonts, err))
		return -1;
	rc = fc_document_build(&document, study, style, fc_fonts_metrics(fonts), err);
	if (rc == 0)
		rc = write_report(&document, fonts, path, err);
	fc_document_release(&document);
	fc_fonts_close(fonts);
	return rc;
}
