/*
 * Templates: a subset of Mustache.
 *
 *   {{name}} {{a.b}} {{.}}        the value, escaped; {{{name}}} and {{&name}} as it is
 *   {{#name}} ... {{/name}}       once for a text that is not empty, a true value or an object, once per item of a list
 *   {{^name}} ... {{/name}}       once where the section would not appear
 *   {{-first}} {{-last}} {{-index}}  inside a list: truth, truth, number from 1
 *   {{>file}}                     another template of the same folder, with the values of this place
 *   {{!...}}  {{=<< >>=}}         a comment; other delimiters
 *
 * Lines that hold nothing but one of the last five vanish. Escaping follows from the file's extension: .tex LaTeX,
 * .md Markdown, .html HTML, others none. Unlike Mustache, a name that is nowhere is an error where a text is wanted.
 * Errors are "FILE:LINE: what". Files, nesting, steps and output are limited: a template cannot hang the program.
 */
#ifndef REPORT_TEMPLATE_H
#define REPORT_TEMPLATE_H

#include "flopclock/error.h"
#include "flopclock/str.h"
#include "item.h"

struct fc_templates {
	struct fc_arena arena;
	const char *folder;
	struct fc_template *first;	/* those read so far */
};

void fc_templates_open(struct fc_templates *templates, const char *folder);
void fc_templates_close(struct fc_templates *templates);

/* FOLDER/NAME filled with `value`, appended to out. */
int fc_template_fill(struct fc_templates *templates, const char *name, const struct fc_item *value,
		     struct fc_str *out, struct fc_error *err);

#endif
