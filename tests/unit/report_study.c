/* Studies of synthetic runs, whose truth is known: verdicts, joins, sums, selection, and the tables to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../synthetic.h"
#include "../../report/runs.h"
#include "../../report/study_build.h"
#include "../../report/table_write.h"
#include "../../report/verdict.h"

struct made {
	struct fc_runs runs;
	struct fc_study study;
};

static int try_study(const char *folder, struct made *made, struct fc_error *err)
{
	char *const paths[] = { (char *)(uintptr_t)folder };

	if (fc_runs_read(paths, 1, &made->runs, err))
		return -1;
	if (fc_study_build(made->runs.run, made->runs.count, &made->study, err)) {
		fc_study_release(&made->study);
		fc_runs_release(&made->runs);
		return -1;
	}
	return 0;
}

static void open_study(const char *folder, struct made *made)
{
	struct fc_error err = { "" };

	if (try_study(folder, made, &err))
		fail_msg("%s", err.text);
}

static void close_study(struct made *made)
{
	fc_study_release(&made->study);
	fc_runs_release(&made->runs);
}

static void write_run(const char *folder, const struct synthetic *want)
{
	struct fc_error err;

	if (synthetic_run(folder, want, &err))
		fail_msg("%s", err.text);
}

static const char *const models[] = { "one", "two", "three", "four", "five" };

static void write_networks(const char *folder, enum synthetic_law law, int count, double noise, double scatter)
{
	fc_dir_remove(folder);
	for (int i = 0; i < count; i++) {
		struct synthetic want = synthetic_usual(models[i], law, 10 + (uint64_t)i);

		want.noise = noise;
		want.scatter = scatter;
		write_run(folder, &want);
	}
}

/* -------- verdicts -------- */

static const struct {
	enum synthetic_law law;
	int networks;
	double noise, scatter;
	enum fc_verdict_kind kind;
	const char *words;
} verdicts[] = {
	{ SYNTHETIC_LINEAR, 5, 0.05, 0.01, FC_VERDICT_LINEAR, "close to linear in FLOPs" },
	{ SYNTHETIC_AFFINE, 5, 0.05, 0.01, FC_VERDICT_LINEAR_OVERHEAD, "linear in FLOPs with an overhead: 2.0" },
	{ SYNTHETIC_POWER, 5, 0.05, 0.01, FC_VERDICT_NOT_LINEAR, "it grows as their power 0.60" },
	{ SYNTHETIC_ROOFLINE, 5, 0.05, 0.01, FC_VERDICT_NOT_LINEAR, "not proportional to FLOPs: between" },
	{ SYNTHETIC_CHANCE, 5, 0.05, 0.01, FC_VERDICT_NOT_LINEAR, "not proportional to FLOPs: between" },
	{ SYNTHETIC_LINEAR, 2, 0.05, 0.01, FC_VERDICT_CANNOT_TELL, "2 networks were measured, and at least 3" },
	{ SYNTHETIC_LINEAR, 1, 0.05, 0.01, FC_VERDICT_CANNOT_TELL, "1 network was measured, and at least 3" },
	/* Steps that scatter as much as the misfit: a longer run is needed, not a verdict. */
	{ SYNTHETIC_LINEAR, 5, 0.5, 0.8, FC_VERDICT_CANNOT_TELL, "the measured times themselves are uncertain" },
	{ SYNTHETIC_LINEAR, 5, 0.5, 0.01, FC_VERDICT_NOT_LINEAR, "not proportional" },
};

static void every_verdict_is_reached(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct made made;

		write_networks("verdict", verdicts[i].law, verdicts[i].networks, verdicts[i].noise,
			       verdicts[i].scatter);
		open_study("verdict", &made);
		if (made.study.verdict.kind != verdicts[i].kind ||
		    !strstr(made.study.verdict.headline, verdicts[i].words))
			fail_msg("case %zu: kind %d, %s", i, (int)made.study.verdict.kind,
				 made.study.verdict.headline);
		assert_true(made.study.verdict.limit_count >= 4);
		close_study(&made);
	}
}

