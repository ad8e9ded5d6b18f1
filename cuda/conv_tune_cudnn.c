/*
 * Which of the library's candidates is fastest here: the first few run on buffers of their own, filled with noise, because what
 * the data are decides how much a device draws and how fast it may clock.
 */
#include "conv_cudnn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu_cuda.h"

#define RUNS 7
/* One run that takes so many times as long as the best so far is not repeated. */
#define HOPELESS 3
/* A lower-ranked candidate must be faster by so much: what is no difference leaves the library's order. */
#define WORTH 0.99f

/* What candidates run on. */
struct trial {
	struct gpu_cuda *gpu;
	struct conv_runner runner;
	struct buffer {
		uint64_t bytes;
		int64_t noise; /* values, of the request's type; 0: left zero */
		void *memory;
	} a, b, bias, out, workspace;
};

static int run_trial(void *data, struct fc_error *err)
{
	struct trial *const t = data;

	return conv_runner_run(t->gpu, &t->runner, t->a.memory, t->b.memory, t->bias.memory, t->out.memory,
			       t->workspace.memory, err);
}

static void size_buffers(struct trial *t, const struct conv_candidates *c, int count)
{
	const struct gpu_conv_request *const q = &t->runner.request;
	const int64_t x = q->n * q->c * q->h * q->w, y = q->n * q->k * q->p * q->q;
	const int64_t w = q->k * q->r * q->s * (q->c / q->groups), bias = q->bias ? q->k : 0;
	const struct {
		int64_t a, b, out;
	} sizes[] = {
		[FC_PHASE_FORWARD] = { x, w, y },
		[FC_PHASE_BACKWARD_DATA] = { y, w, x },
		[FC_PHASE_BACKWARD_WEIGHTS] = { x, y, w },
	};
	const uint64_t width = gpu_type_bytes(q->type);

	t->a = (struct buffer){ .bytes = (uint64_t)sizes[q->phase].a * width, .noise = sizes[q->phase].a };
	t->b = (struct buffer){ .bytes = (uint64_t)sizes[q->phase].b * width, .noise = sizes[q->phase].b };
	t->bias = (struct buffer){ .bytes = (uint64_t)bias * width, .noise = bias };
	/* The gradient of weights is fp32 whatever the type is. */
	t->out = (struct buffer){ .bytes = (uint64_t)sizes[q->phase].out * gpu_type_bytes(GPU_F32) };
	for (int i = 0; i < count; i++)
		if (c->all[i].workspace_bytes > t->workspace.bytes)
			t->workspace.bytes = c->all[i].workspace_bytes;
}

static void free_buffers(struct trial *t)
{
	struct buffer *const all[] = { &t->a, &t->b, &t->bias, &t->out, &t->workspace };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->memory)
			t->gpu->gpu.ops->free(&t->gpu->gpu, all[i]->memory);
}

static int fill_buffers(struct trial *t, struct fc_error *err)
{
	struct buffer *const all[] = { &t->a, &t->b, &t->bias, &t->out, &t->workspace };
	struct gpu *const gpu = &t->gpu->gpu;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i]->bytes && gpu->ops->alloc(gpu, all[i]->bytes, &all[i]->memory, err))
			return -1;
		if (all[i]->noise &&
		    kernel_noise(gpu, t->runner.request.type, all[i]->memory, all[i]->noise, (uint64_t)i, err))
			return -1;
	}
	return 0;
}

/* NaN when it cannot run. */
static float time_candidate(struct trial *t, struct conv_candidates *c, int index, float best, struct fc_error *err)
{
	const struct gpu_ops *const ops = t->gpu->gpu.ops;
	float ms = NAN;

	t->runner.plan = conv_candidate_plan(c, index, err);
	if (t->runner.plan && ops->measure(&t->gpu->gpu, 1, run_trial, t, &ms, err))
		ms = NAN;
	if (ms < HOPELESS * best && ops->measure(&t->gpu->gpu, RUNS, run_trial, t, &ms, err))
		ms = NAN;
	conv_runner_release(&t->gpu->libraries, &t->runner);
	return ms;
}

static int time_candidates(struct trial *t, struct conv_candidates *c, struct conv_tuning *tuning, int count,
			   struct fc_error *err)
{
	float best = INFINITY;

	for (int i = 0; i < count; i++) {
		const float ms = time_candidate(t, c, i, best, err);

		tuning->times_ms[i] = ms;
		if (ms < WORTH * best) {
			best = ms;
			tuning->rank = i;
		}
	}
	tuning->measured = count;
	return isinf(best) ? -1 : 0;
}

static const struct conv_tuning *find(const struct conv_tuning *all, const char *key)
{
	while (all && strcmp(all->key, key))
		all = all->next;
	return all;
}

int conv_tune(struct gpu_cuda *gpu, const struct gpu_conv_request *request, struct conv_candidates *c,
	      const struct conv_tuning **tuning, struct fc_error *err)
{
	struct trial trial = { .gpu = gpu, .runner = { .request = *request } };
	const int count = c->count < CONV_TUNED ? c->count : CONV_TUNED;
	struct conv_tuning *made;
	char key[CONV_KEY_SIZE];
	struct fc_error no_room;
	int rc = 0;

	conv_request_key(request, key);
	*tuning = find(gpu->tunings, key);
	if (*tuning)
		return 0;
	made = fc_calloc(1, sizeof(*made));
	memcpy(made->key, key, sizeof(key));
	size_buffers(&trial, c, count);
	/* Without room to measure in, the library's favourite is taken. */
	if (!fill_buffers(&trial, &no_room))
		rc = time_candidates(&trial, c, made, count, err);
	free_buffers(&trial);
	if (rc) {
		free(made);
		return fc_fail_context(err, "none of cuDNN's engines could be run for %s", key);
	}
	made->next = gpu->tunings;
	gpu->tunings = made;
	*tuning = made;
	return 0;
}

void conv_tunings_release(struct conv_tuning *tunings)
{
	while (tunings) {
		struct conv_tuning *const next = tunings->next;

		free(tunings);
		tunings = next;
	}
}
