/* Running of cuDNN's older calls, after a trial that tells whether they can be run. */
#include "legacy_cudnn.h"

#include <stdlib.h>

#include "flopclock/arena.h"
#include "gpu_cuda.h"

/* A norm that wants more memory of its own is left to our kernels. */
#define WORKSPACE_LIMIT (16u << 20)

struct gpu_legacy {
	struct gpu_legacy_request request;
	struct legacy_descriptors descriptors;
	cudnnBatchNormMode_t mode;
	size_t workspace_bytes;
	void *workspace; /* on the device */
};

static const float one = 1, zero = 0;

/* -------- what is run -------- */

static cudnnStatus_t norm_train(const struct gpu_cuda *cuda, const struct gpu_legacy *g,
				const struct gpu_legacy_call *call)
{
	const struct legacy_descriptors *const d = &g->descriptors;

	return cuda->libraries.cudnn.cudnnBatchNormalizationForwardTrainingEx(
		cuda->cudnn, g->mode, CUDNN_BATCHNORM_OPS_BN, &one, &zero, d->x, call->a, NULL, NULL, d->y, call->out,
		d->vector, call->b, call->c, g->request.momentum, call->aux[2], call->aux[3], g->request.epsilon,
		call->aux[0], call->aux[1], NULL, g->workspace, g->workspace_bytes, NULL, 0);
}

static cudnnStatus_t norm_backward(const struct gpu_cuda *cuda, const struct gpu_legacy *g,
				   const struct gpu_legacy_call *call)
{
	const struct legacy_descriptors *const d = &g->descriptors;
	const float *const beta = g->request.accumulate ? &one : &zero;

	return cuda->libraries.cudnn.cudnnBatchNormalizationBackwardEx(
		cuda->cudnn, g->mode, CUDNN_BATCHNORM_OPS_BN, &one, beta, &one, &zero, d->x, call->a, NULL, NULL,
		d->y, call->b, NULL, NULL, d->x, call->out, d->vector, call->c, NULL, call->aux[2], call->aux[3],
		g->request.epsilon, call->aux[0], call->aux[1], NULL, g->workspace, g->workspace_bytes, NULL, 0);
}

static cudnnStatus_t norm_validate(const struct gpu_cuda *cuda, const struct gpu_legacy *g,
				   const struct gpu_legacy_call *call)
{
	const struct legacy_descriptors *const d = &g->descriptors;

	return cuda->libraries.cudnn.cudnnBatchNormalizationForwardInference(
		cuda->cudnn, CUDNN_BATCHNORM_SPATIAL, &one, &zero, d->x, call->a, d->y, call->out, d->vector, call->b,
		call->c, call->aux[0], call->aux[1], g->request.epsilon);
}

static cudnnStatus_t pool_forward(const struct gpu_cuda *cuda, const struct gpu_legacy *g,
				  const struct gpu_legacy_call *call)
{
	const struct legacy_descriptors *const d = &g->descriptors;

	return cuda->libraries.cudnn.cudnnPoolingForward(cuda->cudnn, d->pool, &one, d->x, call->a, &zero, d->y,
							 call->out);
}

/*
 * The call takes x and y too, which the gradient of an average does not depend on; gradients of the same sizes stand in for
 * them.
 */
static cudnnStatus_t pool_backward(const struct gpu_cuda *cuda, const struct gpu_legacy *g,
				   const struct gpu_legacy_call *call)
{
	const struct legacy_descriptors *const d = &g->descriptors;

	return cuda->libraries.cudnn.cudnnPoolingBackward(cuda->cudnn, d->pool, &one, d->y, call->a, d->y, call->a,
							  d->x, call->out, g->request.accumulate ? &one : &zero, d->x,
							  call->out);
}

/* -------- what is needed besides -------- */

static cudnnStatus_t train_sizes(const struct gpu_cuda *cuda, const struct gpu_legacy *g, size_t *workspace)
{
	const struct legacy_descriptors *const d = &g->descriptors;

	return cuda->libraries.cudnn.cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize(
		cuda->cudnn, g->mode, CUDNN_BATCHNORM_OPS_BN, d->x, NULL, d->y, d->vector, NULL, workspace);
}

