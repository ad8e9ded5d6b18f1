#include "settings.h"

#include <math.h>
#include <string.h>

#include "flopclock/number.h"

#include "fit.h"
#include "suggest.h"

static const char *const phases[] = { "all",	  "forward", "backward-data", "backward-weights", "update",
				      "training", NULL };
static const char *const passes[] = { "validate", "train", NULL };
static const char *const precisions[] = {
#define X(upper, lower) [FC_PRECISION_##upper] = #lower,
	FC_PRECISIONS(X)
#undef X
		[FC_PRECISION_COUNT] = NULL,
};
static const char *const optimizers[] = { "momentum", "sgd", "adam", NULL };
static const char *const formats[] = { "table", "csv", "json", "md", "tex", NULL };

void settings_defaults(void *to)
{
	struct settings *const s = to;

	*s = (struct settings){
		.batch = 1, .rule = "core", .precision = -1
	};
}

#define AT(field) offsetof(struct settings, field)

const struct fc_option settings_table[] = {
	{ "input", 'i', FC_OPTION_INPUT, AT(input), "CxHxW", "size of the images (the model's own)", NULL, 0, 0 },
	{ "classes", 0, FC_OPTION_COUNT, AT(classes), "N", "answers of the network (the model's own)", NULL, 1, 1e9 },
	{ "batch", 'b', FC_OPTION_COUNT, AT(batch), "N", "images per pass; all figures are for all of them (1)", NULL,
	  1, 1e9 },
	{ "set", 's', FC_OPTION_LIST, AT(set), "NAME=VALUE", "a parameter of the model, such as aux=true", NULL, 0,
	  0 },
	{ "rule", 'r', FC_OPTION_TEXT, AT(rule), "RULE",
	  "how the work is counted; all: by every rule, side by side (core)", NULL, 0, 0 },
	{ "in-bounds", 0, FC_OPTION_FLAG, AT(in_bounds), NULL,
	  "without products with the zeros of padding, in every phase", NULL, 0, 0 },
	{ "phase", 0, FC_OPTION_CHOICE, AT(phase), "WHICH",
	  "all, or one: forward, backward-data, backward-weights, update; training: the sum of them (all)", phases, 0,
	  0 },
	{ "pass", 0, FC_OPTION_CHOICE, AT(pass), "PASS",
	  "what the headline counts: validate, or train with auxiliary heads (validate)", passes, 0, 0 },
	{ "optimizer", 0, FC_OPTION_CHOICE, AT(optimizer), "NAME", "of the update: sgd, momentum or adam (momentum)",
	  optimizers, 0, 0 },
	{ "weight-decay", 0, FC_OPTION_FLAG, AT(weight_decay), NULL,
	  "the optimizer decays weights, which takes two more FLOPs", NULL, 0, 0 },
	{ "recompute", 0, FC_OPTION_NUMBER, AT(recompute), "FACTOR",
	  "share of the forward pass that backward computes again instead of keeping it (0)", NULL, 0, 100 },
	{ "images", 0, FC_OPTION_COUNT, AT(images), "N", "images of an epoch of training (60000)", NULL, 1, 1e15 },
	{ "validate-images", 0, FC_OPTION_COUNT, AT(validate_images), "N", "images of its validation (10000)", NULL,
	  1, 1e15 },
	{ "precision", 0, FC_OPTION_CHOICE, AT(precision), "WHICH",
	  "of products: fp32, tf32 or bf16, which halves activations (fp32; of a plan tf32)", precisions, 0, 0 },
	{ "device", 'd', FC_OPTION_TEXT, AT(device), "NAME",
	  "also the floor of time on this device, by its data sheet", NULL, 0, 0 },
	{ "peak", 0, FC_OPTION_NUMBER, AT(peak), "TFLOP/s",
	  "with --bandwidth the same for a device that is not known", NULL, 1e-9, 1e9 },
	{ "bandwidth", 0, FC_OPTION_NUMBER, AT(bandwidth), "GB/s", "of its memory", NULL, 1e-9, 1e9 },
	{ "per-layer", 'l', FC_OPTION_FLAG, AT(per_layer), NULL, "also every layer; in text blocks stay folded", NULL,
	  0, 0 },
	{ "depth", 0, FC_OPTION_COUNT, AT(depth), "N",
	  "with --per-layer: names are unfolded up to their N-th component (2; csv and json: all)", NULL, 1, 1000 },
	{ "strict", 0, FC_OPTION_FLAG, AT(strict), NULL, "fail when the rule, or any rule, cannot count a kind of layer", NULL, 0,
	  0 },
	{ "diff", 0, FC_OPTION_FLAG, AT(diff), NULL, "instead: two models side by side, what changed between them",
	  NULL, 0, 0 },
	{ "fit", 0, FC_OPTION_TEXT, AT(fit), "MEMORY", "instead: the largest batch that fits, such as 16G or 16Gi",
	  NULL, 0, 0 },
	{ "list", 0, FC_OPTION_FLAG, AT(list), NULL,
	  "instead: what each model can be told with --set, and what it costs; without MODEL all that are shipped",
	  NULL, 0, 0 },
	{ "plan", 0, FC_OPTION_TEXT, AT(plan), "DEVICE",
	  "instead of counting: what cuDNN takes for each convolution on a device that need not be here", NULL, 0,
	  0 },
	{ "format", 'f', FC_OPTION_CHOICE, AT(format), "FORMAT", "table, csv, json, md or tex (table)", formats, 0,
	  0 },
	{ "output", 'o', FC_OPTION_TEXT, AT(out), "FILE", "where to write (standard output)", NULL, 0, 0 },
	{ .name = NULL },
};

