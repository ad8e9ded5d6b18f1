/*
 * Runs as a GPU gives them, read by the report: one update for all layers, copies, time that belongs to no step; and what
 * is edited in such a run is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "../../report/study.h"
#include "../../tracer/probes.h"
#include "../streaming_run.h"

static void train(const struct streaming_request *request, int expected, struct fc_trainer_result *result)
{
	struct fc_error err;

	if (streaming_train(request, result, &err) != expected)
		fail_msg("%s", err.text);
}

static void forget(struct fc_trainer_result *result)
{
	fc_str_release(&result->folder);
	fc_dir_remove("runs");
}

static void read_run(const struct fc_trainer_result *result, struct fc_run *run)
{
	struct fc_error err;

	if (fc_run_read(result->folder.text, run, &err))
		fail_msg("%s", err.text);
}

static int updates(const struct fc_run *run)
{
	int count = 0;

	for (int i = 0; i < run->layer_count; i++)
		count += !strcmp(run->layers[i].phase, "update");
	return count;
}

static void a_run_is_read(void **state)
{
	static const struct fc_probe_kind *const probes[] = { &late_kind, &fc_probe_fake, &fc_probe_none };
	const struct fc_backend backend = streaming_backend();

	(void)state;
	for (int i = 0; i < 3; i++) {
		const struct streaming_request request = { .backend = &backend, .probe = probes[i] };
		struct fc_trainer_result result;
		struct fc_study study;
		struct fc_run run;
		struct fc_error err;

		train(&request, 0, &result);
		read_run(&result, &run);
		assert_string_equal(run.status, "complete");
		assert_int_equal(run.warmup, 3);
		assert_int_equal(run.remainder_count, 0);
		assert_int_equal(updates(&run), 1);
		if (probes[i]->measures) {
			assert_true(run.train.overlap_s == 0 && run.train.unattributed_s == 0);
			assert_int_equal(fc_study_build(&run, 1, &study, &err), 0);
			fc_study_release(&study);
		} else {
			assert_true(isnan(run.train.overlap_s) && isnan(run.train.copy_exposed_s));
		}
		if (probes[i] == &late_kind) {
			/* Copies keep the device busy and are no kernels. */
			assert_true(run.train.copy_exposed_s > 0);
			assert_true(run.train.device_busy_s > run.train.kernel_sum_s);
		}
		fc_run_release(&run);
		forget(&result);
	}
}

static void time_of_no_step_is_read(void **state)
{
	const struct fc_backend backend = streaming_backend();
	const struct streaming_request request = { .backend = &backend, .probe = &late_kind, .stray = true };
	struct fc_trainer_result result;
	struct fc_study study;
	struct fc_run run;
	struct fc_error err;

	(void)state;
	train(&request, 3, &result);
	read_run(&result, &run);
	assert_string_equal(run.status, "suspect");
	assert_int_equal(run.remainder_count, 2);
	for (int i = 0; i < run.layer_count + 2; i++) {
		assert_true((run.layers[i].layer_index < 0) == (i >= run.layer_count));
		assert_true(!strcmp(run.layers[i].layer, FC_RUN_UNATTRIBUTED) == (i >= run.layer_count));
	}
	assert_true(fabs(run.layers[run.layer_count].time_total_s - run.train.unattributed_s) < 1e-12);
	/* The layers are joined as ever. */
	assert_int_equal(fc_study_build(&run, 1, &study, &err), 0);
	fc_study_release(&study);
	fc_run_release(&run);
	forget(&result);
}

/* -------- edited -------- */

static void edit(const struct fc_trainer_result *result, const char *file, const char *from, const char *to)
{
	char *const text = streaming_file(result, file), *const at = strstr(text, from);
	struct fc_str path = { 0 }, edited = { 0 };
	struct fc_error err;

	assert_non_null(at);
	fc_str_addn(&edited, text, (size_t)(at - text));
	fc_str_add(&edited, to);
	fc_str_add(&edited, at + strlen(from));
	fc_str_addf(&path, "%s/%s", result->folder.text, file);
	assert_int_equal(fc_file_write(path.text, edited.text, edited.length, &err), 0);
	fc_str_release(&path);
	fc_str_release(&edited);
	free(text);
}

static void edits_are_found(void **state)
{
	static const struct {
		const char *file, *from, *to, *sentence;
	} cases[] = {
		{ "layers.csv", ",(unattributed),,,train,,0,0,0,", ",(unattributed),,,test,,0,0,0,",
		  "layers.csv: there is no pass \"test\"" },
		{ "layers.csv", ",(unattributed),,,train,,0,0,0,", ",hidden,,,train,,0,0,0,",
		  "column layer_index: is empty" },
		{ "layers.csv", "0,input,input,input,train", "0,input,,input,train",
		  "layers.csv: row 1: column op: is empty" },
		{ "layers.csv", "0,input,input,input,train", "0,input,input,,train",
		  "layers.csv: row 1: column phase: is empty" },
		{ "run.json", "\"unattributed_s\": ", "\"unattributed_s\": 9",
		  "s of pass train belong to no step, run.json has" },
		{ "run.json", "\"overlap_s\": ", "\"overlap_s\": 9", "layers.csv: the times of pass train add up to" },
		{ "run.json", "\"overlap_s\": 0", "\"overlap_s\": \"none\"",
		  "the member totals.train.overlap_s is not nothing or" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct fc_backend backend = streaming_backend();
		const struct streaming_request request = { .backend = &backend, .probe = &late_kind, .stray = true };
		struct fc_trainer_result result;
		struct fc_run run;
		struct fc_error err;

		train(&request, 3, &result);
		edit(&result, cases[i].file, cases[i].from, cases[i].to);
		assert_int_equal(fc_run_read(result.folder.text, &run, &err), -1);
		if (!strstr(err.text, cases[i].sentence))
			fail_msg("expected %s, found %s", cases[i].sentence, err.text);
		forget(&result);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_read),
		cmocka_unit_test(time_of_no_step_is_read),
		cmocka_unit_test(edits_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
