/*
 * ReLU and sigmoid, in one pass over memory; the output may lie on the input, the input's gradient on the output's.
 */
#include <stdlib.h>
#include <string.h>

#include "flopclock/arena.h"
#include "exponential.h"

struct eltwise {
	const struct fc_layer *layer;
	struct onednn_view view;
	bool add;
};

static int eltwise_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	(void)err;
	onednn_choose_activation(device, layer->y, onednn_layout(layer->x[0])->order);
	return 0;
}

/* ---- ReLU. A NaN stays one: a training that has gone wrong shall show it. */

ONEDNN_SIMD static void relu_forward(const void *context, int64_t first, int64_t end)
{
	const struct eltwise *e = context;
	const float *x = e->layer->x[0]->data;
	float *y = e->layer->y->data;

#pragma omp simd
	for (int64_t i = first; i < end; i++)
		y[i] = x[i] < 0 ? 0 : x[i];
}

ONEDNN_SIMD static void relu_backward(const void *context, int64_t first, int64_t end)
{
	const struct eltwise *e = context;
	const float *y = e->layer->y->data, *dy = e->layer->dy->data;
	float *dx = e->layer->dx[0]->data;

	if (e->add) {
#pragma omp simd
		for (int64_t i = first; i < end; i++)
			dx[i] += y[i] > 0 ? dy[i] : 0;
		return;
	}
#pragma omp simd
	for (int64_t i = first; i < end; i++)
		dx[i] = y[i] > 0 ? dy[i] : 0;
}

static int relu_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct eltwise e = { .layer = layer, .add = phase == FC_PHASE_BACKWARD_DATA && layer->accumulate[0] };
	const int64_t count = (int64_t)onednn_floats(layer->y);

	(void)err;
	if (phase == FC_PHASE_FORWARD)
		onednn_parallel(device, count, 2 * layer->y->bytes, relu_forward, &e);
	else if (phase == FC_PHASE_BACKWARD_DATA && layer->dx[0])
		onednn_parallel(device, count, 3 * layer->y->bytes, relu_backward, &e);
	return 0;
}

/* ---- sigmoid */

ONEDNN_SIMD static void sigmoid_forward(const void *context, int64_t first, int64_t end)
{
	const struct eltwise *e = context;
	const int64_t image = e->view.channels * e->view.pixels;
	const float *x = e->layer->x[0]->data;
	float *y = e->layer->y->data;

#pragma omp simd
	for (int64_t i = first * image; i < end * image; i++)
		y[i] = 1 / (1 + onednn_exponential(-x[i]));
}

ONEDNN_SIMD static void sigmoid_backward(const void *context, int64_t first, int64_t end)
{
	const struct eltwise *e = context;
	const int64_t image = e->view.channels * e->view.pixels;
	const float *y = e->layer->y->data, *dy = e->layer->dy->data;
	float *dx = e->layer->dx[0]->data;

	if (e->add) {
#pragma omp simd
		for (int64_t i = first * image; i < end * image; i++)
			dx[i] += dy[i] * y[i] * (1 - y[i]);
		return;
	}
#pragma omp simd
	for (int64_t i = first * image; i < end * image; i++)
		dx[i] = dy[i] * y[i] * (1 - y[i]);
}

static int sigmoid_run(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct eltwise e = { layer, onednn_view(layer->y),
				   phase == FC_PHASE_BACKWARD_DATA && layer->accumulate[0] };

	(void)err;
	if (phase == FC_PHASE_FORWARD) {
		onednn_parallel(device, e.view.images, 8 * layer->y->bytes, sigmoid_forward, &e);
		/* The sigmoid of zero is not zero. */
		onednn_clear_physical(layer->y);
	} else if (phase == FC_PHASE_BACKWARD_DATA && layer->dx[0])
		onednn_parallel(device, e.view.images, 3 * layer->y->bytes, sigmoid_backward, &e);
	return 0;
}

const struct onednn_leaf onednn_relu = { .prepare = eltwise_prepare, .run = relu_run, .kernel = "flopclock:relu" };
const struct onednn_leaf onednn_sigmoid = { .prepare = eltwise_prepare,
					    .run = sigmoid_run,
					    .kernel = "flopclock:sigmoid" };
