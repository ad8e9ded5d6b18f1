/*
 * Whether the parts of a run agree: every measured step has its cost, none is counted twice, nothing that costs FLOPs
 * is left out, and times add up to the totals. A run that fails here was edited, mixed or cut, and is refused.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "flopclock/number.h"
#include "join.h"
#include "run_read.h"

/* Totals were added in another order and written as decimals of doubles. */
static bool same(double a, double b)
{
	return fabs(a - b) <= 1e-6 * fmax(fabs(a), fabs(b)) + 1e-6;
}

static const struct fc_run_totals *totals_of(const struct fc_run *run, enum fc_pass pass)
{
	return pass == FC_PASS_TRAIN ? &run->train : &run->validate;
}

struct walk {
	const struct fc_run *run;
	const struct fc_cost_map *map;
	int row;
	enum fc_pass pass;
	int *covered_by[FC_PASS_COUNT];	/* per cost row: the row of layers.csv + 1 that covers it */
	uint64_t macs, flops, bytes;	/* of the row being visited */
};

static int cover(void *user, int cost, struct fc_error *err)
{
	struct walk *walk = user;
	const struct fc_run_cost *c = &walk->run->costs[cost];
	int *by = &walk->covered_by[walk->pass][cost];

	if (*by)
		return fc_fail(err, "%s %s is already in row %d", c->layer, c->phase, *by);
	if (walk->pass == FC_PASS_VALIDATE && !c->validate)
		return fc_fail(err, "%s %s does not run in validation by costs.csv", c->layer, c->phase);
	*by = walk->row + 1;
	if (!fc_add_u64(walk->macs, c->macs, &walk->macs) || !fc_add_u64(walk->flops, c->flops, &walk->flops) ||
	    !fc_add_u64(walk->bytes, c->bytes_min, &walk->bytes))
		return fc_fail(err, "the costs of the covered steps do not fit 64 bits");
	return 0;
}

/* Without a probe only whole iterations were timed. */
static bool layers_are_timed(const struct fc_run_totals *totals)
{
	return !isnan(totals->kernel_sum_s);
}

static int check_times(const struct fc_run_layer *row, const struct fc_run_totals *totals, struct fc_error *err)
{
	const double slack = 1 + 1e-9, tick = 1e-12;

	if (!layers_are_timed(totals)) {
		if (row->steps || !isnan(row->time_median_s) || !isnan(row->time_total_s))
			return fc_fail(err, "has a time, by run.json no layer was timed");
		return 0;
	}
	if (isnan(row->time_median_s) || isnan(row->time_mad_s) || isnan(row->time_p95_s) || isnan(row->time_min_s) ||
	    isnan(row->time_total_s))
		return fc_fail(err, "a time is missing");
	if (row->steps == 0)
		return fc_fail(err, "steps is 0");
	if (row->steps > totals->measured_iterations)
		return fc_fail(err, "steps is %llu, run.json has %llu measured "
				    "iterations", (unsigned long long)row->steps,
			       (unsigned long long)totals->measured_iterations);
	if (row->time_min_s > row->time_median_s * slack + tick ||
	    row->time_median_s > row->time_p95_s * slack + tick)
		return fc_fail(err, "time_min_s, time_median_s and time_p95_s are not in this order");
	if (row->time_total_s * slack + tick < (double)row->steps * row->time_min_s)
		return fc_fail(err, "time_total_s is less than steps times time_min_s");
	return 0;
}

