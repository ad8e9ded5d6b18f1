/* What tests of a GPU's calls share: one over the stand-in for NVIDIA's libraries, requests, work that takes a given time. */
#ifndef FLOPCLOCK_TESTS_CUDA_CALLS_STUDY_H
#define FLOPCLOCK_TESTS_CUDA_CALLS_STUDY_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../gpu/fake_cuda.h"
#include "gpu_cuda.h"

struct study {
	struct fake_cuda fake;
	struct libraries libraries;
	struct gpu *gpu;
	const struct gpu_ops *ops;
	struct fc_error err;
};

static const struct fc_device_config config = { .precision = FC_PRECISION_TF32, .autotune = true };

static inline void open_study(struct study *s)
{
	memset(s, 0, sizeof(*s));
	fake_cuda_open(&s->fake, &s->libraries);
	if (gpu_cuda_open_with(&s->libraries, &config, &s->gpu, &s->err))
		fail_msg("%s", s->err.text);
	s->ops = s->gpu->ops;
	/* Clocks need no warming here. */
	gpu_cuda_of(s->gpu)->warm = true;
}

static inline void close_study(struct study *s)
{
	s->ops->close(s->gpu);
	assert_int_equal(s->fake.alive, 0);
	assert_int_equal(s->fake.used_bytes, 0);
}

static inline void must(const struct study *s, int rc)
{
	if (rc)
		fail_msg("%s", s->err.text);
}

static const struct gpu_product_request dense = {
	.m = 32, .n = 10, .k = 100, .transpose_b = true, .precision = FC_PRECISION_TF32, .bias = true, .autotune = true,
	.workspace_bytes = 1 << 20,
};

/* Attention's: as many products as images and heads. */
static const struct gpu_product_request batched = {
	.batch = 24, .m = 17, .n = 17, .k = 8, .transpose_b = true, .precision = FC_PRECISION_TF32, .autotune = true,
	.workspace_bytes = 1 << 20,
};

static const struct gpu_legacy_request norm = {
	.kind = GPU_LEGACY_NORM_TRAIN, .n = 2, .c = 8, .h = 4, .w = 4, .p = 4, .q = 4, .epsilon = 1e-5, .momentum = 0.1,
};

/* Takes as long as the next of these, in milliseconds. */
struct script {
	struct fake_cuda *fake;
	const double *times_ms;
	int calls, fails_from;
	bool capturable;
};

static inline int play(void *data, struct fc_error *err)
{
	struct script *const script = data;

	if (script->fails_from && script->calls + 1 >= script->fails_from)
		return fc_fail(err, "the work failed");
	if (script->fake->capturing && !script->capturable)
		return fc_fail(err, "cannot be captured");
	script->fake->clock_ms += script->times_ms[script->calls++];
	return 0;
}

#endif
