/* Templates: what they print, how they escape, and what hostile ones are told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flopclock/file.h"
#include "../../report/template.h"

static struct fc_item *text(struct fc_arena *arena, const char *value)
{
	return fc_item_text(arena, value);
}

/* {name: "a<b", empty: "", yes: true, no: false, list: [{n: "1"}, {n: "2"}, {n: "3"}], none: [], deep: {er: "x"}, s:
 * ["p", "q"]} */
static struct fc_item *make_data(struct fc_arena *arena)
{
	struct fc_item *root = fc_item_object(arena), *list = fc_item_list(arena), *strings = fc_item_list(arena);

	for (int i = 1; i <= 3; i++)
		fc_item_add(list,
			    fc_item_set(fc_item_object(arena), "n", text(arena, fc_arena_printf(arena, "%d", i))));
	fc_item_add(strings, text(arena, "p"));
	fc_item_add(strings, text(arena, "q"));
	fc_item_set(root, "name", text(arena, "a<b"));
	fc_item_set(root, "empty", text(arena, ""));
	fc_item_set(root, "yes", fc_item_bool(arena, true));
	fc_item_set(root, "no", fc_item_bool(arena, false));
	fc_item_set(root, "list", list);
	fc_item_set(root, "none", fc_item_list(arena));
	fc_item_set(root, "deep", fc_item_set(fc_item_object(arena), "er", text(arena, "x")));
	fc_item_set(root, "s", strings);
	return fc_item_set(root, "hostile", text(arena, "50% of \\x{y}_z & #1 | <i>\n\"q\" ~^$ a--b =1 `c` *d* [e]"));
}

/* Writes the template under that name into the scratch folder and fills it. */
static int fill(const char *name, const char *source, struct fc_str *out, struct fc_error *err)
{
	struct fc_templates templates;
	struct fc_arena arena;
	int rc;

	fc_arena_init(&arena);
	fc_templates_open(&templates, ".");
	assert_int_equal(fc_file_write(name, source, strlen(source), err), 0);
	rc = fc_template_fill(&templates, name, make_data(&arena), out, err);
	fc_templates_close(&templates);
	fc_arena_release(&arena);
	return rc;
}

static void expect(const char *name, const char *source, const char *wanted)
{
	struct fc_error err = { "" };
	struct fc_str out = { 0 };

	if (fill(name, source, &out, &err))
		fail_msg("%s: %s", source, err.text);
	assert_string_equal(out.text ? out.text : "", wanted);
	fc_str_release(&out);
}

static void expect_error(const char *source, const char *wanted)
{
	struct fc_error err = { "" };
	struct fc_str out = { 0 };

	if (!fill("bad.txt", source, &out, &err))
		fail_msg("%s: filled, but \"%s\" was expected", source, wanted);
	if (!strstr(err.text, wanted))
		fail_msg("%s: \"%s\", expected \"%s\"", source, err.text, wanted);
	fc_str_release(&out);
}

static void variables(void **state)
{
	(void)state;
	expect("t.txt", "", "");
	expect("t.txt", "plain { } text", "plain { } text");
	expect("t.txt", "[{{name}}] {{ name }} {{deep.er}}", "[a<b] a<b x");
	expect("t.html", "{{name}} {{{name}}} {{&name}}", "a&lt;b a<b a<b");
	expect("t.txt", "{{!nothing to see}}a{{! two\nlines }}b", "ab");
}

static void sections(void **state)
{
	(void)state;
	expect("t.txt", "{{#yes}}1{{/yes}}{{#no}}2{{/no}}{{^no}}3{{/no}}{{^yes}}4{{/yes}}", "13");
	expect("t.txt", "{{#list}}{{n}}{{^-last}}, {{/-last}}{{/list}}", "1, 2, 3");
	expect("t.txt", "{{#list}}{{#-first}}<{{/-first}}{{-index}}{{/list}}", "<123");
	expect("t.txt", "{{#none}}x{{/none}}{{^none}}nothing{{/none}}", "nothing");
	expect("t.txt", "{{#deep}}{{er}}{{name}}{{/deep}}", "xa<b");
	expect("t.txt", "{{#empty}}x{{/empty}}{{^missing}}y{{/missing}}", "y");
	expect("t.txt", "{{#s}}({{.}}){{/s}}", "(p)(q)");
	expect("t.txt", "{{#list}}{{#s}}{{n}}{{.}} {{/s}}{{/list}}", "1p 1q 2p 2q 3p 3q ");
	/* The inner list says where its own items are. */
	expect("t.txt", "{{#list}}{{#s}}{{^-first}}+{{/-first}}{{.}}{{/s}};{{/list}}", "p+q;p+q;p+q;");
}

static void lines_that_vanish(void **state)
{
	(void)state;
	expect("t.txt", "a\n  {{#yes}}\nb\n{{/yes}}\nc\n", "a\nb\nc\n");
	expect("t.txt", "a\r\n{{#yes}}\r\nb\r\n{{/yes}}\r\nc", "a\r\nb\r\nc");
	expect("t.txt", "{{#list}}\n{{n}}\n{{/list}}\n", "1\n2\n3\n");
	expect("t.txt", "{{! only this }}\nx", "x");
	expect("t.txt", "x {{#yes}}\ny\n{{/yes}}", "x \ny\n");
	expect("t.txt", "{{#yes}} {{#yes}}\ny{{/yes}}{{/yes}}\n", " \ny\n");
	expect("t.txt", "  {{name}}\n", "  a<b\n");
}

