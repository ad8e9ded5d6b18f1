/*
 * The join: an executed step of layers.csv with the costs of everything that it covers, by (layer index, phase),
 * never by name or time. `covers` writes its steps as "layer:phase", because that is what a person reads; the names
 * are resolved through costs.csv, in which they are unique.
 */
#ifndef REPORT_JOIN_H
#define REPORT_JOIN_H

#include "flopclock/run.h"
#include "flopclock/step.h"

/* FC_PHASE_COUNT, FC_PASS_COUNT: unknown. */
enum fc_phase fc_phase_find(const char *name, size_t length);
enum fc_pass fc_pass_find(const char *name);

struct fc_cost_map {
	const struct fc_run *run;	/* borrowed */
	int layers;			/* largest layer index + 1 */
	int *cost;			/* [layer_index * FC_PHASE_COUNT + phase]: index into run->costs or -1 */
	int *by_name;			/* one cost row per layer, sorted by name */
	int name_count;
};

/* Fails where costs.csv contradicts itself: unknown phases, a step twice, one index with two names. */
int fc_cost_map_build(const struct fc_run *run, struct fc_cost_map *map, struct fc_error *err);
void fc_cost_map_release(struct fc_cost_map *map);

/* Index into run->costs, -1 where there is no such step. */
int fc_cost_map_find(const struct fc_cost_map *map, int layer_index, enum fc_phase phase);

/* Calls visit(user, cost) for the row's own step and then every covered one; stops when it returns non-zero and
 * returns that. Fails with a sentence at a step that costs.csv does not have. */
int fc_join_visit(const struct fc_cost_map *map, const struct fc_run_layer *row,
		  int (*visit)(void *user, int cost, struct fc_error *err), void *user, struct fc_error *err);

#endif
