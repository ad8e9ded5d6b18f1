/*
 * Batch norm over (N, H, W) per channel: y = scale * (x - mean) / sqrt(variance + epsilon) + shift.
 *
 * Training uses the batch's mean and biased variance and moves the running ones towards them, the variance unbiased;
 * validation uses the running ones. With u = (x - mean) / sqrt(variance + epsilon) and M values per channel
 *   dshift = sum dy,  dscale = sum dy*u,  dx = scale / sqrt(variance + epsilon) * (dy - dshift/M - u * dscale/M).
 */
#include <math.h>

#include "reference.h"

/* Saved from forward to backward: per channel the mean, then per channel 1 / sqrt(variance + epsilon). */
static void norm_prepare(struct fc_layer *layer)
{
	if (layer->pass == FC_PASS_TRAIN)
		layer->saved_bytes = 2 * (uint64_t)layer->y->shape.c * sizeof(double);
}

static void batch_statistics(const struct fc_layer *layer, int64_t c, double *mean, double *variance)
{
	const struct fc_shape shape = layer->x[0]->shape;
	const int64_t pixels = shape.h * shape.w;
	const float *x = layer->x[0]->data;
	double sum = 0, squares = 0;

	for (int64_t n = 0; n < shape.n; n++)
		for (int64_t k = 0; k < pixels; k++)
			sum += x[reference_at(shape, n, c, 0, 0) + (size_t)k];
	*mean = sum / (double)(shape.n * pixels);
	for (int64_t n = 0; n < shape.n; n++)
		for (int64_t k = 0; k < pixels; k++) {
			const double d = x[reference_at(shape, n, c, 0, 0) + (size_t)k] - *mean;

			squares += d * d;
		}
	*variance = squares / (double)(shape.n * pixels);
}

/* A single value per channel has no unbiased variance; its biased one (zero) is taken. */
static void move_running(const struct fc_layer *layer, int64_t c, double mean, double variance)
{
	const struct fc_shape shape = layer->x[0]->shape;
	const double count = (double)(shape.n * shape.h * shape.w), momentum = layer->node->attributes.momentum;
	float *running_mean = layer->state[0]->data, *running_variance = layer->state[1]->data;
	const double unbiased = count > 1 ? variance * count / (count - 1) : variance;

	running_mean[c] = (float)((1 - momentum) * running_mean[c] + momentum * mean);
	running_variance[c] = (float)((1 - momentum) * running_variance[c] + momentum * unbiased);
}

static void norm_forward(const struct fc_layer *layer)
{
	const struct fc_shape shape = layer->y->shape;
	const float *x = layer->x[0]->data, *scale = layer->param[0]->data, *shift = layer->param[1]->data;
	double *saved = layer->saved;
	float *y = layer->y->data;

	for (int64_t c = 0; c < shape.c; c++) {
		double mean, variance, factor;

		if (layer->pass == FC_PASS_TRAIN) {
			batch_statistics(layer, c, &mean, &variance);
			move_running(layer, c, mean, variance);
		} else {
			mean = ((const float *)layer->state[0]->data)[c];
			variance = ((const float *)layer->state[1]->data)[c];
		}
		factor = 1 / sqrt(variance + layer->node->attributes.epsilon);
		if (layer->pass == FC_PASS_TRAIN) {
			saved[c] = mean;
			saved[shape.c + c] = factor;
		}
		for (int64_t n = 0; n < shape.n; n++)
			for (int64_t k = 0; k < shape.h * shape.w; k++) {
				const size_t at = reference_at(shape, n, c, 0, 0) + (size_t)k;

				y[at] = (float)(scale[c] * (x[at] - mean) * factor + shift[c]);
			}
	}
}

static void channel_backward(const struct fc_layer *layer, int64_t c, double mean, double factor)
{
	const struct fc_shape shape = layer->y->shape;
	const int64_t pixels = shape.h * shape.w;
	const float *x = layer->x[0]->data, *dy = layer->dy->data;
	const double scale = ((const float *)layer->param[0]->data)[c], count = (double)(shape.n * pixels);
	double dscale = 0, dshift = 0;
	float *dx = reference_dx(layer, 0);

	for (int64_t n = 0; n < shape.n; n++)
		for (int64_t k = 0; k < pixels; k++) {
			const size_t at = reference_at(shape, n, c, 0, 0) + (size_t)k;

			dshift += dy[at];
			dscale += dy[at] * (x[at] - mean) * factor;
		}
	((float *)layer->param_gradient[0]->data)[c] = (float)dscale;
	((float *)layer->param_gradient[1]->data)[c] = (float)dshift;
	for (int64_t n = 0; dx && n < shape.n; n++)
		for (int64_t k = 0; k < pixels; k++) {
			const size_t at = reference_at(shape, n, c, 0, 0) + (size_t)k;
			const double u = (x[at] - mean) * factor;

			reference_give(dx + at, layer->accumulate[0],
				       scale * factor * (dy[at] - dshift / count - u * dscale / count));
		}
}

static void norm_backward(const struct fc_layer *layer)
{
	const double *saved = layer->saved;

	for (int64_t c = 0; c < layer->y->shape.c; c++)
		channel_backward(layer, c, saved[c], saved[layer->y->shape.c + c]);
}

const struct reference_leaf reference_batch_norm = { norm_prepare, norm_forward, norm_backward, NULL };