/* -------- the rule -------- */

static int unknown_rule(const char *name, struct fc_error *err)
{
	struct suggestion suggestion = { .word = name };
	const struct fc_rule *rule;
	struct fc_str all = { 0 };

	for (int i = 0; (rule = fc_rule_at(i)); i++) {
		fc_str_addf(&all, "%s, ", rule->name);
		fc_suggest_offer(&suggestion, rule->name);
	}
	fc_fail(err, "--rule %s: expected one of %sall" SUGGEST_FORMAT, name, all.text, SUGGEST_VALUES(suggestion));
	fc_str_release(&all);
	return -1;
}

static int choose_rule(const struct settings *s, struct analyze_options *o, struct fc_error *err)
{
	const char *const name = settings_rules(s) ? "core" : s->rule;

	o->rule = fc_rule_find(name);
	if (!o->rule)
		return unknown_rule(name, err);
	if (s->in_bounds && o->rule != fc_rule_at(0) && !o->rule->in_bounds)
		return fc_fail(err, "--in-bounds: expected without --rule %s, which is how a tool counts", name);
	if (s->in_bounds && settings_rules(s))
		return fc_fail(err, "--in-bounds: expected without --rule all, where it is a row");
	if (s->in_bounds)
		o->rule = fc_rule_find("in-bounds");
	o->cost.in_bounds = o->rule->in_bounds;
	if (o->phase > SELECT_FORWARD && o->rule != fc_rule_at(0) && !o->rule->in_bounds)
		return fc_fail(err, "--phase %s: expected --rule core or in-bounds; %s counts forward passes only",
			       phases[s->phase], name);
	if (o->phase > SELECT_FORWARD && settings_rules(s))
		return fc_fail(err, "--phase %s: expected without --rule all; tools count forward passes only",
			       phases[s->phase]);
	return 0;
}

/* -------- the device -------- */

static int choose_device(const struct settings *s, struct analyze_options *o, struct fc_error *err)
{
	if (s->device && (s->peak > 0 || s->bandwidth > 0))
		return fc_fail(err, "found --device and --%s, expected one of them",
			       s->peak > 0 ? "peak" : "bandwidth");
	if ((s->peak > 0) != (s->bandwidth > 0))
		return fc_fail(err, "found --%s alone, expected --%s with it", s->peak > 0 ? "peak" : "bandwidth",
			       s->peak > 0 ? "bandwidth" : "peak");
	if (s->device)
		return fc_roofline_find(s->device, o->cost.precision, &o->roofline, err);
	if (s->peak > 0) {
		o->roofline = fc_roofline_of(s->peak, s->peak, s->bandwidth);
		o->roofline.name = "a device of your own";
		o->roofline.source = "--peak and --bandwidth";
	}
	return 0;
}

/* -------- all of it -------- */

int settings_options(const struct settings *s, int operand_count, struct analyze_options *o, struct fc_error *err)
{
	const enum fc_precision otherwise = s->plan ? FC_PRECISION_TF32 : FC_PRECISION_FP32;

	*o = (struct analyze_options){
		.pass = s->pass ? FC_PASS_TRAIN : FC_PASS_VALIDATE,
		.phase = s->list ? SELECT_FORWARD : (enum selection)s->phase,
		.cost = { .optimizer = fc_optimizer_find(optimizers[s->optimizer]),
			  .weight_decay = s->weight_decay,
			  .precision = s->precision < 0 ? otherwise : (enum fc_precision)s->precision },
		.recompute_millionths = (uint64_t)llround(1e6 * s->recompute),
		.images = { [FC_PASS_TRAIN] = s->images ? s->images : 60000,
			    [FC_PASS_VALIDATE] = s->validate_images ? s->validate_images : 10000 },
		.epoch = s->images || s->validate_images,
		.per_layer = s->per_layer,
		.depth = (int)s->depth,
		.plan = s->plan,
	};
	if (settings_check(s, operand_count, err) || choose_rule(s, o, err) || choose_device(s, o, err))
		return -1;
	return s->fit ? fc_fit_memory(s->fit, &o->fit_bytes, err) : 0;
}
