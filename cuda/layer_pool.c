/*
 * Pools. A max pool in training is always ours: the place of each maximum is kept for the backward pass, so that the input
 * need not be. Elsewhere ours or the library's, whichever is faster here.
 */
#include <stdlib.h>

#include "backend.h"
#include "flopclock/arena.h"

static struct kernel_pool shape_of(const struct gpu_legacy_request *r)
{
	return (struct kernel_pool){ .n = r->n,
				     .c = r->c,
				     .h = r->h,
				     .w = r->w,
				     .p = r->p,
				     .q = r->q,
				     .r = r->r,
				     .s = r->s,
				     .stride_h = r->stride_h,
				     .stride_w = r->stride_w,
				     .pad_h = r->pad_h,
				     .pad_w = r->pad_w };
}

static struct gpu_legacy_request request_of(const struct fc_device *device, const struct fc_layer *layer,
					    enum gpu_legacy_kind kind)
{
	const struct fc_attributes *const a = &layer->node->attributes;
	const struct layout *const x = layout_of(layer->x[0]), *const y = layout_of(layer->y);

	return (struct gpu_legacy_request){ .kind = kind,
					    .type = device->type,
					    .n = x->rows,
					    .c = x->channels,
					    .h = x->height,
					    .w = x->width,
					    .p = y->height,
					    .q = y->width,
					    .r = a->kernel_h,
					    .s = a->kernel_w,
					    .stride_h = a->stride_h,
					    .stride_w = a->stride_w,
					    .pad_h = a->pad_h,
					    .pad_w = a->pad_w };
}

static struct kernel_pool pool_of(const struct fc_device *device, const struct fc_layer *layer)
{
	const struct gpu_legacy_request request = request_of(device, layer, GPU_LEGACY_MAX_POOL);
	struct kernel_pool pool = shape_of(&request);

	pool.adaptive = layer->node->op == FC_OP_ADAPTIVE_AVG_POOL;
	return pool;
}

/* Windows that hang over the padding's end are cut by us; the library knows only full ones. */
static bool windows_are_whole(const struct gpu_legacy_request *r)
{
	return (r->p - 1) * r->stride_h + r->r <= r->h + 2 * r->pad_h &&
	       (r->q - 1) * r->stride_w + r->s <= r->w + 2 * r->pad_w;
}

static int choose(struct fc_device *device, struct fc_layer *layer, enum gpu_legacy_kind kind,
		  int (*own)(struct fc_device *, const struct choice_request *, const struct gpu_legacy_call *,
			     void *, struct fc_error *),
		  const struct choice **choice, struct fc_error *err)
{
	const struct choice_request request = { .legacy = request_of(device, layer, kind), .own = own };

	*choice = NULL;
	return windows_are_whole(&request.legacy) ? choice_make(device, &request, choice, err) : 0;
}

/* -------- max -------- */

static int own_max(struct fc_device *device, const struct choice_request *request, const struct gpu_legacy_call *call,
		   void *scratch, struct fc_error *err)
{
	const struct kernel_pool pool = shape_of(&request->legacy);

	(void)scratch;
	return kernel_max_pool(device->gpu, request->legacy.type, &pool, call->a, call->out, NULL, err);
}

static int max_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct kernel_pool pool = pool_of(device, layer);
	const struct choice *choice = NULL;

	if (pool.r * pool.s > 65535)
		return fc_fail(err, "a GPU's max pool knows windows of at most 65535 places, found %lldx%lld",
			       (long long)pool.r, (long long)pool.s);
	if (layer->pass == FC_PASS_TRAIN)
		layer->saved_bytes = kernel_max_pool_saved(&pool);
	else if (choose(device, layer, GPU_LEGACY_MAX_POOL, own_max, &choice, err))
		return -1;
	layer->impl = (void *)(uintptr_t)choice;
	return 0;
}

static int max_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct kernel_pool pool = pool_of(device, layer);
	const struct gpu_legacy_call call = { .a = layer->x[0]->data, .out = layer->y->data };

	if (layer->impl)
		return choice_run(device, layer->impl, &call, NULL, err);
	return kernel_max_pool(device->gpu, device->type, &pool, call.a, call.out, layer->saved, err);
}

static int max_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct kernel_pool pool = pool_of(device, layer);

	return kernel_max_pool_backward(device->gpu, device->type, &pool, layer->dy->data, layer->saved,
					backend_dx(layer, 0), layer->accumulate[0], err);
}

/* -------- average -------- */

