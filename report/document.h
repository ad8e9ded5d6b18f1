/*
 * The report as pages: what it says and in which order. Numbers come from the study, explanations from here.
 */
#ifndef REPORT_DOCUMENT_H
#define REPORT_DOCUMENT_H

#include "chart.h"
#include "fonts.h"
#include "page.h"

#define FC_OUTLINE_MAX 64
#define FC_FIGURES_MAX 16

struct fc_document {
	const struct fc_study *study;
	struct fc_style style;			/* of its figures */
	struct fc_galley galley;
	int figure_count;
	struct fc_canvas figures[FC_FIGURES_MAX];	/* the pages borrow from them */
	int outline_count;
	struct fc_outline outline[FC_OUTLINE_MAX];
	int section;
	int page_count;
	struct fc_canvas *pages;
};

/* To be released in any case. */
int fc_document_build(struct fc_document *document, const struct fc_study *study, const struct fc_style *style,
		      const struct fc_metrics *metrics, struct fc_error *err);
void fc_document_release(struct fc_document *document);

/* The parts that document.c calls, in the order of the report: document_front.c, document_body.c. */
void fc_document_front(struct fc_document *document);
int fc_document_body(struct fc_document *document, struct fc_error *err);

/* Tools of the parts. Texts may hold the switches of page.h; what came from outside must be cleaned:
 * fc_document_clean. */
void fc_document_heading(struct fc_document *document, const char *title);
void fc_document_text(struct fc_document *document, const char *format, ...) FC_PRINTF(2, 3);
void fc_document_bullet(struct fc_document *document, const char *text);
void fc_document_table(struct fc_document *document, enum fc_study_table table);
/* By the id of its row; nothing when the study has no data for it. */
int fc_document_figure(struct fc_document *document, const char *id, struct fc_error *err);
/* "Figure 1", "Table 2" as a link; "" when it is not in the report. */
const char *fc_document_figure_name(struct fc_document *document, const char *id);
const char *fc_document_table_name(struct fc_document *document, enum fc_study_table table);
const char *fc_document_clean(struct fc_document *document, const char *text);
/* "FLOPs^1.08" with the number raised; the text must be clean. */
const char *fc_document_powers(struct fc_document *document, const char *text);
/* "A, B and C": names of the networks; "A, B, C and 7 more" from `most` on; long names shortened. */
const char *fc_document_names(struct fc_document *document, int most);

#endif
