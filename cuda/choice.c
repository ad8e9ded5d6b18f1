/* Our kernel or the library's call: measured once per shape on buffers of their own, then remembered. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "flopclock/arena.h"

#define RUNS 5

/* Buffers to measure with: a, b, out as large as activations, the rest as small as channels. */
struct trial {
	struct fc_device *device;
	struct choice *choice;
	struct gpu_legacy_call call;
	void *memory, *scratch;
};

static uint64_t aligned(uint64_t bytes)
{
	return (bytes + 255) / 256 * 256;
}

static int run_own(void *data, struct fc_error *err)
{
	struct trial *const t = data;

	return t->choice->request.own(t->device, &t->choice->request, &t->call, t->scratch, err);
}

static int run_legacy(struct fc_device *device, const struct choice *choice, const struct gpu_legacy_call *call,
		      struct fc_error *err)
{
	const struct gpu_legacy_request *const r = &choice->request.legacy;

	if (device->gpu->ops->legacy_run(device->gpu, choice->legacy, call, err))
		return -1;
	if (!choice->request.relu)
		return 0;
	return kernel_relu(device->gpu, r->type, call->out, call->out, r->n * r->h * r->w * r->c, err);
}

static int run_theirs(void *data, struct fc_error *err)
{
	struct trial *const t = data;

	return run_legacy(t->device, t->choice, &t->call, err);
}

/* Everything in one piece: three activations, six vectors, scratch. Filled with noise: values steer no branch. */
static int open_trial(struct trial *t, struct fc_error *err)
{
	const struct gpu_legacy_request *const r = &t->choice->request.legacy;
	const struct gpu_ops *const ops = t->device->gpu->ops;
	const int64_t in = r->n * r->c * r->h * r->w, out = r->n * r->c * r->p * r->q;
	const int64_t largest = in > out ? in : out;
	const uint64_t activation = aligned((uint64_t)largest * gpu_type_bytes(r->type)),
		       vector = aligned((uint64_t)r->c * sizeof(float));
	const uint64_t bytes = 3 * activation + 6 * vector + aligned(t->choice->request.scratch_bytes);
	char *place;

	if (ops->alloc(t->device->gpu, bytes, &t->memory, err))
		return -1;
	place = t->memory;
	for (int i = 0; i < 3; i++)
		if (kernel_noise(t->device->gpu, r->type, place + (uint64_t)i * activation, largest, (uint64_t)i,
				 err))
			return -1;
	t->call = (struct gpu_legacy_call){.a = place, .b = place + activation, .out = place + 2 * activation};
	place += 3 * activation;
	t->call.c = place;
	/* A batch norm's forward has vectors where its backward has an activation. */
	if (r->kind == GPU_LEGACY_NORM_TRAIN || r->kind == GPU_LEGACY_NORM_VALIDATE)
		t->call.b = place + vector;
	for (int i = 0; i < 4; i++)
		t->call.aux[i] = place + (uint64_t)(2 + i) * vector;
	t->scratch = place + 6 * vector;
	return 0;
}

static int measure(struct fc_device *device, struct choice *choice, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;
	struct trial t = {.device = device, .choice = choice};
	int rc = open_trial(&t, err) || ops->measure(device->gpu, RUNS, run_own, &t, &choice->own_ms, err) ||
				 ops->measure(device->gpu, RUNS, run_theirs, &t, &choice->legacy_ms, err)
			 ? -1
			 : 0;

	if (t.memory)
		ops->free(device->gpu, t.memory);
	return rc;
}

/* *choice->legacy stays only when it is faster. */
static int decide(struct fc_device *device, struct choice *choice, struct fc_error *err)
{
	const struct gpu_ops *const ops = device->gpu->ops;

	choice->own_ms = choice->legacy_ms = NAN;
	if (!device->config.autotune || device->config.deterministic)
		return 0;
	if (ops->legacy_open(device->gpu, &choice->request.legacy, &choice->legacy, err))
		return -1;
	if (!choice->legacy)
		return 0;
	if (measure(device, choice, err))
		return -1;
	if (!(choice->legacy_ms < choice->own_ms)) {
		ops->legacy_close(device->gpu, choice->legacy);
		choice->legacy = NULL;
	}
	return 0;
}

static bool same(const struct choice_request *a, const struct choice_request *b)
{
	const struct gpu_legacy_request *const x = &a->legacy, *const y = &b->legacy;

	return a->own == b->own && a->relu == b->relu && x->kind == y->kind && x->type == y->type && x->n == y->n &&
	       x->c == y->c && x->h == y->h && x->w == y->w && x->p == y->p && x->q == y->q && x->r == y->r &&
	       x->s == y->s && x->stride_h == y->stride_h && x->stride_w == y->stride_w && x->pad_h == y->pad_h &&
	       x->pad_w == y->pad_w && x->epsilon == y->epsilon && x->momentum == y->momentum &&
	       x->accumulate == y->accumulate;
}

int choice_make(struct fc_device *device, const struct choice_request *request, const struct choice **made,
		struct fc_error *err)
{
	struct choice *choice;

	for (choice = device->choices; choice && !same(&choice->request, request); choice = choice->next)
		;
	if (!choice) {
		choice = fc_calloc(1, sizeof(*choice));
		choice->request = *request;
		choice->next = device->choices;
		device->choices = choice;
		if (decide(device, choice, err))
			return -1;
	}
	*made = choice;
	return 0;
}

int choice_run(struct fc_device *device, const struct choice *choice, const struct gpu_legacy_call *call,
	       void *scratch, struct fc_error *err)
{
	if (choice->legacy)
		return run_legacy(device, choice, call, err);
	return choice->request.own(device, &choice->request, call, scratch, err);
}

bool choice_plan(const struct choice *choice, struct fc_json *json)
{
	if (isnan(choice->own_ms))
		return false;
	fc_json_text(json, "implementation", choice->legacy ? "cudnn" : "flopclock");
	fc_json_number(json, "flopclock_s", (double)choice->own_ms / 1e3);
	fc_json_number(json, "cudnn_s", (double)choice->legacy_ms / 1e3);
	return true;
}

void choice_release(struct fc_device *device)
{
	while (device->choices) {
		struct choice *const choice = device->choices;

		device->choices = choice->next;
		if (choice->legacy)
			device->gpu->ops->legacy_close(device->gpu, choice->legacy);
		free(choice);
	}
}