/* NULL: ours without a choice. */
struct average {
	const struct choice *forward, *backward;
};

static int own_avg(struct fc_device *device, const struct choice_request *request, const struct gpu_legacy_call *call,
		   void *scratch, struct fc_error *err)
{
	const struct kernel_pool pool = shape_of(&request->legacy);

	(void)scratch;
	return kernel_avg_pool(device->gpu, request->legacy.type, &pool, call->a, call->out, err);
}

static int own_avg_backward(struct fc_device *device, const struct choice_request *request,
			    const struct gpu_legacy_call *call, void *scratch, struct fc_error *err)
{
	const struct kernel_pool pool = shape_of(&request->legacy);

	(void)scratch;
	return kernel_avg_pool_backward(device->gpu, request->legacy.type, &pool, call->a, call->out, false, err);
}

static int avg_prepare(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	struct average *const average = fc_calloc(1, sizeof(*average));
	int rc = 0;

	layer->impl = average;
	if (layer->node->op == FC_OP_AVG_POOL)
		rc = choose(device, layer, GPU_LEGACY_AVG_POOL, own_avg, &average->forward, err);
	/* The library adds to nothing. */
	if (!rc && layer->node->op == FC_OP_AVG_POOL && layer->dx[0] && !layer->accumulate[0])
		rc = choose(device, layer, GPU_LEGACY_AVG_POOL_BACKWARD, own_avg_backward, &average->backward, err);
	if (rc) {
		free(average);
		layer->impl = NULL;
	}
	return rc;
}

static void avg_release(struct fc_device *device, struct fc_layer *layer)
{
	(void)device;
	free(layer->impl);
}

static int avg_forward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct average *const average = layer->impl;
	const struct kernel_pool pool = pool_of(device, layer);
	const struct gpu_legacy_call call = { .a = layer->x[0]->data, .out = layer->y->data };

	if (average->forward)
		return choice_run(device, average->forward, &call, NULL, err);
	return kernel_avg_pool(device->gpu, device->type, &pool, call.a, call.out, err);
}

static int avg_backward(struct fc_device *device, struct fc_layer *layer, struct fc_error *err)
{
	const struct average *const average = layer->impl;
	const struct kernel_pool pool = pool_of(device, layer);
	const struct gpu_legacy_call call = { .a = layer->dy->data, .out = backend_dx(layer, 0) };

	if (average->backward)
		return choice_run(device, average->backward, &call, NULL, err);
	return kernel_avg_pool_backward(device->gpu, device->type, &pool, layer->dy->data, backend_dx(layer, 0),
					layer->accumulate[0], err);
}

/* -------- what they are -------- */

static const char *name_of(const struct choice *choice)
{
	return choice && choice->legacy ? "library:pool" : "flopclock:pool";
}

static const char *max_kernel(const struct fc_layer *layer, enum fc_phase phase)
{
	return name_of(phase == FC_PHASE_FORWARD ? layer->impl : NULL);
}

static bool max_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase,
		     struct fc_json *json)
{
	(void)device;
	return phase == FC_PHASE_FORWARD && layer->impl && choice_plan(layer->impl, json);
}

static const struct choice *average_choice(const struct fc_layer *layer, enum fc_phase phase)
{
	const struct average *const average = layer->impl;

	return phase == FC_PHASE_FORWARD	 ? average->forward
	       : phase == FC_PHASE_BACKWARD_DATA ? average->backward
						 : NULL;
}

static const char *avg_kernel(const struct fc_layer *layer, enum fc_phase phase)
{
	return name_of(average_choice(layer, phase));
}

static bool avg_plan(struct fc_device *device, const struct fc_layer *layer, enum fc_phase phase,
		     struct fc_json *json)
{
	const struct choice *const choice = average_choice(layer, phase);

	(void)device;
	return choice && choice_plan(choice, json);
}

const struct layer_kind layer_max_pool = {
	.prepare = max_prepare,
	.forward = max_forward,
	.backward_data = max_backward,
	.kernel_of = max_kernel,
	.plan = max_plan,
};
const struct layer_kind layer_avg_pool = {
	.prepare = avg_prepare,
	.release = avg_release,
	.forward = avg_forward,
	.backward_data = avg_backward,
	.kernel_of = avg_kernel,
	.plan = avg_plan,
};
const struct layer_kind layer_adaptive_avg_pool = {
	.prepare = avg_prepare,
	.release = avg_release,
	.forward = avg_forward,
	.backward_data = avg_backward,
	.kernel_of = avg_kernel,
};
