/*
 * What the tests of the model language share: the lines that most texts begin and end with, and reading one.
 */
#ifndef FLOPCLOCK_TESTS_ANALYZER_MODEL_H
#define FLOPCLOCK_TESTS_ANALYZER_MODEL_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/file.h"
#include "flopclock/model.h"

/* Three lines that most cases begin with. */
#define HEAD "network x\ninput 3x32x32\nclasses 10\n"
#define TAIL "dense classes\noutput\n"

static inline struct fc_model_request request_for(const char *model)
{
	return (struct fc_model_request){ .model = model, .batch = 1 };
}

static inline void read_or_fail(const char *text, struct fc_graph *graph)
{
	const struct fc_model_request request = request_for("x.net");
	struct fc_error err = { "" };

	if (fc_model_read(&request, text, strlen(text), graph, &err))
		fail_msg("%s", err.text);
}

/* The text must be refused, by a sentence that has `part` in it. */
static inline void refuse(const char *text, size_t size, const char *part)
{
	const struct fc_model_request request = request_for("x.net");
	struct fc_error err = { "" };
	struct fc_graph graph;

	assert_int_equal(fc_model_read(&request, text, size, &graph, &err), -1);
	if (!strstr(err.text, part))
		fail_msg("found %s, expected %s", err.text, part);
}

#endif