static int check_row(struct walk *walk, struct fc_error *err)
{
	const struct fc_run_layer *row = &walk->run->layers[walk->row];
	const enum fc_phase phase = fc_phase_find(row->phase, strlen(row->phase));
	int cost;

	walk->pass = fc_pass_find(row->pass);
	walk->macs = walk->flops = walk->bytes = 0;
	if (phase == FC_PHASE_COUNT)
		return fc_fail(err, "there is no phase \"%.40s\"", row->phase);
	if (walk->pass == FC_PASS_COUNT)
		return fc_fail(err, "there is no pass \"%.40s\"", row->pass);
	cost = fc_cost_map_find(walk->map, row->layer_index, phase);
	if (cost >= 0 &&
	    (strcmp(walk->run->costs[cost].layer, row->layer) || strcmp(walk->run->costs[cost].op, row->op)))
		return fc_fail(err, "layer %d is %s %s here and %s %s in "
				    "costs.csv", row->layer_index, row->op, row->layer,
			       walk->run->costs[cost].op, walk->run->costs[cost].layer);
	if (fc_join_visit(walk->map, row, cover, walk, err))
		return -1;
	if (walk->macs != row->macs || walk->flops != row->flops || walk->bytes != row->bytes_min)
		return fc_fail(err, "macs, flops, bytes_min are %llu, %llu, %llu, by costs.csv they add up to %llu, "
				    "%llu, %llu",
			       (unsigned long long)row->macs, (unsigned long long)row->flops,
			       (unsigned long long)row->bytes_min, (unsigned long long)walk->macs,
			       (unsigned long long)walk->flops, (unsigned long long)walk->bytes);
	return check_times(row, totals_of(walk->run, walk->pass), err);
}

/* What has FLOPs must have been timed: else a rate would be too high. */
static int check_left_out(const struct walk *walk, struct fc_error *err)
{
	const struct fc_run *run = walk->run;

	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		for (int i = 0; totals_of(run, pass)->measured_iterations && i < run->cost_count; i++) {
			const struct fc_run_cost *cost = &run->costs[i];

			if (cost->flops && !walk->covered_by[pass][i] && (pass == FC_PASS_TRAIN || cost->validate))
				return fc_fail(err, "%s/layers.csv: no row of pass %s covers %s %s, which has "
						    "FLOPs", run->path,
					       fc_pass_name(pass), cost->layer, cost->phase);
		}
	}
	return 0;
}

/* The steps' times one by one: more than the time in which anything ran where some ran at once. */
static double all_steps(const struct fc_run_totals *totals)
{
	return isnan(totals->overlap_s) ? totals->kernel_sum_s : totals->device_busy_s + totals->overlap_s;
}

static int check_layers(const struct fc_run *run, const struct fc_cost_map *map, struct fc_error *err)
{
	struct walk walk = { .run = run, .map = map };
	double sum[FC_PASS_COUNT] = { 0 };
	int rc = 0;

	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		walk.covered_by[pass] = fc_calloc((size_t)run->cost_count + 1, sizeof(int));
	for (walk.row = 0; !rc && walk.row < run->layer_count; walk.row++) {
		rc = check_row(&walk, err);
		if (rc)
			fc_fail_context(err, "%s/layers.csv: row %d", run->path, walk.row + 1);
		else if (layers_are_timed(totals_of(run, walk.pass)))
			sum[walk.pass] += run->layers[walk.row].time_total_s;
	}
	if (!rc)
		rc = check_left_out(&walk, err);
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		const struct fc_run_totals *totals = totals_of(run, pass);
		const double attributed = all_steps(totals) - totals->unattributed_s;

		free(walk.covered_by[pass]);
		if (!rc && layers_are_timed(totals) && !same(sum[pass], attributed))
			rc = fc_fail(err, "%s/layers.csv: the times of pass %s add up to %.9g s, run.json has %.9g "
					  "s", run->path,
				     fc_pass_name(pass), sum[pass], attributed);
	}
	return rc;
}

/* What belongs to no step has its rows, or, in runs of older versions, only its total. */
static int check_remainder(const struct fc_run *run, struct fc_error *err)
{
	double sum[FC_PASS_COUNT] = { 0 };

	for (int i = 0; i < run->remainder_count; i++) {
		const struct fc_run_layer *row = &run->layers[run->layer_count + i];
		const enum fc_pass pass = fc_pass_find(row->pass);

		if (pass == FC_PASS_COUNT)
			return fc_fail(err, "%s/layers.csv: there is no pass \"%.40s\"", run->path, row->pass);
		sum[pass] += row->time_total_s;
	}
	for (enum fc_pass pass = 0; run->remainder_count && pass < FC_PASS_COUNT; pass++)
		if (layers_are_timed(totals_of(run, pass)) && !same(sum[pass], totals_of(run, pass)->unattributed_s))
			return fc_fail(err, "%s/layers.csv: %.9g s of pass %s belong to no step, run.json has %.9g s",
				       run->path, sum[pass], fc_pass_name(pass), totals_of(run, pass)->unattributed_s);
	return 0;
}

