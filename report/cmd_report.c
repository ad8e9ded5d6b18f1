/* flopclock report: runs in, a folder with tables, figures, data and a PDF out. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draw.h"
#include "flopclock/file.h"
#include "flopclock/option.h"
#include "manifest.h"
#include "runs.h"
#include "study_write.h"
#include "table_write.h"

enum { EXIT_USAGE = 2 };

struct report_settings {
	const char *out, *style, *paper, *templates;
	bool no_figures;
};

#define FIELD(name) .offset = offsetof(struct report_settings, name)

static const struct fc_option options[] = {
	{ .name = "output", .letter = 'o', .type = FC_OPTION_TEXT, FIELD(out), .arg = "DIR",
	  .help = "folder of the report; a report that is there already is replaced (report)" },
	{ .name = "style", .type = FC_OPTION_TEXT, FIELD(style), .arg = "STYLE",
	  .help = "widths and type sizes of the figures: ieee, ieee-wide, acm, slide ... (ieee)" },
	{ .name = "paper", .type = FC_OPTION_TEXT, FIELD(paper), .arg = "PAPER",
	  .help = "page size of report.pdf: a4 or letter (a4)" },
	{ .name = "templates", .type = FC_OPTION_TEXT, FIELD(templates), .arg = "DIR",
	  .help = "folder with table.tex, table.md, report.md and paper.tex to use instead of those shipped" },
	{ .name = "no-figures", .type = FC_OPTION_FLAG, FIELD(no_figures),
	  .help = "write tables and data only, no figures and no PDF" },
	{ .name = NULL },
};

static void defaults(void *settings)
{
	struct report_settings *s = settings;

	*s = (struct report_settings){ .out = "report", .style = "ieee", .paper = "a4" };
}

/* -------- the folder -------- */

static int write_files(const struct fc_study *study, const struct report_settings *s, const struct fc_style *style,
		       const char *folder, const char *templates, struct fc_error *err)
{
	const struct fc_manifest_options manifest = {
		.style = s->style,
		.paper = s->paper,
		.templates = s->templates ? "own" : "shipped",
		.figures = !s->no_figures,
	};
	struct fc_str figures = { 0 }, pdf = { 0 };
	int rc = fc_dir_make(folder, err);

	fc_str_addf(&figures, "%s/figures", folder);
	fc_str_addf(&pdf, "%s/report.pdf", folder);
	if (!rc && !s->no_figures)
		rc = fc_dir_make(figures.text, err) || fc_draw_figures(study, figures.text, style, err) ||
		     fc_draw_report(study, pdf.text, style, err) ? -1 : 0;
	/* report.md shows the figures that exist, so it comes after them. */
	if (!rc)
		rc = fc_study_write_tables(study, folder, templates, err) ||
		     fc_study_write_data(study, folder, err) ||
		     fc_manifest_write(folder, study, &manifest, err) ? -1 : 0;
	fc_str_release(&figures);
	fc_str_release(&pdf);
	return rc;
}

static int check_target(const char *out, struct fc_error *err)
{
	if (fc_file_exists(out))
		return fc_fail(err, "%s: is a file, the report is a folder", out);
	/* rmdir succeeds on an empty folder alone, which is as good as none. */
	if (fc_dir_exists(out) && !fc_manifest_is_report(out) && rmdir(out))
		return fc_fail(err, "%s: is a folder that no report is in; it is left alone, name another one", out);
	return 0;
}

/* The finished folder takes the place of the old one; at no time is there half of either. */
static int put_in_place(const char *partial, const char *out, struct fc_error *err)
{
	struct fc_str old = { 0 };
	int rc = 0;

	fc_str_addf(&old, "%s.old.partial", out);
	fc_dir_remove(old.text);
	if (rename(out, old.text) && errno != ENOENT) {
		rc = fc_fail_errno(err, "%s: the old report cannot be moved away", out);
	} else if (rename(partial, out)) {
		rc = fc_fail_errno(err, "%s: the report cannot be put in its place", out);
		rename(old.text, out);
	}
	fc_dir_remove(old.text);
	fc_str_release(&old);
	return rc;
}

static int write_report(const struct fc_study *study, const struct report_settings *s, const struct fc_style *style,
			const char *out, struct fc_error *err)
{
	struct fc_str partial = { 0 }, templates = { 0 };
	int rc = check_target(out, err);

	fc_str_addf(&partial, "%s.partial", out);
	if (s->templates)
		fc_str_add(&templates, s->templates);
	else if (!rc)
		rc = fc_share_dir("templates", &templates, err);
	if (!rc) {
		fc_dir_remove(partial.text);
		rc = write_files(study, s, style, partial.text, templates.text, err);
		if (!rc)
			rc = put_in_place(partial.text, out, err);
		if (rc)
			fc_dir_remove(partial.text);
	}
	fc_str_release(&partial);
	fc_str_release(&templates);
	return rc;
}

