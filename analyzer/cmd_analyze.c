/* flopclock analyze: models in, exact costs out, in the format that was asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"
#include "flopclock/option.h"

#include "list.h"
#include "operand.h"
#include "settings.h"
#include "suggest.h"
#include "view.h"

enum { EXIT_USAGE = 2 };

/* -------- from settings to analyses -------- */

/* Layers that cannot be counted are said, or refused. */
static int check_counted(const struct analysis *a, bool strict, struct fc_error *err)
{
	struct fc_str kinds = { 0 };

	if (!a->graph.uncounted_count)
		return 0;
	fc_analysis_uncounted(a, &kinds);
	if (strict)
		fc_fail(err, "%s: cannot count %s", a->graph.path, kinds.text);
	else
		fprintf(stderr, "%s: not counted: %s\n", a->graph.path, kinds.text);
	fc_str_release(&kinds);
	return strict ? -1 : 0;
}

static int check_strict(const struct analysis *a, struct fc_error *err)
{
	struct fc_str names = { 0 };

	if (!a->unseen)
		return 0;
	fc_analysis_unseen(a, &names);
	fc_fail(err, "%s: rule %s does not know %d of its layers: %s", a->graph.name, a->options->rule->name,
		a->unseen, names.text);
	fc_str_release(&names);
	return -1;
}

static int analyze(const struct settings *s, const struct analyze_options *o, const char *operand, struct analysis *a,
		   struct fc_error *err)
{
	struct fc_model_request request = {
		.input = { s->input[0], s->input[1], s->input[2] },
		.classes = (int64_t)s->classes,
		.batch = (int64_t)s->batch,
		.settings = s->set,
	};
	struct fc_arena arena;
	int rc;

	fc_arena_init(&arena);
	rc = fc_operand_parse(operand, &arena, &request, err) || fc_analysis_open(&request, o, a, err) ? -1 : 0;
	fc_arena_release(&arena);
	if (rc)
		return rc;
	if (!check_counted(a, s->strict, err) && (!s->strict || !check_strict(a, err)))
		return 0;
	fc_analysis_close(a);
	return -1;
}

/* -------- views -------- */

static const struct {
	const struct view *view;
	bool (*asked)(const struct settings *s);
} views[] = {
	{ &fc_view_list, settings_list }, { &fc_view_plan, settings_plan }, { &fc_view_rules, settings_rules },
	{ &fc_view_fit, settings_fit },	  { &fc_view_diff, settings_diff }, { &fc_view_counts, settings_counts },
};

/* The last one is always asked for. */
static const struct view *choose_view(const struct settings *s)
{
	int i = 0;

	while (!views[i].asked(s))
		i++;
	return views[i].view;
}

/* -------- writing -------- */

static void write_table(const struct view *view, const struct scene *scene, struct fc_str *out)
{
	view->document(&fc_sheet_table, scene, out);
}

static void write_csv(const struct view *view, const struct scene *scene, struct fc_str *out)
{
	view->csv(scene, out);
}

static void write_json(const struct view *view, const struct scene *scene, struct fc_str *out)
{
	view->json(scene, out);
}

static void write_markdown(const struct view *view, const struct scene *scene, struct fc_str *out)
{
	view->document(&fc_sheet_markdown, scene, out);
}

static void write_tex(const struct view *view, const struct scene *scene, struct fc_str *out)
{
	view->document(&fc_sheet_tex, scene, out);
}

static void (*const writers[])(const struct view *view, const struct scene *scene, struct fc_str *out) = {
	[FORMAT_TABLE] = write_table, [FORMAT_CSV] = write_csv, [FORMAT_JSON] = write_json,
	[FORMAT_MD] = write_markdown, [FORMAT_TEX] = write_tex,
};

static int show(const struct settings *s, struct scene *scene, struct fc_str *out, struct fc_error *err)
{
	const struct view *const view = choose_view(s);

	if (view->open && view->open(scene, err))
		return -1;
	writers[s->format](view, scene, out);
	if (view->close)
		view->close(scene);
	return s->out ? fc_file_write(s->out, out->text, out->length, err)
		      : fc_stdout_write(out->text, out->length, err);
}

static int analyze_all(const struct settings *s, const struct analyze_options *o, int count, char *const *models,
		       struct fc_error *err)
{
	struct analysis *const analyses = fc_calloc((size_t)count + 1, sizeof(*analyses));
	struct scene scene = { .options = o, .analyses = analyses };
	struct fc_str out = { 0 };
	int rc = 0;

	while (scene.count < count && !rc) {
		rc = analyze(s, o, models[scene.count], &analyses[scene.count], err);
		scene.count += !rc;
	}
	if (!rc)
		rc = show(s, &scene, &out, err);
	while (scene.count)
		fc_analysis_close(&analyses[--scene.count]);
	free(analyses);
	fc_str_release(&out);
	return rc;
}

static int list_all(const struct settings *s, const struct analyze_options *o, struct fc_error *err)
{
	struct fc_arena arena;
	char **names = NULL;
	int count, rc;

	fc_arena_init(&arena);
	rc = fc_list_names(&arena, &names, &count, err);
	if (!rc)
		rc = analyze_all(s, o, count, names, err);
	free(names);
	fc_arena_release(&arena);
	return rc;
}

static int run(const void *from, int operand_count, char *const *operands, struct fc_error *err)
{
	const struct settings *const s = from;
	struct analyze_options o;

	if (settings_options(s, operand_count, &o, err))
		return EXIT_USAGE;
	return operand_count ? analyze_all(s, &o, operand_count, operands, err) : list_all(s, &o, err);
}

const struct fc_command fc_command_analyze = {
	.name = "analyze",
	.summary = "what every layer of a network must compute, move and keep",
	.operands = "MODEL...",
	.text = settings_text,
	.complete = "model",
	.options = settings_table,
	.settings_size = sizeof(struct settings),
	.defaults = settings_defaults,
	.run = run,
};
