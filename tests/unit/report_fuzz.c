/*
 * Hostile run folders and templates: the files of a good run and the shipped templates, mutated. Nothing may crash,
 * hang or leak; an error is one sentence; what is accepted must make a study. The mutations are the same in every run;
 * FC_FUZZ=N makes N of each file. Meant to be run under sanitizers too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../synthetic.h"
#include "flopclock/number.h"
#include "../../report/runs.h"
#include "../../report/stat.h"
#include "../../report/study_build.h"
#include "../../report/table_write.h"
#include "../../report/template.h"

#define MUTATIONS 150

static uint64_t mutations(void)
{
	const char *text = getenv("FC_FUZZ");
	uint64_t count = MUTATIONS;

	if (text && !fc_parse_u64(text, &count))
		fail_msg("FC_FUZZ=%s is no number", text);
	return count;
}

/* Pieces that mean something to one of the readers. */
static const char *const pieces[] = {
	",", "\n", "\"", "\"\"", "0", "-1", "nan", "1e999", "18446744073709551616", "99999999999999999999999",
	":forward", " ", "{{", "}}", "{{#", "{{/", "{{^", "{{>table.md}}", "{{=", "<<", ">>", "train", "validate",
	"null", "{", "}", "[", "]", "\xff", "\xef\xbb\xbf", "forward", "backward_weights",
};

#define PIECES ((uint32_t)(sizeof(pieces) / sizeof(pieces[0])))

static void mutate(struct fc_dice *dice, const char *data, size_t size, struct fc_str *out)
{
	const uint32_t edits = 1 + fc_dice_throw(dice, 3);

	fc_str_clear(out);
	fc_str_addn(out, data, size);
	for (uint32_t i = 0; i < edits && out->length > 1; i++) {
		const uint32_t at = fc_dice_throw(dice, (uint32_t)out->length), kind = fc_dice_throw(dice, 5);
		const uint32_t length = fc_dice_throw(dice, (uint32_t)(out->length - at) + 1) % 200;
		struct fc_str rest = { 0 };

		/* Change a byte, put a piece in, take some out, say some twice, cut. */
		fc_str_addn(&rest, out->text + at, out->length - at);
		out->length = at;
		if (kind == 0)
			rest.text[0] = (char)(1 + fc_dice_throw(dice, 255));
		if (kind == 1)
			fc_str_add(out, pieces[fc_dice_throw(dice, PIECES)]);
		if (kind == 3)
			fc_str_addn(out, rest.text, length);
		if (kind != 4) {
			const size_t skip = kind == 2 ? length : 0;

			fc_str_addn(out, rest.text + skip, rest.length - skip);
		}
		fc_str_release(&rest);
	}
}

/* Without the care that fc_file_write takes for the disk's sake. */
static void put(const char *path, const char *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* Returns whether the runs were accepted. */
static bool use_runs(const char *folder)
{
	char *const paths[] = { (char *)(uintptr_t)folder };
	struct fc_error err = { "" };
	struct fc_str text = { 0 };
	struct fc_study study;
	struct fc_runs runs;
	int rc;

	if (fc_runs_read(paths, 1, &runs, &err)) {
		assert_true(*err.text && !strchr(err.text, '\n'));
		return false;
	}
	rc = fc_study_build(runs.run, runs.count, &study, &err);
	if (rc)
		assert_true(*err.text);
	for (int i = 0; !rc && i < FC_TABLE_COUNT; i++) {
		fc_table_text(&study.tables[i], &text);
		fc_table_csv(&study.tables[i], &text);
	}
	fc_str_release(&text);
	fc_study_release(&study);
	fc_runs_release(&runs);
	return true;
}

static void mutated_runs(void **state)
{
	static const char *const files[] = { "run.json",  "costs.csv",  "layers.csv",
					     "steps.csv", "epochs.csv", "kernels.csv" };
	struct synthetic want = synthetic_usual("net", SYNTHETIC_AFFINE, 3);
	struct fc_dice dice = { .seed = 2 };
	int accepted = 0;

	(void)state;
	want.layers = 8;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct fc_str path = { 0 }, text = { 0 };
		struct fc_error err;
		char *data;
		size_t size;

		assert_int_equal(synthetic_run("fuzz", &want, &err), 0);
		fc_str_addf(&path, "fuzz/net/%s", files[i]);
		assert_int_equal(fc_file_read(path.text, 1 << 24, &data, &size, &err), 0);
		for (uint64_t k = 0; k < mutations(); k++) {
			mutate(&dice, data, size, &text);
			put(path.text, text.text, text.length);
			accepted += use_runs("fuzz");
		}
		put(path.text, data, size);
		assert_true(use_runs("fuzz"));
		free(data);
		fc_str_release(&path);
		fc_str_release(&text);
	}
	/* A changed name or digest is no damage; most other changes are. */
	assert_in_range(accepted, 1, 6 * mutations() / 2);
}

static struct fc_item *make_report(struct fc_arena *arena)
{
	static const struct fc_column column = { .name = "n", .header = "N" };
	struct fc_table *table = FC_NEW(arena, struct fc_table);
	struct fc_item *report = fc_item_object(arena), *list = fc_item_list(arena);
	static const char *const texts[] = { "version", "date", "device", "setting", "headline" };
	static const char *const lists[] = { "sentences", "limits", "warnings", "notes", "figures" };

	fc_table_init(table, arena, "tab", "T.", &column, 1);
	*fc_table_add_row(table) = fc_cell_text("cell");
	fc_item_add(list, fc_table_item(table, arena));
	for (size_t i = 0; i < 5; i++)
		fc_item_set(report, texts[i], fc_item_text(arena, texts[i]));
	for (size_t i = 0; i < 5; i++)
		fc_item_set(report, lists[i], fc_item_add(fc_item_list(arena), fc_item_text(arena, "s")));
	return fc_item_set(report, "tables", list);
}

static void mutated_templates(void **state)
{
	static const char *const files[] = { "report.md", "table.md", "table.tex", "paper.tex" };
	const char *root = getenv("FC_ROOT");
	struct fc_dice dice = { .seed = 3 };
	struct fc_str text = { 0 }, out = { 0 };
	struct fc_arena arena;
	struct fc_item *report;

	(void)state;
	fc_arena_init(&arena);
	report = make_report(&arena);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct fc_error err = { "" };
		char *data;
		size_t size;

		const char *path = fc_arena_printf(&arena, "%s/templates/%s", root ? root : ".", files[i]);

		assert_int_equal(fc_file_read(path, 1 << 20, &data, &size, &err), 0);
		put(files[i], data, size);
		for (uint64_t k = 0; k < mutations(); k++) {
			struct fc_templates templates;

			mutate(&dice, data, size, &text);
			put("fuzzed.md", text.text, text.length);
			fc_str_clear(&out);
			fc_templates_open(&templates, ".");
			if (fc_template_fill(&templates, "fuzzed.md", report, &out, &err))
				assert_true(*err.text);
			fc_templates_close(&templates);
		}
		free(data);
	}
	fc_arena_release(&arena);
	fc_str_release(&text);
	fc_str_release(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mutated_runs),
		cmocka_unit_test(mutated_templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
