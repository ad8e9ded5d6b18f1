#include "suggest.h"

#include <string.h>

#define LONGEST 40

static int min2(int a, int b)
{
	return a < b ? a : b;
}

/* Letters to add, drop, exchange or swap with their neighbour. One row of the table per letter of a; three of them matter. */
static int edit_distance(const char *a, const char *b)
{
	int rows[3][LONGEST + 1];
	const int la = (int)strlen(a), lb = (int)strlen(b);

	for (int j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (int i = 1; i <= la; i++) {
		int *const row = rows[i % 3];
		const int *const above = rows[(i + 2) % 3], *const before = rows[(i + 1) % 3];

		row[0] = i;
		for (int j = 1; j <= lb; j++) {
			row[j] = min2(min2(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = min2(row[j], before[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
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
