/*
 * Products of two values element by element, and of a value with one factor per image and channel (squeeze-and-excitation):
 * y = x s, dx = dy s, ds = sum over pixels of dy x. Other forms are not computed here.
 */
#include "onednn.h"

struct multiply {
	const struct fc_layer *layer;
	struct onednn_view view;
	int image, factor; /* which input is which */
	bool same;	   /* the factor has an element for every element */
};

static bool is_factor(const struct fc_layer *layer, int k)
{
	const struct fc_shape y = layer->y->shape, s = layer->x[k]->shape;

	return s.n == y.n && s.c == y.c && s.h * s.w == 1 &&
	       onednn_layout(layer->x[k])->physical[1] == onednn_layout(layer->x[!k])->physical[1];
}

static bool like_output(const struct fc_layer *layer, int k)
{
	return fc_shape_elements(layer->x[k]->shape) == fc_shape_elements(layer->y->shape);
}

/* False where the two are in no such relation. */
static bool relate(const struct fc_layer *layer, struct multiply *m)
{
	if (layer->node->input_count != 2)
		return false;
	m->same = like_output(layer, 0) && like_output(layer, 1);
	if (m->same)
		return onednn_same_layout(layer->x[0], layer->x[1]);
	for (int k = 0; k < 2; k++) {
		if (!like_output(layer, k) || !is_factor(layer, !k))
			continue;
		m->image = k;
		return true;
	}
	return false;
}

static bool multiply_suits(const struct fc_layer *layer)
{
	struct multiply m;

	return relate(layer, &m);
}

static int multiply_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	struct multiply m = { .layer = layer };

	(void)err;
	relate(layer, &m);
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[m.image])->order);
	return 0;
}

/* -------- element by element -------- */

ONEDNN_SIMD static void multiply_forward(const void *context, int64_t first, int64_t end)
{
	const struct multiply *const m = context;
	const float *const a = m->layer->x[0]->data, *const b = m->layer->x[1]->data;
	float *const y = m->layer->y->data;

#pragma omp simd
	for (int64_t i = first; i < end; i++)
		y[i] = a[i] * b[i];
}

/* The gradient of input `image`. */
ONEDNN_SIMD static void multiply_backward(const void *context, int64_t first, int64_t end)
{
	const struct multiply *const m = context;
	const float *const other = m->layer->x[!m->image]->data, *const dy = m->layer->dy->data;
	float *const dx = m->layer->dx[m->image]->data;

	if (m->layer->accumulate[m->image]) {
#pragma omp simd
		for (int64_t i = first; i < end; i++)
			dx[i] += dy[i] * other[i];
		return;
	}
#pragma omp simd
	for (int64_t i = first; i < end; i++)
		dx[i] = dy[i] * other[i];
}

/* -------- image by image, group by group -------- */

ONEDNN_INLINE void scale_plane(const float *from, const float *factor, float *to, int64_t pixels, bool add,
			       const int64_t lanes, const int64_t step)
{
	for (int64_t k = 0; k < pixels; k++)
#pragma omp simd
		for (int64_t i = 0; i < lanes; i++)
			to[k * step + i] = (add ? to[k * step + i] : 0) + from[k * step + i] * factor[i];
}

ONEDNN_INLINE void sum_plane(const float *dy, const float *x, float *sum, int64_t pixels, bool add,
			     const int64_t lanes, const int64_t step)
{
	float total[ONEDNN_MAX_LANES] = { 0 };

	for (int64_t k = 0; k < pixels; k++)
#pragma omp simd
		for (int64_t i = 0; i < lanes; i++)
			total[i] += dy[k * step + i] * x[k * step + i];
	for (int64_t i = 0; i < lanes; i++)
		sum[i] = (add ? sum[i] : 0) + total[i];
}

/* Planes of all images, one behind the other: n * groups + group. */
#define EACH_PLANE(m, i)                                                                                             \
	const struct onednn_view *const v = &(m)->view;                                                              \
	const int64_t n = (i) / v->groups, group = (i) % v->groups;                                                  \
	const size_t plane = onednn_plane(v, n, group);                                                              \
	const size_t factor = (size_t)(n * v->channels + group * v->lanes)

ONEDNN_SIMD static void scale_forward(const void *context, int64_t first, int64_t end)
{
	const struct multiply *const m = context;
	const float *const x = m->layer->x[m->image]->data, *const s = m->layer->x[!m->image]->data;
	float *const y = m->layer->y->data;

	for (int64_t i = first; i < end; i++) {
		EACH_PLANE(m, i);
		ONEDNN_LANES(v, scale_plane, x + plane, s + factor, y + plane, v->pixels, false);
	}
}

ONEDNN_SIMD static void scale_backward(const void *context, int64_t first, int64_t end)
{
	const struct multiply *const m = context;
	const float *const dy = m->layer->dy->data, *const s = m->layer->x[!m->image]->data;
	float *const dx = m->layer->dx[m->image]->data;
	const bool add = m->layer->accumulate[m->image];

	for (int64_t i = first; i < end; i++) {
		EACH_PLANE(m, i);
		if (add)
			ONEDNN_LANES(v, scale_plane, dy + plane, s + factor, dx + plane, v->pixels, true);
		else
			ONEDNN_LANES(v, scale_plane, dy + plane, s + factor, dx + plane, v->pixels, false);
	}
}

ONEDNN_SIMD static void scale_backward_factor(const void *context, int64_t first, int64_t end)
{
	const struct multiply *const m = context;
	const float *const dy = m->layer->dy->data, *const x = m->layer->x[m->image]->data;
	float *const ds = m->layer->dx[!m->image]->data;
	const bool add = m->layer->accumulate[!m->image];

	for (int64_t i = first; i < end; i++) {
		EACH_PLANE(m, i);
		ONEDNN_LANES(v, sum_plane, dy + plane, x + plane, ds + factor, v->pixels, add);
	}
}

static void run_same(const struct fc_device *device, struct multiply *m, bool forward)
{
	const int64_t count = (int64_t)onednn_floats(m->layer->y);
	const uint64_t bytes = 3 * m->layer->y->bytes;

	if (forward) {
		onednn_parallel(device, count, bytes, multiply_forward, m);
		return;
	}
	for (m->image = 0; m->image < 2; m->image++)
		if (m->layer->dx[m->image])
			onednn_parallel(device, count, bytes, multiply_backward, m);
}

static int multiply_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	struct multiply m = { .layer = layer, .view = onednn_view(layer->y) };
	const int64_t planes = m.view.images * m.view.groups;
	const uint64_t bytes = 3 * layer->y->bytes;
	const bool forward = phase == FC_PHASE_FORWARD;

	(void)err;
	relate(layer, &m);
	if (!forward && phase != FC_PHASE_BACKWARD_DATA)
		return 0;
	if (m.same) {
		run_same(device, &m, forward);
	} else if (forward) {
		onednn_parallel(device, planes, bytes, scale_forward, &m);
	} else {
		if (layer->dx[m.image])
			onednn_parallel(device, planes, bytes, scale_backward, &m);
		if (layer->dx[!m.image])
			onednn_parallel(device, planes, bytes, scale_backward_factor, &m);
	}
	return 0;
}

const struct onednn_leaf onednn_multiply = {
	.suits = multiply_suits,
	.prepare = multiply_prepare,
	.run = multiply_run,
	.kernel = "flopclock:multiply",
};
