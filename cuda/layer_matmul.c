/*
 * Products of two inputs, one for each image and channel: y = a b, where a or b may be taken transposed. Their gradients are
 * products, too: da = dy b^T and db = a^T dy, themselves transposed where the input was.
 */
#include <stdlib.h>

#include "backend.h"
#include "flopclock/arena.h"

enum { FORWARD, GRADIENT, PRODUCTS = GRADIENT + 2 };

struct matmul {
	struct gpu_product *products[PRODUCTS]; /* GRADIENT + k: of input k */
};

/* Which tensor is read on which side. */
struct operand {
	const struct fc_tensor *tensor;
	bool transposed;
};

struct factors {
	struct operand a, b;
};

static struct factors factors_of(const struct fc_layer *layer, int which)
{
	const struct operand a = { layer->x[0], layer->node->attributes.transpose_a };
	const struct operand b = { layer->x[1], layer->node->attributes.transpose_b };
	const struct operand dy = { layer->dy, false }, turned_dy = { layer->dy, true };
	const struct operand turned_a = { a.tensor, !a.transposed }, turned_b = { b.tensor, !b.transposed };

	if (which == FORWARD)
		return (struct factors){ a, b };
	/* (dy b^T)^T = b dy^T, (a^T dy)^T = dy^T a */
	if (which == GRADIENT)
		return a.transposed ? (struct factors){ b, turned_dy } : (struct factors){ dy, turned_b };
	return b.transposed ? (struct factors){ turned_dy, a } : (struct factors){ turned_a, dy };
}

static struct gpu_product_request request_for(const struct fc_device *device, const struct fc_layer *layer, int which)
{
	const struct factors f = factors_of(layer, which);
	const struct fc_shape result = which == FORWARD ? layer->y->shape : layer->x[which - GRADIENT]->shape;
	/* A gradient has the shape of its value. */
	const struct fc_shape left = f.a.tensor == layer->dy ? layer->y->shape : f.a.tensor->shape;

	return (struct gpu_product_request){
		.batch = result.n * result.c,
		.m = result.h,
		.n = result.w,
		.k = f.a.transposed ? left.h : left.w,
		.transpose_a = f.a.transposed,
		.transpose_b = f.b.transposed,
		.type = device->type,
		.result_type = device->type,
		.precision = device->config.precision,
		.accumulate = which != FORWARD && layer->accumulate[which - GRADIENT],
		.deterministic = device->config.deterministic,
		.autotune = device->config.autotune,
		.workspace_bytes = device->config.workspace_bytes,
	};
}

static void matmul_release(struct fc_device *device, struct fc_layer *layer)
{
	struct matmul *const matmul = layer->impl;

	for (int i = 0; i < PRODUCTS; i++)
		if (matmul->products[i])
			device->gpu->ops->product_close(device->gpu, matmul->products[i]);
	free(matmul);
}

static int open_product(struct fc_device *device, struct fc_layer *layer, int which, struct fc_error *err)
{
	const struct gpu_product_request request = request_for(device, layer, which);
	struct matmul *const matmul = layer->impl;
	struct gpu_plan plan;

	if (device->gpu->ops->product_open(device->gpu, &request, &matmul->products[which], err))
		return -1;
	device->gpu->ops->product_plan(device->gpu, matmul->products[which], &plan);
	backend_want_scratch(layer, plan.workspace_bytes);
	return 0;
}

static int matmul_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	int rc;

	layer->impl = fc_calloc(1, sizeof(struct matmul));
	rc = open_product(device, layer, FORWARD, err);
	for (int k = 0; !rc && k < 2; k++)
		if (layer->dx[k])
			rc = open_product(device, layer, GRADIENT + k, err);
	if (rc) {
		matmul_release(device, layer);
		layer->impl = NULL;
	}
	return rc;
}

static int run_product(struct fc_device *device, struct fc_layer *layer, int which, void *result,
		       struct fc_error *err)
{
	const struct factors f = factors_of(layer, which);
	const struct matmul *const matmul = layer->impl;

	return device->gpu->ops->product_run(device->gpu, matmul->products[which], f.a.tensor->data, f.b.tensor->data,
					     NULL, result, layer->scratch, err);
}

static int matmul_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	return run_product(device, layer, FORWARD, layer->y->data, err);
}

static int matmul_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	for (int k = 0; k < 2; k++)
		if (layer->dx[k] && run_product(device, layer, GRADIENT + k, layer->dx[k]->data, err))
			return -1;
	return 0;
}

/* The backward step has two products: the plan of the first is told. */
static bool matmul_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase,
			struct fc_json *json)
{
	const struct matmul *const matmul = layer->impl;
	const struct gpu_product *product = NULL;
	struct gpu_plan plan;

	if (phase == FC_PHASE_FORWARD)
		product = matmul->products[FORWARD];
	else if (phase == FC_PHASE_BACKWARD_DATA)
		product = matmul->products[GRADIENT] ? matmul->products[GRADIENT] : matmul->products[GRADIENT + 1];
	if (!product)
		return false;
	device->gpu->ops->product_plan(device->gpu, product, &plan);
	backend_add_plan(&plan, json);
	return true;
}

const struct layer_kind layer_matmul = {
	.order = order_plain,
	.prepare = matmul_prepare,
	.release = matmul_release,
	.forward = matmul_forward,
	.backward_data = matmul_backward,
	.kernel = "library:product",
	.plan = matmul_plan,
};
