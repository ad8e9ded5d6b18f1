#include <math.h>

#include "norm.h"

/*
 * Sums of x - origin and of its square, origin being the channel's first value: near enough to the mean that the
 * variance does not drown in it.
 */
ONEDNN_INLINE void sum_forward(const struct onednn_norm *m, int64_t group, int64_t first, int64_t end,
			       struct onednn_sums *sums, const int64_t lanes, const int64_t step)
{
	const float *data = m->layer->x[0]->data, *origin = data + onednn_plane(&m->view, 0, group);

	for (int64_t n = first; n < end; n++) {
		const float *x = data + onednn_plane(&m->view, n, group);

		for (int64_t begin = 0; begin < m->view.pixels; begin += ONEDNN_NORM_CHUNK) {
			const int64_t stop = begin + ONEDNN_NORM_CHUNK < m->view.pixels ? begin + ONEDNN_NORM_CHUNK :
											  m->view.pixels;
			float sum[ONEDNN_MAX_LANES] = { 0 }, square[ONEDNN_MAX_LANES] = { 0 };

			for (int64_t k = begin; k < stop; k++)
#pragma omp simd
				for (int64_t i = 0; i < lanes; i++) {
					const float d = x[k * step + i] - origin[i];

					sum[i] += d;
					square[i] += d * d;
				}
			for (int64_t i = 0; i < lanes; i++) {
				sums->first[i] += sum[i];
				sums->second[i] += square[i];
			}
		}
	}
}

ONEDNN_SIMD static void norm_sum_forward(const struct onednn_norm *m, int64_t group, int64_t first, int64_t end,
					 struct onednn_sums *sums)
{
	ONEDNN_LANES(&m->view, sum_forward, m, group, first, end, sums);
}

static void finish_forward(const struct onednn_norm *m, int64_t group, const struct onednn_sums *sums)
{
	const struct fc_attributes *attributes = &m->layer->node->attributes;
	const float *origin = (const float *)m->layer->x[0]->data + onednn_plane(&m->view, 0, group);
	const double count = (double)(m->view.images * m->view.pixels), momentum = attributes->momentum;
	float *running_mean = onednn_of_group(m, m->layer->state[0], group);
	float *running_variance = onednn_of_group(m, m->layer->state[1], group);

	for (int64_t i = 0; i < m->view.lanes; i++) {
		const double offset = sums->first[i] / count, mean = origin[i] + offset;
		const double difference = sums->second[i] / count - offset * offset;
		const double variance = difference > 0 || isnan(difference) ? difference : 0;
		const double unbiased = count > 1 ? variance * count / (count - 1) : variance;

		onednn_saved_mean(m, group)[i] = (float)mean;
		onednn_saved_factor(m, group)[i] = (float)(1 / sqrt(variance + attributes->epsilon));
		running_mean[i] = (float)((1 - momentum) * running_mean[i] + momentum * mean);
		running_variance[i] = (float)((1 - momentum) * running_variance[i] + momentum * unbiased);
	}
}

ONEDNN_INLINE void normalise(const struct onednn_norm *m, int64_t group, int64_t first, int64_t end,
			     const struct onednn_coefficients *c, const int64_t lanes, const int64_t step)
{
	const float *from = m->layer->x[0]->data;
	float *to = m->layer->y->data;

	for (int64_t n = first; n < end; n++) {
		const float *x = from + onednn_plane(&m->view, n, group);
		float *y = to + onednn_plane(&m->view, n, group);

		for (int64_t k = 0; k < m->view.pixels; k++)
#pragma omp simd
			for (int64_t i = 0; i < lanes; i++) {
				const float value = x[k * step + i] * c->a[i] + c->b[i];

				y[k * step + i] = m->relu && value < 0 ? 0 : value;
			}
	}
}

static struct onednn_coefficients forward_coefficients(const struct onednn_norm *m, int64_t group)
{
	float mean[ONEDNN_MAX_LANES], factor[ONEDNN_MAX_LANES];

	if (m->layer->pass == FC_PASS_TRAIN)
		return onednn_coefficients(m, group, onednn_saved_mean(m, group), onednn_saved_factor(m, group));
	for (int64_t i = 0; i < m->view.lanes; i++) {
		const double variance = onednn_of_group(m, m->layer->state[1], group)[i];

		mean[i] = onednn_of_group(m, m->layer->state[0], group)[i];
		factor[i] = (float)(1 / sqrt(variance + m->layer->node->attributes.epsilon));
	}
	return onednn_coefficients(m, group, mean, factor);
}

ONEDNN_SIMD static void norm_normalise(const struct onednn_norm *m, int64_t group, int64_t first, int64_t end)
{
	const struct onednn_coefficients c = forward_coefficients(m, group);

	ONEDNN_LANES(&m->view, normalise, m, group, first, end, &c);
}

const struct onednn_norm_phase onednn_norm_forward = { norm_sum_forward, finish_forward, norm_normalise };
const struct onednn_norm_phase onednn_norm_validate = { .apply = norm_normalise };
