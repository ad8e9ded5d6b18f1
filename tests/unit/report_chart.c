#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "report_draw_study.h"

#include "../../report/chart.h"

/* Labels may touch, but never by more than what no eye sees. */
static bool overlap(struct fc_box a, struct fc_box b)
{
	const double eps = 0.02;

	return fc_box_meets((struct fc_box){ a.x + eps, a.y + eps, a.w - 2 * eps, a.h - 2 * eps }, b);
}

static const char *text_of(const struct fc_canvas *canvas, size_t label)
{
	for (size_t i = 0; i < canvas->mark_count; i++) {
		if (canvas->marks[i].kind == FC_MARK_TEXT && label-- == 0)
			return canvas->marks[i].as.text.text;
	}
	return "?";
}

static void check_labels(const struct fc_canvas *canvas, const char *id)
{
	for (size_t i = 0; i < canvas->label_count; i++) {
		const struct fc_box box = canvas->labels[i];

		if (box.x < -0.05 || box.y < -0.05 || box.x + box.w > canvas->width + 0.05 ||
		    box.y + box.h > canvas->height + 0.05)
			fail_msg("%s: \"%s\" leaves the figure (%g %g %g %g in %g %g)", id, text_of(canvas, i), box.x,
				 box.y, box.w, box.h, canvas->width, canvas->height);
		for (size_t k = 0; k < i; k++) {
			if (overlap(box, canvas->labels[k]))
				fail_msg("%s: \"%s\" lies on \"%s\"", id, text_of(canvas, i), text_of(canvas, k));
		}
	}
}

/* Marks and places: numbers, inside the figure; groups balanced. */
static void check_marks(const struct fc_canvas *canvas, const char *id)
{
	int depth = 0;

	for (size_t i = 0; i < canvas->place_count; i++) {
		const struct fc_box box = canvas->places[i].box;

		if (!(box.x >= 0 && box.y >= 0 && box.x + box.w <= canvas->width && box.y + box.h <= canvas->height))
			fail_msg("%s: a %s of %s lies outside", id, canvas->places[i].kind, canvas->places[i].name);
	}
	for (size_t i = 0; i < canvas->mark_count; i++) {
		const struct fc_mark *mark = &canvas->marks[i];

		depth += mark->kind == FC_MARK_GROUP ? 1 : mark->kind == FC_MARK_GROUP_END ? -1 : 0;
		assert_true(depth >= 0);
		for (size_t k = 0; mark->kind == FC_MARK_PATH && k < mark->as.path.count; k++) {
			const struct fc_point p = mark->as.path.points[k];

			if (!(p.x >= -0.5 && p.y >= -0.5 && p.x <= canvas->width + 0.5 &&
			      p.y <= canvas->height + 0.5))
				fail_msg("%s: a path leaves the figure at %g %g", id, p.x, p.y);
		}
		if (mark->kind == FC_MARK_RECT)
			assert_true(mark->as.rect.w >= 0 && mark->as.rect.h >= 0 && isfinite(mark->as.rect.x));
	}
	assert_int_equal(depth, 0);
}

static void check_study(const struct fc_study *study, const struct fc_style *style, int *drawn)
{
	for (int i = 0; fc_chart_at(i); i++) {
		const struct fc_chart *chart = fc_chart_at(i);
		struct fc_str caption = { 0 }, alt = { 0 };
		struct fc_canvas canvas;
		struct fc_error err;

		if (!chart->wanted(study))
			continue;
		if (fc_chart_draw(chart, study, style, &fc_metrics_fixed, &canvas, &caption, &alt, &err))
			fail_msg("%s", err.text);
		assert_float_equal(canvas.width, style->width, 1e-9);
		if (!(canvas.height > 20 && canvas.height <= style->max_height + 0.01))
			fail_msg("%s is %g pt high in style %s", chart->row.id, canvas.height, style->name);
		assert_true(caption.length > 20 && alt.length > 10);
		assert_null(strstr(caption.text, "nan"));
		assert_null(strstr(alt.text, "nan"));
		check_labels(&canvas, chart->row.id);
		check_marks(&canvas, chart->row.id);
		(*drawn)++;
		fc_canvas_release(&canvas);
		fc_str_release(&caption);
		fc_str_release(&alt);
	}
}

static void labels_never_meet(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 1, 3 }, { 2, 7 }, { 5, 0 }, { 7, 30 }, { 50, 6 }, { 120, 3 } };
	int drawn = 0;

	(void)state;
	for (int flavour = 0; flavour < DRAW_FLAVOURS; flavour++) {
		for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++) {
			for (int s = 0; fc_style_at(s); s += size == 3 ? 1 : 5) {
				struct fc_study study;

				draw_study(&study, sizes[size][0], sizes[size][1], 100 * size + (size_t)s,
					   (enum draw_flavour)flavour);
				check_study(&study, fc_style_at(s), &drawn);
				fc_study_release(&study);
			}
		}
	}
	assert_true(drawn > 200);
}