static void few_rows_say_nothing(void **state)
{
	struct made made;

	(void)state;
	fc_dir_remove("few");
	for (int i = 0; i < 3; i++) {
		struct synthetic want = synthetic_usual(models[i], SYNTHETIC_LINEAR, 10 + (uint64_t)i);

		/* Only a dense layer, which is the first and so has no backward to data: two rows each. */
		want.layers = 2;
		write_run("few", &want);
	}
	open_study("few", &made);
	assert_int_equal(made.study.verdict.kind, FC_VERDICT_CANNOT_TELL);
	assert_non_null(strstr(made.study.verdict.headline, "there are 6 measured steps"));
	close_study(&made);
}

/* The rules themselves, at their edges. */
static void rules_at_their_edges(void **state)
{
	struct fc_relation r = { .n = 12, .has_statistics = true };

	(void)state;
	r.fits[FC_FIT_PROPORTIONAL].cv_error_factor = 1.25;
	r.fits[FC_FIT_AFFINE].cv_error_factor = 1.2;
	r.fits[FC_FIT_PROPORTIONAL].aicc = 2;
	assert_int_equal(fc_verdict_decide(&r, 3, 0.01), FC_VERDICT_LINEAR);
	assert_int_equal(fc_verdict_decide(&r, 2, 0.01), FC_VERDICT_CANNOT_TELL);
	r.fits[FC_FIT_AFFINE].cv_error_factor = 1.1;
	assert_int_equal(fc_verdict_decide(&r, 3, 0.01), FC_VERDICT_LINEAR_OVERHEAD);
	r.fits[FC_FIT_PROPORTIONAL].cv_error_factor = 1.1;
	r.fits[FC_FIT_AFFINE].cv_error_factor = 1;
	assert_int_equal(fc_verdict_decide(&r, 3, 0.01), FC_VERDICT_LINEAR);
	r.n = 11;
	assert_int_equal(fc_verdict_decide(&r, 3, 0.01), FC_VERDICT_CANNOT_TELL);
	r.n = 12;
	r.fits[FC_FIT_PROPORTIONAL].cv_error_factor = 1.26;
	r.fits[FC_FIT_AFFINE].cv_error_factor = 1.2;
	assert_int_equal(fc_verdict_decide(&r, 3, 0.01), FC_VERDICT_LINEAR_OVERHEAD);
	/* A power law that does better than the overhead takes the word "linear" away. */
	r.fits[FC_FIT_AFFINE].aicc = 5;
	r.fits[FC_FIT_POWER].aicc = 4;
	assert_int_equal(fc_verdict_decide(&r, 3, 0.01), FC_VERDICT_NOT_LINEAR);
	r.fits[FC_FIT_AFFINE].cv_error_factor = exp(1);
	assert_int_equal(fc_verdict_decide(&r, 3, 0.49), FC_VERDICT_NOT_LINEAR);
	assert_int_equal(fc_verdict_decide(&r, 3, 0.5), FC_VERDICT_CANNOT_TELL);
	r.fits[FC_FIT_AFFINE].cv_error_factor = NAN;
	assert_int_equal(fc_verdict_decide(&r, 3, 0.01), FC_VERDICT_CANNOT_TELL);
}

/* -------- join and sums -------- */

static void fits_find_the_truth(void **state)
{
	struct made made;
	const struct fc_fit *fit;

	(void)state;
	write_networks("truth", SYNTHETIC_AFFINE, 5, 0, 0.01);
	open_study("truth", &made);
	fit = &made.study.relations[0].fits[FC_FIT_AFFINE];
	assert_true(fabs(fit->overhead / SYNTHETIC_OVERHEAD - 1) < 1e-4);
	assert_true(fabs(fit->rate / SYNTHETIC_RATE - 1) < 1e-4);
	assert_true(fit->weight > 0.999);
	close_study(&made);
	write_networks("truth", SYNTHETIC_ROOFLINE, 5, 0, 0.01);
	open_study("truth", &made);
	fit = &made.study.relations[0].fits[FC_FIT_ROOFLINE];
	assert_true(fabs(fit->bandwidth / SYNTHETIC_BANDWIDTH - 1) < 1e-4);
	assert_true(fabs(fit->rate / SYNTHETIC_RATE - 1) < 1e-4);
	assert_true(fit->weight > 0.999);
	close_study(&made);
}

