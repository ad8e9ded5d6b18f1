/*
 * y_c = x_c s_c^-beta with s_c = k + alpha / size * sum of x_d^2 over the window of c, channels c - size/2 ... c + (size-1)/2.
 * dx_c = dy_c s_c^-beta - 2 alpha beta / size * x_c * sum of dy_d x_d s_d^(-beta-1) over all d whose window has c.
 */
#include <math.h>

#include "reference.h"

static double scale_of(const struct fc_layer *layer, int64_t n, int64_t c, int64_t pixel)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct fc_shape s = layer->x[0]->shape;
	const float *x = layer->x[0]->data;
	double sum = 0;

	for (int64_t d = c - a->size / 2; d <= c + (a->size - 1) / 2; d++)
		if (d >= 0 && d < s.c) {
			const double value = x[reference_at(s, n, d, 0, 0) + (size_t)pixel];

			sum += value * value;
		}
	return a->c + a->a / (double)a->size * sum;
}

static void forward(const struct fc_layer *layer)
{
	const struct fc_shape s = layer->x[0]->shape;
	const float *x = layer->x[0]->data;
	float *y = layer->y->data;

	for (int64_t n = 0; n < s.n; n++)
		for (int64_t c = 0; c < s.c; c++)
			for (int64_t pixel = 0; pixel < s.h * s.w; pixel++) {
				const size_t at = reference_at(s, n, c, 0, 0) + (size_t)pixel;

				y[at] = (float)(x[at] * pow(scale_of(layer, n, c, pixel), -layer->node->attributes.b));
			}
}

static double gradient(const struct fc_layer *layer, int64_t n, int64_t c, int64_t pixel)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct fc_shape s = layer->x[0]->shape;
	const float *x = layer->x[0]->data, *dy = layer->dy->data;
	const size_t own = reference_at(s, n, c, 0, 0) + (size_t)pixel;
	double sum = 0;

	for (int64_t d = c - (a->size - 1) / 2; d <= c + a->size / 2; d++)
		if (d >= 0 && d < s.c) {
			const size_t at = reference_at(s, n, d, 0, 0) + (size_t)pixel;

			sum += (double)dy[at] * x[at] * pow(scale_of(layer, n, d, pixel), -a->b - 1);
		}
	return dy[own] * pow(scale_of(layer, n, c, pixel), -a->b) - 2 * a->a * a->b / (double)a->size * x[own] * sum;
}

static void backward(const struct fc_layer *layer)
{
	const struct fc_shape s = layer->x[0]->shape;
	float *dx = reference_dx(layer, 0);

	for (int64_t n = 0; dx && n < s.n; n++)
		for (int64_t c = 0; c < s.c; c++)
			for (int64_t pixel = 0; pixel < s.h * s.w; pixel++)
				reference_give(dx + reference_at(s, n, c, 0, 0) + pixel, layer->accumulate[0],
					       gradient(layer, n, c, pixel));
}

const struct reference_leaf reference_local_response_norm = { NULL, forward, backward, NULL };
