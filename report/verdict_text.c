/* The sentences of the verdict. Each is made from numbers alone; a sentence whose numbers are missing is not said. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/str.h"
#include "quantity.h"
#include "stat.h"
#include "study_build.h"
#include "verdict.h"

/* -------- lists of sentences -------- */

struct sentences {
	struct fc_arena *arena;
	const char ***list;
	int *count;
};

static void say(const struct sentences *to, const char *format, ...) FC_PRINTF(2, 3);

static void say(const struct sentences *to, const char *format, ...)
{
	const char **longer = FC_NEW_ARRAY(to->arena, const char *, *to->count + 1);
	struct fc_str text = { 0 };
	va_list args;

	va_start(args, format);
	fc_str_vaddf(&text, format, args);
	va_end(args);
	if (*to->count)
		memcpy(longer, *to->list, (size_t)*to->count * sizeof(*longer));
	longer[(*to->count)++] = fc_arena_strdup(to->arena, text.text);
	*to->list = longer;
	fc_str_release(&text);
}

static int networks_in(const struct fc_study *study)
{
	int last = -1, count = 0;

	for (size_t i = 0; i < study->layer_count; i++) {
		if (study->layers[i].in_relation && study->layers[i].network != last) {
			last = study->layers[i].network;
			count++;
		}
	}
	return count;
}

static const char *plural(int n)
{
	return n == 1 ? "" : "s";
}

/* " [0.61, 0.79]", or nothing where there is no interval. */
static const char *interval(struct fc_arena *arena, struct fc_estimate e, double scale, int digits)
{
	if (isnan(e.low))
		return "";
	return fc_arena_printf(arena, " [%.*f, %.*f]", digits, e.low * scale, digits, e.high * scale);
}

/* -------- the headline -------- */

static const char *cannot_tell(struct fc_study *study, const struct fc_relation *r, double noise)
{
	const int networks = networks_in(study);

	if (!r->has_statistics || r->n < FC_VERDICT_ROWS)
		return fc_arena_printf(&study->arena, "Cannot tell whether running time follows FLOPs: there are %zu "
						      "measured steps with FLOPs that differ, and at least %d are "
						      "needed.",
				       r->n, FC_VERDICT_ROWS);
	if (networks < FC_VERDICT_NETWORKS)
		return fc_arena_printf(&study->arena, "Cannot tell whether running time follows FLOPs from network "
						      "to network: %d network%s measured, and at least %d are "
						      "needed.",
				       networks, networks == 1 ? " was" : "s were", FC_VERDICT_NETWORKS);
	return fc_arena_printf(&study->arena,
			       "Cannot tell whether running time follows FLOPs: the measured times "
			       "themselves are uncertain by %.0f %%, too much beside what FLOPs leave "
			       "unexplained; a longer run would help.",
			       noise * 100);
}

static const char *not_linear(struct fc_study *study, const struct fc_relation *r)
{
	const struct fc_fit *power = &r->fits[FC_FIT_POWER];

	/* A clean power law is a better sentence than its consequence. */
	if (power->cv_error_factor <= FC_VERDICT_ERROR && (r->exponent.high < 1 || r->exponent.low > 1))
		return fc_arena_printf(&study->arena, "Running time is not proportional to FLOPs: it grows as their "
						      "power %.2f%s.",
				       r->exponent.value, interval(&study->arena, r->exponent, 1, 2));
	return fc_arena_printf(&study->arena,
			       "Running time is not proportional to FLOPs: between the cheapest and "
			       "the dearest twentieth of the layers the time per FLOP differs "
			       "%s-fold, and in %.1f %% of the pairs the layer with fewer FLOPs takes "
			       "longer.",
			       fc_quantity_factor(&study->arena, r->spread), r->inversion_rate.value * 100);
}

static const char *headline(struct fc_study *study, enum fc_verdict_kind kind, double noise)
{
	const struct fc_relation *r = &study->relations[0];
	const struct fc_fit *proportional = &r->fits[FC_FIT_PROPORTIONAL], *affine = &r->fits[FC_FIT_AFFINE];

	switch (kind) {
	case FC_VERDICT_LINEAR:
		return fc_arena_printf(&study->arena,
				       "Running time is close to linear in FLOPs: one rate, %s, "
				       "predicts the layers of a network that the fit has not seen "
				       "with a typical error of a factor %.2f.",
				       fc_quantity_rate(&study->arena, proportional->rate),
				       proportional->cv_error_factor);
	case FC_VERDICT_LINEAR_OVERHEAD:
		return fc_arena_printf(&study->arena, "Running time is linear in FLOPs with an overhead: %s per step "
						      "and %s predict the layers of a network that the fit has not "
						      "seen with a typical error of a factor %.2f; FLOPs alone miss "
						      "by %.2f.",
				       fc_quantity_time(&study->arena, affine->overhead),
				       fc_quantity_rate(&study->arena, affine->rate), affine->cv_error_factor,
				       proportional->cv_error_factor);
	case FC_VERDICT_NOT_LINEAR:
		return not_linear(study, r);
	case FC_VERDICT_CANNOT_TELL:
		break;
	}
	return cannot_tell(study, r, noise);
}

