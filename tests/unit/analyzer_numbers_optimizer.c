/*
 * Optimizers: their formulas, as the table and the manual have them, are read and every operation on something that belongs to
 * a value is counted; what one step needs and leaves gives the bytes.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/cost.h"
#include "flopclock/model.h"
#include "flopclock/schedule.h"

/*
 *   formula    := assignment { ";" assignment }
 *   assignment := name ("=" | "-=") sum
 *   sum        := product { ("+" | "-") product }
 *   product    := factor { ["/"] factor }        nothing between factors is a multiplication
 *   factor     := number | name | "sqrt" factor | "(" sum ")"
 */
struct reader {
	const char *at;
	int operations;
	unsigned read, written; /* bits of letters: what belongs to a value */
};

static unsigned bit(char letter)
{
	return 1u << (letter - 'a');
}

/* The names that stand for something of each value: w, g and what is written. */
static const char own[] = "wgmv";

static void skip_blanks(struct reader *r)
{
	while (*r->at == ' ')
		r->at++;
}

static bool take(struct reader *r, const char *word)
{
	skip_blanks(r);
	if (strncmp(r->at, word, strlen(word)) != 0)
		return false;
	r->at += strlen(word);
	return true;
}

static bool sum(struct reader *r);

/* Each of them returns whether the result belongs to a value; an operation counts where one of its operands does. */
static bool factor(struct reader *r)
{
	const char *begin;
	bool belongs;

	skip_blanks(r);
	if (take(r, "sqrt")) {
		belongs = factor(r);
		r->operations += belongs;
		return belongs;
	}
	if (take(r, "(")) {
		belongs = sum(r);
		assert_true(take(r, ")"));
		return belongs;
	}
	begin = r->at;
	while (isalnum((unsigned char)*r->at))
		r->at++;
	assert_true(r->at > begin);
	if (r->at != begin + 1 || !strchr(own, *begin))
		return false;
	/* What was written before is at hand. */
	if (!(r->written & bit(*begin)))
		r->read |= bit(*begin);
	return true;
}

static bool product(struct reader *r)
{
	bool belongs = factor(r);

	for (skip_blanks(r); *r->at && !strchr("+-;)", *r->at); skip_blanks(r)) {
		bool other;

		take(r, "/");
		other = factor(r);
		r->operations += belongs || other;
		belongs = belongs || other;
	}
	return belongs;
}

static bool sum(struct reader *r)
{
	bool belongs = product(r);

	while (take(r, "+") || take(r, "-")) {
		const bool other = product(r);

		r->operations += belongs || other;
		belongs = belongs || other;
	}
	return belongs;
}

static struct reader read_formula(const char *formula)
{
	struct reader r = { .at = formula };

	do {
		char name;

		skip_blanks(&r);
		name = *r.at++;
		assert_non_null(strchr(own, name));
		if (take(&r, "-=")) {
			r.operations++;
			r.read |= bit(name);
		} else {
			assert_true(take(&r, "="));
		}
		assert_true(sum(&r));
		r.written |= bit(name);
	} while (take(&r, ";"));
	skip_blanks(&r);
	assert_int_equal(*r.at, 0);
	return r;
}

static int letters(unsigned bits)
{
	return __builtin_popcount(bits);
}

static void formulas(void **state)
{
	const struct fc_optimizer *o;
	int count = 0;

	(void)state;
	for (; (o = fc_optimizer_at(count)); count++) {
		const struct reader r = read_formula(o->formula);
		const struct reader decay = read_formula("g = g + decay w");

		assert_int_equal(r.operations, o->flops);
		assert_int_equal(decay.operations, o->decay_flops);
		assert_int_equal(letters(r.read), 2 + o->state);
		assert_int_equal(letters(r.written), 1 + o->state);
		assert_ptr_equal(fc_optimizer_find(o->name), o);
	}
	assert_int_equal(count, 3);
	assert_null(fc_optimizer_find("adagrad"));
	assert_null(fc_optimizer_at(-1));
	/* The reader itself counts what it should. */
	assert_int_equal(read_formula("w -= rate g").operations, 2);
	assert_int_equal(read_formula("v = b v + (1 - b) g g").operations, 4);
	assert_int_equal(read_formula("w -= rate (1 - b) g").operations, 2);
	assert_int_equal(read_formula("w = sqrt(v / c) + 1").operations, 3);
}

/* Bytes of updates and of memory in both precisions, parameter by parameter. */
static void updates(void **state)
{
	static const char text[] = "network x\ninput 3x8x8\nclasses 4\nconv 8 3\nbatch_norm\nrelu\ndense 4\noutput\n";
	const struct fc_model_request request = { .model = "x.net", .batch = 2 };
	const uint64_t params[] = { 3 * 8 * 9 + 8, 16, 0, 8 * 36 * 4 + 4 };
	struct fc_error err = { "" };
	struct fc_graph graph;

	(void)state;
	assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), 0);
	for (int i = 0; i < 12; i++) {
		const struct fc_cost_options options = { .optimizer = fc_optimizer_at(i % 3),
							 .weight_decay = i / 3 % 2,
							 .precision = i / 6 ? FC_PRECISION_BF16 : FC_PRECISION_FP32 };
		const struct fc_memory_options wanted = { .optimizer_values = options.optimizer->state,
							  .precision = options.precision };
		const uint64_t shadow = i / 6 ? 2 : 0;
		struct fc_cost_table table;
		struct fc_memory memory;

		assert_int_equal(fc_cost_build_as(&graph, &options, &table, &err), 0);
		for (int n = 1; n < graph.node_count; n++) {
			const struct fc_cost *const c = fc_cost_find(&table, (struct fc_step){ n, FC_PHASE_UPDATE });
			const struct fc_optimizer *const o = options.optimizer;

			assert_true(!c == !params[n - 1]);
			if (!c)
				continue;
			assert_int_equal(c->flops,
					 params[n - 1] * (uint64_t)(o->flops + (options.weight_decay ? 2 : 0)));
			assert_int_equal(c->bytes_read, params[n - 1] * 4 * (2u + o->state));
			assert_int_equal(c->bytes_written, params[n - 1] * (4 * (1u + o->state) + shadow));
		}
		fc_cost_release(&table);
		assert_int_equal(fc_memory_plan(&graph, &wanted, &memory, &err), 0);
		assert_int_equal(memory.optimizer,
				 (params[0] + params[1] + params[3]) * 4 * options.optimizer->state);
		assert_int_equal(memory.shadows, (params[0] + params[1] + params[3]) * shadow);
	}
	fc_graph_release(&graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(formulas), cmocka_unit_test(updates) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