static void parts_add_up(void **state)
{
	struct made made;

	(void)state;
	write_networks("parts", SYNTHETIC_AFFINE, 3, 0.1, 0.01);
	open_study("parts", &made);
	for (int i = 0; i < made.study.network_count; i++) {
		for (enum fc_pass which = 0; which < FC_PASS_COUNT; which++) {
			const struct fc_study_pass *pass = &made.study.networks[i].passes[which];
			double by_phase = 0, by_family = 0, layers = 0;

			for (enum fc_phase phase = 0; phase < FC_PHASE_COUNT; phase++)
				by_phase += pass->phases[phase].time_share;
			for (enum fc_family family = 0; family < FC_FAMILY_COUNT; family++)
				by_family += pass->families[family].time_share;
			for (size_t k = 0; k < made.study.layer_count; k++)
				if (made.study.layers[k].network == i && made.study.layers[k].pass == which)
					layers += made.study.layers[k].share;
			assert_true(fabs(by_phase - 1) < 1e-9 && fabs(by_family - 1) < 1e-9 &&
				    fabs(layers - 1) < 1e-9);
			assert_true(fabs(pass->all.time_s * (double)pass->measured_iterations / pass->kernel_sum_s -
					 1) < 1e-9);
			assert_true(fabs(pass->idle_s / pass->kernel_sum_s - SYNTHETIC_IDLE) < 1e-9);
			assert_true(pass->extrapolated &&
				    pass->epoch_images == (which == FC_PASS_TRAIN ? 60000 : 10000));
			assert_true(fabs(pass->epoch_s / (pass->time_per_image_s * (double)pass->epoch_images) - 1) <
				    1e-12);
		}
		/* The forward FLOPs of validation are those that the model states. */
		assert_true(fabs(made.study.networks[i].passes[FC_PASS_VALIDATE].flops_per_image -
				 (double)made.study.networks[i].flops) < 0.5);
	}
	close_study(&made);
}

static void covered_steps_add_their_costs(void **state)
{
	struct made made;
	int found = 0;

	(void)state;
	write_networks("covers", SYNTHETIC_LINEAR, 1, 0, 0.01);
	open_study("covers", &made);
	for (size_t i = 0; i < made.study.layer_count; i++) {
		const struct fc_study_layer *layer = &made.study.layers[i];
		const struct synthetic want = synthetic_usual("one", SYNTHETIC_LINEAR, 10);
		uint64_t bytes = synthetic_bytes(&want, layer->layer_index);

		if (strcmp(layer->op, "batch_norm") || layer->phase != FC_PHASE_FORWARD)
			continue;
		if (layer->cover_count)
			bytes += synthetic_bytes(&want, layer->layer_index + 1);
		assert_int_equal(layer->bytes, bytes);
		assert_int_equal(layer->cover_count, *layer->covers ? 1 : 0);
		assert_string_equal(layer->output_shape, "8x16x4x4");
		found += layer->cover_count;
	}
	assert_true(found > 10);
	close_study(&made);
}

/* -------- which runs -------- */

static void later_runs_are_used(void **state)
{
	struct synthetic want = synthetic_usual("net", SYNTHETIC_LINEAR, 1);
	struct made made;

	(void)state;
	want.started = "2026-03-01T00:00:00Z";
	want.suffix = "-b";
	write_run("later", &want);
	want.started = "2026-02-01T00:00:00Z";
	want.suffix = "-a";
	write_run("later", &want);
	open_study("later", &made);
	assert_int_equal(made.study.network_count, 1);
	assert_string_equal(fc_run_name(made.study.networks[0].run), "net-b");
	assert_int_equal(made.study.note_count, 1);
	assert_string_equal(made.study.notes[0], "net-a is an earlier run of net and was passed over for net-b.");
	assert_string_equal(made.study.date, "2026-03-01T00:00:00Z");
	close_study(&made);
}