/* -------- the numbers behind it -------- */

static void say_ranks(const struct fc_study *study, const struct fc_relation *r, const struct sentences *to)
{
	const int networks = networks_in(study);

	say(to, "Over %zu training steps with FLOPs (forward and backward) of %d network%s, Spearman's rank "
		"correlation of FLOPs and time is %.3f and Kendall's tau-b %.3f; "
		"%" PRIu64 " of %" PRIu64 " pairs are inverted, %.1f %%%s.",
	    r->n, networks, plural(networks), r->spearman, r->kendall, r->inverted, r->pairs,
	    r->inversion_rate.value * 100, interval(to->arena, r->inversion_rate, 100, 1));
}

static void say_power(const struct fc_study *study, const struct fc_relation *r, const struct sentences *to)
{
	const char *what = networks_in(study) > 1 ? "networks" : "layers";

	if (!r->fits[FC_FIT_POWER].valid)
		return;
	if (isnan(r->exponent.low)) {
		say(to, "Fitted as a power, time grows as FLOPs^%.2f; there is too little data for an interval.",
		    r->exponent.value);
		return;
	}
	say(to, "Fitted as a power, time grows as FLOPs^%.2f, 95 %% interval [%.2f, %.2f] (resampling %d %s %d "
		"times, seed %" PRIu64 ")%s; proportional would be 1.",
	    r->exponent.value, r->exponent.low, r->exponent.high, r->clusters, what, study->resamples, study->seed,
	    r->few_clusters ? "; with so few of them the true interval is wider" : "");
}

static void say_spread(const struct fc_relation *r, const struct sentences *to)
{
	say(to, "One GFLOP takes %s in the median layer, %s at the 5th and %s at the 95th percentile: a spread of "
		"%s.",
	    fc_quantity_time(to->arena, r->time_per_gflop_median), fc_quantity_time(to->arena, r->time_per_gflop_p5),
	    fc_quantity_time(to->arena, r->time_per_gflop_p95), fc_quantity_factor(to->arena, r->spread));
}

static void say_models(const struct fc_relation *r, const struct sentences *to)
{
	const struct fc_fit *p = &r->fits[FC_FIT_PROPORTIONAL], *a = &r->fits[FC_FIT_AFFINE];
	const struct fc_fit *roof = &r->fits[FC_FIT_ROOFLINE];
	const bool cv = !isnan(p->cv_error_factor);

	if (!p->valid || !a->valid || !roof->valid)
		return;
	say(to, "%s, FLOPs alone miss the time of a layer by a typical factor of %.2f, FLOPs with a constant per "
		"step by %.2f, a roofline of FLOPs and bytes by %.2f.",
	    cv ? "Predicting each network from the others" : "Fitted to all rows",
	    cv ? p->cv_error_factor : p->error_factor, cv ? a->cv_error_factor : a->error_factor,
	    cv ? roof->cv_error_factor : roof->error_factor);
}

/* Beside the errors of the models, so that nobody takes those for noise. */
static void say_noise(double noise, const struct sentences *to)
{
	if (!isnan(noise))
		say(to, "The measured times themselves are uncertain by %.1f %% in the typical step (standard error of the "
			"median within the run).",
		    noise * 100);
}

static void say_zero(const struct fc_study *study, const struct sentences *to)
{
	const struct fc_study_network *low = NULL, *high = NULL;

	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_network *n = &study->networks[i];
		const double share = n->passes[FC_PASS_TRAIN].zero_flop_share;

		if (!n->passes[FC_PASS_TRAIN].present || isnan(share))
			continue;
		if (!low || share < low->passes[FC_PASS_TRAIN].zero_flop_share)
			low = n;
		if (!high || share > high->passes[FC_PASS_TRAIN].zero_flop_share)
			high = n;
	}
	if (low && low == high)
		say(to, "%.1f %% of the attributed training time of %s is spent in steps that have no FLOPs at all.",
		    low->passes[FC_PASS_TRAIN].zero_flop_share * 100, low->name);
	else if (low)
		say(to, "Between %.1f %% (%s) and %.1f %% (%s) of the attributed training time is spent in steps "
			"that have no FLOPs at all.",
		    low->passes[FC_PASS_TRAIN].zero_flop_share * 100, low->name,
		    high->passes[FC_PASS_TRAIN].zero_flop_share * 100, high->name);
}

