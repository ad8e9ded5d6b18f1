/*
 * Batch norm, with the ReLU behind it where there is one. A group of channels goes through both passes (statistics, then
 * normalising) before the next, so that the second finds it in the cache. Formulas: reference_norm.c.
 *
 * y = x * a + b with a = scale / sqrt(variance + epsilon), b = shift - mean * a. The backward pass computes the same a and b from
 * the saved statistics, and from them again whether the ReLU let an element through: no mask is stored.
 */
#include <math.h>
#include <stdlib.h>

#include "flopclock/arena.h"
#include "onednn.h"

/* Float sums over at most so many pixels, before they go into doubles. */
enum { CHUNK = 256 };

struct norm {
	const struct fc_device *device;
	const struct fc_layer *layer;
	struct onednn_view view;
	double *partial;	/* scratch: sums of slices, or NULL where groups are not cut into slices */
	int64_t slices;
	bool relu, train, add;
};

struct coefficients {
	float a[ONEDNN_MAX_LANES], b[ONEDNN_MAX_LANES];
};

/* Two sums per lane; what they are depends on the phase. */
struct sums {
	double first[ONEDNN_MAX_LANES], second[ONEDNN_MAX_LANES];
};

static float *saved_mean(const struct norm *m, int64_t group)
{
	return (float *)m->layer->saved + group * m->view.lanes;
}

static float *saved_factor(const struct norm *m, int64_t group)
{
	return (float *)m->layer->saved + m->view.channels + group * m->view.lanes;
}

static const float *param(const struct norm *m, int k, int64_t group)
{
	return (const float *)m->layer->param[k]->data + group * m->view.lanes;
}

static struct coefficients coefficients(const struct norm *m, int64_t group, const float *mean, const float *factor)
{
	const float *scale = param(m, 0, group), *shift = param(m, 1, group);
	struct coefficients k;

	for (int64_t i = 0; i < m->view.lanes; i++) {
		k.a[i] = scale[i] * factor[i];
		k.b[i] = shift[i] - mean[i] * k.a[i];
	}
	return k;
}

/* ---- forward */

/*
 * Sums of x - origin and of its square, origin being the channel's first value: near enough to the mean that the variance
 * does not drown in it.
 */
