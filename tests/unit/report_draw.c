/* Files as cairo, libpng and the own SVG writer make them, judged by other programs where those are installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "report_draw_study.h"

#include "../../report/draw.h"
#include "flopclock/file.h"

static char folder[] = "flopclock-draw-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	fc_dir_remove(folder);
	return 0;
}

static const char *path_of(const char *name)
{
	static char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static char *read_all(const char *name, size_t *size)
{
	struct fc_error err;
	char *data;

	if (fc_file_read(path_of(name), (size_t)64 << 20, &data, size, &err))
		fail_msg("%s", err.text);
	return data;
}

/* -1 where the program is missing, else its exit code. */
static int run(const char *program, const char *format, const char *path)
{
	char command[1024];

	snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", program);
	if (system(command) != 0)
		return -1;
	snprintf(command, sizeof command, format, path);
	return system(command);
}

static uint32_t big_endian(const char *at)
{
	const unsigned char *b = (const unsigned char *)at;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static const char *chunk(const char *data, size_t size, const char *name)
{
	for (size_t at = 8; at + 12 <= size; at += 12 + big_endian(data + at)) {
		if (memcmp(data + at + 4, name, 4) == 0)
			return data + at + 8;
	}
	return NULL;
}

static void check_png(const char *name, const struct fc_style *style)
{
	size_t size;
	char *data = read_all(name, &size);
	const char *header = chunk(data, size, "IHDR"), *resolution = chunk(data, size, "pHYs");

	assert_memory_equal(data, "\x89PNG\r\n\x1a\n", 8);
	assert_non_null(header);
	assert_non_null(resolution);
	assert_non_null(chunk(data, size, "tEXt"));
	assert_int_equal(big_endian(header), lround(style->width * style->dpi / 72));
	assert_int_equal(big_endian(resolution), lround(style->dpi / 0.0254));
	assert_int_equal(resolution[8], 1);
	free(data);
}

static void check_pdf(const char *name, double width, double height)
{
	size_t size;
	char *data = read_all(name, &size), box[128];

	assert_memory_equal(data, "%PDF-1.5", 8);
	if (height > 0) {
		snprintf(box, sizeof box, "/MediaBox [ 0 0 %g %g ]", width, height);
		assert_non_null(memmem(data, size, box, strlen(box)));
	} else {
		snprintf(box, sizeof box, "/MediaBox [ 0 0 %g ", width);
		assert_non_null(memmem(data, size, box, strlen(box)));
	}
	free(data);
	/* qpdf says 3 for warnings, pdffonts lists one font a line behind a header of two. */
	assert_in_range(run("qpdf", "qpdf --check '%s' >/dev/null 2>&1", path_of(name)) + 1, 0, 1);
	assert_in_range(run("pdffonts",
			    "! pdffonts '%s' | tail -n +3 | grep -qE 'Type 3| no (yes|no) (yes|no) +[0-9]'",
			    path_of(name)) +
				1,
			0, 1);
}

/* Every element that opens closes again, and there are words in it. */
static void check_svg(const char *name)
{
	size_t size;
	char *data = read_all(name, &size);
	int depth = 0;

	assert_non_null(strstr(data, "role=\"img\""));
	assert_non_null(strstr(data, "<title id="));
	assert_non_null(strstr(data, "<desc id="));
	assert_non_null(strstr(data, "<text x="));
	for (const char *p = strchr(data, '<'); p; p = strchr(p + 1, '<')) {
		const char *end = strchr(p, '>');

		assert_non_null(end);
		if (p[1] == '?')
			continue;
		depth += p[1] == '/' ? -1 : end[-1] == '/' ? 0 : 1;
		assert_true(depth >= 0);
	}
	assert_int_equal(depth, 0);
	for (const char *p = data; *p; p++)
		assert_true((unsigned char)*p >= ' ' || *p == '\n');
	free(data);
}

static void check_all(const struct fc_style *style)
{
	for (int i = 0; fc_figure_at(i); i++) {
		char name[128];

		snprintf(name, sizeof name, "%s.png", fc_figure_at(i)->id);
		if (!fc_file_exists(path_of(name)))
			continue;
		check_png(name, style);
		snprintf(name, sizeof name, "%s.pdf", fc_figure_at(i)->id);
		check_pdf(name, style->width, 0);
		snprintf(name, sizeof name, "%s.svg", fc_figure_at(i)->id);
		check_svg(name);
		snprintf(name, sizeof name, "%s.json", fc_figure_at(i)->id);
		assert_true(fc_file_exists(path_of(name)));
		snprintf(name, sizeof name, "%s.txt", fc_figure_at(i)->id);
		assert_true(fc_file_exists(path_of(name)));
	}
}

static void draw_flavour(enum draw_flavour flavour, const char *style_name)
{
	const struct fc_style *style;
	struct fc_study study;
	struct fc_error err;

	style = fc_style_find(style_name, &err);
	draw_study(&study, 4, 15, 5, flavour);
	if (fc_draw_figures(&study, folder, style, &err) ||
	    fc_draw_report(&study, path_of("report.pdf"), style, &err))
		fail_msg("%s", err.text);
	check_all(style);
	check_pdf("report.pdf", style->page_width, style->page_height);
	fc_study_release(&study);
}

static void files_are_sound(void **state)
{
	(void)state;
	draw_flavour(DRAW_PLAIN, "ieee");
}

static void files_with_hostile_names_are_sound(void **state)
{
	(void)state;
	draw_flavour(DRAW_HOSTILE_NAMES, "acm");
}

static void other_styles_have_their_widths(void **state)
{
	(void)state;
	draw_flavour(DRAW_HUGE, "ieee-wide");
	draw_flavour(DRAW_EQUAL, "nature");
}

static void same_study_same_bytes(void **state)
{
	static const char *const names[] = { "fig-2-layers.pdf",  "fig-2-layers.png",	  "fig-2-layers.svg",
					     "fig-2-layers.json", "fig-1-flops-time.pdf", "report.pdf" };
	char *data[6];
	size_t sizes[6];

	(void)state;
	for (int round = 0; round < 2; round++) {
		if (round)
			sleep(1);
		draw_flavour(DRAW_PLAIN, "ieee");
		for (int i = 0; i < 6; i++) {
			size_t size;
			char *again = read_all(names[i], &size);

			if (round == 0) {
				data[i] = again;
				sizes[i] = size;
				continue;
			}
			assert_int_equal(size, sizes[i]);
			assert_memory_equal(again, data[i], size);
			free(again);
			free(data[i]);
		}
	}
}

/* A study of a hundred thousand rows gives files that can be mailed. */
static void many_rows_make_small_files(void **state)
{
	struct fc_study study;
	struct fc_error err;
	struct stat status;

	(void)state;
	draw_study(&study, 10, 4000, 5, DRAW_PLAIN);
	assert_true(study.layer_count > 100000);
	assert_int_equal(fc_draw_figures(&study, folder, fc_style_at(0), &err), 0);
	assert_int_equal(stat(path_of("fig-2-layers.pdf"), &status), 0);
	assert_true(status.st_size < 3 << 20);
	assert_int_equal(fc_draw_report(&study, path_of("report.pdf"), fc_style_at(0), &err), 0);
	assert_int_equal(stat(path_of("report.pdf"), &status), 0);
	assert_true(status.st_size < 4 << 20);
	fc_study_release(&study);
}

static void a_folder_that_is_none_is_an_error(void **state)
{
	struct fc_study study;
	struct fc_error err;

	(void)state;
	draw_study(&study, 2, 5, 5, DRAW_PLAIN);
	assert_int_equal(fc_draw_figures(&study, path_of("none"), fc_style_at(0), &err), -1);
	assert_non_null(strstr(err.text, "none"));
	assert_int_equal(fc_draw_report(&study, path_of("none/report.pdf"), fc_style_at(0), &err), -1);
	fc_study_release(&study);
}

static void a_missing_font_is_said(void **state)
{
	struct fc_style style = *fc_style_at(0);
	struct fc_error note = { "" };

	(void)state;
	style.family = "No Such Family";
	assert_false(fc_style_check_fonts(&style, &note));
	assert_non_null(strstr(note.text, "No Such Family"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_sound),
		cmocka_unit_test(files_with_hostile_names_are_sound),
		cmocka_unit_test(other_styles_have_their_widths),
		cmocka_unit_test(same_study_same_bytes),
		cmocka_unit_test(many_rows_make_small_files),
		cmocka_unit_test(a_folder_that_is_none_is_an_error),
		cmocka_unit_test(a_missing_font_is_said),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
