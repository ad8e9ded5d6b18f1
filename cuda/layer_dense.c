/*
 * A dense layer is a product of matrices: rows are images, columns the features as the input lies. A linear layer is the same
 * with the rows of the last side. Bias and ReLU belong to the forward product; backward_weights begins as a convolution's does.
 */
#include <stdlib.h>

#include "backend.h"
#include "flopclock/arena.h"

struct dense {
	struct gpu_product *products[FC_PHASE_UPDATE];
};

/* x (rows, in), w (out, in), y (rows, out). */
struct sizes {
	int64_t rows, in, out;
};

static struct sizes sizes_of(const struct fc_layer *layer)
{
	const struct fc_shape x = layer->x[0]->shape, y = layer->y->shape;

	if (layer->node->op == FC_OP_LINEAR)
		return (struct sizes){ x.n * x.c * x.h, x.w, y.w };
	return (struct sizes){ x.n, layout_count(layer->x[0]) / x.n, y.c };
}

static struct gpu_product_request request_for(const struct fc_device *device, const struct fc_layer *layer,
					      enum fc_phase phase)
{
	const struct sizes z = sizes_of(layer);
	struct gpu_product_request request = {
		.type = device->type,
		.result_type = device->type,
		.precision = device->config.precision,
		.deterministic = device->config.deterministic,
		.autotune = device->config.autotune,
		.workspace_bytes = device->config.workspace_bytes,
	};

	/* y = x w^T, dx = dy w, dw = dy^T x. */
	if (phase == FC_PHASE_FORWARD) {
		request.m = z.rows, request.n = z.out, request.k = z.in;
		request.transpose_b = true;
		request.bias = layer->node->attributes.bias;
		request.relu = layer->fused;
	} else if (phase == FC_PHASE_BACKWARD_DATA) {
		request.m = z.rows, request.n = z.in, request.k = z.out;
		request.accumulate = layer->accumulate[0];
	} else {
		request.m = z.out, request.n = z.in, request.k = z.rows;
		request.transpose_a = true;
		request.result_type = GPU_F32;
	}
	return request;
}

static int prepare_phase(struct fc_device *device, struct fc_layer *layer, enum fc_phase phase, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	const struct gpu_product_request request = request_for(device, layer, phase);
	struct dense *const dense = layer->impl;
	struct gpu_plan plan;

	if (ops->product_open(device->gpu, &request, &dense->products[phase], err))
		return -1;
	ops->product_plan(device->gpu, dense->products[phase], &plan);
	backend_want_scratch(layer, plan.workspace_bytes);
	return 0;
}

static void dense_release(struct fc_device *device, struct fc_layer *layer)
{
	struct dense *const dense = layer->impl;

	for (int phase = 0; dense && phase < FC_PHASE_UPDATE; phase++)
		if (dense->products[phase])
			device->gpu->ops->product_close(device->gpu, dense->products[phase]);
	free(dense);
}

static int dense_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	int rc;

	layer->impl = fc_calloc(1, sizeof(struct dense));
	rc = prepare_phase(device, layer, FC_PHASE_FORWARD, err);
	if (!rc && layer->dy) {
		rc = prepare_phase(device, layer, FC_PHASE_BACKWARD_WEIGHTS, err);
		backend_want_scratch(layer, kernel_column_scratch(sizes_of(layer).rows, sizes_of(layer).out));
	}
	if (!rc && layer->dx[0])
		rc = prepare_phase(device, layer, FC_PHASE_BACKWARD_DATA, err);
	if (rc) {
		dense_release(device, layer);
		layer->impl = NULL;
	}
	return rc;
}

static int dense_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct dense *const dense = layer->impl;
	const void *const bias = layer->node->attributes.bias ? layout_operand(device, layer->param[1]) : NULL;

	return device->gpu->ops->product_run(device->gpu, dense->products[FC_PHASE_FORWARD], layer->x[0]->data,
					     layout_operand(device, layer->param[0]), bias, layer->y->data,
					     layer->scratch, err);
}

static int dense_backward_weights(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct dense *const dense = layer->impl;

	if (layer_finish_gradient(device, layer, err))
		return -1;
	return device->gpu->ops->product_run(device->gpu, dense->products[FC_PHASE_BACKWARD_WEIGHTS], layer->dy->data,
					     layer->x[0]->data, NULL, layer->param_gradient[0]->data, layer->scratch,
					     err);
}

static int dense_backward_data(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct dense *const dense = layer->impl;

	return device->gpu->ops->product_run(device->gpu, dense->products[FC_PHASE_BACKWARD_DATA], layer->dy->data,
					     layout_operand(device, layer->param[0]), NULL, backend_dx(layer, 0),
					     layer->scratch, err);
}

static bool dense_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase,
		       struct fc_json *json)
{
	const struct dense *const dense = layer->impl;
	struct gpu_plan plan;

	if (phase >= FC_PHASE_UPDATE || !dense->products[phase])
		return false;
	device->gpu->ops->product_plan(device->gpu, dense->products[phase], &plan);
	backend_add_plan(&plan, json);
	return true;
}

#define PRODUCT                                                                                                      \
	.prepare = dense_prepare, .release = dense_release, .forward = dense_forward,                                \
	.backward_data = dense_backward_data, .backward_weights = dense_backward_weights,                            \
	.kernel = "library:product", .plan = dense_plan,                                                             \
	.fuses_relu = 1u << FC_PHASE_FORWARD | 1u << FC_PHASE_BACKWARD_DATA

const struct layer_kind layer_dense = { .any_order = true, PRODUCT };
const struct layer_kind layer_linear = { .order = order_plain, PRODUCT };
