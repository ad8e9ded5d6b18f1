#include "study_points.h"

#include <math.h>
#include <stdlib.h>

static bool belongs(const struct fc_study_layer *layer, const struct fc_selection *s)
{
	if (layer->pass != s->pass || !layer->flops || !(layer->time_s > 0))
		return false;
	if (s->network >= 0 && layer->network != s->network)
		return false;
	return s->phase < 0 ? layer->phase <= FC_PHASE_BACKWARD_WEIGHTS : (int)layer->phase == s->phase;
}

static int networks_with_rows(const struct fc_study *study, const struct fc_selection *s)
{
	int last = -1, count = 0;

	for (size_t i = 0; i < study->layer_count; i++) {
		if (belongs(&study->layers[i], s) && study->layers[i].network != last) {
			last = study->layers[i].network;
			count++;
		}
	}
	return count;
}

static int largest_index(const struct fc_study *study)
{
	int largest = 0;

	for (size_t i = 0; i < study->layer_count; i++)
		if (study->layers[i].layer_index > largest)
			largest = study->layers[i].layer_index;
	return largest > study->network_count ? largest : study->network_count;
}

void fc_study_layer_points(const struct fc_study *study, const struct fc_selection *s, struct fc_points *points)
{
	const bool by_network = networks_with_rows(study, s) > 1;
	/* Number of the cluster + 1 of a network or layer; 0: not met yet. */
	int *cluster = fc_calloc((size_t)largest_index(study) + 1, sizeof(*cluster));

	fc_points_init(points, study->layer_count);
	points->by_network = by_network;
	for (size_t i = 0; i < study->layer_count; i++) {
		const struct fc_study_layer *layer = &study->layers[i];
		int *mine = &cluster[by_network ? layer->network : layer->layer_index];

		if (!belongs(layer, s))
			continue;
		if (!*mine)
			*mine = points->clusters + 1;
		fc_points_add(points, (double)layer->flops, (double)layer->bytes, layer->time_s, *mine - 1);
	}
	free(cluster);
}

void fc_study_network_points(const struct fc_study *study, enum fc_pass pass, struct fc_points *points)
{
	fc_points_init(points, (size_t)study->network_count);
	points->by_network = true;
	for (int i = 0; i < study->network_count; i++) {
		const struct fc_study_network *network = &study->networks[i];
		const struct fc_study_pass *p = &network->passes[pass];

		if (p->present && p->flops_per_image > 0)
			fc_points_add(points, p->flops_per_image, (double)p->all.bytes / (double)network->batch,
				      p->time_per_image_s, (int)points->n);
	}
}