/* -------- what the user sees -------- */

static int print(const struct fc_study *study, const struct report_settings *s, const char *out, struct fc_error *err)
{
	static const enum fc_study_table shown[] = { FC_TABLE_FLOPS, FC_TABLE_TIME };
	const struct fc_figure_row *first = fc_figure_at(0);
	struct fc_str text = { 0 };
	int rc;

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		fc_table_text(&study->tables[shown[i]], &text);
		fc_str_addc(&text, '\n');
	}
	fc_str_addf(&text, "%s\n\n", study->verdict.headline);
	if (s->no_figures) {
		fc_str_addf(&text, "report    %s/report.md\n", out);
	} else {
		fc_str_addf(&text, "report    %s/report.pdf\n", out);
		if (first)
			fc_str_addf(&text, "figure 1  %s/figures/%s.pdf\n", out, first->id);
	}
	rc = fc_stdout_write(text.text, text.length, err);
	fc_str_release(&text);
	return rc;
}

static void print_words(const struct fc_study *study, const struct fc_runs *runs)
{
	for (int i = 0; i < runs->passed_over_count; i++)
		fprintf(stderr, "note: %s was passed over: it is half-written\n", runs->passed_over[i]);
	for (int i = 0; i < study->note_count; i++)
		fprintf(stderr, "note: %s\n", study->notes[i]);
	for (int i = 0; i < study->warning_count; i++)
		fprintf(stderr, "warning: %s\n", study->warnings[i]);
}

/* -------- the command -------- */

static int report(const struct fc_runs *runs, const struct report_settings *s, const struct fc_style *style,
		  const char *out, struct fc_error *err)
{
	struct fc_study study;
	int rc = fc_study_build(runs->run, runs->count, &study, err);

	if (!rc)
		print_words(&study, runs);
	if (!rc)
		rc = write_report(&study, s, style, out, err);
	if (!rc)
		rc = print(&study, s, out, err);
	fc_study_release(&study);
	return rc;
}

static int run(const void *settings, int operand_count, char *const *operands, struct fc_error *err)
{
	const struct report_settings *s = settings;
	const struct fc_style *found = fc_style_find(s->style, err);
	struct fc_error note = { "" };
	struct fc_str out = { 0 };
	struct fc_style style;
	struct fc_runs runs;
	int rc;

	if (!found)
		return EXIT_USAGE;
	style = *found;
	if (fc_style_set_paper(&style, s->paper, err))
		return EXIT_USAGE;
	if (!operand_count)
		return fc_fail(err, "a run folder is expected, or a folder of runs"), EXIT_USAGE;
	if (!*s->out)
		return fc_fail(err, "--output: the name of a folder is expected"), EXIT_USAGE;
	fc_str_add(&out, s->out);
	while (out.length > 1 && out.text[out.length - 1] == '/')
		out.text[--out.length] = 0;
	if (!s->no_figures && !fc_style_check_fonts(&style, &note))
		fprintf(stderr, "warning: %s\n", note.text);
	rc = fc_runs_read(operands, operand_count, &runs, err);
	if (!rc) {
		rc = report(&runs, s, &style, out.text, err);
		fc_runs_release(&runs);
	}
	fc_str_release(&out);
	return rc;
}

const struct fc_command fc_command_report = {
	.name = "report",
	.summary = "set FLOPs against time: tables, figures and a PDF from runs",
	.operands = "RUN...",
	.text = "Reads run folders (or folders that hold some), joins times and costs step by step, and writes a "
		"folder with report.pdf, report.md, figures, tables, data and manifest.json. Prints the tables of "
		"FLOPs and of running time.\n\n"
		"One run per network is used: of several under the same setting the latest, and a note names the "
		"others. Runs of one network under different settings, and runs on different devices, backends, "
		"precisions or probes, do not compare and are refused. Networks with different inputs or batches are "
		"accepted with a warning.\n\n"
		"In CSV files a text that begins with = + - @ ' or a tab gets one ' in front, so that a spreadsheet "
		"does not compute it; take it off again when reading.\n\n"
		"The same runs give the same files, byte for byte.",
	.complete = "file",
	.options = options,
	.settings_size = sizeof(struct report_settings),
	.defaults = defaults,
	.run = run,
};
