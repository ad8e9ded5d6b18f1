/*
 * What the cuda backend asks of a GPU: memory, launches of its own kernels, convolutions, matrix products, capture.
 *
 * It is a table so that three things can stand behind it: a real GPU (gpu_cuda.c), a recorder that only checks the order
 * of calls, and an emulation on the host that runs the same kernel bodies (both in tests/gpu). The backend (backend_cuda.c,
 * layer_*.c) sees nothing else, so all of it but the silicon is proven without a GPU.
 *
 * Every call that touches device memory says what it reads and writes. All work goes into one stream, in order.
 * Between capture_begin and capture_end nothing may be allocated, freed, uploaded, downloaded, measured or waited for.
 */
#ifndef FLOPCLOCK_CUDA_GPU_H
#define FLOPCLOCK_CUDA_GPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flopclock/backend.h"
#include "flopclock/error.h"
#include "flopclock/json.h"

enum gpu_type { GPU_F32, GPU_BF16, GPU_TYPE_COUNT };

static inline uint64_t gpu_type_bytes(enum gpu_type type)
{
	return type == GPU_BF16 ? 2 : 4;
}

struct gpu;		/* a device, opened */
struct gpu_conv;	/* a planned convolution */
struct gpu_product;	/* a planned matrix product */
struct gpu_legacy;	/* a batch norm or pooling of the vendor's library */

/* A span of device memory that a call reads or writes; both: one entry each. */
struct gpu_access {
	const void *data;
	uint64_t bytes;
	bool write;
};

#define GPU_MAX_ACCESS 16

/* One launch of one of our kernels (kernels.h): `args` is the kernel's only parameter, by value. */
struct gpu_launch {
	int kernel;			/* enum kernel_id */
	enum gpu_type type;		/* of its activations; GPU_F32 for a kernel that has only one */
	uint32_t grid[3], block[3];
	uint32_t shared_bytes;		/* dynamic */
	const void *args;
	size_t args_bytes;
	struct gpu_access access[GPU_MAX_ACCESS];
	int access_count;
};

/*
 * A convolution of channels-last tensors: x (n, h, w, c), w (k, r, s, c / groups), y (n, p, q, k), each without gaps.
 *   forward            y = conv(x, w) [+ bias] [then ReLU]      bias: k values of `type`
 *   backward_data      dx = conv^T(dy, w), or dx += with accumulate
 *   backward_weights   dw = x * dy; dw is GPU_F32 whatever `type` is
 * Products in `precision`, sums in fp32. fp32 means no tensor cores and no reduced precision; Winograd and FFT are never
 * taken: the arithmetic done is to be the arithmetic counted.
 */
struct gpu_conv_request {
	enum fc_phase phase;
	int64_t n, c, h, w;
	int64_t k, p, q;
	int64_t r, s;
	int64_t stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups;
	enum gpu_type type;
	enum fc_precision precision;
	bool bias, relu;		/* forward only; relu only with bias */
	bool accumulate;		/* backward_data only */
	bool deterministic, autotune;
	uint64_t workspace_bytes;	/* at most */
};

/*
 * c (m, n) = a (m, k) * b (k, n), row-major, without gaps; a is stored (k, m) with transpose_a, b (n, k) with transpose_b.
 * Then + bias (n values of `type`) and ReLU where asked for, or c += with accumulate.
 * With a batch, so many products of matrices that lie one behind the other; a bias is for a single one.
 */
struct gpu_product_request {
	int64_t batch;			/* 0 or 1: one product */
	int64_t m, n, k;
	bool transpose_a, transpose_b;
	enum gpu_type type;		/* of a, b, bias */
	enum gpu_type result_type;	/* of c */
	enum fc_precision precision;
	bool bias, relu, accumulate;
	bool deterministic, autotune;
	uint64_t workspace_bytes;
};

static inline int64_t gpu_product_batch(const struct gpu_product_request *request)
{
	return request->batch > 1 ? request->batch : 1;
}

/* What the vendor's older calls can do instead of our own kernels; the backend measures both and takes the faster. */
enum gpu_legacy_kind {
	/* a: x, b: scale, c: shift, out: y; aux: mean, 1/deviation (saved), running mean, running variance */
	GPU_LEGACY_NORM_TRAIN,
	GPU_LEGACY_NORM_BACKWARD,	/* a: x, b: dy, c: scale, out: dx; aux: mean, 1/deviation, dscale, dshift */
	GPU_LEGACY_NORM_VALIDATE,	/* a: x, b: scale, c: shift, out: y; aux: running mean, running variance */
	GPU_LEGACY_MAX_POOL,		/* a: x, out: y */
	GPU_LEGACY_AVG_POOL,		/* a: x, out: y; padding counts */
	GPU_LEGACY_AVG_POOL_BACKWARD,	/* a: dy, out: dx */
};

struct gpu_legacy_request {
	enum gpu_legacy_kind kind;
	enum gpu_type type;
	int64_t n, c, h, w, p, q;
	int64_t r, s, stride_h, stride_w, pad_h, pad_w;		/* pools */
	double epsilon, momentum;				/* norms; PyTorch's momentum */
	bool accumulate;
};