static void random_studies_are_drawn(void **state)
{
	int drawn = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		struct fc_study study;

		draw_study(&study, 1 + (int)(seed % 9), 1 + (int)(seed * 7 % 40), seed,
			   (enum draw_flavour)(seed % DRAW_FLAVOURS));
		check_study(&study, fc_style_at((int)(seed % 12)), &drawn);
		fc_study_release(&study);
	}
	assert_true(drawn > 150);
}

static void nothing_is_drawn_from_nothing(void **state)
{
	struct fc_study study;

	(void)state;
	draw_study(&study, 0, 1, 1, DRAW_PLAIN);
	for (int i = 0; fc_chart_at(i); i++)
		assert_false(fc_chart_at(i)->wanted(&study));
	fc_study_release(&study);
}

/* Times that are none, and passes that are missing, are left out; the rest is drawn. */
static void missing_values_are_left_out(void **state)
{
	struct fc_study study;
	int drawn = 0;

	(void)state;
	draw_study(&study, 5, 9, 3, DRAW_PLAIN);
	study.networks[0].passes[FC_PASS_TRAIN].present = false;
	study.networks[1].passes[FC_PASS_VALIDATE].present = false;
	study.networks[2].passes[FC_PASS_TRAIN].time_per_image_s = NAN;
	study.networks[3].passes[FC_PASS_TRAIN].flops_per_image = NAN;
	study.networks[4].passes[FC_PASS_TRAIN].phases[FC_PHASE_UPDATE].time_s = NAN;
	for (size_t i = 0; i < study.layer_count; i += 3)
		study.layers[i].time_s = i % 2 ? NAN : 0;
	check_study(&study, fc_style_at(0), &drawn);
	assert_true(drawn >= 4);
	study.relation_count = 0;
	check_study(&study, fc_style_at(0), &drawn);
	fc_study_release(&study);
}

static void many_points_become_few_marks(void **state)
{
	struct fc_study study;
	struct fc_str caption = { 0 }, alt = { 0 };
	struct fc_canvas canvas;
	struct fc_error err;
	size_t points = 0;

	(void)state;
	draw_study(&study, 10, 4000, 5, DRAW_PLAIN);
	assert_true(study.layer_count > 100000);
	assert_int_equal(fc_chart_draw(fc_chart_at(1), &study, fc_style_at(0), &fc_metrics_fixed, &canvas, &caption,
				       &alt, &err),
			 0);
	for (size_t i = 0; i < canvas.place_count; i++)
		points += strcmp(canvas.places[i].kind, "point") == 0;
	assert_in_range(points, 2000, 12000);
	assert_non_null(strstr(caption.text, "drawn once"));
	fc_canvas_release(&canvas);
	fc_str_release(&caption);
	fc_str_release(&alt);
	fc_study_release(&study);
}

/* The whole way from a study to marks, small enough to be read. */
static void ranks_as_text(void **state)
{
	static const char expected[] =
		"canvas 252.00x66.44\n"
		"path 140.00,24.30 150.00,24.30 206.80,24.30 stroke 8c8c8c 0.90\n"
		"disc 140.00,24.30 r 1.50 fill 8c8c8c\n"
		"disc 206.80,24.30 r 1.50 fill 8c8c8c\n"
		"path 144.00,41.30 150.00,41.30 206.80,41.30 stroke 8c8c8c 0.90\n"
		"disc 144.00,41.30 r 1.50 fill 8c8c8c\n"
		"disc 206.80,41.30 r 1.50 fill 8c8c8c\n"
		"path 112.00,24.30 102.00,24.30 45.20,41.30 stroke d55e00 1.40\n"
		"disc 112.00,24.30 r 1.50 fill d55e00\n"
		"disc 45.20,41.30 r 1.50 fill d55e00\n"
		"path 108.00,41.30 102.00,41.30 45.20,24.30 stroke d55e00 1.40\n"
		"disc 108.00,41.30 r 1.50 fill d55e00\n"
		"disc 45.20,24.30 r 1.50 fill d55e00\n"
		"text 41.20,7.12 right 8.00 bold 000000 \"Training\"\n"
		"text 41.20,44.10 right 8.00 000000 \"VGG16\"\n"
		"text 41.20,27.10 right 8.00 000000 \"AlexNet\"\n"
		"text 1.20,62.98 left 8.00 000000 \"1 of 1 pairs inverted\"\n"
		"text 126.00,7.12 middle 8.00 bold 000000 \"FLOPs\"\n"
		"text 126.00,27.10 middle 8.00 000000 \"VGG16\"\n"
		"text 126.00,44.10 middle 8.00 000000 \"AlexNet\"\n"
		"text 210.80,7.12 left 8.00 bold 000000 \"Validation\"\n"
		"text 210.80,27.10 left 8.00 000000 \"VGG16\"\n"
		"text 210.80,44.10 left 8.00 000000 \"AlexNet\"\n"
		"text 250.80,62.98 right 8.00 000000 \"0 of 1 pairs inverted\"\n";
	struct fc_str caption = { 0 }, alt = { 0 }, out = { 0 };
	struct fc_study study;
	struct fc_canvas canvas;
	struct fc_error err;

	(void)state;
	draw_study(&study, 2, 6, 2, DRAW_PLAIN);
	study.networks[0].passes[FC_PASS_TRAIN].time_per_image_s =
		2 * study.networks[1].passes[FC_PASS_TRAIN].time_per_image_s;
	study.networks[1].passes[FC_PASS_VALIDATE].time_per_image_s =
		2 * study.networks[0].passes[FC_PASS_VALIDATE].time_per_image_s;
	assert_int_equal(fc_chart_draw(fc_chart_at(5), &study, fc_style_at(0), &fc_metrics_fixed, &canvas, &caption,
				       &alt, &err),
			 0);
	fc_canvas_list(&canvas, &out);
	assert_string_equal(out.text, expected);
	fc_canvas_release(&canvas);
	fc_str_release(&caption);
	fc_str_release(&alt);
	fc_str_release(&out);
	fc_study_release(&study);
}

