/* How a text from outside becomes harmless in each language. */
#include <string.h>

#include "template_parse.h"

struct replacement {
	const char *from, *to;
};

/* Single characters first, then what UTF-8 texts of ours hold; the first row that fits counts. */
static const struct replacement tex[] = {
	{ "\\", "\\textbackslash{}" }, { "{", "\\{" }, { "}", "\\}" }, { "$", "\\$" }, { "&", "\\&" },
	{ "#", "\\#" },
	{ "^", "\\textasciicircum{}" }, { "_", "\\_" }, { "~", "\\textasciitilde{}" }, { "%", "\\%" },
	{ "<", "\\textless{}" }, { ">", "\\textgreater{}" }, { "|", "\\textbar{}" }, { "\"", "{\\char34}" },
	{ "`", "\\textasciigrave{}" }, { "--", "-{}-{}" }, { "\xe2\x80\x89", "\\," }, { "\xc2\xa0", "~" },
	{ "×", "$\\times$" }, { "±", "$\\pm$" }, { "µ", "$\\mu$" }, { "μ", "$\\mu$" }, { "ρ", "$\\rho$" },
	{ "τ", "$\\tau$" }, { "²", "$^2$" }, { "–", "--" }, { "≤", "$\\le$" }, { "≥", "$\\ge$" }, { "−", "$-$" },
	{ NULL, NULL },
};

static const struct replacement markdown[] = {
	{ "\\", "\\\\" }, { "|", "\\|" }, { "*", "\\*" }, { "_", "\\_" }, { "`", "\\`" }, { "[", "\\[" },
	{ "]", "\\]" },
	{ "~", "\\~" }, { "#", "\\#" }, { "<", "&lt;" }, { ">", "&gt;" }, { "&", "&amp;" }, { "$", "\\$" },
	{ "!", "\\!" }, { NULL, NULL },
};

static const struct replacement html[] = {
	{ "&", "&amp;" }, { "<", "&lt;" }, { ">", "&gt;" }, { "\"", "&quot;" }, { "'", "&#39;" }, { NULL, NULL },
};

/* Line ends and other controls would break a row of a table: they become blanks. */
static void replace(const struct replacement *table, const char *text, struct fc_str *out)
{
	while (*text) {
		const struct replacement *row = table;

		while (row->from && strncmp(text, row->from, strlen(row->from)))
			row++;
		if (row->from) {
			fc_str_add(out, row->to);
			text += strlen(row->from);
		} else {
			fc_str_addc(out, (unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text);
			text++;
		}
	}
}

static void escape_tex(const char *text, struct fc_str *out)
{
	replace(tex, text, out);
}

static void escape_markdown(const char *text, struct fc_str *out)
{
	replace(markdown, text, out);
}

static void escape_html(const char *text, struct fc_str *out)
{
	replace(html, text, out);
}

static void escape_nothing(const char *text, struct fc_str *out)
{
	fc_str_add(out, text);
}

static const struct {
	const char *extension;
	fc_escape *escape;
} modes[] = {
	{ ".tex", escape_tex },
	{ ".md", escape_markdown },
	{ ".html", escape_html },
};

fc_escape *fc_template_escape(const char *name)
{
	const char *extension = strrchr(name, '.');

	for (size_t i = 0; extension && i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(modes[i].extension, extension))
			return modes[i].escape;
	return escape_nothing;
}
