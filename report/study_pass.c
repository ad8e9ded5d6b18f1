/* Sums over the passes of each network: rates, and which part of the time goes where. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/str.h"
#include "stat.h"
#include "study_build.h"

/* Time of a whole epoch as it was measured; NaN unless every epoch ran over the whole data set. */
static double whole_epoch_s(const struct fc_run *run, enum fc_pass pass)
{
	const bool train = pass == FC_PASS_TRAIN;
	const uint64_t all = train ? run->train_images : run->validate_images;
	double *times = fc_calloc((size_t)run->epoch_count + 1, sizeof(*times)), median;
	int n = 0;

	for (int i = 0; i < run->epoch_count; i++) {
		const struct fc_run_epoch *epoch = &run->epochs[i];

		if (all && (train ? epoch->train_images : epoch->validate_images) == all)
			times[n++] = train ? epoch->train_s : epoch->validate_s;
	}
	median = n && n == run->epoch_count ? fc_median(times, (size_t)n) : NAN;
	free(times);
	return median;
}

static void fill_totals(struct fc_study_pass *out, const struct fc_run *run, enum fc_pass pass)
{
	const struct fc_run_totals *totals = pass == FC_PASS_TRAIN ? &run->train : &run->validate;
	const double epoch_s = whole_epoch_s(run, pass);

	out->present = totals->measured_iterations > 0;
	out->iterations = totals->iterations;
	out->measured_iterations = totals->measured_iterations;
	out->images = totals->images;
	out->wall_s = totals->wall_s;
	out->kernel_sum_s = totals->kernel_sum_s;
	out->device_busy_s = totals->device_busy_s;
	out->idle_s = totals->idle_s;
	out->unattributed_s = totals->unattributed_s;
	out->epoch_images = pass == FC_PASS_TRAIN ? run->train_images : run->validate_images;
	out->time_per_image_s = out->present ? totals->wall_s / (double)totals->images : NAN;
	out->images_per_s = out->present ? (double)totals->images / totals->wall_s : NAN;
	out->extrapolated = isnan(epoch_s);
	out->epoch_s = out->extrapolated ? out->time_per_image_s * (double)out->epoch_images : epoch_s;
}

static void add_part(struct fc_part *part, const struct fc_study_layer *layer)
{
	part->time_s += layer->mean_s;
	part->flops += layer->flops;
	part->bytes += layer->bytes;
}

static void finish_part(struct fc_part *part, const struct fc_part *all)
{
	part->time_share = all->time_s > 0 ? part->time_s / all->time_s : NAN;
	part->flops_share = all->flops ? (double)part->flops / (double)all->flops : NAN;
}

/* Counted, not summed over rows: a run whose layers were not timed has FLOPs too. */
static double counted_flops(const struct fc_run *run, enum fc_pass pass)
{
	double flops = 0;

	for (int i = 0; i < run->cost_count; i++)
		if (pass == FC_PASS_TRAIN ||
		    (run->costs[i].validate && !strcmp(run->costs[i].phase, fc_phase_name(FC_PHASE_FORWARD))))
			flops += (double)run->costs[i].flops;
	return flops / (double)run->batch;
}

static void finish_pass(struct fc_study_pass *pass, double flops_per_image, double zero_s)
{
	for (enum fc_phase phase = 0; phase < FC_PHASE_COUNT; phase++)
		finish_part(&pass->phases[phase], &pass->all);
	for (enum fc_family family = 0; family < FC_FAMILY_COUNT; family++)
		finish_part(&pass->families[family], &pass->all);
	finish_part(&pass->all, &pass->all);
	pass->flops_per_image = flops_per_image;
	pass->achieved_flop_per_s = pass->flops_per_image * pass->images_per_s;
	pass->time_per_gflop_s =
		flops_per_image > 0 ? pass->time_per_image_s / flops_per_image * 1e9 : NAN;
	pass->zero_flop_share = pass->all.time_s > 0 ? zero_s / pass->all.time_s : NAN;
}

/* Means far above medians: now and then something else had the machine. Wall times contain that, medians do not. */
#define DISTURBED 1.15

static void warn_of_disturbance(struct fc_study *study)
{
	struct fc_str names = { 0 };
	double worst = 0;
	int count = 0;

	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_pass *train = &study->networks[i].passes[FC_PASS_TRAIN];
		const double ratio = train->median_time_s > 0 ? train->all.time_s / train->median_time_s : 0;

		if (ratio <= DISTURBED)
			continue;
		fc_str_addf(&names, "%s%s", count++ ? ", " : "", study->networks[i].name);
		worst = ratio > worst ? ratio : worst;
	}
	if (count)
		fc_study_warn(study, "The machine was not left alone: mean times of steps are up to %.0f %% above their "
				     "medians (%s). Times of networks are means and contain that, statistics of layers "
				     "use medians.",
			      (worst - 1) * 100, names.text);
	fc_str_release(&names);
}

void fc_study_passes(struct fc_study *study)
{
	double (*zero_s)[FC_PASS_COUNT] = fc_calloc((size_t)study->network_count, sizeof(*zero_s));

	for (int i = 0; i < study->network_count; i++)
		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
			fill_totals(&study->networks[i].passes[pass], study->networks[i].run, pass);
	for (size_t i = 0; i < study->layer_count; i++) {
		const struct fc_study_layer *layer = &study->layers[i];
		struct fc_study_pass *pass = &study->networks[layer->network].passes[layer->pass];

		add_part(&pass->all, layer);
		pass->median_time_s += layer->time_s;
		add_part(&pass->phases[layer->phase], layer);
		add_part(&pass->families[layer->family], layer);
		zero_s[layer->network][layer->pass] += layer->flops ? 0 : layer->mean_s;
	}
	for (size_t i = 0; i < study->layer_count; i++) {
		struct fc_study_layer *layer = &study->layers[i];
		const struct fc_part *all = &study->networks[layer->network].passes[layer->pass].all;

		layer->share = all->time_s > 0 ? layer->mean_s / all->time_s : NAN;
	}
	for (int i = 0; i < study->network_count; i++) {
		struct fc_study_network *network = &study->networks[i];
		const struct fc_run *run = network->run;
		const struct fc_run_epoch *last = run->epoch_count ? &run->epochs[run->epoch_count - 1] : NULL;

		for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
			finish_pass(&network->passes[pass], counted_flops(run, pass), zero_s[i][pass]);
		network->final_train_loss = last ? last->train_loss : NAN;
		network->final_validate_accuracy = last ? last->validate_accuracy : NAN;
	}
	free(zero_s);
	warn_of_disturbance(study);
}
