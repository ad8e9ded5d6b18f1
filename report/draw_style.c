#include <string.h>

#include "draw.h"
#include "flopclock/str.h"

#define SANS	"Liberation Sans"
#define SERIF	"Liberation Serif"
#define CODE	"Liberation Mono"
#define A4	595.276, 841.89
#define STYLE(name, summary, width, height, type, dpi) \
	{ name, summary, width, height, type, SANS, SERIF, CODE, false, dpi, A4 }

/* Widths as the publishers' guides give them; 1 in = 72 pt, 1 mm = 72 / 25.4 pt. */
static const struct fc_style styles[] = {
	STYLE("ieee", "one column of IEEE, 3.5 in", 252, 648, 8, 600),
	STYLE("ieee-wide", "both columns of IEEE, 7.16 in", 515.5, 648, 8, 600),
	STYLE("acm", "one column of ACM, 3.33 in", 239.76, 648, 8, 600),
	STYLE("acm-wide", "both columns of ACM, 7 in", 504, 648, 8, 600),
	STYLE("usenix", "one column of USENIX, 3.33 in", 239.76, 648, 8, 600),
	STYLE("neurips", "text width of NeurIPS, 5.5 in", 396, 600, 8, 600),
	STYLE("lncs", "text width of LNCS, 122 mm", 345.827, 540, 8, 600),
	STYLE("nature", "one column of Nature, 89 mm", 252.283, 680, 7, 600),
	STYLE("nature-wide", "both columns of Nature, 183 mm", 518.74, 680, 7, 600),
	STYLE("elsevier", "one column of Elsevier, 90 mm", 255.118, 640, 8, 600),
	STYLE("elsevier-wide", "both columns of Elsevier, 190 mm", 538.583, 640, 8, 600),
	STYLE("slide", "a slide of 13.33 x 7.5 in", 960, 540, 20, 144),
};

#define STYLE_COUNT ((int)(sizeof styles / sizeof *styles))

const struct fc_style *fc_style_at(int index)
{
	return index >= 0 && index < STYLE_COUNT ? &styles[index] : NULL;
}

const struct fc_style *fc_style_find(const char *name, struct fc_error *err)
{
	struct fc_str list = { 0 };

	for (int i = 0; i < STYLE_COUNT; i++) {
		if (strcmp(styles[i].name, name) == 0)
			return &styles[i];
	}
	for (int i = 0; i < STYLE_COUNT; i++)
		fc_str_addf(&list, "%s%s", i ? ", " : "", styles[i].name);
	fc_fail(err, "there is no style \"%s\"; there are %s", name, list.text);
	fc_str_release(&list);
	return NULL;
}

int fc_style_set_paper(struct fc_style *style, const char *paper, struct fc_error *err)
{
	static const struct { const char *name; double width, height; } papers[] = {
		{ "a4", A4 }, { "letter", 612, 792 },
	};

	for (size_t i = 0; i < sizeof papers / sizeof *papers; i++) {
		if (strcmp(papers[i].name, paper) != 0)
			continue;
		style->page_width = papers[i].width;
		style->page_height = papers[i].height;
		return 0;
	}
	return fc_fail(err, "there is no paper \"%s\"; there are a4 and letter", paper);
}
