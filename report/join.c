#include "join.h"

#include <stdlib.h>
#include <string.h>

/* A network of a million layers is refused rather than allocated for. */
#define LAYER_LIMIT 1000000

enum fc_phase fc_phase_find(const char *name, size_t length)
{
	enum fc_phase phase = 0;

	while (phase < FC_PHASE_COUNT &&
	       (strncmp(fc_phase_name(phase), name, length) || fc_phase_name(phase)[length]))
		phase++;
	return phase;
}

enum fc_pass fc_pass_find(const char *name)
{
	enum fc_pass pass = 0;

	while (pass < FC_PASS_COUNT && strcmp(fc_pass_name(pass), name))
		pass++;
	return pass;
}

static int allocate(struct fc_cost_map *map, struct fc_error *err)
{
	const struct fc_run *run = map->run;

	for (int i = 0; i < run->cost_count; i++)
		if (run->costs[i].layer_index >= map->layers)
			map->layers = run->costs[i].layer_index + 1;
	if (map->layers > LAYER_LIMIT)
		return fc_fail(err, "%s/costs.csv: found layer_index %d, at most %d is read", run->path,
			       map->layers - 1, LAYER_LIMIT - 1);

	const size_t places = (size_t)map->layers * FC_PHASE_COUNT + 1;

	map->cost = fc_calloc(places, sizeof(*map->cost));
	map->by_name = fc_calloc((size_t)map->layers + 1, sizeof(*map->by_name));
	memset(map->cost, 0xff, places * sizeof(*map->cost));
	return 0;
}

static int place_costs(struct fc_cost_map *map, int *first, struct fc_error *err)
{
	const struct fc_run *run = map->run;

	for (int i = 0; i < run->cost_count; i++) {
		const struct fc_run_cost *cost = &run->costs[i];
		const enum fc_phase phase = fc_phase_find(cost->phase, strlen(cost->phase));
		int *place = &map->cost[cost->layer_index * FC_PHASE_COUNT + (int)phase];

		if (phase == FC_PHASE_COUNT)
			return fc_fail(err, "%s/costs.csv: row %d: there is no phase "
					    "\"%.40s\"", run->path, i + 1, cost->phase);
		if (*place >= 0)
			return fc_fail(err, "%s/costs.csv: row %d: %s %s was already in row %d", run->path, i + 1,
				       cost->layer, cost->phase, *place + 1);
		*place = i;
		if (first[cost->layer_index] < 0) {
			first[cost->layer_index] = i;
			map->by_name[map->name_count++] = i;
		} else if (strcmp(run->costs[first[cost->layer_index]].layer, cost->layer) ||
			   strcmp(run->costs[first[cost->layer_index]].op, cost->op)) {
			return fc_fail(err,
				       "%s/costs.csv: row %d: layer %d is %s %s here and %s %s in row "
				       "%d",
				       run->path, i + 1, cost->layer_index, cost->op, cost->layer,
				       run->costs[first[cost->layer_index]].op,
				       run->costs[first[cost->layer_index]].layer, first[cost->layer_index] + 1);
		}
	}
	return 0;
}

static int compare_names(const void *a, const void *b, void *user)
{
	const struct fc_run_cost *costs = user;

	return strcmp(costs[*(const int *)a].layer, costs[*(const int *)b].layer);
}

static int check_names(const struct fc_cost_map *map, struct fc_error *err)
{
	const struct fc_run_cost *costs = map->run->costs;

	for (int i = 1; i < map->name_count; i++)
		if (!strcmp(costs[map->by_name[i - 1]].layer, costs[map->by_name[i]].layer))
			return fc_fail(err, "%s/costs.csv: layers %d and %d have one name, %s", map->run->path,
				       costs[map->by_name[i - 1]].layer_index, costs[map->by_name[i]].layer_index,
				       costs[map->by_name[i]].layer);
	return 0;
}

int fc_cost_map_build(const struct fc_run *run, struct fc_cost_map *map, struct fc_error *err)
{
	int *first, rc;

	*map = (struct fc_cost_map){ .run = run };
	if (allocate(map, err))
		return -1;
	first = fc_calloc((size_t)map->layers + 1, sizeof(*first));
	memset(first, 0xff, ((size_t)map->layers + 1) * sizeof(*first));
	rc = place_costs(map, first, err);
	free(first);
	if (!rc) {
		qsort_r(map->by_name, (size_t)map->name_count, sizeof(*map->by_name), compare_names, run->costs);
		rc = check_names(map, err);
	}
	if (rc)
		fc_cost_map_release(map);
	return rc;
}

void fc_cost_map_release(struct fc_cost_map *map)
{
	free(map->cost);
	free(map->by_name);
	*map = (struct fc_cost_map){ 0 };
}

int fc_cost_map_find(const struct fc_cost_map *map, int layer_index, enum fc_phase phase)
{
	if (layer_index >= map->layers || phase == FC_PHASE_COUNT)
		return -1;
	return map->cost[layer_index * FC_PHASE_COUNT + (int)phase];
}

/* Order of a name of known length against a terminated one. */
static int compare_name(const char *name, size_t length, const char *other)
{
	const int order = strncmp(name, other, length);

	return order ? order : other[length] ? -1 : 0;
}

static int find_name(const struct fc_cost_map *map, const char *name, size_t length)
{
	int low = 0, high = map->name_count;

	while (low < high) {
		const int middle = low + (high - low) / 2;
		const struct fc_run_cost *cost = &map->run->costs[map->by_name[middle]];
		const int order = compare_name(name, length, cost->layer);

		if (order == 0)
			return cost->layer_index;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/* "name:phase"; the last colon counts, so that names may hold some. */
static int find_covered(const struct fc_cost_map *map, const char *text, size_t length)
{
	size_t colon = length;
	int layer;

	while (colon > 0 && text[colon - 1] != ':')
		colon--;
	if (colon < 2)
		return -1;
	layer = find_name(map, text, colon - 1);
	return layer < 0 ? -1 : fc_cost_map_find(map, layer, fc_phase_find(text + colon, length - colon));
}

/*
 * Length of the covered step that the text begins with; 0: none. Names may hold blanks: a piece that is no step is tried
 * together with the next ones, a few times, because a hostile text could make that long.
 */
static size_t next_covered(const struct fc_cost_map *map, const char *text, int *cost)
{
	size_t length = strcspn(text, " ");

	for (int pieces = 0; pieces < 16; pieces++) {
		*cost = find_covered(map, text, length);
		if (*cost >= 0)
			return length;
		if (!text[length])
			break;
		length += 1 + strcspn(text + length + 1, " ");
	}
	return 0;
}

static int first_piece(const char *text)
{
	const size_t length = strcspn(text, " ");

	return length < 80 ? (int)length : 80;
}

int fc_join_visit(const struct fc_cost_map *map, const struct fc_run_layer *row,
		  int (*visit)(void *user, int cost, struct fc_error *err), void *user, struct fc_error *err)
{
	const enum fc_phase phase = fc_phase_find(row->phase, strlen(row->phase));
	int cost = fc_cost_map_find(map, row->layer_index, phase), rc;

	if (cost < 0)
		return fc_fail(err, "step %d (%s) %s is not in costs.csv", row->layer_index, row->layer, row->phase);
	rc = visit(user, cost, err);
	for (const char *text = row->covers + strspn(row->covers, " "); !rc && *text; text += strspn(text, " ")) {
		const size_t length = next_covered(map, text, &cost);

		if (!length)
			return fc_fail(err, "the covered step \"%.*s\" is not in costs.csv", first_piece(text), text);
		rc = visit(user, cost, err);
		text += length;
	}
	return rc;
}
