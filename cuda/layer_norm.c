/*
 * Batch norm, with a ReLU behind it where there is one: our kernels or the library's, whichever is faster here. Saved from
 * forward to backward: per channel the mean, then per channel 1 / sqrt(variance + epsilon); both write and read it alike.
 */
#include <stdlib.h>

#include "backend.h"
#include "flopclock/arena.h"

struct norm {
	const struct choice *forward, *backward; /* backward NULL: ours, where the library's cannot be used */
};

static int64_t rows_of(const struct gpu_legacy_request *r)
{
	return r->n * r->h * r->w;
}

/* -------- ours, on the buffers of a call (gpu.h says which are which) -------- */

static int own_train(struct fc_device *device, const struct choice_request *request,
		     const struct gpu_legacy_call *call, void *scratch, struct fc_error *err)
{
	const struct gpu_legacy_request *const r = &request->legacy;

	if (kernel_norm_statistics(device->gpu, r->type, call->a, rows_of(r), r->c, r->epsilon, r->momentum,
				   call->aux[0], call->aux[1], call->aux[2], call->aux[3], scratch, err))
		return -1;
	return kernel_norm_apply(device->gpu, r->type, call->a, call->out, rows_of(r), r->c, call->aux[0],
				 call->aux[1], NULL, r->epsilon, call->b, call->c, request->relu, err);
}

static int own_validate(struct fc_device *device, const struct choice_request *request,
			const struct gpu_legacy_call *call, void *scratch, struct fc_error *err)
{
	const struct gpu_legacy_request *const r = &request->legacy;

	(void)scratch;
	return kernel_norm_apply(device->gpu, r->type, call->a, call->out, rows_of(r), r->c, call->aux[0], NULL,
				 call->aux[1], r->epsilon, call->b, call->c, request->relu, err);
}

static int own_backward(struct fc_device *device, const struct choice_request *request,
			const struct gpu_legacy_call *call, void *scratch, struct fc_error *err)
{
	const struct gpu_legacy_request *const r = &request->legacy;

	return kernel_norm_backward(device->gpu, r->type, call->a, call->b, NULL, call->out, r->accumulate,
				    rows_of(r), r->c, call->aux[0], call->aux[1], call->c, call->aux[2], call->aux[3],
				    scratch, err);
}

/* -------- the layer -------- */

static struct choice_request request_for(const struct fc_device *device, const struct fc_layer *layer,
					 enum gpu_legacy_kind kind)
{
	const struct layout *const x = layout_of(layer->x[0]);

	return (struct choice_request){
		.legacy =
			{
				.kind = kind,
				.type = device->type,
				.n = x->rows,
				.c = x->channels,
				.h = x->height,
				.w = x->width,
				.p = x->height,
				.q = x->width,
				.epsilon = layer->node->attributes.epsilon,
				.momentum = layer->node->attributes.momentum,
			},
		.relu = layer->fused != NULL,
		.scratch_bytes = kernel_column_scratch(layout_rows(layer->x[0]), x->channels),
	};
}

/*
 * The library's backward knows no ReLU, adds to nothing and may not write where it reads: it is a candidate only where
 * none of that is asked for.
 */
static bool library_can_go_back(const struct fc_layer *layer)
{
	return layer->dx[0] && !layer->accumulate[0] && !layer->fused_backward;
}

static int prepare_train(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	struct choice_request request = request_for(device, layer, GPU_LEGACY_NORM_TRAIN);
	struct norm *const norm = layer->impl;

	layer->saved_bytes = 2 * (uint64_t)layer->y->shape.c * sizeof(float);
	backend_want_scratch(layer, request.scratch_bytes);
	request.own = own_train;
	if (choice_make(device, &request, &norm->forward, err))
		return -1;
	if (!library_can_go_back(layer))
		return 0;
	request = request_for(device, layer, GPU_LEGACY_NORM_BACKWARD);
	request.own = own_backward;
	request.relu = false;
	return choice_make(device, &request, &norm->backward, err);
}

static int prepare_validate(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	struct choice_request request = request_for(device, layer, GPU_LEGACY_NORM_VALIDATE);
	struct norm *const norm = layer->impl;

	request.own = own_validate;
	request.scratch_bytes = 0;
	return choice_make(device, &request, &norm->forward, err);
}

static int norm_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	int rc;

	layer->impl = fc_calloc(1, sizeof(struct norm));
	rc = layer->pass == FC_PASS_TRAIN ? prepare_train(device, layer, err) : prepare_validate(device, layer, err);
	if (rc) {
		free(layer->impl);
		layer->impl = NULL;
	}
	return rc;
}

static void norm_release(struct fc_device *device, struct fc_layer *layer)
{
	(void)device;
	free(layer->impl);
}

static float *saved_mean(const struct fc_layer *layer)
{
	return layer->saved;
}

static float *saved_factor(const struct fc_layer *layer)
{
	return (float *)layer->saved + layer->y->shape.c;
}

static int norm_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct norm *const norm = layer->impl;
	struct gpu_legacy_call call = {
		.a = layer->x[0]->data,
		.b = layer->param[0]->data,
		.c = layer->param[1]->data,
		.out = layer->y->data,
	};

	if (layer->pass == FC_PASS_TRAIN) {
		call.aux[0] = saved_mean(layer);
		call.aux[1] = saved_factor(layer);
		call.aux[2] = layer->state[0]->data;
		call.aux[3] = layer->state[1]->data;
	} else {
		call.aux[0] = layer->state[0]->data;
		call.aux[1] = layer->state[1]->data;
	}
	return choice_run(device, norm->forward, &call, layer->scratch, err);
}

static int norm_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct norm *const norm = layer->impl;
	const struct gpu_legacy_call call = {
		.a = layer->x[0]->data,
		.b = layer->dy->data,
		.c = layer->param[0]->data,
		.out = backend_dx(layer, 0),
		.aux = { saved_mean(layer), saved_factor(layer), layer->param_gradient[0]->data,
			 layer->param_gradient[1]->data },
	};

	/* Where the schedule lets dx lie on dy the library must not be used. */
	if (norm->backward && call.out != call.b)
		return choice_run(device, norm->backward, &call, layer->scratch, err);
	return kernel_norm_backward(device->gpu, device->type, call.a, call.b,
				    layer->fused_backward ? layer->y->data : NULL, call.out, layer->accumulate[0],
				    layout_rows(layer->x[0]), layout_of(layer->x[0])->channels, call.aux[0],
				    call.aux[1], call.c, call.aux[2], call.aux[3], layer->scratch, err);
}

static const char *norm_kernel(const struct fc_layer *layer, enum fc_phase phase)
{
	const struct norm *const norm = layer->impl;
	const struct choice *const choice = phase == FC_PHASE_FORWARD ? norm->forward : norm->backward;

	return choice && choice->legacy ? "library:batch_norm" : "flopclock:batch_norm";
}

static bool norm_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase,
		      struct fc_json *json)
{
	const struct norm *const norm = layer->impl;
	const struct choice *const choice = phase == FC_PHASE_FORWARD	      ? norm->forward
					    : phase == FC_PHASE_BACKWARD_DATA ? norm->backward
									      : NULL;

	(void)device;
	return choice && choice_plan(choice, json);
}

const struct layer_kind layer_batch_norm = {
	.prepare = norm_prepare,
	.release = norm_release,
	.forward = norm_forward,
	.backward_data = norm_backward,
	.kernel_of = norm_kernel,
	.plan = norm_plan,
	.fuses_relu = 1u << FC_PHASE_FORWARD | 1u << FC_PHASE_BACKWARD_DATA,
};
