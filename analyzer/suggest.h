/*
 * "did you mean": the nearest of several words, when one is near enough to be a slip of the keyboard, or is what other tools
 * call something else.
 */
#ifndef ANALYZER_SUGGEST_H
#define ANALYZER_SUGGEST_H

struct suggestion {
	const char *word;
	const char *best;	/* borrowed; NULL: none is near */
	int distance;
};

void fc_suggest_offer(struct suggestion *suggestion, const char *candidate);

/* The end of a sentence: "; did you mean 'stride'?", or nothing. */
#define SUGGEST_FORMAT "%s%s%s"
#define SUGGEST_VALUES(s) (s).best ? "; did you mean '" : "", (s).best ? (s).best : "", (s).best ? "'?" : ""

#endif
