/* Convolutions of the real GPU: opening a plan, running it. */
#include "conv_cudnn.h"

#include <stdlib.h>
#include <string.h>

#include "gpu_cuda.h"

/* -------- running -------- */

/* A finished pack cannot be changed; the executor's pointers rarely do. */
static int bind(struct gpu_cuda *gpu, struct conv_runner *r, const void *const pointers[5], struct fc_error *err)
{
	static const int64_t ids[] = { CONV_X, CONV_W, CONV_Y, CONV_BIAS };
	struct descriptors d = { .libraries = &gpu->libraries, .err = err };
	const int64_t count = r->request.bias ? 4 : 3;

	if (r->pack && !memcmp(r->bound, pointers, sizeof(r->bound)))
		return 0;
	if (r->pack)
		gpu->libraries.cudnn.cudnnBackendDestroyDescriptor(r->pack);
	r->pack = descriptor_make(
		&d, CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, "variant pack",
		(const struct attribute[]){
			{ CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, count, ids },
			{ CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, count, pointers },
			{ CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &pointers[4] },
			END_OF_ATTRIBUTES,
		});
	descriptor_keep(&d, r->pack);
	descriptors_release(&d);
	if (!r->pack)
		return -1;
	memcpy(r->bound, pointers, sizeof(r->bound));
	return 0;
}

int conv_runner_run(struct gpu_cuda *gpu, struct conv_runner *r, const void *a, const void *b, const void *bias,
		    void *out, void *workspace, struct fc_error *err)
{
	const struct gpu_conv_request *const q = &r->request;
	const uint64_t staging = conv_staging_bytes(q);
	/* Where the library writes. */
	void *const to = staging ? workspace : out;
	void *const rest = staging ? (char *)workspace + staging : workspace;
	/* x, w, y, bias, workspace */
	const void *const pointers[][5] = {
		[FC_PHASE_FORWARD] = { a, b, to, bias, rest },
		[FC_PHASE_BACKWARD_DATA] = { to, b, a, NULL, rest },
		[FC_PHASE_BACKWARD_WEIGHTS] = { a, to, b, NULL, rest },
	};

	if (bind(gpu, r, pointers[q->phase], err) ||
	    cudnn_check(&gpu->libraries, gpu->libraries.cudnn.cudnnBackendExecute(gpu->cudnn, r->plan, r->pack),
			"a convolution cannot be run", err))
		return -1;
	if (!staging)
		return 0;
	return kernel_widen(&gpu->gpu, to, out, q->k * q->r * q->s * (q->c / q->groups), err);
}

void conv_runner_release(const struct libraries *libraries, struct conv_runner *r)
{
	if (r->pack)
		libraries->cudnn.cudnnBackendDestroyDescriptor(r->pack);
	if (r->plan)
		libraries->cudnn.cudnnBackendDestroyDescriptor(r->plan);
	r->pack = r->plan = NULL;
}

/* -------- opening -------- */

struct gpu_conv {
	struct conv_runner runner;
	struct gpu_plan plan;
	float times_ms[CONV_TUNED];
	struct fc_str name, notes, knobs;
};

static void describe(struct gpu_conv *conv, const struct conv_candidates *c, int rank,
		     const struct conv_tuning *tuning)
{
	const struct conv_candidate *const chosen = &c->all[rank];

	fc_str_addf(&conv->name, "cudnn:engine %d", chosen->engine);
	conv_notes(chosen, &conv->notes);
	fc_str_add(&conv->knobs, chosen->knobs);
	if (tuning)
		memcpy(conv->times_ms, tuning->times_ms, sizeof(conv->times_ms));
	conv->plan = (struct gpu_plan){
		.name = conv->name.text,
		.notes = conv->notes.text,
		.knobs = conv->knobs.text,
		.engine = chosen->engine,
		.tensor_cores = conv_uses_tensor_cores(chosen),
		.workspace_bytes = chosen->workspace_bytes,
		.candidates = c->count,
		.rank = rank,
		.measured = tuning ? tuning->measured : 0,
		.times_ms = conv->times_ms,
	};
}

