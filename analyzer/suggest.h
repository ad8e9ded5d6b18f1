/* "did you mean": the nearest of several words, when one is near enough to be a slip of the keyboard. */
#ifndef ANALYZER_SUGGEST_H
#define ANALYZER_SUGGEST_H

struct suggestion {
	const char *word;
	const char *best;	/* borrowed; NULL: none is near */
	int distance;
};

void fc_suggest_offer(struct suggestion *suggestion, const char *candidate);

#endif