static void refuse(const struct synthetic *a, const struct synthetic *b, const char *reason)
{
	struct fc_error err = { "" };
	struct made made;

	fc_dir_remove("mixed");
	write_run("mixed", a);
	write_run("mixed", b);
	if (!try_study("mixed", &made, &err))
		fail_msg("a mixture was accepted, expected: %s", reason);
	if (!strstr(err.text, reason))
		fail_msg("\"%s\", expected \"%s\"", err.text, reason);
}

static void mixtures_are_refused(void **state)
{
	const struct synthetic a = synthetic_usual("net", SYNTHETIC_LINEAR, 1);
	struct synthetic b = a;

	(void)state;
	b.suffix = "-2";
	b.batch = 16;
	refuse(&a, &b, "are runs of one network, but the batch is ");
	b = a;
	b.suffix = "-2";
	b.input = "3x32x32";
	refuse(&a, &b, "are runs of one network, but the input is ");
	b = synthetic_usual("other", SYNTHETIC_LINEAR, 2);
	b.device = "Another";
	refuse(&a, &b, "do not compare, but the device is ");
	b.device = NULL;
	b.precision = "bf16";
	refuse(&a, &b, "do not compare, but the precision is ");
	b.precision = NULL;
	b.backend = "onednn";
	refuse(&a, &b, "do not compare, but the backend is ");
}

static bool warns(const struct fc_study *study, const char *words)
{
	for (int i = 0; i < study->warning_count; i++)
		if (strstr(study->warnings[i], words))
			return true;
	return false;
}

static void settings_may_differ_between_networks(void **state)
{
	const struct synthetic a = synthetic_usual("net", SYNTHETIC_LINEAR, 1);
	struct synthetic b = synthetic_usual("other", SYNTHETIC_LINEAR, 2);
	struct made made;

	(void)state;
	fc_dir_remove("settings");
	b.batch = 16;
	b.input = "1x28x28";
	b.status = "suspect";
	write_run("settings", &a);
	write_run("settings", &b);
	open_study("settings", &made);
	assert_true(warns(&made.study, "inputs and batches differ from network to network"));
	assert_true(warns(&made.study, "The run of other is marked suspect"));
	assert_true(warns(&made.study, "The times are invented"));
	assert_true(warns(&made.study, "Nothing was computed"));
	close_study(&made);
}

/* A network with the paper's name that is not its network gets none of the paper's numbers. */
static void paper_needs_the_same_model(void **state)
{
	const struct synthetic want = synthetic_usual("vgg16", SYNTHETIC_LINEAR, 1);
	struct made made;

	(void)state;
	write_run("paper", &want);
	open_study("paper", &made);
	assert_string_equal(made.study.networks[0].name, "VGG16");
	assert_false(made.study.networks[0].paper.counted);
	assert_true(made.study.note_count > 0);
	close_study(&made);
	assert_true(fc_paper_gflops(714206912) == 1.42);
	assert_true(fc_paper_gflops(15470314496) == 30.94);
	assert_true(fc_paper_gflops(1511332032) == 3.02);
	assert_true(fc_paper_gflops(1824033792) == 3.64);
	assert_true(fc_paper_gflops(7845841056) == 15.7);
	assert_null(fc_paper_find("densenet121"));
}

static void any_order_gives_the_same(void **state)
{
	struct fc_str text[2] = { { 0 }, { 0 } };
	struct fc_run *reversed;
	struct fc_study study;
	struct fc_error err;
	struct made made;

	(void)state;
	write_networks("order", SYNTHETIC_ROOFLINE, 4, 0.1, 0.01);
	open_study("order", &made);
	reversed = calloc((size_t)made.runs.count, sizeof(*reversed));
	for (int i = 0; i < made.runs.count; i++)
		reversed[i] = made.runs.run[made.runs.count - 1 - i];
	assert_int_equal(fc_study_build(reversed, made.runs.count, &study, &err), 0);
	for (int i = 0; i < FC_TABLE_COUNT; i++) {
		fc_table_csv(&made.study.tables[i], &text[0]);
		fc_table_csv(&study.tables[i], &text[1]);
	}
	assert_string_equal(text[0].text, text[1].text);
	assert_string_equal(made.study.verdict.headline, study.verdict.headline);
	fc_str_release(&text[0]);
	fc_str_release(&text[1]);
	fc_study_release(&study);
	free(reversed);
	close_study(&made);
}