static int check_totals(const struct fc_run *run, enum fc_pass pass, struct fc_error *err)
{
	const struct fc_run_totals *totals = totals_of(run, pass);
	uint64_t most;

	if (totals->measured_iterations > totals->iterations)
		return fc_fail(err, "%s/run.json: totals.%s has more measured iterations than iterations", run->path,
			       fc_pass_name(pass));
	if (!fc_mul_u64(totals->measured_iterations, run->batch, &most) || totals->images > most)
		return fc_fail(err, "%s/run.json: totals.%s has more images than its iterations hold", run->path,
			       fc_pass_name(pass));
	if (totals->measured_iterations && (!totals->images || !(totals->wall_s > 0)))
		return fc_fail(err, "%s/run.json: totals.%s has measured iterations without images or "
				    "time", run->path,
			       fc_pass_name(pass));
	if (totals->images && !same(totals->images_per_s * totals->wall_s / (double)totals->images, 1))
		return fc_fail(err, "%s/run.json: totals.%s: images_per_s is not images divided by wall_s", run->path,
			       fc_pass_name(pass));
	return 0;
}

/* The forward FLOPs that run.json states per image are those of the rows that validation runs. */
static int check_model(const struct fc_run *run, struct fc_error *err)
{
	uint64_t macs = 0, flops = 0;

	for (int i = 0; i < run->cost_count; i++) {
		const struct fc_run_cost *cost = &run->costs[i];

		if (!cost->validate || strcmp(cost->phase, fc_phase_name(FC_PHASE_FORWARD)))
			continue;
		if (!fc_add_u64(macs, cost->macs, &macs) || !fc_add_u64(flops, cost->flops, &flops))
			return fc_fail(err, "%s/costs.csv: the sum of the costs does not fit 64 bits", run->path);
	}
	if (!run->batch)
		return fc_fail(err, "%s/run.json: configuration.batch is 0", run->path);
	if (macs % run->batch || flops % run->batch || macs / run->batch != run->macs ||
	    flops / run->batch != run->flops)
		return fc_fail(err, "%s/costs.csv: the forward FLOPs add up to %llu for %llu images, run.json has "
				    "%llu for one",
			       run->path, (unsigned long long)flops, (unsigned long long)run->batch,
			       (unsigned long long)run->flops);
	return 0;
}

int fc_run_check(const struct fc_run *run, struct fc_error *err)
{
	struct fc_cost_map map;
	int rc;

	if (check_model(run, err) || check_totals(run, FC_PASS_TRAIN, err) ||
	    check_totals(run, FC_PASS_VALIDATE, err) || check_remainder(run, err) ||
	    fc_cost_map_build(run, &map, err))
		return -1;
	rc = check_layers(run, &map, err);
	fc_cost_map_release(&map);
	return rc;
}

int fc_run_check_steps(const struct fc_run *run, const struct fc_run_step *steps, int count, struct fc_error *err)
{
	struct fc_run_totals sum[FC_PASS_COUNT] = { 0 };

	for (int i = 0; i < count; i++) {
		const enum fc_pass pass = fc_pass_find(steps[i].pass);

		if (pass == FC_PASS_COUNT)
			return fc_fail(err, "%s/steps.csv: row %d: there is no pass \"%.40s\"", run->path, i + 1,
				       steps[i].pass);
		sum[pass].iterations++;
		if (!steps[i].measured)
			continue;
		sum[pass].measured_iterations++;
		sum[pass].images += steps[i].images;
		sum[pass].wall_s += steps[i].wall_s;
		sum[pass].kernel_sum_s += steps[i].kernel_sum_s;
	}
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++) {
		const struct fc_run_totals *totals = totals_of(run, pass);

		if (sum[pass].iterations != totals->iterations || sum[pass].images != totals->images ||
		    sum[pass].measured_iterations != totals->measured_iterations ||
		    !same(sum[pass].wall_s, totals->wall_s) ||
		    (layers_are_timed(totals) && !same(sum[pass].kernel_sum_s, totals->kernel_sum_s)))
			return fc_fail(err, "%s/steps.csv: iterations, images or times of pass %s do not add up to "
					    "the totals in run.json",
				       run->path, fc_pass_name(pass));
	}
	return 0;
}
