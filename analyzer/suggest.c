#include "suggest.h"

#include <string.h>

#define LONGEST 40

static int min3(int a, int b, int c)
{
	const int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance by one row of its table. */
static int edit_distance(const char *a, const char *b)
{
	int row[LONGEST + 1];
	const int la = (int)strlen(a), lb = (int)strlen(b);

	for (int j = 0; j <= lb; j++)
		row[j] = j;
	for (int i = 1; i <= la; i++) {
		int diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= lb; j++) {
			const int above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[lb];
}

void fc_suggest_offer(struct suggestion *s, const char *candidate)
{
	const size_t length = strlen(s->word);
	int distance;

	if (length > LONGEST || strlen(candidate) > LONGEST)
		return;
	distance = edit_distance(s->word, candidate);
	if (distance > (length < 5 ? 1 : 2) || (s->best && distance >= s->distance))
		return;
	s->best = candidate;
	s->distance = distance;
}
