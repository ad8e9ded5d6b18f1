/* Analyses of texts and of shipped models, with plain options. */
#ifndef TEST_ANALYZER_NUMBERS_H
#define TEST_ANALYZER_NUMBERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/analyze.h"

static inline struct analyze_options plain(void)
{
	return (struct analyze_options){
		.rule = fc_rule_find("core"),
		.pass = FC_PASS_VALIDATE,
		.cost = { .optimizer = fc_optimizer_find("sgd") },
		.images = { [FC_PASS_TRAIN] = 100, [FC_PASS_VALIDATE] = 50 },
	};
}

/* The file stays until the test ends: it lies in a scratch folder. */
static inline void open_text(const char *path, const char *text, int64_t batch, const struct analyze_options *options,
			     struct analysis *a)
{
	const struct fc_model_request request = { .model = path, .batch = batch };
	FILE *const file = fopen(path, "w");
	struct fc_error err = { "" };

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	if (fc_analysis_open(&request, options, a, &err))
		fail_msg("%s", err.text);
}

static inline void open_model(const char *model, int64_t batch, const struct analyze_options *options,
			      struct analysis *a)
{
	const struct fc_model_request request = { .model = model, .input = { 3, 64, 64 }, .batch = batch };
	struct fc_error err = { "" };

	setenv("FLOPCLOCK_SHARE", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", 1);
	if (fc_analysis_open(&request, options, a, &err))
		fail_msg("%s", err.text);
}

#endif