static void delimiters(void **state)
{
	(void)state;
	expect("t.txt", "{{=<< >>=}}\n{{name}} <<name>> <<#yes>>y<</yes>><<={{ }}=>> {{name}}", "{{name}} a<b y a<b");
	expect("t.txt", "{{=| |=}}|name||=| |=|", "a<b");
	expect_error("{{=<<<<<<<<<<<<<<<<< >>=}}", "delimiters");
	expect_error("{{=x=}}", "delimiters");
}

static void partials(void **state)
{
	struct fc_error err;

	(void)state;
	assert_int_equal(fc_file_write("part.txt", "[{{n}}]\n", 8, &err), 0);
	expect("t.txt", "{{#list}}\n{{>part.txt}}\n{{/list}}\n", "[1]\n[2]\n[3]\n");
	expect("t.txt", "{{#list}}\n  {{>part.txt}}\n{{/list}}\nx\n", "  [1]\n  [2]\n  [3]\nx\n");
	assert_int_equal(fc_file_write("loop.txt", "{{>loop.txt}}", 13, &err), 0);
	expect_error("{{>loop.txt}}", "more than 16 deep");
	expect_error("a\n{{>absent.txt}}", "bad.txt:2");
	expect_error("{{>../secret}}", "is not the name of a template");
	expect_error("{{>/etc/passwd}}", "is not the name of a template");
	expect_error("{{>.hidden}}", "is not the name of a template");
}

static void breadth_ends_too(void **state)
{
	struct fc_str source = { 0 };
	struct fc_error err;

	(void)state;
	assert_int_equal(fc_file_write("wide.txt", "{{#list}}{{>wide.txt}}{{/list}}", 31, &err), 0);
	expect_error("{{>wide.txt}}", "deep");
	/* Seventeen lists of three inside each other: 129 million, without a cycle anywhere. */
	for (int i = 0; i < 17; i++)
		fc_str_add(&source, "{{#list}}");
	fc_str_add(&source, "{{#no}}{{/no}}");
	for (int i = 0; i < 17; i++)
		fc_str_add(&source, "{{/list}}");
	expect_error(source.text, "does not come to an end");
	fc_str_release(&source);
}

static void errors_name_the_line(void **state)
{
	(void)state;
	expect_error("a\nb\n{{#list}}\nc", "./bad.txt:3: this section has no end: list");
	expect_error("a\n{{/list}}", "./bad.txt:2: this section ends but never began: list");
	expect_error("{{#a}}\n{{#b}}\n{{/a}}\n{{/b}}", "./bad.txt:3: the end of b (line 2) is expected, found the "
						       "end of a");
	expect_error("\n\n{{name", "./bad.txt:3: this tag has no end");
	expect_error("{{{name}}", "./bad.txt:1: this tag has no end");
	expect_error("{{}}", "./bad.txt:1: this tag has no name");
	expect_error("{{na\nme}}", "./bad.txt:1: this tag has a line end in its name");
	expect_error("x\n{{nmae}}", "./bad.txt:2: there is no text called nmae here");
	expect_error("{{list}}", "there is no text called list here");
	expect_error("{{-first}}", "there is no text called -first here");
}

static void nesting_is_limited(void **state)
{
	struct fc_str source = { 0 };

	(void)state;
	for (int i = 0; i < 40; i++)
		fc_str_add(&source, "{{#yes}}");
	expect_error(source.text, "sections nest too deeply");
	fc_str_release(&source);
}

static void escaping_by_extension(void **state)
{
	(void)state;
	expect("t.tex", "{{hostile}}", "50\\% of \\textbackslash{}x\\{y\\}\\_z \\& \\#1 \\textbar{} "
				       "\\textless{}i\\textgreater{} "
	       "{\\char34}q{\\char34} \\textasciitilde{}\\textasciicircum{}\\$ a-{}-{}b =1 "
	       "\\textasciigrave{}c\\textasciigrave{} *d* [e]");
	expect("t.md", "{{hostile}}", "50% of \\\\x{y}\\_z &amp; \\#1 \\| &lt;i&gt; \"q\" \\~^\\$ a--b =1 \\`c\\` "
				      "\\*d\\* \\[e\\]");
	expect("t.html", "{{hostile}}", "50% of \\x{y}_z &amp; #1 | &lt;i&gt; &quot;q&quot; ~^$ a--b =1 `c` *d* [e]");
	expect("t.csv", "{{deep.er}}", "x");
}

static void foreign_files(void **state)
{
	struct fc_templates templates;
	struct fc_arena arena;
	struct fc_error err = { "" };
	struct fc_str out = { 0 };

	(void)state;
	fc_arena_init(&arena);
	fc_templates_open(&templates, ".");
	assert_int_equal(fc_file_write("nul.txt", "a\0b", 3, &err), 0);
	assert_int_equal(fc_template_fill(&templates, "nul.txt", make_data(&arena), &out, &err), -1);
	assert_non_null(strstr(err.text, "NUL"));
	assert_int_equal(fc_template_fill(&templates, "nowhere.txt", make_data(&arena), &out, &err), -1);
	assert_non_null(strstr(err.text, "nowhere.txt"));
	fc_templates_close(&templates);
	fc_arena_release(&arena);
	fc_str_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables),
		cmocka_unit_test(sections),
		cmocka_unit_test(lines_that_vanish),
		cmocka_unit_test(delimiters),
		cmocka_unit_test(partials),
		cmocka_unit_test(breadth_ends_too),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(nesting_is_limited),
		cmocka_unit_test(escaping_by_extension),
		cmocka_unit_test(foreign_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
