/* The relations of time and FLOPs that a study looks at, and their statistics. */
#include <math.h>
#include <stdlib.h>

#include "stat.h"
#include "study_build.h"
#include "study_points.h"

#define FEW_CLUSTERS 8

static bool varies(const double *values, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (values[i] != values[0])
			return true;
	return false;
}

static void fill_spread(struct fc_relation *relation, const struct fc_points *points)
{
	/* Of networks there are too few for percentiles: the smallest and the largest. */
	const double tail = relation->level == FC_LEVEL_NETWORK ? 0 : 0.05;
	double *cost = fc_calloc(points->n, sizeof(*cost));

	for (size_t i = 0; i < points->n; i++)
		cost[i] = points->time[i] / points->flops[i] * 1e9;
	fc_sort_doubles(cost, points->n);
	relation->time_per_gflop_p5 = fc_quantile(cost, points->n, tail);
	relation->time_per_gflop_median = fc_quantile(cost, points->n, 0.5);
	relation->time_per_gflop_p95 = fc_quantile(cost, points->n, 1 - tail);
	relation->spread = relation->time_per_gflop_p95 / relation->time_per_gflop_p5;
	free(cost);
}

/* Takes the points over. */
static struct fc_relation *add_relation(struct fc_study *study, const struct fc_relation *what,
					struct fc_points *points)
{
	const struct fc_bootstrap bootstrap = { study->seed, study->resamples };
	struct fc_relation *relation = &study->relations[study->relation_count];
	struct fc_pair_counts pairs;

	*relation = *what;
	relation->n = points->n;
	relation->clusters = points->clusters;
	relation->few_clusters = points->clusters < FEW_CLUSTERS;
	relation->has_statistics =
		points->n >= 3 && varies(points->flops, points->n) && varies(points->time, points->n);
	if (points->n)
		study->relation_count++;
	if (relation->has_statistics) {
		fc_pair_count(points->flops, points->time, points->n, &pairs);
		relation->spearman = fc_spearman(points->flops, points->time, points->n);
		relation->kendall = fc_kendall(&pairs);
		relation->pairs = pairs.concordant + pairs.discordant;
		relation->inverted = pairs.discordant;
		relation->inversion_rate = fc_bootstrap_inversions(points, &bootstrap);
		relation->exponent = fc_bootstrap_exponent(points, &bootstrap);
		/* Leaving networks out in turn is for the headline only, where the verdict needs it. */
		fc_fit_ladder(points, study->relation_count == 1 && points->by_network, relation->fits);
		fill_spread(relation, points);
	}
	fc_points_release(points);
	return relation;
}

static void add_layers(struct fc_study *study, const char *id, const char *title, enum fc_pass pass, int phase,
		       int network)
{
	const struct fc_selection selection = { pass, phase, network };
	const struct fc_relation what = {
		.id = id, .title = title, .level = FC_LEVEL_LAYER, .pass = pass, .network = network,
	};
	struct fc_points points;

	fc_study_layer_points(study, &selection, &points);
	add_relation(study, &what, &points);
}

static void add_networks(struct fc_study *study, const char *id, const char *title, enum fc_pass pass)
{
	const struct fc_relation what = {
		.id = id, .title = title, .level = FC_LEVEL_NETWORK, .pass = pass, .network = -1,
	};
	struct fc_points points;

	fc_study_network_points(study, pass, &points);
	add_relation(study, &what, &points);
}

static const struct {
	const char *id, *title;
	enum fc_pass pass;
	int phase;
} layer_relations[] = {
	{ "layers", "Layers, forward and backward", FC_PASS_TRAIN, -1 },
	{ "layers-forward", "Layers, forward", FC_PASS_TRAIN, FC_PHASE_FORWARD },
	{ "layers-backward_data", "Layers, backward to data", FC_PASS_TRAIN, FC_PHASE_BACKWARD_DATA },
	{ "layers-backward_weights", "Layers, backward to weights", FC_PASS_TRAIN, FC_PHASE_BACKWARD_WEIGHTS },
	{ "layers-update", "Layers, update", FC_PASS_TRAIN, FC_PHASE_UPDATE },
	{ "layers-validate", "Layers, validation", FC_PASS_VALIDATE, FC_PHASE_FORWARD },
};

#define LAYER_RELATIONS (sizeof(layer_relations) / sizeof(layer_relations[0]))

/* The proportional line of the headline relation is what a layer's own residual is measured from. */
static void fill_residuals(struct fc_study *study)
{
	const struct fc_relation *headline = &study->relations[0];
	const struct fc_fit *fit = &headline->fits[FC_FIT_PROPORTIONAL];

	for (size_t i = 0; i < study->layer_count; i++) {
		struct fc_study_layer *layer = &study->layers[i];

		if (layer->in_relation && headline->has_statistics && fit->valid)
			layer->residual =
				log2(layer->time_s / fc_fit_time(fit, FC_FIT_PROPORTIONAL, (double)layer->flops, 0));
	}
}

void fc_study_relations(struct fc_study *study)
{
	study->relations = FC_NEW_ARRAY(&study->arena, struct fc_relation,
					LAYER_RELATIONS + (size_t)study->network_count + 2 + 1);
	for (size_t i = 0; i < LAYER_RELATIONS; i++) {
		add_layers(study, layer_relations[i].id, layer_relations[i].title, layer_relations[i].pass,
			   layer_relations[i].phase, -1);
		/* The headline stays, even when it has no rows. */
		if (study->relation_count == 0)
			study->relation_count = 1;
	}
	for (int i = 0; i < study->network_count && study->network_count > 1; i++)
		add_layers(study, fc_arena_printf(&study->arena, "layers-%s", study->networks[i].model),
			   fc_arena_printf(&study->arena, "Layers of %s", study->networks[i].name), FC_PASS_TRAIN, -1,
			   i);
	add_networks(study, "networks-train", "Networks, training", FC_PASS_TRAIN);
	add_networks(study, "networks-validate", "Networks, validation", FC_PASS_VALIDATE);
	fill_residuals(study);
}
