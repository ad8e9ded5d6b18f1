/*
 * Every leaf of the cuda backend on a real GPU, in every phase and precision, against the reference: the first plans of
 * cuDNN's heuristics, the fastest ones, the deterministic ones, and shapes that nobody thought of. Skipped where there is no GPU.
 *
 * The backend comes from the module, as the program loads it.
 */
#include "module_leaf_cases.h"
#include "module_leaf_check.h"

static const struct fc_backend *tested(void)
{
	struct fc_error err;
	const struct fc_backend *const backend = fc_backend_find("cuda", &err);

	if (!backend) {
		print_message("# %s\n", err.text);
		skip();
	}
	return backend;
}

static const struct table {
	const char *name;
	const struct leaf_case *cases;
	size_t count;
} tables[] = {
#define TABLE(name) { #name, name##_cases, sizeof(name##_cases) / sizeof(name##_cases[0]) },
	CASES_OF(TABLE) TABLE(row)
#undef TABLE
};

/* Groups are no part of a shipped model; the library has not every plan for them. */
static bool may_refuse(const struct table *table)
{
	return !strcmp(table->name, "conv");
}

static void check_tables(const struct check_precision *allowed, bool autotune, bool deterministic, const char *how)
{
	const struct fc_backend *const backend = tested();
	char what[64];

	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		struct check check;

		check_open(&check, backend, allowed, autotune, deterministic);
		for (size_t i = 0; i < tables[t].count; i++) {
			const int refused = check.refused;

			check_case(&check, &tables[t].cases[i]);
			if (check.refused > refused && tables[t].cases[i].a.groups <= 1)
				check.wrong++;
		}
		snprintf(what, sizeof(what), "%s, %s", tables[t].name, how);
		check_close_device(&check, what, may_refuse(&tables[t]));
	}
}

static void check_random(const struct check_precision *allowed)
{
	const struct fc_backend *const backend = tested();
	struct check check;
	uint64_t random = 0;
	char name[200];

	check_open(&check, backend, allowed, false, false);
	for (int i = 0; i < RANDOM_CASES; i++) {
		struct leaf_case c = random_case(&random);

		name_random_case(&c, i, name, sizeof(name));
		if (fits(&c))
			check_case(&check, &c);
	}
	check_close_device(&check, "random shapes", true);
}

#define IN_PRECISION(at, name)                                                                                       \
	static void name##_first_plans(void **state)                                                                 \
	{                                                                                                            \
		(void)state;                                                                                         \
		check_tables(&check_precisions[at], false, false, "first");                                          \
	}                                                                                                            \
	static void name##_fastest_plans(void **state)                                                               \
	{                                                                                                            \
		(void)state;                                                                                         \
		check_tables(&check_precisions[at], true, false, "fastest");                                         \
	}                                                                                                            \
	static void name##_deterministic_plans(void **state)                                                         \
	{                                                                                                            \
		(void)state;                                                                                         \
		check_tables(&check_precisions[at], true, true, "deterministic");                                    \
	}                                                                                                            \
	static void name##_random_shapes(void **state)                                                               \
	{                                                                                                            \
		(void)state;                                                                                         \
		check_random(&check_precisions[at]);                                                                 \
	}
IN_PRECISION(0, fp32)
IN_PRECISION(1, tf32)
IN_PRECISION(2, bf16)

#define TESTS_IN(name)                                                                                               \
	cmocka_unit_test(name##_first_plans), cmocka_unit_test(name##_fastest_plans),                                \
		cmocka_unit_test(name##_deterministic_plans), cmocka_unit_test(name##_random_shapes)

/* A pattern of names limits it to some: the parts of a long test can run side by side. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { TESTS_IN(fp32), TESTS_IN(tf32), TESTS_IN(bf16) };

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
