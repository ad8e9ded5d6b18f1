/*
 * What `flopclock analyze` shows: a view is a table row, an option of the command chooses it, and it writes itself in every
 * format.
 */
#ifndef ANALYZER_VIEW_H
#define ANALYZER_VIEW_H

#include "analyze.h"

/* What a view is asked to show. */
struct scene {
	const struct analyze_options *options;
	const struct analysis *analyses;
	int count;
	void *content; /* what the view has computed beside that */
};

struct view {
	/* Fills scene->content; NULL: there is nothing to compute. On failure nothing is left. */
	int (*open)(struct scene *scene, struct fc_error *err);
	void (*close)(struct scene *scene);
	/* table, md, tex: the same document through the writer of each. */
	void (*document)(const struct sheet_format *format, const struct scene *scene, struct fc_str *out);
	void (*csv)(const struct scene *scene, struct fc_str *out);
	void (*json)(const struct scene *scene, struct fc_str *out);
};

/* What there is to show of these models: fc_analyze_has() and what depends on them. */
unsigned scene_has(const struct scene *scene);

extern const struct view fc_view_counts, fc_view_list, fc_view_plan, fc_view_rules, fc_view_fit, fc_view_diff;

/* -------- what documents share: view_document.c -------- */

/* A document while it is written: sentences are put together in `line`. */
struct document {
	const struct sheet_format *format;
	struct fc_str *out, line;
};

void document_begin(struct document *document, const struct sheet_format *format, struct fc_str *out);
void document_end(struct document *document);

/* Writes `line` as a title or as a sentence and empties it. */
void document_title(struct document *document);
void document_sentence(struct document *document);

/* An empty line where the format does not set one itself. */
void document_gap(struct document *document);

/* "resnet18 (aux=true): input 3x224x224, 1000 classes, batch 1, fp32" into `line`. */
void document_name(struct document *document, const struct analysis *analysis);

/* ", counted by flopclock 0.1.0": every document says it once per model. */
void document_program(struct document *document);

/* The sentence on the rule, with the program. */
void document_rule(struct document *document, const struct analyze_options *options);

/* The sentence on what a floor is and on which device; nothing where there is none. */
void document_floor(struct document *document, const struct analyze_options *options);

/* "1.814 GMACs (1814073344)" into `line`. */
void document_quantity(struct document *document, uint64_t value, const char *unit);

/* -------- what JSON shares: view_json.c -------- */

/* "schema" and all of identity, as the first members of the object of a model. */
void json_identity(struct fc_json *json, const struct analysis *analysis);

/* A cost as an object: macs, flops, bytes_read, bytes_written, flops_per_byte and, with a device, its floor. */
void json_work(struct fc_json *json, const char *key, const struct analysis *analysis, const struct work *work);

/* "roofline": the device of floors of time; nothing where there is none. */
void json_device(struct fc_json *json, const struct roofline *roofline);

/* Moves what was written to `out`. */
void json_finish(struct fc_json *json, struct fc_str *out);

#endif