static cudnnStatus_t backward_sizes(const struct gpu_cuda *cuda, const struct gpu_legacy *g, size_t *workspace)
{
	const struct legacy_descriptors *const d = &g->descriptors;

	return cuda->libraries.cudnn.cudnnGetBatchNormalizationBackwardExWorkspaceSize(
		cuda->cudnn, g->mode, CUDNN_BATCHNORM_OPS_BN, d->x, NULL, d->y, NULL, d->x, d->vector, NULL,
		workspace);
}

/* Buffers of a trial: how many values of `type` (activations) and of fp32 (vectors) each argument has. */
enum extent { NONE, INPUT, OUTPUT, VECTOR };

static const struct kind {
	const char *name;
	cudnnStatus_t (*run)(const struct gpu_cuda *cuda, const struct gpu_legacy *g,
			     const struct gpu_legacy_call *call);
	cudnnStatus_t (*sizes)(const struct gpu_cuda *cuda, const struct gpu_legacy *g,
			       size_t *workspace); /* or NULL */
	enum extent a, b, c, out, aux[4];
} kinds[] = {
	[GPU_LEGACY_NORM_TRAIN] = {"a batch norm",
				   norm_train,
				   train_sizes,
				   INPUT,
				   VECTOR,
				   VECTOR,
				   INPUT,
				   {VECTOR, VECTOR, VECTOR, VECTOR}},
	[GPU_LEGACY_NORM_BACKWARD] = {"a batch norm's backward",
				      norm_backward,
				      backward_sizes,
				      INPUT,
				      INPUT,
				      VECTOR,
				      INPUT,
				      {VECTOR, VECTOR, VECTOR, VECTOR}},
	[GPU_LEGACY_NORM_VALIDATE] = {"a batch norm in validation",
				      norm_validate,
				      NULL,
				      INPUT,
				      VECTOR,
				      VECTOR,
				      INPUT,
				      {VECTOR, VECTOR, NONE, NONE}},
	[GPU_LEGACY_MAX_POOL] = {"a max pool", pool_forward, NULL, INPUT, NONE, NONE, OUTPUT, {NONE}},
	[GPU_LEGACY_AVG_POOL] = {"an average pool", pool_forward, NULL, INPUT, NONE, NONE, OUTPUT, {NONE}},
	[GPU_LEGACY_AVG_POOL_BACKWARD] =
		{"an average pool's backward", pool_backward, NULL, OUTPUT, NONE, NONE, INPUT, {NONE}},
};

int legacy_cudnn_run(struct gpu *gpu, struct gpu_legacy *legacy, const struct gpu_legacy_call *call,
		     struct fc_error *err)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);
	const struct kind *const kind = &kinds[legacy->request.kind];

	return cudnn_check(&cuda->libraries, kind->run(cuda, legacy, call), kind->name, err);
}

/* -------- whether it can be run -------- */

static uint64_t extent_bytes(const struct gpu_legacy_request *r, enum extent extent)
{
	const uint64_t width = gpu_type_bytes(r->type);
	const uint64_t bytes[] = {
		[NONE] = 0,
		[INPUT] = (uint64_t)(r->n * r->h * r->w * r->c) * width,
		[OUTPUT] = (uint64_t)(r->n * r->p * r->q * r->c) * width,
		[VECTOR] = (uint64_t)r->c * sizeof(float),
	};

	return (bytes[extent] + 255) / 256 * 256;
}

/* The place of an argument behind what was taken so far; memory NULL: only counts. */
static void *take(char *memory, uint64_t *used, const struct gpu_legacy_request *r, enum extent extent)
{
	void *const taken = memory && extent != NONE ? memory + *used : NULL;

	*used += extent_bytes(r, extent);
	return taken;
}

static struct gpu_legacy_call lay_out(const struct gpu_legacy_request *r, char *memory, uint64_t *used)
{
	const struct kind *const kind = &kinds[r->kind];
	struct gpu_legacy_call call = {.a = NULL};

