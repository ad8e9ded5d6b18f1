/*
 * Our kernels on the emulated GPU beside the reference's plain loops. Everything here runs strictly: each kernel twice, with its
 * threads in both orders and other values in what it does not list (tests/gpu/host_gpu.h).
 *
 * What is compared: fp32 within 2e-6 of the result or of the scale that the caller gives (the size of what was summed); bf16
 * within half a unit in the last place of the exact result besides. Inputs are rounded to the type beforehand.
 */
#ifndef FLOPCLOCK_TESTS_CUDA_KERNELS_H
#define FLOPCLOCK_TESTS_CUDA_KERNELS_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../cuda/kernel_launch.h"
#include "../../cuda/kernels.h"
#include "../../tracer/reference.h"
#include "../gpu/host_gpu.h"
#include "flopclock/arena.h"
#include "flopclock/random.h"

enum { BENCH_BLOCKS = 256, BENCH_INPUTS = 4 };

#define BENCH_TOLERANCE 2e-6

/* The device, and what was taken of it and of the host for one test. */
struct bench {
	struct gpu *gpu;
	struct fc_arena arena;
	void *blocks[BENCH_BLOCKS];
	int block_count;
	int shift; /* values by which tensors on the device lie beside a 16-byte boundary */
	struct gpu_ops ops;
	int (*launch)(struct gpu *gpu, const struct gpu_launch *launch, struct fc_error *err);
};

static inline int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct fc_error err;

	assert_non_null(b);
	assert_int_equal(host_gpu_open(&b->gpu, &err), 0);
	host_gpu_set(b->gpu, &(struct host_gpu_options){ .strict = true });
	*state = b;
	return 0;
}

/* Gives back what tests have taken so far: memory under guard is looked at in every call. */
static inline void bench_clear(struct bench *b)
{
	for (int i = 0; i < b->block_count; i++)
		b->gpu->ops->free(b->gpu, b->blocks[i]);
	b->block_count = 0;
	fc_arena_release(&b->arena);
}

static inline int bench_close(void **state)
{
	struct bench *b = *state;

	bench_clear(b);
	b->gpu->ops->close(b->gpu);
	free(b);
	return 0;
}

/* Kernels on a tile that leave no sums behind: how their rows are cut is nobody else's business. */
static inline bool bench_is_free(const struct gpu_launch *launch)
{
	return launch->kernel == KERNEL_NORM_APPLY || launch->kernel == KERNEL_NORM_BACKWARD_APPLY ||
	       launch->kernel == KERNEL_SLICE || launch->kernel == KERNEL_DROPOUT;
}

/* Gives each block three chunks of such a kernel: its parameter begins with the tile. */
static inline int bench_launch(struct gpu *gpu, const struct gpu_launch *launch, struct fc_error *err)
{
	const struct bench *b = (const void *)((const char *)gpu->ops - offsetof(struct bench, ops));
	struct gpu_launch changed = *launch;
	char args[KERNEL_MAX_ARGS];
	struct kernel_tile tile;

	if (!bench_is_free(launch))
		return b->launch(gpu, launch, err);
	memcpy(args, launch->args, launch->args_bytes);
	memcpy(&tile, args, sizeof(tile));
	tile.chunk *= 3;
	memcpy(args, &tile, sizeof(tile));
	changed.args = args;
	changed.grid[0] = (uint32_t)kernel_tile_chunks(&tile);
	return b->launch(gpu, &changed, err);
}

/* From now on a thread of such a kernel goes through its loop several times, as it does on tensors too large for a test. */
static inline void bench_lengthen(struct bench *b)
{
	b->ops = *b->gpu->ops;
	b->launch = b->ops.launch;
	b->ops.launch = bench_launch;
	b->gpu->ops = &b->ops;
}

#define BENCH_TEST(function) cmocka_unit_test_setup_teardown(function, bench_open, bench_close)

static inline void bench_must(int rc, const char *what, const struct fc_error *err)
{
	if (rc)
		fail_msg("%s: %s", what, err->text);
}

/* ---- numbers ---- */

static inline uint16_t bench_bf16(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	if (isnan(value))
		return 0x7fff;
	/* To the nearest: the upper half of the float next to it, the even one of two. */
	return (uint16_t)((bits >> 16) + ((bits & 0xffff) > 0x8000 || ((bits & 0xffff) == 0x8000 && bits >> 16 & 1)));
}

