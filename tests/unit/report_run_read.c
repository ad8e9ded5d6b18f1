/* Reading run folders: what is whole is read, everything else is refused by name and reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../synthetic.h"
#include "../../report/run_read.h"
#include "../../report/runs.h"

static struct synthetic small(const char *model)
{
	struct synthetic want = synthetic_usual(model, SYNTHETIC_LINEAR, 4);

	want.layers = 6;
	return want;
}

static void write_run(const char *out, const struct synthetic *want)
{
	struct fc_error err;

	if (synthetic_run(out, want, &err))
		fail_msg("%s", err.text);
}

static void whole_run_is_read(void **state)
{
	const struct synthetic want = small("net");
	struct fc_error err = { "" };
	struct fc_run run;

	(void)state;
	write_run("whole", &want);
	if (fc_run_read("whole/net", &run, &err))
		fail_msg("%s", err.text);
	assert_string_equal(run.model, "net");
	assert_string_equal(run.status, "complete");
	assert_string_equal(run.input, "3x64x64");
	assert_string_equal(run.path, "whole/net");
	assert_int_equal(run.batch, 8);
	assert_int_equal(run.train.measured_iterations, 10);
	assert_int_equal(run.train.iterations, 12);
	assert_int_equal(run.host_memory_bytes, 8589934592);
	assert_int_equal(run.epoch_count, 1);
	assert_true(run.epochs[0].validate_accuracy == 0.375);
	assert_string_equal(run.layers[0].phase, "input");
	assert_int_equal(run.costs[0].bytes_min, 4096);
	fc_run_release(&run);
}

/* The tables of the reader and the columns that the writer writes are the same. */
static void check_columns(const char *const *names, size_t count, const struct fc_field *fields, size_t field_count)
{
	assert_int_equal(count, field_count);
	for (size_t i = 0; i < count; i++) {
		size_t k = 0;

		while (k < field_count && strcmp(fields[k].name, names[i]))
			k++;
		if (k == field_count)
			fail_msg("the column %s is not read", names[i]);
	}
}

