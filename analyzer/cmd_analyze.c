/* flopclock analyze: models in, exact costs out, in the format that was asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "flopclock/file.h"
#include "flopclock/option.h"

#include "analyze.h"
#include "list.h"
#include "plan.h"
#include "suggest.h"

enum { EXIT_USAGE = 2 };

struct settings {
	int64_t input[3];
	uint64_t classes, batch;
	const char *rule, *plan, *out;
	int phase, pass, precision, format;
	struct fc_texts set;
	bool per_layer, strict, list;
};

enum { PHASE_ALL, PHASE_FORWARD };
static const char *const phases[] = { "all", "forward", NULL };
static const char *const passes[] = { "validate", "train", NULL };
static const char *const precisions[] = {
#define X(upper, lower) [FC_PRECISION_##upper] = #lower,
	FC_PRECISIONS(X)
#undef X
	[FC_PRECISION_COUNT] = NULL,
};
enum { FORMAT_TABLE, FORMAT_CSV, FORMAT_JSON, FORMAT_MD, FORMAT_TEX };
static const char *const formats[] = { "table", "csv", "json", "md", "tex", NULL };

static void set_defaults(void *to)
{
	struct settings *const s = to;

	*s = (struct settings){ .batch = 1, .rule = "core", .precision = FC_PRECISION_TF32 };
}

#define AT(field) offsetof(struct settings, field)

static const struct fc_option options[] = {
	{ "input", 'i', FC_OPTION_INPUT, AT(input), "CxHxW", "size of the images (the model's own)", NULL, 0, 0 },
	{ "classes", 0, FC_OPTION_COUNT, AT(classes), "N", "answers of the network (the model's own)", NULL, 1, 1e9 },
	{ "batch", 'b', FC_OPTION_COUNT, AT(batch), "N", "images per pass; all figures are for all of them (1)", NULL,
	  1, 1e9 },
	{ "rule", 'r', FC_OPTION_TEXT, AT(rule), "RULE", "how the work is counted (core)", NULL, 0, 0 },
	{ "phase", 0, FC_OPTION_CHOICE, AT(phase), "WHICH",
	  "all, or forward without backward, update and memory (all)", phases, 0, 0 },
	{ "pass", 0, FC_OPTION_CHOICE, AT(pass), "PASS",
	  "what the headline counts: validate, or train with auxiliary heads (validate)", passes, 0, 0 },
	{ "set", 's', FC_OPTION_LIST, AT(set), "NAME=VALUE", "a parameter of the model, such as aux=true", NULL, 0,
	  0 },
	{ "per-layer", 'l', FC_OPTION_FLAG, AT(per_layer), NULL, "also every layer", NULL, 0, 0 },
	{ "strict", 0, FC_OPTION_FLAG, AT(strict), NULL, "fail when the rule, or any rule, cannot count a kind of layer", NULL, 0,
	  0 },
	{ "list", 0, FC_OPTION_FLAG, AT(list), NULL,
	  "instead: what each model can be told with --set, and what it costs; without MODEL all that are shipped", NULL, 0, 0 },
	{ "plan", 0, FC_OPTION_TEXT, AT(plan), "DEVICE",
	  "instead of counting: what cuDNN takes for each convolution on a device that need not be here", NULL, 0, 0 },
	{ "precision", 0, FC_OPTION_CHOICE, AT(precision), "WHICH", "of a plan: fp32, tf32 or bf16 (tf32)", precisions, 0,
	  0 },
	{ "format", 'f', FC_OPTION_CHOICE, AT(format), "FORMAT", "table, csv, json, md or tex (table)", formats, 0,
	  0 },
	{ "output", 'o', FC_OPTION_TEXT, AT(out), "FILE", "where to write (standard output)", NULL, 0, 0 },
	{ .name = NULL },
};

static const char text[] =
	"Counts what each layer of a network computes and moves: exact integers, forward\n"
	"and in every phase of a training iteration (auxiliary heads included), and the\n"
	"memory that one takes. A MODEL is a name from the folder of models, which --list\n"
	"shows, or a path.\n"
	"\n"
	"A rule says what counts in the headline and per layer:\n"
	"\n"
	"  core            multiply-accumulates of convolutions, dense layers and matrices\n"
	"  thop            pytorch-OpCounter 0.1.1, the rule behind many published tables\n"
	"  thop-2020       the same tool from 2020 to 2021\n"
	"  fvcore          fvcore, evaluation mode\n"
	"  ptflops         ptflops 0.7.5, backend pytorch\n"
	"  ptflops-aten    ptflops 0.7.5, backend aten\n"
	"  ptflops-0.7     ptflops 0.7\n"
	"  ptflops-0.6     ptflops 0.6.3\n"
	"  calflops        calflops, FLOPs\n"
	"  calflops-macs   calflops, MACs\n"
	"  torchinfo       torchinfo 1.8.0, mult-adds\n"
	"  torch-profiler  torch.profiler with_flops\n"
	"  in-bounds       core without products with the zeros of padding\n"
	"\n"
	"Each equals what its tool prints for the torchvision networks, to the last digit.\n"
	"FLOPs are 2 x MACs, except for rules that count in FLOPs. Phases, bytes and memory\n"
	"do not depend on the rule.\n"
	"\n"
	"With --plan nothing is counted: cuDNN, where it is installed, says which engine it\n"
	"takes for every convolution and phase, whether that uses tensor cores, and how much\n"
	"workspace it wants. It needs no GPU: the device is described by a file of the folder\n"
	"devices, or of your own.";

/* -------- from settings to analyses -------- */

