/*
 * Model files that describe several networks: how a variant is found, whose values hold, what is said about wrong ones; and the
 * shipped families.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/cost.h"
#include "flopclock/file.h"
#include "flopclock/model.h"

static struct fc_model_request request_for(const char *model)
{
	return (struct fc_model_request){ .model = model, .batch = 1 };
}

static void write_file(const char *path, const char *text)
{
	struct fc_error err = { "" };

	if (fc_file_write(path, text, strlen(text), &err))
		fail_msg("%s", err.text);
}

static void expect_load(const char *model, const char *setting, const char *graph_name, const char *parameters)
{
	struct fc_model_request request = request_for(model);
	struct fc_error err = { "" };
	struct fc_graph graph;

	if (setting)
		request.settings = (struct fc_texts){ { setting }, 1 };
	if (fc_model_load(&request, &graph, &err))
		fail_msg("%s", err.text);
	assert_string_equal(graph.name, graph_name);
	assert_string_equal(graph.parameters, parameters);
	fc_graph_release(&graph);
}

static void expect_refused(const char *model, const char *error)
{
	const struct fc_model_request request = request_for(model);
	struct fc_error err = { "" };
	struct fc_graph graph;

	if (!fc_model_load(&request, &graph, &err))
		fail_msg("no error from %s", model);
	assert_string_equal(err.text, error);
}

#define FAMILY                                                                      \
	"input 3x32x32\nclasses 10\nparam width = 8\nparam depths = 1 1\n"           \
	"param norm = false\nfor d in depths { repeat d { conv width 1 } }\ndense classes\noutput\n"

/* What is set wins over a `use`, that over a variant, that over the file. */
static void variants(void **state)
{
	(void)state;
	write_file("family.net", "network family\n  variant small width=4\nvariant large width=16 depths=2 3 norm=true\n" FAMILY);
	write_file("mine.net", "network mine\nuse large width=12\n");
	expect_load("./family.net", NULL, "family", "width=8, depths=1 1, norm=false");
	expect_load("small.net", NULL, "small", "width=4, depths=1 1, norm=false");
	expect_load("./large.net", NULL, "large", "width=16, depths=2 3, norm=true");
	expect_load("./large.net", "width=5", "large", "width=5, depths=2 3, norm=true");
	expect_load("./mine.net", NULL, "mine", "width=12, depths=2 3, norm=true");
	expect_load("./mine.net", "depths=4", "mine", "width=12, depths=4, norm=true");
	expect_refused("./enormous.net", "./enormous.net: cannot be read: No such file or directory");
}

static void variants_that_are_none(void **state)
{
	(void)state;
	write_file("twice.net", "network twice\nvariant one width=4\nvariant one width=5\n" FAMILY);
	write_file("wrong.net", "network wrong\nvariant two depth=4\n" FAMILY);
	write_file("named.net", "network named\nvariant three 4\n" FAMILY);
	write_file("inside.net", "network inside\n" FAMILY "group {\nvariant four width=4\n}\n");
	write_file("round.net", "network round\nvariant five width=4\nuse five\n" FAMILY);
	expect_refused("./one.net", "./twice.net:3:9: found a second variant 'one', expected another name");
	expect_refused("./two.net",
		       "./wrong.net:2:13: found 'depth', expected a parameter of the network (width, depths, norm)");
	expect_refused("./three.net",
		       "./named.net:2:15: found a value without a name behind 'variant three', expected name=value");
	expect_refused("./four.net", "./inside.net:11:1: found 'variant' inside braces, expected it outside of them");
	expect_refused("./five.net", "./round.net:3:5: found a network that uses itself ('five'), expected another one");
}

static void shipped(const char *model, const char *setting, struct fc_graph *graph)
{
	struct fc_model_request request = request_for(model);
	struct fc_error err = { "" };

	setenv("FLOPCLOCK_SHARE", getenv("FC_ROOT") ? getenv("FC_ROOT") : ".", 1);
	if (setting)
		request.settings = (struct fc_texts){ { setting }, 1 };
	if (fc_model_load(&request, graph, &err))
		fail_msg("%s", err.text);
}

static uint64_t params_of(const struct fc_graph *graph)
{
	struct fc_cost_table table;
	struct fc_error err = { "" };
	uint64_t params;

	assert_int_equal(fc_cost_build(graph, &table, &err), 0);
	params = table.params;
	fc_cost_release(&table);
	return params;
}

/* One file, many networks: each has its own digest, and one told to be the other costs what the other costs. */
static void members_of_a_family(void **state)
{
	struct fc_graph plain, wide, told;

	(void)state;
	shipped("resnet50", NULL, &plain);
	shipped("wide_resnet50_2", NULL, &wide);
	shipped("resnet50", "width=128", &told);
	assert_string_equal(plain.name, "resnet50");
	assert_string_equal(plain.path, wide.path);
	assert_string_not_equal(plain.digest, wide.digest);
	assert_string_not_equal(plain.digest, told.digest);
	assert_string_equal(told.settings, "width=128");
	assert_string_equal(told.parameters, wide.parameters);
	assert_int_equal(params_of(&plain), 25557032);
	assert_int_equal(params_of(&wide), 68883240);
	assert_int_equal(params_of(&told), 68883240);
	fc_graph_release(&plain);
	fc_graph_release(&wide);
	fc_graph_release(&told);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variants),
		cmocka_unit_test(variants_that_are_none),
		cmocka_unit_test(members_of_a_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
