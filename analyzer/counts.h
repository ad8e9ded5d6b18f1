/* Parts of the view of counts: view_counts.c puts them together. */
#ifndef ANALYZER_COUNTS_H
#define ANALYZER_COUNTS_H

#include "view.h"

/* Whether --phase asks for that work. */
bool counts_shows(const struct analyze_options *options, int work);

/* -------- counts_sheets.c -------- */

/* A sentence on a pass over the data set, where there is no table of it. */
void counts_epoch_line(struct document *document, const struct analysis *analysis);

/* Layers, phases, passes over the data set, memory: what the options ask for. */
void counts_sheets(struct document *document, const struct analysis *analysis);

/* -------- counts_json.c -------- */

void counts_json(const struct scene *scene, struct fc_str *out);

#endif
