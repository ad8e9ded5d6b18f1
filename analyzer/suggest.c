#include "suggest.h"

#include <stdbool.h>
#include <string.h>

#define LONGEST 40

/* What other tools call it, and its name here. */
static const struct {
	const char *elsewhere, *here;
} synonyms[] = {
	{ "conv2d", "conv" },
	{ "convolution", "conv" },
	{ "deconv", "conv_transpose" },
	{ "conv_transpose2d", "conv_transpose" },
	{ "transposed_conv", "conv_transpose" },
	{ "flatten", "dense" },
	{ "fc", "dense" },
	{ "max_pool2d", "max_pool" },
	{ "avg_pool2d", "avg_pool" },
	{ "average_pool", "avg_pool" },
	{ "global_avg_pool", "adaptive_avg_pool" },
	{ "global_average_pool", "adaptive_avg_pool" },
	{ "global_max_pool", "adaptive_max_pool" },
	{ "upsample", "resize" },
	{ "interpolate", "resize" },
	{ "bn", "batch_norm" },
	{ "batch_norm2d", "batch_norm" },
	{ "instance_norm", "group_norm" },
	{ "lrn", "local_response_norm" },
	{ "swish", "silu" },
	{ "drop_path", "stochastic_depth" },
	{ "sum", "add" },
	{ "mul", "multiply" },
	{ "cat", "concat" },
	{ "view", "reshape" },
	{ "transpose", "permute" },
	{ "parameter", "learned" },
	{ "out_channels", "out" },
	{ "out_features", "out" },
	{ "units", "out" },
	{ "kernel_size", "kernel" },
	{ "padding", "pad" },
	{ "output_padding", "out_pad" },
	{ "ceil_mode", "ceil" },
	{ "use_bias", "bias" },
	{ "eps", "epsilon" },
	{ "p", "probability" },
	{ "dim", "axis" },
};

static bool is_synonym(const char *word, const char *candidate)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++)
		if (!strcmp(word, synonyms[i].elsewhere) && !strcmp(candidate, synonyms[i].here))
			return true;
	return false;
}

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
	distance = is_synonym(s->word, candidate) ? 0 : edit_distance(s->word, candidate);
	if (distance > (length < 5 ? 1 : 2) || (s->best && distance >= s->distance))
		return;
	s->best = candidate;
	s->distance = distance;
}