static inline float bench_widened(uint16_t half)
{
	const uint32_t bits = (uint32_t)half << 16;
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline float bench_rounded(enum gpu_type type, float value)
{
	return type == GPU_BF16 ? bench_widened(bench_bf16(value)) : value;
}

static inline float *bench_values(struct bench *b, int64_t count)
{
	return fc_arena_alloc(&b->arena, (size_t)count + 1, sizeof(float));
}

/* Uniform in -1 ... -0.1 and 0.1 ... 1, as the type has them. */
static inline float *bench_random(struct bench *b, enum gpu_type type, int64_t count, uint64_t stream)
{
	float *values = bench_values(b, count);

	for (int64_t i = 0; i < count; i++) {
		const float u = 2 * fc_uniform_at(7, stream, (uint64_t)i) - 1;

		values[i] = bench_rounded(type, u < 0 ? 0.9f * u - 0.1f : 0.9f * u + 0.1f);
	}
	return values;
}

static inline float *bench_copy(struct bench *b, const float *values, int64_t count)
{
	return memcpy(bench_values(b, count), values, (size_t)count * sizeof(float));
}

/* ---- on the device ---- */

static inline char *bench_memory(struct bench *b, uint64_t bytes)
{
	struct fc_error err;
	void *memory;

	assert_true(b->block_count < BENCH_BLOCKS);
	bench_must(b->gpu->ops->alloc(b->gpu, bytes, &memory, &err), "memory", &err);
	b->blocks[b->block_count++] = memory;
	return memory;
}

static inline void *bench_upload(struct bench *b, const void *data, uint64_t bytes)
{
	char *memory = bench_memory(b, bytes);
	struct fc_error err;

	bench_must(b->gpu->ops->upload(b->gpu, memory, data, bytes, &err), "upload", &err);
	return memory;
}

static inline void bench_set(struct bench *b, enum gpu_type type, void *to, const float *values, int64_t count)
{
	const uint64_t size = gpu_type_bytes(type);
	char *raw = malloc((size_t)count * size + 1);
	struct fc_error err;

	assert_non_null(raw);
	for (int64_t i = 0; i < count; i++) {
		const uint16_t half = bench_bf16(values[i]);

		memcpy(raw + (size_t)i * size, type == GPU_BF16 ? (const void *)&half : &values[i], size);
	}
	bench_must(b->gpu->ops->upload(b->gpu, to, raw, (uint64_t)count * size, &err), "upload", &err);
	free(raw);
}

/* A tensor with these values. */
static inline void *bench_put(struct bench *b, enum gpu_type type, const float *values, int64_t count)
{
	const uint64_t size = gpu_type_bytes(type), beside = (uint64_t)b->shift * size;
	char *memory = bench_memory(b, (uint64_t)count * size + beside) + beside;

	bench_set(b, type, memory, values, count);
	return memory;
}

/* A tensor that a kernel is to fill: NaN. */
static inline void *bench_blank(struct bench *b, enum gpu_type type, int64_t count)
{
	float *nothing = bench_values(b, count);

	for (int64_t i = 0; i < count; i++)
		nothing[i] = NAN;
	return bench_put(b, type, nothing, count);
}

static inline float *bench_get(struct bench *b, enum gpu_type type, const void *from, int64_t count)
{
	const uint64_t size = gpu_type_bytes(type);
	float *values = bench_values(b, count);
	char *raw = malloc((size_t)count * size + 1);
	struct fc_error err;

	assert_non_null(raw);
	bench_must(b->gpu->ops->download(b->gpu, raw, from, (uint64_t)count * size, &err), "download", &err);
	for (int64_t i = 0; i < count; i++) {
		uint16_t half = 0;

		memcpy(type == GPU_BF16 ? (void *)&half : &values[i], raw + (size_t)i * size, size);
		values[i] = type == GPU_BF16 ? bench_widened(half) : values[i];
	}
	free(raw);
	return values;
}

/* ---- comparing ---- */

static inline double bench_allowed(enum gpu_type type, double want, double scale)
{
	const double close = BENCH_TOLERANCE * fmax(fabs(want), scale);
	int exponent;

	if (type == GPU_F32 || want == 0)
		return close;
	frexp(want, &exponent);
	return close + ldexp(1, exponent - 9);
}

static inline void bench_near(const char *name, enum gpu_type type, const float *got, const float *want,
			      int64_t count, double scale)
{
	for (int64_t i = 0; i < count; i++) {
		if (isnan(want[i]) && isnan(got[i]))
			continue;
		if (!(fabs((double)got[i] - (double)want[i]) <= bench_allowed(type, (double)want[i], scale)))
			fail_msg("%s, %s: value %lld is %.9g instead of %.9g", name,
				 type == GPU_BF16 ? "bf16" : "f32", (long long)i, (double)got[i], (double)want[i]);
	}
}

static inline void bench_equal(const char *name, const float *got, const float *want, int64_t count)
{
	for (int64_t i = 0; i < count; i++)
		if (memcmp(&got[i], &want[i], sizeof(*got)))
			fail_msg("%s: value %lld is %.9g instead of %.9g to the last bit", name, (long long)i,
				 (double)got[i], (double)want[i]);
}

/* ---- layouts: channels-last, with `channels` of them (those beyond shape.c are zero), and the reference's (N, C, H, W) ---- */

static inline int64_t bench_last_at(struct fc_shape s, int64_t channels, int64_t i)
{
	const int64_t places = s.h * s.w, n = i / (s.c * places), c = i / places % s.c;

	return (n * places + i % places) * channels + c;
}

static inline float *bench_last(struct bench *b, struct fc_shape shape, int64_t channels, const float *plain)
{
	float *last = bench_values(b, shape.n * shape.h * shape.w * channels);

	memset(last, 0, (size_t)(shape.n * shape.h * shape.w * channels) * sizeof(*last));
	for (int64_t i = 0; i < fc_shape_elements(shape); i++)
		last[bench_last_at(shape, channels, i)] = plain[i];
	return last;
}

static inline float *bench_plain(struct bench *b, struct fc_shape shape, int64_t channels, const float *last)
{
	float *plain = bench_values(b, fc_shape_elements(shape));

	for (int64_t i = 0; i < fc_shape_elements(shape); i++)
		plain[i] = last[bench_last_at(shape, channels, i)];
	return plain;
}

/* ---- the reference's layer: plain arrays in, plain arrays out ---- */

struct oracle {
	enum fc_op op;
	struct fc_attributes a;
	bool accumulate, validate;
	int input_count;
	struct fc_shape x_shape[BENCH_INPUTS], y_shape;
	float *x[BENCH_INPUTS], *dx[BENCH_INPUTS], *y, *dy, *param[2], *gradient[2], *state[2];
	int node;
	struct fc_iteration iteration;
};

struct oracle_layer {
	struct fc_node node;
	struct fc_layer layer;
	struct fc_tensor x[BENCH_INPUTS], dx[BENCH_INPUTS], y, dy, param[2], gradient[2], state[2];
	struct fc_tensor *x_at[BENCH_INPUTS], *dx_at[BENCH_INPUTS];
	bool accumulate[BENCH_INPUTS];
};

static inline void oracle_fill(const struct oracle *o, struct oracle_layer *l)
{
	const struct fc_shape line = { o->x_shape[0].c, 1, 1, 1 };

	*l = (struct oracle_layer){ .node = { .index = o->node,
					      .op = o->op,
					      .attributes = o->a,
					      .input_count = o->input_count,
					      .shape = o->y_shape } };
	l->layer = (struct fc_layer){ .node = &l->node,
				      .pass = o->validate ? FC_PASS_VALIDATE : FC_PASS_TRAIN,
				      .iteration = &o->iteration,
				      .x = l->x_at,
				      .y = &l->y,
				      .dx = l->dx_at,
				      .dy = &l->dy,
				      .accumulate = l->accumulate };
	for (int k = 0; k < o->input_count; k++) {
		l->x[k] = (struct fc_tensor){ .shape = o->x_shape[k], .data = o->x[k] };
		l->dx[k] = (struct fc_tensor){ .shape = o->x_shape[k], .data = o->dx[k] };
		l->x_at[k] = &l->x[k];
		l->dx_at[k] = o->dx[k] ? &l->dx[k] : NULL;
		l->accumulate[k] = o->accumulate;
	}
	l->y = (struct fc_tensor){ .shape = o->y_shape, .data = o->y };
	l->dy = (struct fc_tensor){ .shape = o->y_shape, .data = o->dy };
	for (int k = 0; k < 2; k++) {
		l->param[k] = (struct fc_tensor){ .shape = line, .data = o->param[k] };
		l->gradient[k] = (struct fc_tensor){ .shape = line, .data = o->gradient[k] };
		l->state[k] = (struct fc_tensor){ .shape = line, .data = o->state[k] };
		l->layer.param[k] = &l->param[k];
		l->layer.param_gradient[k] = &l->gradient[k];
		l->layer.state[k] = &l->state[k];
	}
}

/* Fills the reference's layer; its leaf is then called phase by phase. */
static inline void oracle_open(struct bench *b, const struct reference_leaf *leaf, const struct oracle *o,
			       struct oracle_layer *l)
{
	oracle_fill(o, l);
	if (leaf->prepare)
		leaf->prepare(&l->layer);
	l->layer.saved = fc_arena_alloc(&b->arena, (size_t)l->layer.saved_bytes + 1, 1);
}

#endif