#define CHECK(COLUMNS, what)                                                                                         \
	do {                                                                                                         \
		static const char *const names[] = {COLUMNS(SYNTHETIC_NAME)};                                        \
		check_columns(names, sizeof(names) / sizeof(names[0]), fc_##what##_fields, fc_##what##_field_count); \
	} while (0)

static void all_columns_are_read(void **state)
{
	(void)state;
	CHECK(FC_COSTS_COLUMNS, costs);
	CHECK(FC_LAYERS_COLUMNS, layers);
	CHECK(FC_STEPS_COLUMNS, steps);
	CHECK(FC_EPOCHS_COLUMNS, epochs);
}

/* Replaces the first `from` in a file. */
static void edit(const char *path, const char *from, const char *to)
{
	struct fc_str text = { 0 };
	struct fc_error err;
	char *data, *place;
	size_t size;

	assert_int_equal(fc_file_read(path, 1 << 24, &data, &size, &err), 0);
	place = strstr(data, from);
	if (!place)
		fail_msg("%s does not hold %s", path, from);
	fc_str_addn(&text, data, (size_t)(place - data));
	fc_str_add(&text, to);
	fc_str_add(&text, place + strlen(from));
	assert_int_equal(fc_file_write(path, text.text, text.length, &err), 0);
	fc_str_release(&text);
	free(data);
}

static void expect_refusal(const char *path, const char *reason)
{
	struct fc_error err = { "" };
	struct fc_run run;

	if (!fc_run_read(path, &run, &err)) {
		fc_run_release(&run);
		fail_msg("%s was read, \"%s\" was expected", path, reason);
	}
	if (!strstr(err.text, reason))
		fail_msg("\"%s\", expected \"%s\"", err.text, reason);
	if (strncmp(err.text, path, strlen(path)))
		fail_msg("\"%s\" does not begin with %s", err.text, path);
}

static const struct {
	const char *file, *from, *to, *reason;
} damages[] = {
	{ "run.json", "\"schema\": 1", "\"schema\": 2", "has schema 2, this flopclock reads schema 1" },
	{ "run.json", "\"schema\": 1", "\"schema\": \"1\"", "schema is missing or not a whole number" },
	{ "run.json", "\"program\": \"flopclock\"", "\"program\": \"stopwatch\"", "was not written by flopclock" },
	{ "run.json", "\"status\": \"complete\"", "\"status\": \"running\"", "the status is \"running\"" },
	{ "run.json", "\"batch\": 8", "\"batch\": 8.5", "configuration.batch is not a whole number" },
	{ "run.json", "\"batch\": 8", "\"batch\": 0", "configuration.batch is 0" },
	{ "run.json", "\"batch\": 8", "\"batch\": -8", "configuration.batch is not a whole number" },
	{ "run.json", "\"batch\": 8", "\"batch\": 4", "the forward FLOPs add up to" },
	{ "run.json", "\"batch\": 8", "\"botch\": 8", "the member configuration.batch is missing" },
	{ "run.json", "\"name\": \"net\"", "\"name\": \"\"", "model.name is not a text that is not empty" },
	{ "run.json", "\"name\": \"net\"", "\"name\": \"n\", \"name\": \"m\"", "duplicate" },
	{ "run.json", "\"kernel_sum_s\": ", "\"kernel_sum_s\": 9", "" },
	{ "run.json", "\"images\": 80", "\"images\": 79", "" },
	{ "run.json", "\"wall_s\": ", "\"wall_s\": -", "wall_s is not a finite number that is not negative" },
	{ "run.json", "\"anomalies\": [", "\"anomalies\": [7", "anomalies[0] is not a text" },
	{ "run.json", "{", "[{", "run.json:" },
	{ "run.json", "\"iterations\": 12", "\"iterations\": 13", "do not add up to the totals" },
	{ "layers.csv", "layer_index,", "layer_number,", "the column layer_index is missing" },
	{ "layers.csv", ",conv,forward,train", ",conv,sideways,train", "row 3: there is no phase \"sideways\"" },
	{ "layers.csv", ",conv,forward,train", ",conv,forward,tarin", "row 3: there is no pass \"tarin\"" },
	{ "layers.csv", "1,conv1,conv", "77,conv1,conv", "row 3: step 77 (conv1) forward is not in costs.csv" },
	{ "layers.csv", "1,conv1,conv", "1,conv9,conv", "layer 1 is conv conv9 here and conv conv1 in costs.csv" },
	{ "layers.csv", "1,conv1,conv", "1,conv1,dense", "layer 1 is dense conv1 here" },
	{ "layers.csv", "1,conv1,conv", "-1,conv1,conv", "column layer_index: found \"-1\"" },
	{ "layers.csv", "relu3:forward", "relu4:forward", "the covered step \"relu4:forward\" is not in costs.csv" },
	{ "layers.csv", "relu3:forward", "relu3:forward relu3:forward", "relu3 forward is already in row" },
	{ "layers.csv", "relu3:forward", "", "macs, flops, bytes_min are" },
	{ "layers.csv", ",10,1,", ",0,1,", "steps is 0" },
	{ "layers.csv", ",10,1,", ",11,1,", "steps is 11, run.json has 10 measured iterations" },
	{ "layers.csv", ",10,1,", ",10,nan,", "found \"nan\", expected nothing or a finite number" },
	{ "layers.csv", ",10,1,", ",10,-1,", "found \"-1\", expected nothing or a finite number that is not "
					     "negative" },
	{ "layers.csv", ",10,1,", ",10,1,9", "are not in this order" },
	{ "layers.csv", ",10,1,", ",10,1,x", "column time_median_s" },
	{ "layers.csv", ",conv,forward,train", ",conv,forward", "cells where the header has" },
	{ "costs.csv", "0,input0,input,input,1,0,0", "0,input0,input,input,1,0,7", "macs, flops, bytes_min are" },
	{ "costs.csv", "1,conv1,conv,forward,1", "1,conv1,conv,forward,0", "the forward FLOPs add up to" },
	{ "costs.csv", "conv1,conv,backward_weights", "conv1,conv,forward", "conv1 forward was already in row" },
	{ "costs.csv", "conv1,conv,backward_weights", "convX,conv,backward_weights",
"layer 1 is conv convX here and conv conv1" },
	{ "costs.csv", "1,conv1,conv,forward", "2000000,conv1,conv,forward", "at most 999999 is read" },
	{ "costs.csv", "macs,", "macs,macs,", "cells where the header has" },
	{ "steps.csv", "0,0,train,0", "0,0,train,2", "column measured: found \"2\"" },
	{ "steps.csv", "0,0,train,0", "0,0,train,1", "do not add up to the totals" },
	{ "steps.csv", "0,0,train,0", "0,0,nothing,0", "there is no pass \"nothing\"" },
	{ "epochs.csv", ",0.25,", ",inf,", "column train_accuracy: found \"inf\"" },
	{ "kernels.csv", "kernel,", "kernal,", "the column kernel is missing" },
};

static void damage_is_named(void **state)
{
	const struct synthetic want = small("net");

	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		struct fc_str path = { 0 };

		fc_dir_remove("damaged");
		write_run("damaged", &want);
		fc_str_addf(&path, "damaged/net/%s", damages[i].file);
		edit(path.text, damages[i].from, damages[i].to);
		expect_refusal("damaged/net", damages[i].reason);
		fc_str_release(&path);
	}
}