	*used = 0;
	call.a = take(memory, used, r, kind->a);
	call.b = take(memory, used, r, kind->b);
	call.c = take(memory, used, r, kind->c);
	call.out = take(memory, used, r, kind->out);
	for (int i = 0; i < 4; i++)
		call.aux[i] = take(memory, used, r, kind->aux[i]);
	return call;
}

/* On zeros: whether the library takes these sizes and types at all is only known when it is asked to work. */
static bool can_run(struct gpu *gpu, struct gpu_legacy *legacy)
{
	struct gpu_legacy_call call;
	struct fc_error ignored;
	void *memory = NULL;
	uint64_t bytes;
	bool can;

	lay_out(&legacy->request, NULL, &bytes);
	if (gpu->ops->alloc(gpu, bytes, &memory, &ignored))
		return false;
	call = lay_out(&legacy->request, memory, &bytes);
	can = !legacy_cudnn_run(gpu, legacy, &call, &ignored) && !gpu->ops->sync(gpu, &ignored);
	gpu->ops->free(gpu, memory);
	return can;
}

/*
 * Sizes of what a norm needs in this mode. What it would keep from forward to backward has no place here: such a mode is
 * none for us.
 */
static bool can_use(struct gpu *gpu, struct gpu_legacy *legacy, cudnnBatchNormMode_t mode)
{
	const struct gpu_cuda *const cuda = gpu_cuda_of(gpu);
	const struct kind *const kind = &kinds[legacy->request.kind];
	size_t kept = 0;
	struct fc_error ignored;

	legacy->mode = mode;
	legacy->workspace_bytes = 0;
	if (!kind->sizes)
		return true;
	if (kind->sizes(cuda, legacy, &legacy->workspace_bytes) || legacy->workspace_bytes > WORKSPACE_LIMIT ||
	    cuda->libraries.cudnn.cudnnGetBatchNormalizationTrainingExReserveSpaceSize(
		    cuda->cudnn, mode, CUDNN_BATCHNORM_OPS_BN, NULL, legacy->descriptors.x, &kept) ||
	    kept)
		return false;
	return !legacy->workspace_bytes ||
	       !gpu->ops->alloc(gpu, legacy->workspace_bytes, &legacy->workspace, &ignored);
}

/* The first mode that works; the one for channels-last tensors keeps a channel's values on the processors. */
static bool find_mode(struct gpu *gpu, struct gpu_legacy *legacy)
{
	static const cudnnBatchNormMode_t modes[] = {CUDNN_BATCHNORM_SPATIAL_PERSISTENT, CUDNN_BATCHNORM_SPATIAL};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (can_use(gpu, legacy, modes[i]) && can_run(gpu, legacy))
			return true;
		if (legacy->workspace)
			gpu->ops->free(gpu, legacy->workspace);
		legacy->workspace = NULL;
	}
	return false;
}

int legacy_cudnn_open(struct gpu *gpu, const struct gpu_legacy_request *request, struct gpu_legacy **opened,
		      struct fc_error *err)
{
	const struct libraries *const l = &gpu_cuda_of(gpu)->libraries;
	struct gpu_legacy *legacy;
	struct legacy_descriptors descriptors;
	bool supported;

	*opened = NULL;
	if (legacy_descriptors_init(l, request, &descriptors, &supported, err))
		return -1;
	if (!supported)
		return 0;
	legacy = fc_calloc(1, sizeof(*legacy));
	legacy->request = *request;
	legacy->descriptors = descriptors;
	if (find_mode(gpu, legacy))
		*opened = legacy;
	else
		legacy_cudnn_close(gpu, legacy);
	return 0;
}

void legacy_cudnn_close(struct gpu *gpu, struct gpu_legacy *legacy)
{
	if (legacy->workspace)
		gpu->ops->free(gpu, legacy->workspace);
	legacy_descriptors_release(&gpu_cuda_of(gpu)->libraries, &legacy->descriptors);
	free(legacy);
}
