/* Between the parser and the filler of templates. */
#ifndef REPORT_TEMPLATE_PARSE_H
#define REPORT_TEMPLATE_PARSE_H

#include "template.h"

enum fc_tag {
	FC_TAG_TEXT,		/* literal */
	FC_TAG_VARIABLE,
	FC_TAG_RAW,
	FC_TAG_SECTION,
	FC_TAG_INVERTED,
	FC_TAG_END,
	FC_TAG_PARTIAL,
};

struct fc_template_node {
	enum fc_tag tag;
	const char *text;	/* literal or name; not terminated */
	size_t length;
	int line;
	int end;		/* section: index of its end */
	const char *indent;	/* partial alone on its line: what stands before it */
	size_t indent_length;
};

struct fc_template {
	const char *name, *path;
	int count;
	struct fc_template_node *nodes;
	void (*escape)(const char *text, struct fc_str *out);
	struct fc_template *next;
};

/* Text is kept: nodes point into it. */
int fc_template_parse(struct fc_arena *arena, const char *path, const char *text, struct fc_template *parsed,
		      struct fc_error *err);

/* By the extension of a file's name. */
typedef void fc_escape(const char *text, struct fc_str *out);
fc_escape *fc_template_escape(const char *name);

#endif
