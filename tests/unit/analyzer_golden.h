/* Reading reference tables and the models that they are about; shared by the tests that compare with them. */
#ifndef TEST_ANALYZER_GOLDEN_H
#define TEST_ANALYZER_GOLDEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/cost.h"
#include "flopclock/csv.h"
#include "flopclock/model.h"
#include "flopclock/number.h"

struct golden {
	struct fc_arena arena;
	struct fc_csv_table table;
};

static inline const char *source_root(void)
{
	return getenv("FC_ROOT") ? getenv("FC_ROOT") : ".";
}

static inline void read_golden(struct golden *golden, const char *name)
{
	struct fc_error err = { "" };
	char path[4096];

	snprintf(path, sizeof(path), "%s/tests/golden/%s", source_root(), name);
	fc_arena_init(&golden->arena);
	if (fc_csv_read(path, 1 << 20, &golden->arena, &golden->table, &err))
		fail_msg("%s", err.text);
}

static inline const char *text_at(const struct golden *golden, size_t row, const char *column)
{
	const int index = fc_csv_column(&golden->table, column);

	assert_true(index >= 0);
	return fc_csv_cell(&golden->table, row, index);
}

static inline uint64_t number_at(const struct golden *golden, size_t row, const char *column)
{
	uint64_t value = 0;

	if (!fc_parse_u64(text_at(golden, row, column), &value))
		fail_msg("row %zu, %s: '%s' is no integer", row, column, text_at(golden, row, column));
	return value;
}

/*
 * "NAME_aux" is NAME with aux=true. Input "2x3x224x224" has the batch in front; without one it is 1; "" is the
 * model's own.
 */
static inline int try_load(const char *model, const char *input, uint64_t classes, struct fc_graph *graph,
			   struct fc_error *err)
{
	long long side[4];
	struct fc_model_request request = { .model = model, .classes = (int64_t)classes, .batch = 1 };
	char plain[64];
	const int sides = sscanf(input, "%lldx%lldx%lldx%lld", &side[0], &side[1], &side[2], &side[3]);

	assert_true(sides == 3 || sides == 4 || !*input);
	setenv("FLOPCLOCK_SHARE", source_root(), 1);
	if (sides == 4)
		request.batch = side[0];
	for (int i = 0; i < 3 && *input; i++)
		request.input[i] = side[sides - 3 + i];
	if (strlen(model) > 4 && !strcmp(model + strlen(model) - 4, "_aux")) {
		snprintf(plain, sizeof(plain), "%.*s", (int)strlen(model) - 4, model);
		request.model = plain;
		request.settings = (struct fc_texts){ { "aux=true" }, 1 };
	}
	return fc_model_load(&request, graph, err);
}

static inline void load(const char *model, const char *input, uint64_t classes, struct fc_graph *graph)
{
	struct fc_error err = { "" };

	if (try_load(model, input, classes, graph, &err))
		fail_msg("%s", err.text);
}

static inline void expect(uint64_t found, uint64_t expected, const char *model, const char *input, const char *what)
{
	if (found != expected)
		fail_msg("%s at %s, %s: found %llu, expected %llu", model, input, what, (unsigned long long)found,
			 (unsigned long long)expected);
}

#endif
