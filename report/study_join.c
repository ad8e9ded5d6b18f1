/* The joined rows: every executed step with the summed cost of all that it covers. */
#include <math.h>
#include <string.h>

#include "join.h"
#include "study_build.h"

struct sum {
	const struct fc_run *run;
	struct fc_study_layer *layer;
};

static int add_cost(void *user, int cost, struct fc_error *err)
{
	struct sum *sum = user;
	const struct fc_run_cost *c = &sum->run->costs[cost];

	(void)err;
	/* The first one visited is the step itself. That the sums fit was checked when the run was read. */
	if (sum->layer->cover_count++ == 0)
		sum->layer->output_shape = c->output_shape;
	sum->layer->macs += c->macs;
	sum->layer->flops += c->flops;
	sum->layer->bytes += c->bytes_min;
	return 0;
}

static void add_times(struct fc_study_layer *layer, const struct fc_run_layer *row, const struct fc_run *run)
{
	const uint64_t iterations =
		layer->pass == FC_PASS_TRAIN ? run->train.measured_iterations : run->validate.measured_iterations;

	layer->steps = row->steps;
	layer->time_s = row->time_median_s;
	layer->mad_s = row->time_mad_s;
	layer->p95_s = row->time_p95_s;
	layer->min_s = row->time_min_s;
	layer->mean_s = row->time_total_s / (double)iterations;
	layer->flop_per_s = layer->flops && layer->time_s > 0 ? (double)layer->flops / layer->time_s : NAN;
	layer->intensity = layer->flops && layer->bytes ? (double)layer->flops / (double)layer->bytes : NAN;
	layer->residual = NAN;
	layer->in_relation = layer->pass == FC_PASS_TRAIN && layer->phase <= FC_PHASE_BACKWARD_WEIGHTS &&
			     layer->flops && layer->time_s > 0;
}

static int join_row(struct fc_study *study, int network, const struct fc_cost_map *map,
		    const struct fc_run_layer *row, struct fc_error *err)
{
	struct fc_study_layer *layer = &study->layers[study->layer_count++];
	struct sum sum = { map->run, layer };

	*layer = (struct fc_study_layer){
		.network = network,
		.layer_index = row->layer_index,
		.layer = row->layer,
		.op = row->op,
		.phase = fc_phase_find(row->phase, strlen(row->phase)),
		.pass = fc_pass_find(row->pass),
		.covers = row->covers,
	};
	layer->family = fc_family_of(row->op, layer->phase);
	if (fc_join_visit(map, row, add_cost, &sum, err))
		return -1;
	layer->cover_count--;
	add_times(layer, row, map->run);
	return 0;
}

static int join_network(struct fc_study *study, int network, struct fc_error *err)
{
	const struct fc_run *run = study->networks[network].run;
	struct fc_cost_map map;
	int rc = fc_cost_map_build(run, &map, err);

	if (rc)
		return rc;
	for (enum fc_pass pass = 0; pass < FC_PASS_COUNT; pass++)
		for (int i = 0; i < run->layer_count && !rc; i++)
			if (fc_pass_find(run->layers[i].pass) == pass && run->layers[i].steps)
				rc = join_row(study, network, &map, &run->layers[i], err);
	fc_cost_map_release(&map);
	return rc;
}

int fc_study_join(struct fc_study *study, struct fc_error *err)
{
	size_t total = 0;

	for (int i = 0; i < study->network_count; i++)
		total += (size_t)study->networks[i].run->layer_count;
	study->layers = FC_NEW_ARRAY(&study->arena, struct fc_study_layer, total + 1);
	for (int i = 0; i < study->network_count; i++)
		if (join_network(study, i, err))
			return -1;
	return 0;
}