struct gpu_legacy_call {
	const void *a, *b, *c;
	void *out;
	void *aux[4];
};

/* What a plan is, for the record. Texts are borrowed from the plan. */
struct gpu_plan {
	const char *name;		/* "cudnn:engine 67" or the like, what kernels.csv shows where no probe names kernels */
	const char *notes, *knobs;
	int engine;
	bool tensor_cores;
	uint64_t workspace_bytes;
	int candidates, rank;		/* how many were offered; which of them this is, from 0 */
	int measured;			/* how many of them were timed */
	const float *times_ms;		/* of the measured ones, in order of rank; NaN: failed */
};

struct gpu_ops {
	const char *name;

	void (*close)(struct gpu *gpu);
	/* Members for run.json's "device": name, memory, driver, libraries ... */
	void (*describe)(struct gpu *gpu, struct fc_json *json);

	uint64_t (*memory_available)(struct gpu *gpu);
	int (*alloc)(struct gpu *gpu, uint64_t bytes, void **memory, struct fc_error *err);	/* zeroed, 256-byte aligned */
	void (*free)(struct gpu *gpu, void *memory);
	/* Between host and device; they wait until it is done. */
	int (*upload)(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err);
	int (*download)(struct gpu *gpu, void *to, const void *from, uint64_t bytes, struct fc_error *err);
	/* Set to zero bytes, in stream order. */
	int (*clear)(struct gpu *gpu, void *memory, uint64_t bytes, struct fc_error *err);

	int (*launch)(struct gpu *gpu, const struct gpu_launch *launch, struct fc_error *err);

	/* Opening measures candidates (autotune), so it allocates and waits. *conv NULL with 0: the library has no such plan. */
	int (*conv_open)(struct gpu *gpu, const struct gpu_conv_request *request, struct gpu_conv **conv, struct fc_error *err);
	void (*conv_close)(struct gpu *gpu, struct gpu_conv *conv);
	void (*conv_plan)(struct gpu *gpu, const struct gpu_conv *conv, struct gpu_plan *plan);
	/* forward: (x, w, bias, y); backward_data: (dy, w, NULL, dx); backward_weights: (x, dy, NULL, dw). */
	int (*conv_run)(struct gpu *gpu, struct gpu_conv *conv, const void *a, const void *b, const void *bias, void *out,
			void *workspace, struct fc_error *err);

	int (*product_open)(struct gpu *gpu, const struct gpu_product_request *request, struct gpu_product **product,
			    struct fc_error *err);
	void (*product_close)(struct gpu *gpu, struct gpu_product *product);
	void (*product_plan)(struct gpu *gpu, const struct gpu_product *product, struct gpu_plan *plan);
	int (*product_run)(struct gpu *gpu, struct gpu_product *product, const void *a, const void *b, const void *bias, void *c,
			   void *workspace, struct fc_error *err);

	/* *legacy NULL with 0: not supported. Needs no workspace. */
	int (*legacy_open)(struct gpu *gpu, const struct gpu_legacy_request *request, struct gpu_legacy **legacy,
			   struct fc_error *err);
	void (*legacy_close)(struct gpu *gpu, struct gpu_legacy *legacy);
	int (*legacy_run)(struct gpu *gpu, struct gpu_legacy *legacy, const struct gpu_legacy_call *call, struct fc_error *err);

	/*
	 * Median time of work(data) in milliseconds over `runs` executions behind one that is not counted. Where time
	 * means nothing (recorder, emulation) it calls work once and gives 0.
	 */
	int (*measure)(struct gpu *gpu, int runs, int (*work)(void *data, struct fc_error *err), void *data, float *ms,
		       struct fc_error *err);

	int (*capture_begin)(struct gpu *gpu, struct fc_error *err);
	int (*capture_end)(struct gpu *gpu, void **graph, struct fc_error *err);
	int (*replay)(struct gpu *gpu, void *graph, struct fc_error *err);
	void (*graph_release)(struct gpu *gpu, void *graph);

	int (*sync)(struct gpu *gpu, struct fc_error *err);
};

/* Every implementation's struct gpu begins with this. */
struct gpu {
	const struct gpu_ops *ops;
};

/* Our kernels as nvcc compiled them, one image per source file; only where the module is built. */
extern const unsigned char *const gpu_kernels_fatbins[];
extern const int gpu_kernels_fatbin_count;

/* The real one. */
int gpu_cuda_open(const struct fc_device_config *config, struct gpu **gpu, struct fc_error *err);
/* Whether one can be opened: a sentence says why not. Opens nothing and initialises nothing that a tracer must precede. */
int gpu_cuda_available(struct fc_error *err);
/* "CUDA 13.0, cuDNN 9.19.0", or what is missing. */
void gpu_cuda_library(char text[64]);

/*
 * Makes the backend's device from any struct gpu (tests put their own under it); the device owns the gpu from then on,
 * also when it fails.
 */
int backend_cuda_open_on(struct gpu *gpu, const struct fc_device_config *config, struct fc_device **device,
			 struct fc_error *err);

extern const struct fc_backend fc_backend_cuda;

#endif