/* Cut at any length, a file is refused or, at the end of a row, found not to add up. */
static void cut_files_are_refused(void **state)
{
	static const char *const files[] = { "run.json", "costs.csv", "layers.csv", "steps.csv" };
	const struct synthetic want = small("net");

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct fc_str path = { 0 };
		struct fc_error err;
		char *data;
		size_t size;

		fc_dir_remove("cut");
		write_run("cut", &want);
		fc_str_addf(&path, "cut/net/%s", files[i]);
		assert_int_equal(fc_file_read(path.text, 1 << 24, &data, &size, &err), 0);
		/* The last byte of run.json is a line end that nobody misses. */
		for (size_t length = 0; length + 2 < size; length += 1 + size / 97) {
			assert_int_equal(fc_file_write(path.text, data, length, &err), 0);
			expect_refusal("cut/net", "");
		}
		free(data);
		fc_str_release(&path);
	}
}

static void incomplete_folders(void **state)
{
	static const char *const files[] = { "costs.csv", "layers.csv", "kernels.csv", "steps.csv", "epochs.csv" };
	const struct synthetic want = small("net");
	struct fc_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct fc_str path = { 0 }, reason = { 0 };

		write_run("incomplete", &want);
		fc_str_addf(&path, "incomplete/net/%s", files[i]);
		fc_str_addf(&reason, "is incomplete: %s is missing", files[i]);
		unlink(path.text);
		expect_refusal("incomplete/net", reason.text);
		fc_str_release(&path);
		fc_str_release(&reason);
	}
	expect_refusal("nowhere", "there is no such run folder");
	assert_int_equal(fc_file_write("file", "x", 1, &err), 0);
	expect_refusal("file", "is a file, a run folder was expected");
	assert_int_equal(fc_dir_make("foreign", &err), 0);
	expect_refusal("foreign", "is not a run folder of flopclock");
	assert_int_equal(rename("incomplete/net", "incomplete/net.partial"), 0);
	expect_refusal("incomplete/net.partial", "is half-written");
}

static void names_may_hold_anything(void **state)
{
	struct synthetic want = small("net");
	struct fc_error err = { "" };
	struct fc_run run;

	(void)state;
	want.layer_prefix = "=a:\"b\",\n 'é: :";
	write_run("colons", &want);
	if (fc_run_read("colons/net", &run, &err))
		fail_msg("%s", err.text);
	assert_string_equal(run.layers[2].layer, "=a:\"b\",\n 'é: :conv1");
	fc_run_release(&run);
}

/* Folders of runs: in the order of names, without what is no run. */
static void folders_of_runs(void **state)
{
	static const char *const models[] = { "b", "c", "a" };
	char *const all[] = {(char *)"many"}, *const twice[] = {(char *)"many", (char *)"many/b", (char *)"many/b/"};
	char *const missing[] = { (char *)"many/b", (char *)"many/zzz" }, *const empty[] = { (char *)"many/other" };
	struct fc_error err = { "" };
	struct fc_runs runs;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct synthetic want = small(models[i]);

		write_run("many", &want);
	}
	assert_int_equal(fc_dir_make("many/other", &err), 0);
	assert_int_equal(fc_dir_make("many/d.partial", &err), 0);
	if (fc_runs_read(all, 1, &runs, &err))
		fail_msg("%s", err.text);
	assert_int_equal(runs.count, 3);
	assert_string_equal(runs.run[0].path, "many/a");
	assert_string_equal(runs.run[2].path, "many/c");
	assert_int_equal(runs.passed_over_count, 1);
	assert_string_equal(runs.passed_over[0], "many/d.partial");
	fc_runs_release(&runs);
	assert_int_equal(fc_runs_read(twice, 3, &runs, &err), 0);
	assert_int_equal(runs.count, 3);
	fc_runs_release(&runs);
	assert_int_equal(fc_runs_read(missing, 2, &runs, &err), -1);
	assert_non_null(strstr(err.text, "many/zzz: there is no such run folder"));
	assert_int_equal(fc_runs_read(empty, 1, &runs, &err), -1);
	assert_non_null(strstr(err.text, "many/other: is not a run folder of flopclock"));
	edit("many/c/layers.csv", "conv1", "conv2");
	assert_int_equal(fc_runs_read(all, 1, &runs, &err), -1);
	assert_non_null(strstr(err.text, "many/c/layers.csv: row 3"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_run_is_read),
		cmocka_unit_test(all_columns_are_read),
		cmocka_unit_test(damage_is_named),
		cmocka_unit_test(cut_files_are_refused),
		cmocka_unit_test(incomplete_folders),
		cmocka_unit_test(names_may_hold_anything),
		cmocka_unit_test(folders_of_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