ONEDNN_INLINE void sum_forward(const struct norm *m, int64_t group, int64_t first, int64_t end, struct sums *sums,
			       const int64_t lanes, const int64_t step)
{
	const float *data = m->layer->x[0]->data, *origin = data + onednn_plane(&m->view, 0, group);

	for (int64_t n = first; n < end; n++) {
		const float *x = data + onednn_plane(&m->view, n, group);

		for (int64_t begin = 0; begin < m->view.pixels; begin += CHUNK) {
			const int64_t stop = begin + CHUNK < m->view.pixels ? begin + CHUNK : m->view.pixels;
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

static void finish_forward(const struct norm *m, int64_t group, const struct sums *sums)
{
	const struct fc_attributes *attributes = &m->layer->node->attributes;
	const float *origin = (const float *)m->layer->x[0]->data + onednn_plane(&m->view, 0, group);
	const double count = (double)(m->view.images * m->view.pixels), momentum = attributes->momentum;
	float *running_mean = (float *)m->layer->state[0]->data + group * m->view.lanes;
	float *running_variance = (float *)m->layer->state[1]->data + group * m->view.lanes;

	for (int64_t i = 0; i < m->view.lanes; i++) {
		const double offset = sums->first[i] / count, mean = origin[i] + offset;
		const double difference = sums->second[i] / count - offset * offset;
		const double variance = difference > 0 || isnan(difference) ? difference : 0;
		const double unbiased = count > 1 ? variance * count / (count - 1) : variance;

		saved_mean(m, group)[i] = (float)mean;
		saved_factor(m, group)[i] = (float)(1 / sqrt(variance + attributes->epsilon));
		running_mean[i] = (float)((1 - momentum) * running_mean[i] + momentum * mean);
		running_variance[i] = (float)((1 - momentum) * running_variance[i] + momentum * unbiased);
	}
}

ONEDNN_INLINE void normalise(const struct norm *m, int64_t group, int64_t first, int64_t end, const struct coefficients *c,
			     const int64_t lanes, const int64_t step)
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

static struct coefficients forward_coefficients(const struct norm *m, int64_t group)
{
	float mean[ONEDNN_MAX_LANES], factor[ONEDNN_MAX_LANES];

	if (m->train)
		return coefficients(m, group, saved_mean(m, group), saved_factor(m, group));
	for (int64_t i = 0; i < m->view.lanes; i++) {
		const double variance = ((const float *)m->layer->state[1]->data)[group * m->view.lanes + i];

		mean[i] = ((const float *)m->layer->state[0]->data)[group * m->view.lanes + i];
		factor[i] = (float)(1 / sqrt(variance + m->layer->node->attributes.epsilon));
	}
	return coefficients(m, group, mean, factor);
}

ONEDNN_SIMD static void sum_forward_slice(const struct norm *m, int64_t group, int64_t first, int64_t end,
					  struct sums *sums)
{
	ONEDNN_LANES(&m->view, sum_forward, m, group, first, end, sums);
}

ONEDNN_SIMD static void normalise_slice(const struct norm *m, int64_t group, int64_t first, int64_t end)
{
	const struct coefficients c = forward_coefficients(m, group);

	ONEDNN_LANES(&m->view, normalise, m, group, first, end, &c);
}

/* ---- backward; g is dy where the ReLU let the element through, else 0 */

/* Sums of g and of g * (x - mean). */
ONEDNN_INLINE void sum_backward(const struct norm *m, int64_t group, int64_t first, int64_t end, struct sums *sums,
				const int64_t lanes, const int64_t step)
{
	const float *mean = saved_mean(m, group);
	const struct coefficients c = coefficients(m, group, mean, saved_factor(m, group));

	for (int64_t n = first; n < end; n++) {
		const float *x = (const float *)m->layer->x[0]->data + onednn_plane(&m->view, n, group);
		const float *dy = (const float *)m->layer->dy->data + onednn_plane(&m->view, n, group);

		for (int64_t begin = 0; begin < m->view.pixels; begin += CHUNK) {
			const int64_t stop = begin + CHUNK < m->view.pixels ? begin + CHUNK : m->view.pixels;
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

static void finish_backward(const struct norm *m, int64_t group, const struct sums *sums)
{
	float *dscale = (float *)m->layer->param_gradient[0]->data + group * m->view.lanes;
	float *dshift = (float *)m->layer->param_gradient[1]->data + group * m->view.lanes;

	for (int64_t i = 0; i < m->view.lanes; i++) {
		dscale[i] = (float)(sums->second[i] * saved_factor(m, group)[i]);
		dshift[i] = (float)sums->first[i];
	}
}

/* dx = a * g + (x - mean) * slope + level. */
ONEDNN_INLINE void differentiate(const struct norm *m, int64_t group, int64_t first, int64_t end,
				 const int64_t lanes, const int64_t step)
{
	const float *mean = saved_mean(m, group), *factor = saved_factor(m, group);
	const float *dscale = (const float *)m->layer->param_gradient[0]->data + group * lanes;
	const float *dshift = (const float *)m->layer->param_gradient[1]->data + group * lanes;
	const struct coefficients c = coefficients(m, group, mean, factor);
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

ONEDNN_SIMD static void sum_backward_slice(const struct norm *m, int64_t group, int64_t first, int64_t end,
					   struct sums *sums)
{
	ONEDNN_LANES(&m->view, sum_backward, m, group, first, end, sums);
}

ONEDNN_SIMD static void differentiate_slice(const struct norm *m, int64_t group, int64_t first, int64_t end)
{
	if (m->layer->dx[0])
		ONEDNN_LANES(&m->view, differentiate, m, group, first, end);
}

/* ---- who does which part: whole groups per thread where there are enough of them, else slices of images */

static int64_t slice_begin(const struct norm *m, int64_t slice)
{
	return m->view.images * slice / m->slices;
}

static void forward_groups(const void *context, int64_t first, int64_t end)
{
	const struct norm *m = context;

	for (int64_t group = first; group < end; group++) {
		struct sums sums = { { 0 }, { 0 } };

		if (m->train) {
			sum_forward_slice(m, group, 0, m->view.images, &sums);
			finish_forward(m, group, &sums);
		}
		normalise_slice(m, group, 0, m->view.images);
	}
}

static void backward_groups(const void *context, int64_t first, int64_t end)
{
	const struct norm *m = context;

	for (int64_t group = first; group < end; group++) {
		struct sums sums = { { 0 }, { 0 } };

		sum_backward_slice(m, group, 0, m->view.images, &sums);
		finish_backward(m, group, &sums);
		differentiate_slice(m, group, 0, m->view.images);
	}
}

static struct sums *slice_sums(const struct norm *m, int64_t unit)
{
	return (struct sums *)m->partial + unit;
}

static void forward_sum_slices(const void *context, int64_t first, int64_t end)
{
	const struct norm *m = context;

	for (int64_t unit = first; unit < end; unit++) {
		*slice_sums(m, unit) = (struct sums){ { 0 }, { 0 } };
		sum_forward_slice(m, unit / m->slices, slice_begin(m, unit % m->slices),
				  slice_begin(m, unit % m->slices + 1), slice_sums(m, unit));
	}
}

static void forward_normalise_slices(const void *context, int64_t first, int64_t end)
{
	const struct norm *m = context;

	for (int64_t unit = first; unit < end; unit++)
		normalise_slice(m, unit / m->slices, slice_begin(m, unit % m->slices),
				slice_begin(m, unit % m->slices + 1));
}

static void backward_sum_slices(const void *context, int64_t first, int64_t end)
{
	const struct norm *m = context;

	for (int64_t unit = first; unit < end; unit++) {
		*slice_sums(m, unit) = (struct sums){ { 0 }, { 0 } };
		sum_backward_slice(m, unit / m->slices, slice_begin(m, unit % m->slices),
				   slice_begin(m, unit % m->slices + 1), slice_sums(m, unit));
	}
}

static void backward_differentiate_slices(const void *context, int64_t first, int64_t end)
{
	const struct norm *m = context;

	for (int64_t unit = first; unit < end; unit++)
		differentiate_slice(m, unit / m->slices, slice_begin(m, unit % m->slices),
				    slice_begin(m, unit % m->slices + 1));
}

/* Adds up the slices of every group and finishes its statistics. */
static void finish_slices(const struct norm *m, void (*finish)(const struct norm *, int64_t, const struct sums *))
{
	for (int64_t group = 0; group < m->view.groups; group++) {
		struct sums total = { { 0 }, { 0 } };

		for (int64_t slice = 0; slice < m->slices; slice++) {
			const struct sums *part = slice_sums(m, group * m->slices + slice);

			for (int64_t i = 0; i < m->view.lanes; i++) {
				total.first[i] += part->first[i];
				total.second[i] += part->second[i];
			}
		}
		finish(m, group, &total);
	}
}

/* Slices per group, so that every thread has nearly the same to do. */
static int64_t choose_slices(const struct fc_device *device, const struct onednn_view *view)
{
	if (view->groups % device->threads == 0 || view->groups >= 8 * device->threads)
		return 1;
	return device->threads < view->images ? device->threads : view->images;
}

static int norm_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const bool forward = phase == FC_PHASE_FORWARD;
	struct norm m = { .device = device, .layer = layer, .view = onednn_view_wide(layer->y), .relu = layer->fused,
			  .train = layer->pass == FC_PASS_TRAIN };
	const uint64_t bytes = (forward ? 3 : 5) * layer->y->bytes;
	int64_t units;

	(void)err;
	if (!forward && phase != FC_PHASE_BACKWARD_DATA)
		return 0;
	m.add = !forward && layer->accumulate[0];
	m.slices = choose_slices(device, &m.view);
	m.partial = layer->scratch;
	units = m.view.groups * m.slices;
	if (m.slices == 1) {
		onednn_parallel(device, units, bytes, forward ? forward_groups : backward_groups, &m);
	} else if (forward) {
		if (m.train) {
			onednn_parallel(device, units, bytes, forward_sum_slices, &m);
			finish_slices(&m, finish_forward);
		}
		onednn_parallel(device, units, bytes, forward_normalise_slices, &m);
	} else {
		onednn_parallel(device, units, bytes, backward_sum_slices, &m);
		finish_slices(&m, finish_backward);
		onednn_parallel(device, units, bytes, backward_differentiate_slices, &m);
	}
	return 0;
}

static int norm_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	struct onednn_view view;
	int64_t slices;

	(void)err;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	view = onednn_view_wide(layer->y);
	for (int k = 0; k < 2; k++) {
		onednn_choose_vector(layer->param[k], view.channels);
		onednn_choose_vector(layer->state[k], view.channels);
	}
	slices = choose_slices(device, &view);
	if (layer->pass == FC_PASS_TRAIN) {
		layer->saved_bytes = 2 * (uint64_t)view.channels * sizeof(float);
		layer->scratch_bytes = slices > 1 ? (uint64_t)(view.groups * slices) * sizeof(struct sums) : 0;
	}
	return 0;
}

const struct onednn_leaf onednn_batch_norm = {
	.prepare = norm_prepare,
	.run = norm_run,
	.kernel = "flopclock:batch_norm",
	.fuses_relu = 1u << FC_PHASE_FORWARD | 1u << FC_PHASE_BACKWARD_DATA,
};
