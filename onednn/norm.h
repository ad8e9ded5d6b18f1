/*
 * Batch norm, with the ReLU behind it where there is one. A phase sums over a group of channels, finishes the group's
 * statistics, and goes through its values once more. Formulas: reference_norm.c.
 *
 * y = x * a + b with a = scale / sqrt(variance + epsilon), b = shift - mean * a. The backward pass computes the same
 * a and b from the saved statistics, and from them again whether the ReLU let an element through: no mask is stored.
 */
#ifndef FLOPCLOCK_ONEDNN_NORM_H
#define FLOPCLOCK_ONEDNN_NORM_H

#include "onednn.h"

/* Float sums over at most so many pixels, before they go into doubles. */
enum { ONEDNN_NORM_CHUNK = 256 };

struct onednn_norm {
	const struct fc_layer *layer;
	struct onednn_view view;
	bool relu, add;
};

/* Two sums per lane; what they are depends on the phase. */
struct onednn_sums {
	double first[ONEDNN_MAX_LANES], second[ONEDNN_MAX_LANES];
};

/* The images first ... end - 1 of a group of channels. */
struct onednn_norm_phase {
	void (*sum)(const struct onednn_norm *norm, int64_t group, int64_t first, int64_t end,
		    struct onednn_sums *sums);
	void (*finish)(const struct onednn_norm *norm, int64_t group, const struct onednn_sums *sums);
	void (*apply)(const struct onednn_norm *norm, int64_t group, int64_t first, int64_t end);
};

/* Validation has its statistics: it only applies them. */
extern const struct onednn_norm_phase onednn_norm_forward, onednn_norm_backward, onednn_norm_validate;

struct onednn_coefficients {
	float a[ONEDNN_MAX_LANES], b[ONEDNN_MAX_LANES];
};

/* Saved from forward to backward: per channel the mean, then per channel 1 / sqrt(variance + epsilon). */
static inline float *onednn_saved_mean(const struct onednn_norm *norm, int64_t group)
{
	return (float *)norm->layer->saved + group * norm->view.lanes;
}

static inline float *onednn_saved_factor(const struct onednn_norm *norm, int64_t group)
{
	return (float *)norm->layer->saved + norm->view.channels + group * norm->view.lanes;
}

/* A group's part of a parameter, of its gradient, of a running statistic. */
static inline float *onednn_of_group(const struct onednn_norm *norm, const struct fc_tensor *vector, int64_t group)
{
	return (float *)vector->data + group * norm->view.lanes;
}

static inline struct onednn_coefficients onednn_coefficients(const struct onednn_norm *norm, int64_t group,
							     const float *mean, const float *factor)
{
	const float *scale = onednn_of_group(norm, norm->layer->param[0], group);
	const float *shift = onednn_of_group(norm, norm->layer->param[1], group);
	struct onednn_coefficients k = { { 0 }, { 0 } };

	for (int64_t i = 0; i < norm->view.lanes; i++) {
		k.a[i] = scale[i] * factor[i];
		k.b[i] = shift[i] - mean[i] * k.a[i];
	}
	return k;
}

#endif
