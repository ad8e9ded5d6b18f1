/* Which layer of one network is which of another. */
#ifndef ANALYZER_DIFF_MATCH_H
#define ANALYZER_DIFF_MATCH_H

#include "analyze.h"

struct diff_side {
	const struct analysis *analysis;
	int count;
	int *match;	      /* per layer the other side's, or -1 */
	const char **words;   /* arguments */
};

/*
 * Fills match of both sides; the images are nobody's. Only layers of one kind are one, and only those that have their name,
 * their arguments or their channels in common. Of all ways to pair layers in the order of both networks this is one with the
 * most in common; what is left then and has one name and kind is paired in whatever order it comes. Beyond 4 million pairs
 * that would have to be looked at, names decide alone.
 */
void fc_diff_match(struct diff_side *a, struct diff_side *b, struct fc_arena *arena);

#endif
