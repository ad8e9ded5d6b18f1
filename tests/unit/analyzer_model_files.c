/*
 * Models in files that use each other, and what the command line sets in them.
 */
#include "analyzer_model.h"

static void settings_and_digest(void **state)
{
	static const char text[] = HEAD "param width = 8\nparam list = 1 2\n"
					"for i in list { conv width*i 1 }\n" TAIL;
	struct fc_model_request request = request_for("x.net");
	struct fc_error err = { "" };
	struct fc_graph plain, changed;

	(void)state;
	assert_int_equal(fc_model_read(&request, text, strlen(text), &plain, &err), 0);
	request.settings = (struct fc_texts){ { "width=3", "list=1,2,4" }, 2 };
	request.batch = 7;
	request.classes = 5;
	request.input[0] = 1;
	request.input[1] = request.input[2] = 6;
	assert_int_equal(fc_model_read(&request, text, strlen(text), &changed, &err), 0);
	assert_int_equal(plain.nodes[2].shape.c, 16);
	assert_int_equal(changed.nodes[3].shape.c, 12);
	assert_int_equal(changed.nodes[3].shape.n, 7);
	assert_int_equal(changed.nodes[0].shape.c, 1);
	assert_int_equal(changed.classes, 5);
	assert_string_equal(changed.settings, "width=3, list=1,2,4");
	assert_string_equal(plain.settings, "");
	assert_int_equal(strlen(plain.digest), 64);
	assert_string_not_equal(plain.digest, changed.digest);
	fc_graph_release(&plain);
	fc_graph_release(&changed);
}

static void write_file(const char *path, const char *text)
{
	struct fc_error err = { "" };

	if (fc_file_write(path, text, strlen(text), &err))
		fail_msg("%s", err.text);
}

static void load_error(const char *model, const char *expected)
{
	const struct fc_model_request request = request_for(model);
	struct fc_error err = { "" };
	struct fc_graph graph;

	assert_int_equal(fc_model_load(&request, &graph, &err), -1);
	assert_string_equal(err.text, expected);
}

static void files(void **state)
{
	const struct fc_model_request request = request_for("outer.net");
	struct fc_error err = { "" };
	struct fc_graph graph;
	FILE *huge;

	(void)state;
	write_file("inner.net", "network inner\ninput 3x8x8\nclasses 4\nparam width = 8\nconv width 3\n" TAIL);
	write_file("middle.net", "network middle\nparam wide = 16\nuse inner width=wide\n");
	write_file("outer.net", "network outer\nclasses 7\nuse middle wide=32\n");
	assert_int_equal(fc_model_load(&request, &graph, &err), 0);
	assert_string_equal(graph.name, "outer");
	assert_string_equal(graph.path, "outer.net");
	assert_int_equal(graph.classes, 7);
	assert_int_equal(graph.nodes[1].shape.c, 32);
	fc_graph_release(&graph);
	write_file("bad.net", "network bad\nuse inner widht=3\n");
	load_error("bad.net", "bad.net:2:11: found 'widht', expected a parameter of the network (width)");
	write_file("inner.net", "network inner\ninput 3x8x8\nclasses 4\nparam width = 8\nconv width 9\n" TAIL);
	load_error("outer.net",
		   "inner.net:5:1: layer 'conv': found an input of 8x8, expected at least 9x9 for its window");
	write_file("inner.net", "network inner\nuse outer\n");
	load_error("outer.net", "inner.net:2:5: found a network that uses itself ('outer'), expected another one");
	load_error("./", "./:1:1: found a folder, expected a model file");
	load_error("/dev/zero", "/dev/zero:1:1: found no regular file, expected a model file");
	load_error("./missing.net", "./missing.net: cannot be read: No such file or directory");
	huge = fopen("huge.net", "w");
	assert_non_null(huge);
	assert_int_equal(fseek(huge, 100 << 20, SEEK_SET), 0);
	fputc('x', huge);
	fclose(huge);
	load_error("huge.net", "huge.net:1:1: found a file of 104857601 bytes, expected a model of at most 1048576");
}

static void unknown_settings(void **state)
{
	static const struct {
		const char *setting, *error;
	} cases[] = {
		{ "nonsense", "found the setting 'nonsense', expected NAME=VALUE" },
		{ "=3", "found the setting '=3', expected NAME=VALUE" },
		{ "depth=3", "x.net: found the setting 'depth', expected a parameter of the network (width, wide)" },
		{ "width=", "setting width:1:1: found the end of the setting, expected a number, a name or '('" },
		{ "width=3)", "setting width:1:2: found ')', expected the end of the value" },
		{ "width=x", "setting width:1:1: found 'x', expected a number, true or false" },
		{ "width=1.5", "setting width:1:1: found 1.5 for 'width', expected an integer" },
		{ "wide=2", "setting wide:1:1: found 2 for 'wide', expected true or false" },
		{ "wide=0 1", "setting wide:1:1: found a list of 2 for 'wide', expected true or false" },
	};
	static const char text[] = HEAD "param width = 8\nparam wide = false\nconv width 3\n" TAIL;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fc_model_request request = request_for("x.net");
		struct fc_error err = { "" };
		struct fc_graph graph;

		request.settings = (struct fc_texts){ { cases[i].setting }, 1 };
		assert_int_equal(fc_model_read(&request, text, strlen(text), &graph, &err), -1);
		assert_string_equal(err.text, cases[i].error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(settings_and_digest),
		cmocka_unit_test(unknown_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