static void say_networks(const struct fc_study *study, const struct sentences *to)
{
	const struct fc_relation *r = fc_study_relation(study, "networks-train");
	const struct fc_study_inversion *worst = study->inversion_count ? &study->inversions[0] : NULL;

	if (!r || !r->has_statistics)
		return;
	say(to,
	    "Between whole networks, %" PRIu64 " of %" PRIu64 " pairs %s inverted in training (Kendall's tau-b "
	    "%.2f), and one GFLOP takes %s times as long in "
	    "one network as in another.",
	    r->inverted, r->pairs, r->inverted == 1 ? "is" : "are", r->kendall,
	    fc_quantity_factor(to->arena, r->spread));
	if (worst && worst->pass == FC_PASS_TRAIN)
		say(to, "The plainest case: a training image costs %s %s times the FLOPs it costs %s, yet %s takes "
			"%s times as long.",
		    study->networks[worst->more].name, fc_quantity_factor(to->arena, worst->flops_ratio),
		    study->networks[worst->fewer].name, study->networks[worst->fewer].name,
		    fc_quantity_factor(to->arena, worst->time_ratio));
}

/* The only comparison that the paper's times allow: their order. */
static void say_paper(const struct fc_study *study, const struct sentences *to)
{
	int pairs = 0, alike = 0;

	for (int i = 0; i < study->network_count; i++) {
		for (int k = i + 1; k < study->network_count; k++) {
			const struct fc_study_network *a = &study->networks[i], *b = &study->networks[k];
			const double here =
				a->passes[FC_PASS_TRAIN].time_per_image_s - b->passes[FC_PASS_TRAIN].time_per_image_s;

			if (!a->paper.present || !b->paper.present || isnan(here))
				continue;
			pairs++;
			alike += (here > 0) == (a->paper.train_s > b->paper.train_s);
		}
	}
	if (pairs >= 3)
		say(to, "Training times here and in the paper order %d of %d pairs of networks alike.", alike, pairs);
}

/* -------- what they do not show -------- */

static void say_limits(const struct fc_study *study, const struct fc_relation *r, const struct sentences *to)
{
	const int networks = networks_in(study);

	say(to, "One device, one precision and one batch and input size per network were measured; other ones can "
		"give another picture.");
	if (r->has_statistics && networks > 1 && r->few_clusters)
		say(to, "%d networks are a small sample: intervals from resampling them are too short, and none of "
			"them speaks for architectures that were not measured.",
		    networks);
	if (networks == 1)
		say(to, "One network was measured; its layers say nothing about the order of networks.");
	say(to, "FLOPs are twice the multiply-accumulates of convolutions and fully connected layers; normalisation, "
		"activation, pooling and joins have none, are part of every time share, and are in no fit.");
	say(to, "Bytes are the least that a step has to move, every operand once, not traffic that was measured.");
	say(to, "Time that varies from run to run, machine to machine or library to library is in no interval: each "
		"network ran once.");
	say(to, "That time goes with FLOPs or does not is a description of these runs; it is no proof of the "
		"reason.");
}

void fc_study_verdict(struct fc_study *study)
{
	struct fc_verdict *v = &study->verdict;
	const struct fc_relation *r = &study->relations[0];
	const struct sentences numbers = { &study->arena, &v->sentences, &v->sentence_count };
	const struct sentences limits = { &study->arena, &v->limits, &v->limit_count };
	const double noise = fc_verdict_noise(study);

	v->kind = fc_verdict_decide(r, networks_in(study), noise);
	v->headline = headline(study, v->kind, noise);
	if (r->has_statistics) {
		say_ranks(study, r, &numbers);
		say_power(study, r, &numbers);
		say_spread(r, &numbers);
		say_models(r, &numbers);
		say_noise(noise, &numbers);
	}
	say_zero(study, &numbers);
	say_networks(study, &numbers);
	say_paper(study, &numbers);
	say_limits(study, r, &limits);
}