/* The plan of the best candidate, or of the next one that the library can really make. */
static int choose(struct gpu_cuda *gpu, struct gpu_conv *conv, struct conv_candidates *c, struct fc_error *err)
{
	const struct gpu_conv_request *const q = &conv->runner.request;
	const struct conv_tuning *tuning = NULL;
	int rank;

	/* What is measured may differ from run to run, and with it the order of sums. */
	if (q->autotune && !q->deterministic && conv_tune(gpu, q, c, &tuning, err))
		return -1;
	for (rank = tuning ? tuning->rank : 0; rank < c->count; rank++) {
		conv->runner.plan = conv_candidate_plan(c, rank, err);
		if (conv->runner.plan)
			break;
	}
	if (rank == c->count)
		return fc_fail_context(err, "none of the %d engines that cuDNN offers can be planned", c->count);
	describe(conv, c, rank, tuning);
	return 0;
}

int conv_cudnn_open(struct gpu *base, const struct gpu_conv_request *request, struct gpu_conv **opened,
		    struct fc_error *err)
{
	struct gpu_cuda *const gpu = gpu_cuda_of(base);
	const struct conv_target target = { .libraries = &gpu->libraries, .handle = gpu->cudnn };
	struct conv_candidates candidates;
	struct gpu_conv *conv;
	int rc = 0;

	*opened = NULL;
	if (conv_candidates_find(&target, request, &candidates, err))
		return -1;
	if (candidates.count) {
		conv = fc_calloc(1, sizeof(*conv));
		conv->runner.request = *request;
		rc = choose(gpu, conv, &candidates, err);
		if (rc)
			conv_cudnn_close(base, conv);
		else
			*opened = conv;
	}
	conv_candidates_release(&candidates);
	return rc;
}

void conv_cudnn_close(struct gpu *base, struct gpu_conv *conv)
{
	conv_runner_release(&gpu_cuda_of(base)->libraries, &conv->runner);
	fc_str_release(&conv->name);
	fc_str_release(&conv->notes);
	fc_str_release(&conv->knobs);
	free(conv);
}

void conv_cudnn_plan(struct gpu *gpu, const struct gpu_conv *conv, struct gpu_plan *plan)
{
	(void)gpu;
	*plan = conv->plan;
}

int conv_cudnn_run(struct gpu *gpu, struct gpu_conv *conv, const void *a, const void *b, const void *bias, void *out,
		   void *workspace, struct fc_error *err)
{
	return conv_runner_run(gpu_cuda_of(gpu), &conv->runner, a, b, bias, out, workspace, err);
}

/* -------- the device -------- */

int conv_cudnn_device(const struct libraries *libraries, cudnnHandle_t handle, struct fc_str *json,
		      struct fc_error *err)
{
	struct descriptors d = { .libraries = libraries, .err = err };
	const struct cudnn_functions *const cudnn = &libraries->cudnn;
	const cudnnBackendDescriptor_t device =
		descriptor_make(&d, CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, "device",
				(const struct attribute[]){
					VALUES(DEVICEPROP_HANDLE, HANDLE, cudnnHandle_t, handle),
					END_OF_ATTRIBUTES,
				});
	int64_t size = 0, got = 0;
	char *text;
	int rc = -1;

	if (device && !cudnn_check(libraries,
				   cudnn->cudnnBackendGetAttribute(device, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
								   CUDNN_TYPE_CHAR, 0, &size, NULL),
				   "the description of the device cannot be read", err)) {
		text = fc_calloc((size_t)size + 1, 1);
		rc = cudnn_check(libraries,
				 cudnn->cudnnBackendGetAttribute(device, CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION,
								 CUDNN_TYPE_CHAR, size, &got, text),
				 "the description of the device cannot be read", err);
		if (!rc)
			fc_str_add(json, text);
		free(text);
	}
	descriptors_release(&d);
	return rc;
}