/* -------- tables to the letter -------- */

/* Compares with tests/golden/report/NAME; with FC_UPDATE set, writes it there instead. */
static void compare_golden(const char *name, const struct fc_str *text)
{
	const char *root = getenv("FC_ROOT");
	struct fc_str path = { 0 };
	struct fc_error err = { "" };
	char *data;
	size_t size;

	fc_str_addf(&path, "%s/tests/golden/report/%s", root ? root : ".", name);
	if (getenv("FC_UPDATE")) {
		assert_int_equal(fc_file_write(path.text, text->text, text->length, &err), 0);
	} else {
		if (fc_file_read(path.text, 1 << 24, &data, &size, &err))
			fail_msg("%s", err.text);
		assert_string_equal(text->text, data);
		free(data);
	}
	fc_str_release(&path);
}

static void tables_to_the_letter(void **state)
{
	struct fc_str text = { 0 };
	struct made made;

	(void)state;
	write_networks("letter", SYNTHETIC_ROOFLINE, 4, 0.1, 0.01);
	open_study("letter", &made);
	for (int i = 0; i < FC_TABLE_COUNT; i++) {
		if (!made.study.tables[i].row_count)
			continue;
		fc_table_text(&made.study.tables[i], &text);
		fc_str_addc(&text, '\n');
	}
	fc_str_addf(&text, "%s\n", made.study.verdict.headline);
	for (int i = 0; i < made.study.verdict.sentence_count; i++)
		fc_str_addf(&text, "* %s\n", made.study.verdict.sentences[i]);
	for (int i = 0; i < made.study.verdict.limit_count; i++)
		fc_str_addf(&text, "- %s\n", made.study.verdict.limits[i]);
	compare_golden("study.txt", &text);
	fc_str_release(&text);
	close_study(&made);
}

static void networks_are_called_as_people_write_them(void **state)
{
	static const struct {
		const char *model, *settings, *title;
	} rows[] = {
		{ "resnet18", "", "ResNet18" },
		{ "vgg16_bn", "", "VGG16-bn" },
		{ "wide_resnet50_2", "", "Wide ResNet50-2" },
		{ "resnext50_32x4d", "", "ResNeXt-50 32x4d" },
		{ "densenet161", "growth=32", "DenseNet-161 (growth=32)" },
		{ "mobilenet_v3_large", "", "MobileNet v3 large" },
		{ "shufflenet_v2_x1_0", "", "ShuffleNet v2 x1.0" },
		{ "efficientnet_b0", "", "EfficientNet-B0" },
		{ "squeezenet1_1", "", "SqueezeNet 1.1" },
		{ "vit_b_16", "", "ViT-B/16" },
		{ "resnet", "", "resnet" },
		{ "resnet_of_mine", "", "resnet_of_mine" },
		{ "d2l_vgg11", "width=16", "d2l_vgg11 (width=16)" },
	};
	struct fc_arena arena;

	(void)state;
	fc_arena_init(&arena);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(fc_network_title(&arena, rows[i].model, rows[i].settings), rows[i].title);
	fc_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verdict_is_reached),
		cmocka_unit_test(few_rows_say_nothing),
		cmocka_unit_test(rules_at_their_edges),
		cmocka_unit_test(fits_find_the_truth),
		cmocka_unit_test(parts_add_up),
		cmocka_unit_test(covered_steps_add_their_costs),
		cmocka_unit_test(later_runs_are_used),
		cmocka_unit_test(mixtures_are_refused),
		cmocka_unit_test(settings_may_differ_between_networks),
		cmocka_unit_test(paper_needs_the_same_model),
		cmocka_unit_test(any_order_gives_the_same),
		cmocka_unit_test(tables_to_the_letter),
		cmocka_unit_test(networks_are_called_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
