/*
 * Layer and group normalisation: y = scale * (x - mean) / sqrt(variance + epsilon) + shift over groups of values of one image,
 * the variance biased. With u = (x - mean) / sqrt(variance + epsilon), g = scale * dy and M values per group
 *   dx = (g - sum g / M - u * sum(g*u) / M) / sqrt(variance + epsilon),  dscale = sum dy*u,  dshift = sum dy,
 * the last two over all groups. dx may lie where dy lies.
 */
#include <math.h>

#include "reference.h"

/* The groups of a layer: value j of group g is at begin(g) + j * stride. */
struct groups {
	int64_t count, size, stride;
	int64_t pixels, per_image, channels_each;
	bool across;		/* over the channels of each pixel */
	bool by_channel;	/* scale and shift per channel, not per value of the group */
};

static struct groups groups_of(const struct fc_layer *layer)
{
	const struct fc_shape s = layer->y->shape;
	const struct fc_attributes *const a = &layer->node->attributes;
	struct groups g = { .stride = 1, .pixels = s.h * s.w };

	if (layer->node->op == FC_OP_GROUP_NORM) {
		g.by_channel = true;
		g.channels_each = s.c / a->groups;
		g.size = g.channels_each * g.pixels;
		g.per_image = a->groups;
	} else if (a->channels) {
		g.across = true;
		g.size = s.c;
		g.stride = g.pixels;
	} else {
		g.size = s.w * (a->axis > 1 ? s.h : 1) * (a->axis > 2 ? s.c : 1);
	}
	g.count = fc_shape_elements(s) / g.size;
	return g;
}

static int64_t begin(const struct groups *g, int64_t group)
{
	return g->across ? group / g->pixels * g->size * g->pixels + group % g->pixels : group * g->size;
}

/* Which scale and shift value j of a group has. */
static int64_t param_of(const struct groups *g, int64_t group, int64_t j)
{
	return g->by_channel ? group % g->per_image * g->channels_each + j / g->pixels : j;
}

/* Saved from forward to backward: per group the mean, then per group 1 / sqrt(variance + epsilon). */
static void prepare(struct fc_layer *layer)
{
	if (layer->pass != FC_PASS_TRAIN)
		return;
	layer->saved_bytes = 2 * (uint64_t)groups_of(layer).count * sizeof(double);
	layer->scratch_bytes = 2 * (uint64_t)fc_shape_elements(layer->param[0]->shape) * sizeof(double);
}

static void statistics(const float *x, const struct groups *g, double epsilon, double *mean, double *factor)
{
	double sum = 0, squares = 0;

	for (int64_t j = 0; j < g->size; j++)
		sum += x[j * g->stride];
	*mean = sum / (double)g->size;
	for (int64_t j = 0; j < g->size; j++)
		squares += (x[j * g->stride] - *mean) * (x[j * g->stride] - *mean);
	*factor = 1 / sqrt(squares / (double)g->size + epsilon);
}

static void forward(const struct fc_layer *layer)
{
	const struct groups g = groups_of(layer);
	const float *scale = layer->param[0]->data, *shift = layer->param[1]->data;
	double *saved = layer->pass == FC_PASS_TRAIN ? layer->saved : NULL;

	for (int64_t group = 0; group < g.count; group++) {
		const float *x = (const float *)layer->x[0]->data + begin(&g, group);
		float *y = (float *)layer->y->data + begin(&g, group);
		double mean, factor;

		statistics(x, &g, layer->node->attributes.epsilon, &mean, &factor);
		for (int64_t j = 0; j < g.size; j++) {
			const int64_t p = param_of(&g, group, j);

			y[j * g.stride] = (float)(scale[p] * (x[j * g.stride] - mean) * factor + shift[p]);
		}
		if (saved) {
			saved[group] = mean;
			saved[g.count + group] = factor;
		}
	}
}

static void param_gradients(const struct fc_layer *layer, const struct groups *g)
{
	const int64_t params = fc_shape_elements(layer->param[0]->shape);
	const double *saved = layer->saved;
	double *const dscale = layer->scratch, *const dshift = dscale + params;

	for (int64_t p = 0; p < params; p++)
		dscale[p] = dshift[p] = 0;
	for (int64_t group = 0; group < g->count; group++)
		for (int64_t j = 0; j < g->size; j++) {
			const int64_t at = begin(g, group) + j * g->stride, p = param_of(g, group, j);
			const double dy = ((const float *)layer->dy->data)[at], x = ((const float *)layer->x[0]->data)[at];

			dshift[p] += dy;
			dscale[p] += dy * (x - saved[group]) * saved[g->count + group];
		}
	for (int64_t p = 0; p < params; p++) {
		((float *)layer->param_gradient[0]->data)[p] = (float)dscale[p];
		((float *)layer->param_gradient[1]->data)[p] = (float)dshift[p];
	}
}

static void group_backward(const struct fc_layer *layer, const struct groups *g, int64_t group, float *dx)
{
	const double mean = ((const double *)layer->saved)[group], factor = ((const double *)layer->saved)[g->count + group];
	const int64_t first = begin(g, group);
	const float *x = (const float *)layer->x[0]->data + first, *dy = (const float *)layer->dy->data + first;
	const float *scale = layer->param[0]->data;
	double sum = 0, along = 0;

	for (int64_t j = 0; j < g->size; j++) {
		const double gradient = (double)scale[param_of(g, group, j)] * dy[j * g->stride];

		sum += gradient;
		along += gradient * (x[j * g->stride] - mean) * factor;
	}
	for (int64_t j = 0; j < g->size; j++) {
		const double gradient = (double)scale[param_of(g, group, j)] * dy[j * g->stride];
		const double u = (x[j * g->stride] - mean) * factor;

		reference_give(dx + first + j * g->stride, layer->accumulate[0],
			       factor * (gradient - sum / (double)g->size - u * along / (double)g->size));
	}
}

static void backward(const struct fc_layer *layer)
{
	const struct groups g = groups_of(layer);
	float *dx = reference_dx(layer, 0);

	param_gradients(layer, &g);
	for (int64_t group = 0; dx && group < g.count; group++)
		group_backward(layer, &g, group, dx);
}

const struct reference_leaf reference_layer_norm = { prepare, forward, backward, NULL };
const struct reference_leaf reference_group_norm = { prepare, forward, backward, NULL };