static const struct fc_rule *find_rule(const char *name, struct fc_error *err)
{
	const struct fc_rule *const found = fc_rule_find(name), *rule;
	struct suggestion suggestion = { .word = name };
	struct fc_str all = { 0 };

	if (found)
		return found;
	for (int i = 0; (rule = fc_rule_at(i)); i++) {
		fc_str_addf(&all, "%s%s", i ? ", " : "", rule->name);
		fc_suggest_offer(&suggestion, rule->name);
	}
	fc_fail(err, "--rule %s: expected one of %s%s%s%s", name, all.text, suggestion.best ? "; did you mean " : "",
		suggestion.best ? suggestion.best : "", suggestion.best ? "?" : "");
	fc_str_release(&all);
	return NULL;
}

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
	fc_fail(err, "%s: rule %s does not know %d of its layers: %s", a->graph.name, a->rule->name, a->unseen,
		names.text);
	fc_str_release(&names);
	return -1;
}

static int analyze(const struct settings *s, const struct analyze_options *o, const char *model, struct analysis *a,
		   struct fc_error *err)
{
	const struct fc_model_request request = {
		.model = model,
		.input = { s->input[0], s->input[1], s->input[2] },
		.classes = (int64_t)s->classes,
		.batch = (int64_t)s->batch,
		.settings = s->set,
	};

	if (fc_analysis_open(&request, o, a, err))
		return -1;
	if (!check_counted(a, s->strict, err) && (!s->strict || !check_strict(a, err)))
		return 0;
	fc_analysis_close(a);
	return -1;
}

/* -------- writing -------- */

static const struct sheet_format *const documents[] = {
	[FORMAT_TABLE] = &fc_sheet_table,
	[FORMAT_MD] = &fc_sheet_markdown,
	[FORMAT_TEX] = &fc_sheet_tex,
};

static void write_format(int format, const struct analysis *analyses, int count, const struct analyze_options *o,
			 struct fc_str *out)
{
	if (format == FORMAT_CSV)
		fc_analyze_csv(analyses, count, o, out);
	else if (format == FORMAT_JSON)
		fc_analyze_json(analyses, count, o, out);
	else
		fc_analyze_document(documents[format], analyses, count, o, out);
}

static void write_list(int format, const struct analysis *analyses, int count, struct fc_str *out)
{
	if (format == FORMAT_CSV)
		fc_list_csv(analyses, count, out);
	else if (format == FORMAT_JSON)
		fc_list_json(analyses, count, out);
	else
		fc_list_document(documents[format], analyses, count, out);
}

static int write_plans(const struct settings *s, const struct analysis *analyses, int count,
		       const struct analyze_options *o, struct fc_str *out, struct fc_error *err)
{
	const struct planning_request request = {
		.device = s->plan,
		.precision = (enum fc_precision)s->precision,
		.training = o->training,
	};
	struct planning planning;

	if (fc_planning_open(&request, analyses, count, &planning, err))
		return -1;
	if (s->format == FORMAT_CSV)
		fc_plan_csv(&planning, out);
	else if (s->format == FORMAT_JSON)
		fc_plan_json(&planning, out);
	else
		fc_plan_document(documents[s->format], &planning, out);
	fc_planning_close(&planning);
	return 0;
}

static int analyze_all(const struct settings *s, const struct analyze_options *o, int count, char *const *models,
		       struct fc_error *err)
{
	struct analysis *const analyses = fc_calloc((size_t)count + 1, sizeof(*analyses));
	struct fc_str out = { 0 };
	int done = 0, rc = 0;

	while (done < count && !rc) {
		rc = analyze(s, o, models[done], &analyses[done], err);
		done += !rc;
	}
	if (!rc) {
		if (s->list)
			write_list(s->format, analyses, done, &out);
		else if (s->plan)
			rc = write_plans(s, analyses, done, o, &out, err);
		else
			write_format(s->format, analyses, done, o, &out);
	}
	if (!rc) {
		rc = s->out ? fc_file_write(s->out, out.text, out.length, err) :
			      fc_stdout_write(out.text, out.length, err);
	}
	while (done)
		fc_analysis_close(&analyses[--done]);
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
	const struct analyze_options o = {
		.rule = find_rule(s->rule, err),
		.pass = s->pass ? FC_PASS_TRAIN : FC_PASS_VALIDATE,
		.training = s->phase == PHASE_ALL && !s->list,
		.per_layer = s->per_layer,
	};

	if (!o.rule)
		return EXIT_USAGE;
	if (s->list && !operand_count)
		return list_all(s, &o, err);
	if (!operand_count)
		return fc_fail(err, "found no MODEL, expected at least one"), EXIT_USAGE;
	return analyze_all(s, &o, operand_count, operands, err);
}

const struct fc_command fc_command_analyze = {
	.name = "analyze",
	.summary = "what every layer of a network must compute, move and keep",
	.operands = "MODEL...",
	.text = text,
	.complete = "model",
	.options = options,
	.settings_size = sizeof(struct settings),
	.defaults = set_defaults,
	.run = run,
};
