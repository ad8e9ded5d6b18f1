/* g is dy where the ReLU let the element through, else 0. */
#include "norm.h"

/* Sums of g and of g * (x - mean). */
ONEDNN_INLINE void sum_backward(const struct onednn_norm *m, int64_t group, int64_t first, int64_t end,
				struct onednn_sums *sums, const int64_t lanes, const int64_t step)
{
	const float *mean = onednn_saved_mean(m, group);
	const struct onednn_coefficients c = onednn_coefficients(m, group, mean, onednn_saved_factor(m, group));

	for (int64_t n = first; n < end; n++) {
		const float *x = (const float *)m->layer->x[0]->data + onednn_plane(&m->view, n, group);
		const float *dy = (const float *)m->layer->dy->data + onednn_plane(&m->view, n, group);

		for (int64_t begin = 0; begin < m->view.pixels; begin += ONEDNN_NORM_CHUNK) {
			const int64_t stop = begin + ONEDNN_NORM_CHUNK < m->view.pixels ? begin + ONEDNN_NORM_CHUNK :
											  m->view.pixels;
			float sum[ONEDNN_MAX_LANES] = { 0 }, product[ONEDNN_MAX_LANES] = { 0 };

			for (int64_t k = begin; k < stop; k++)
#pragma omp simd
				for (int64_t i = 0; i < lanes; i++) {
					const float value = x[k * step + i];
					const bool passed = !m->relu || value * c.a[i] + c.b[i] > 0;
					const float g = passed ? dy[k * step + i] : 0;

					sum[i] += g;
					product[i] += g * (value - mean[i]);
				}
			for (int64_t i = 0; i < lanes; i++) {
				sums->first[i] += sum[i];
				sums->second[i] += product[i];
			}
		}
	}
}

ONEDNN_SIMD static void norm_sum_backward(const struct onednn_norm *m, int64_t group, int64_t first, int64_t end,
					  struct onednn_sums *sums)
{
	ONEDNN_LANES(&m->view, sum_backward, m, group, first, end, sums);
}

static void finish_backward(const struct onednn_norm *m, int64_t group, const struct onednn_sums *sums)
{
	float *dscale = onednn_of_group(m, m->layer->param_gradient[0], group);
	float *dshift = onednn_of_group(m, m->layer->param_gradient[1], group);

	for (int64_t i = 0; i < m->view.lanes; i++) {
		dscale[i] = (float)(sums->second[i] * onednn_saved_factor(m, group)[i]);
		dshift[i] = (float)sums->first[i];
	}
}

/* dx = a * g + (x - mean) * slope + level. */
ONEDNN_INLINE void differentiate(const struct onednn_norm *m, int64_t group, int64_t first, int64_t end,
				 const int64_t lanes, const int64_t step)
{
	const float *mean = onednn_saved_mean(m, group), *factor = onednn_saved_factor(m, group);
	const float *dscale = onednn_of_group(m, m->layer->param_gradient[0], group);
	const float *dshift = onednn_of_group(m, m->layer->param_gradient[1], group);
	const struct onednn_coefficients c = onednn_coefficients(m, group, mean, factor);
	const float count = (float)(m->view.images * m->view.pixels);
	float slope[ONEDNN_MAX_LANES], level[ONEDNN_MAX_LANES];

	for (int64_t i = 0; i < lanes; i++) {
		slope[i] = -c.a[i] * factor[i] * dscale[i] / count;
		level[i] = -c.a[i] * dshift[i] / count;
	}
	for (int64_t n = first; n < end; n++) {
		const float *x = (const float *)m->layer->x[0]->data + onednn_plane(&m->view, n, group);
		const float *dy = (const float *)m->layer->dy->data + onednn_plane(&m->view, n, group);
		float *dx = (float *)m->layer->dx[0]->data + onednn_plane(&m->view, n, group);

		for (int64_t k = 0; k < m->view.pixels; k++)
#pragma omp simd
			for (int64_t i = 0; i < lanes; i++) {
				const float value = x[k * step + i];
				const bool passed = !m->relu || value * c.a[i] + c.b[i] > 0;
				const float g = passed ? dy[k * step + i] : 0;
				const float d = c.a[i] * g + ((value - mean[i]) * slope[i] + level[i]);

				dx[k * step + i] = m->add ? dx[k * step + i] + d : d;
			}
	}
}

ONEDNN_SIMD static void norm_differentiate(const struct onednn_norm *m, int64_t group, int64_t first, int64_t end)
{
	if (m->layer->dx[0])
		ONEDNN_LANES(&m->view, differentiate, m, group, first, end);
}

const struct onednn_norm_phase onednn_norm_backward = { norm_sum_backward, finish_backward, norm_differentiate };