static void palette_can_be_seen(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(fc_colour_contrast(fc_series_look(i)->colour, FC_WHITE) >= 3);
	assert_true(fc_colour_contrast(FC_GREY_TEXT, FC_WHITE) >= 7);
	assert_float_equal(fc_colour_contrast(FC_BLACK, FC_WHITE), 21, 0.01);
	assert_float_equal(fc_colour_contrast(FC_BLUE, FC_WHITE), 5.19, 0.01);
	assert_float_equal(fc_colour_lightness(FC_VERMILLION), 54.2, 0.1);
	for (int vision = FC_VISION_FULL; vision <= FC_VISION_PROTANOPIA; vision++) {
		for (int i = 0; i < 5; i++) {
			for (int k = 0; k < i; k++)
				assert_true(fc_colour_distance(fc_series_look(i)->colour, fc_series_look(k)->colour,
							       (enum fc_vision)vision) >= 15);
		}
	}
	for (int i = 0; i < FC_BAR_LOOKS; i++)
		assert_true(fc_colour_contrast(fc_bar_look(i)->text, fc_bar_look(i)->fill) >= 3);
}

/* Without colour: shape and filling, or hatch and lightness, tell series apart. */
static void looks_are_unique_without_colour(void **state)
{
	(void)state;
	for (int i = 0; i < FC_SERIES_LOOKS; i++) {
		for (int k = 0; k < i; k++)
			assert_true(fc_series_look(i)->shape != fc_series_look(k)->shape);
	}
	for (int i = 0; i < FC_BAR_LOOKS; i++) {
		for (int k = 0; k < i; k++)
			assert_true(fc_bar_look(i)->hatch != fc_bar_look(k)->hatch ||
				    fabs(fc_colour_lightness(fc_bar_look(i)->fill) -
					 fc_colour_lightness(fc_bar_look(k)->fill)) >= 8);
	}
	assert_int_equal(fc_colour(FC_BLUE, false), FC_BLUE);
	assert_int_equal(fc_colour(FC_BLUE, true) >> 16, fc_colour(FC_BLUE, true) & 0xFF);
}

static void texts_are_cleaned_and_shortened(void **state)
{
	const struct fc_type type = { .size = 10 };
	struct fc_arena arena;
	char number[FC_TEXT_NUMBER];

	(void)state;
	fc_arena_init(&arena);
	assert_string_equal(fc_text_clean(&arena, "a\nb\x01\x7f"), "a b  ");
	assert_string_equal(fc_text_clean(&arena, "\xff\xC3\xA9\xC0\x80"),
			    "\xEF\xBF\xBD\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD");
	assert_string_equal(fc_text_clean(&arena, "\xE2\x80\xAE" "x"), " x");
	assert_string_equal(fc_text_clean(&arena, "\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
	assert_string_equal(fc_text_fit(&arena, &fc_metrics_fixed, &type, "abcdefghij", 50), "abcdefghij");
	assert_string_equal(fc_text_fit(&arena, &fc_metrics_fixed, &type, "abcdefghij", 30), "abc\xE2\x80\xA6" "ij");
	assert_string_equal(fc_text_fit(&arena, &fc_metrics_fixed, &type, "abcdefghij", 0), "\xE2\x80\xA6");
	assert_string_equal(fc_text_significant(number, 9.996, 3), "10.0");
	assert_string_equal(fc_text_significant(number, 0.00123, 2), "0.0012");
	assert_string_equal(fc_text_significant(number, 1234567, 3), "1234567");
	assert_string_equal(fc_text_fixed(number, -0.04, 1), "0.0");
	assert_string_equal(fc_text_fixed(number, -1.5, 1), "\xE2\x88\x92" "1.5");
	assert_string_equal(fc_text_significant(number, NAN, 3), "");
	assert_float_equal(fc_prefix_for(2.5e9)->factor, 1e9, 0);
	fc_arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_never_meet),
		cmocka_unit_test(random_studies_are_drawn),
		cmocka_unit_test(nothing_is_drawn_from_nothing),
		cmocka_unit_test(missing_values_are_left_out),
		cmocka_unit_test(many_points_become_few_marks),
		cmocka_unit_test(ranks_as_text),
		cmocka_unit_test(palette_can_be_seen),
		cmocka_unit_test(looks_are_unique_without_colour),
		cmocka_unit_test(texts_are_cleaned_and_shortened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
