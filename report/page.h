/*
 * Setting a document: lines of text, tables and figures go into a galley, one endless column made of blocks; the
 * galley is then cut into pages. A block is never cut. Everything is marks on a canvas, so pages can be tested like
 * figures.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "canvas.h"
#include "table.h"

/* Switches inside a text; each turns on what it turned off. Cleaned text (fc_text_clean) contains none of them. */
#define FC_BOLD		"\x01"
#define FC_ITALIC	"\x02"
#define FC_CODE		"\x03"
#define FC_RAISED	"\x06"	/* a superscript */
#define FC_LINK		"\x04"	/* FC_LINK target FC_LINK_TEXT words FC_LINK */
#define FC_LINK_TEXT	"\x05"

/* Lines of a text broken to a width. */
struct fc_piece {
	const char *text;
	struct fc_type type;
	const char *link;	/* NULL: none */
	double x, width;
	double rise;		/* of a superscript, above the base line */
};

struct fc_line {
	struct fc_piece *pieces;
	int count;
	double width;
};

struct fc_lines {
	struct fc_line *lines;
	int count;
};

/*
 * Breaks so that the lines are as even as possible. Words wider than the line are cut. At least one line unless the
 * text is empty. In the arena.
 */
struct fc_lines fc_lines_break(struct fc_arena *arena, const struct fc_metrics *metrics, const struct fc_type *type,
			       const char *text, double width);

/* Draws a line with its base line at y; x is its left end, middle or right end. */
void fc_line_draw(struct fc_canvas *canvas, const struct fc_line *line, enum fc_anchor anchor, double x, double y,
		  int32_t colour);

struct fc_block {
	double top, bottom;	/* in the galley */
	double before;		/* space in front, dropped at the top of a page */
	bool keep;		/* on one page with the next block */
	bool floats; /* with the blocks that it keeps, may move to the top of the next page while text goes on */
	bool barrier;		/* nothing that floats may pass it */
	bool hidden;		/* not shown here, only as part of a header */
	int header;		/* when a page starts with this block, that one and the next come first; -1: none */
	size_t marks[2], labels[2], places[2];	/* first, and one behind the last */
};

struct fc_galley {
	struct fc_canvas canvas;	/* as wide as a page, as high as it gets */
	const struct fc_style *style;
	double left, body, right;	/* places: of headings and wide tables, of text, of both their ends */
	double y;
	struct fc_block *blocks;
	int block_count, block_capacity;
};

void fc_galley_init(struct fc_galley *galley, const struct fc_metrics *metrics, const struct fc_style *style);
void fc_galley_release(struct fc_galley *galley);

/* A block around everything that is drawn between the two calls; drawing starts at galley->y. Valid until the next
 * one. */
struct fc_block *fc_block_begin(struct fc_galley *galley, double before);
void fc_block_end(struct fc_galley *galley, double height);

/* A paragraph: how it is set. */
struct fc_setting {
	struct fc_type type;
	int32_t colour;
	double leading;		/* from base line to base line */
	double x, width;
	double before;		/* space in front */
	bool keep;		/* with what follows */
	const char *bullet;	/* in front of the first line; NULL: none */
};

/* Its first two lines stay together, and its last two. */
void fc_galley_text(struct fc_galley *galley, const struct fc_setting *setting, const char *text);

/* A place that links lead to, at the current position. */
void fc_galley_target(struct fc_galley *galley, const char *name);

/* With a caption above ("Table 1" and its title), rules, notes below; its header comes again on every page. */
void fc_galley_table(struct fc_galley *galley, const struct fc_table *table, const char *name, const char *title);

/* A drawing with its caption below, at the text's or the left margin, whatever it fits in. */
void fc_galley_figure(struct fc_galley *galley, const struct fc_canvas *figure, const char *target,
		      const char *caption);

/* What stands on every page outside the text. */
struct fc_furniture {
	const char *left, *right;	/* running header, not on the first page */
	const char *foot;		/* at the left of the foot; "3 of 7" stands at the right */
};

/* Cuts the galley into pages: an array to be released one by one and freed. Returns their number, at least 1. */
int fc_galley_pages(const struct fc_galley *galley, const struct fc_furniture *furniture, struct fc_canvas **pages);

#endif
