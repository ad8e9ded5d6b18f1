/*
 * Einsum: a sum of products over letters, "bhid,bhjd->bhij".
 *
 * MACs of two operands = the product of the sizes of all letters. With one operand nothing is multiplied; more than two
 * could be multiplied in more than one order, so they are not counted.
 */
#include <string.h>

#include "onnx_ops.h"

#define LETTERS 128
#define DOTS	1 /* the first of the letters that stand for "..." */

struct sum {
	struct onnx_call *call;
	int64_t sizes[LETTERS]; /* of each letter; 0: not seen */
	int uses[LETTERS];
	char order[LETTERS]; /* letters as they appear */
	int count;
};

static int see(struct sum *s, unsigned char letter, int64_t size)
{
	if (!s->uses[letter]++)
		s->order[s->count++] = (char)letter;
	if (s->sizes[letter] > 1 && size != 1 && s->sizes[letter] != size)
		return fc_onnx_fail(s->call, "found sizes of %lld and %lld for one letter, expected one",
				    (long long)s->sizes[letter], (long long)size);
	if (s->sizes[letter] <= 1)
		s->sizes[letter] = size;
	return 0;
}

/* The letters of one operand, dots written out as letters of their own, right-aligned. */
static int expand(struct sum *s, const char *term, size_t length, int rank, char *letters)
{
	int count = 0, named = 0;

	for (size_t i = 0; i < length; i++)
		named += term[i] != '.' && term[i] != ' ';
	for (size_t i = 0; i < length; i++) {
		const bool dots = term[i] == '.';

		for (int more = rank - named; dots && more > 0 && count < ONNX_MAX_RANK; more--)
			letters[count++] = (char)(DOTS + more - 1);
		if (dots)
			i += 2;
		else if (term[i] != ' ' && count < ONNX_MAX_RANK)
			letters[count++] = (char)(term[i] & 0x7f);
	}
	return count == rank && rank - named < ONNX_MAX_RANK
		       ? count
		       : fc_onnx_fail(s->call, "found %d dimensions for '%.*s', expected as many letters", rank,
				      (int)(length < 40 ? length : 40), term);
}

static int read_terms(struct sum *s, const char *equation, const char *end)
{
	char letters[ONNX_MAX_RANK];

	for (int k = 0; k < s->call->in_count; k++) {
		const struct onnx_value *const x = s->call->in[k];
		const size_t length = strcspn(equation, ",-");
		const int count =
			x && length <= (size_t)(end - equation) ? expand(s, equation, length, x->rank, letters) : -1;

		if (!x || count < 0)
			return x && count < 0
				       ? -1
				       : fc_onnx_fail(s->call, "found too few operands, expected one per term");
		for (int i = 0; i < count; i++)
			if (see(s, (unsigned char)letters[i], x->dims[i]))
				return -1;
		equation += length + (equation[length] == ',');
	}
	return 0;
}

/* Without an arrow: the dots, then every letter that appears once, in alphabetical order. */
static int implied(const struct sum *s, char *letters)
{
	int count = 0;

	for (int letter = DOTS + ONNX_MAX_RANK - 1; letter >= DOTS; letter--)
		if (s->uses[letter])
			letters[count++] = (char)letter;
	for (int letter = DOTS + ONNX_MAX_RANK; letter < LETTERS && count < ONNX_MAX_RANK; letter++)
		if (s->uses[letter] == 1)
			letters[count++] = (char)letter;
	return count;
}

static int output_letters(struct sum *s, const char *arrow, char *letters)
{
	int dots = 0, named = 0;

	if (!arrow)
		return implied(s, letters);
	for (int letter = DOTS; letter < DOTS + ONNX_MAX_RANK; letter++)
		dots += s->uses[letter] > 0;
	for (const char *c = arrow + 2; *c; c++)
		named += *c != '.' && *c != ' ';
	if (named > ONNX_MAX_RANK)
		return fc_onnx_fail(s->call, "found %d letters behind the arrow, expected at most %d", named,
				    ONNX_MAX_RANK);
	return expand(s, arrow + 2, strlen(arrow + 2), named + (strchr(arrow, '.') ? dots : 0), letters);
}

static int count_product(struct sum *s)
{
	uint64_t macs = 1;
	const bool weights = s->call->in[0]->node < 0 || s->call->in[1]->node < 0;
	struct onnx_cost cost = { .other_macs = 0 };

	for (int i = 0; i < s->count; i++)
		if (__builtin_mul_overflow(macs, (uint64_t)s->sizes[(unsigned char)s->order[i]], &macs))
			return fc_onnx_fail(s->call,
					    "found more multiply-accumulates than fit 64 bits, expected fewer");
	if (weights)
		cost.counts = (struct fc_counts){ .linear_macs = macs,
						  .linear_out = (uint64_t)fc_onnx_elements(s->call->out[0]) };
	else
		cost.counts.matmul_macs = macs;
	cost.input_macs[0] = cost.input_macs[1] = macs;
	return fc_onnx_count(s->call, &cost);
}

int fc_onnx_run_einsum(struct onnx_call *call)
{
	const char *const equation = fc_onnx_word(call, "equation", ""), *const arrow = strstr(equation, "->");
	struct sum s = { .call = call };
	int64_t dims[ONNX_MAX_RANK];
	char letters[ONNX_MAX_RANK];
	int rank;

	if (read_terms(&s, equation, arrow ? arrow : equation + strlen(equation)))
		return -1;
	rank = output_letters(&s, arrow, letters);
	if (rank < 0)
		return -1;
	for (int i = 0; i < rank; i++) {
		if (!s.uses[(unsigned char)letters[i]])
			return fc_onnx_fail(
				call, "found letter %d behind the arrow in no operand, expected it in one", i + 1);
		dims[i] = s.sizes[(unsigned char)letters[i]];
	}
	if (fc_onnx_set_shape(call, 0, call->in[0]->type, dims, rank))
		return -1;
	if (call->in_count > 2)
		return fc_onnx_uncounted(call, "of more than two operands");
	return call->in_count == 2 ? count_product(&s)
				   : fc_onnx_count_elements(call, fc_onnx_elements(call->in[0]), true);
}
